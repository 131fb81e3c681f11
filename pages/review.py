"""Review: what the room would not decide alone. Held orders, and rows that could not be taken."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.orders import review_desk

t = state.language()
view = state.ReviewView.read(st.query_params)


def draw() -> None:
    """Ages, and whether the queue has moved on; the queue itself stays still while somebody chooses."""
    board = reads.review()
    ages.strip(t, board.stamp, reads.now())
    moved = review_desk.changed(board, view)
    if moved and st.button(t("review.lay_anew", n=moved), icon=":material/refresh:", key="lay-anew"):
        review_desk.lay_anew()
        st.rerun()


panels.live(t, draw)
board = reads.review()
review_desk.choices(t, board, view)
review_desk.told()
if view.panel == "holds":
    review_desk.holds(t, board)
else:
    review_desk.quarantine(t, board)
