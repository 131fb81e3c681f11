"""Audit: who did what, when, why, what was before and what after; and the way out as a file."""

import streamlit as st

from dashboard import search_reads, state
from dashboard.components.search import audit_board
from dashboard.views.audit import AuditView

t = state.language()
view = AuditView.read(st.query_params)
chosen = search_reads.audit_filter(view)
board = search_reads.audit(view)

audit_board.filters(t, board, view)
audit_board.page(t, board)
audit_board.export(t, chosen)
