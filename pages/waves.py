"""Waves: open work of the floors by route and how long it can wait; releasing it; one wave with all its lists."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.floor import floor_board, wave_desk

t = state.language()
view = state.WavesView.read(st.query_params)


def draw() -> None:
    """One refresh."""
    board, now = reads.floor(), reads.now()
    ages.strip(t, board.stamp, now)
    floor_board.figures(t, board, view, now)
    floor_board.table(t, board, view)


if view.wave:
    wave_desk.draw(t, view)
else:
    # Outside the part that refreshes: a choice changes the form below as well.
    floor_board.choices(t, reads.floor(), view)
    panels.live(t, draw)
    floor_board.told()
    floor_board.release_form(t, reads.floor(), view)
