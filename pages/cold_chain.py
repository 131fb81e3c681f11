"""Cold chain: excursions beyond a layer's limits, the curve of one sensor, and the orders that it concerns."""

import streamlit as st

from dashboard import reads, road_reads, state
from dashboard.components import ages, panels
from dashboard.components.road import cold_board
from dashboard.views.maps import ColdChainView

t = state.language()


def draw() -> None:
    """One refresh."""
    board, now = road_reads.cold_chain(), reads.now()
    view = ColdChainView.read(st.query_params)
    if board.probes.is_empty():
        cold_board.nothing(t)
        return
    cold_board.figures(t, board, now)
    probe, excursion = cold_board.opened(board, view)
    one = road_reads.cold_probe(board, probe, excursion)
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=cold_board.STALE_SECONDS)
    left, right = st.columns([1.25, 1], gap="small")
    with left, panels.panel("cold-excursions", t("cold.excursions"), fresh, height=cold_board.UPPER):
        cold_board.excursions(t, board)
    with right, panels.panel("cold-curve", t("cold.curve"), fresh, height=cold_board.UPPER):
        cold_board.curve(t, board, one)
    cold_board.lower(t, board, one, view)


panels.live(t, draw)
