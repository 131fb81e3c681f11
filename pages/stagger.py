"""Staggered shipping: where capacity is dear, whom to ask to wait, and what the buyers answered."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.orders import stagger_desk

t = state.language()


def draw() -> None:
    """What refreshes; the list of proposals stays still while somebody chooses."""
    board, now = reads.stagger(), reads.now()
    ages.strip(t, board.stamp, now)
    stagger_desk.standing(t, board, now)
    moved = stagger_desk.changed(board)
    if moved and st.button(t("review.lay_anew", n=moved), icon=":material/refresh:", key="lay-anew"):
        stagger_desk.lay_anew()
        st.rerun()


panels.live(t, draw)
stagger_desk.told()
stagger_desk.proposals(t, reads.stagger())
