"""Waves: open work of the floors by route and how long it can wait; releasing it; one wave with all its lists."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, floor_board, panels, wave_desk

t = state.language()
view = state.WavesView.read(st.query_params)


def draw() -> None:
    """One refresh."""
    board, now = reads.floor(), reads.now()
    with st.container(horizontal=True, vertical_alignment="center", key="floor-head"):
        floor_board.choices(t, board, view)
        ages.strip(t, board.stamp, now)
    floor_board.figures(t, board, view, now)
    floor_board.table(t, board, view)


if view.wave:
    wave_desk.draw(t, view)
else:
    panels.live(t, draw)
    floor_board.told()
    floor_board.release_form(t, reads.floor(), view)
