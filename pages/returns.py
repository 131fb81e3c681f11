"""Returns and damage: where goods come back or break, what is changed about it, whether it helped, what buyers say."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.service import change_desk, returns_board
from dashboard.views.returns import ReturnsView

t = state.language()
view = ReturnsView.read(st.query_params)


def draw() -> None:
    """One refresh."""
    board, now = reads.returns(), reads.now()
    ages.strip(t, board.stamp, now)
    returns_board.figures(t, board, now)


def lists() -> None:
    """What was chosen."""
    board, now = reads.returns(), reads.now()
    if view.panel == "ratings":
        returns_board.ratings(t, board, now)
    else:
        returns_board.shares(t, board, view, now)


panels.live(t, draw)
returns_board.choices(t, view)
if view.panel == "changes":
    # Outside the part that refreshes: somebody is choosing.
    change_desk.told()
    change_desk.desk(t, reads.returns())
else:
    panels.live(t, lists)
