"""Pick-stops: what was refunded, cancelled or moved after a node was told to send it, and whether it stayed."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.floor import pick_stop_desk

t = state.language()


def draw() -> None:
    """What refreshes; the list stays still while somebody chooses."""
    board, now = reads.pick_stops(), reads.now()
    ages.strip(t, board.stamp, now)
    pick_stop_desk.figures(t, board, now)
    moved = pick_stop_desk.changed(board)
    if moved and st.button(t("review.lay_anew", n=moved), icon=":material/refresh:", key="lay-anew"):
        pick_stop_desk.lay_anew()
        st.rerun()


panels.live(t, draw)
pick_stop_desk.told()
pick_stop_desk.desk(t, reads.pick_stops())
