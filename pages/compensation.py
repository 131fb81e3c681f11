"""Compensations: what buyers should be given and why, a yes or no in bulk, the budgets, and what was paid."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.service import compensation_desk

t = state.language()


def draw() -> None:
    """What refreshes; the list of proposals stays still while somebody chooses."""
    board, now = reads.compensations(), reads.now()
    ages.strip(t, board.stamp, now)
    compensation_desk.figures(t, board, now)
    moved = compensation_desk.changed(board)
    if moved and st.button(t("review.lay_anew", n=moved), icon=":material/refresh:", key="lay-anew"):
        compensation_desk.lay_anew()
        st.rerun()


panels.live(t, draw)
panel = compensation_desk.choices(t)
compensation_desk.told()
if panel == "queue":
    compensation_desk.queue(t, reads.compensations())
elif panel == "budgets":
    compensation_desk.budgets(t, reads.compensations())
else:
    compensation_desk.log(t, reads.compensations())
