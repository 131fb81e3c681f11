"""The wall: the room for a big screen. No scrolling at 1920x1080; it rings for what is critical; it can be paused."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import empty, panels
from dashboard.components.overview import show_wall

t = state.language()


def draw() -> None:
    """One refresh."""
    board = reads.overview()
    if board.totals["orders"] == 0:
        empty.no_orders(t)
        return
    show_wall.draw(t, board, reads.clocks(), reads.alerts(), reads.inbox(), reads.now())


with st.container(horizontal=True, gap="small", vertical_alignment="center", key="wall-doors"):
    paused = st.toggle(t("wall.pause"), key="wall_paused")
    panels.live(t, lambda: show_wall.doors(t, reads.alerts()))
panels.live(t, draw, paused=paused, every=1)  # a wall is one of few, and what is critical must be on it
