"""Partners: carriers and nodes over the same lanes, their standards and warnings, and switches of carrier."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.network import partners_board, switch_desk
from dashboard.views.partners import PartnersView

t = state.language()
view = PartnersView.read(st.query_params)


def draw() -> None:
    """One refresh."""
    board, now = reads.partners(), reads.now()
    ages.strip(t, board.stamp, now)
    partners_board.figures(t, board, now)


def lists() -> None:
    """What was chosen."""
    board, now = reads.partners(), reads.now()
    if view.panel == "warnings":
        partners_board.warnings(t, board, now)
    else:
        partners_board.scores(t, board, view, now)


panels.live(t, draw)
partners_board.choices(t, reads.partners(), view)
if view.panel == "switch":
    # Outside the part that refreshes: somebody is choosing.
    switch_desk.desk(t, reads.partners())
    switch_desk.proposals(t, reads.partners())
else:
    panels.live(t, lists)
