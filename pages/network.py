"""Network: nodes, carriers and lots, what is closed or stopped, and the orders that had to move and could not."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.network import network_board, steering_desk

t = state.language()


def draw() -> None:
    """One refresh."""
    board, now = reads.network(), reads.now()
    ages.strip(t, board.stamp, now)
    network_board.figures(t, board)
    network_board.tables(t, board, now)


panels.live(t, draw)
steering_desk.desk(t, reads.network())


def lists() -> None:
    """What could not move, what the platform must be told, what was done."""
    network_board.lists(t, reads.network(), state.NetworkView.read(st.query_params))


panels.live(t, lists)
