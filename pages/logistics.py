"""Logistics: where every parcel stands, how long each leg takes, where delay comes from, whom nobody hears of."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.clocks import clock_board
from dashboard.components.road import logistics_board

t = state.language()


def draw() -> None:
    """One refresh. Panels of deadlines and money stand between the charts and the tables."""
    board, now = reads.logistics(), reads.now()
    view = state.LogisticsView.read(st.query_params)
    ages.strip(t, board.stamp, now)
    logistics_board.figures(t, board, now)
    logistics_board.upper(t, board, now)
    clock_board.money_and_heat(t, reads.clocks(), now)
    logistics_board.panel_choice(t, view)
    logistics_board.lower(t, board, view)


panels.live(t, draw)
