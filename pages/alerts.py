"""Alerts: what is wrong, one line a root cause; who has it; what happened to it; the plans for emergencies."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.actions import alert_board

t = state.language()


def draw() -> None:
    """What refreshes; the list stays still while somebody chooses."""
    board, now = reads.alerts(), reads.now()
    ages.strip(t, board.stamp, now)
    alert_board.figures(t, board)
    moved = alert_board.changed(board)
    if moved and st.button(t("review.lay_anew", n=moved), icon=":material/refresh:", key="lay-anew"):
        alert_board.lay_anew()
        st.rerun()


panels.live(t, draw)
alert_board.told()
alert_board.desk(t, reads.alerts(), state.AlertsView.read(st.query_params))
