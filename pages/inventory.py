"""Inventory: pools and sell-out clocks, stock by SKU, lots by days to expiry; topping up a pool."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, panels
from dashboard.components.stock import inventory_board

t = state.language()


def draw() -> None:
    """One refresh."""
    board, now = reads.inventory(), reads.now()
    view = state.InventoryView.read(st.query_params)
    ages.strip(t, board.stamp, now)
    inventory_board.figures(t, board, now)
    inventory_board.choices(t, board, view)
    inventory_board.table(t, board, view)


panels.live(t, draw)
inventory_board.top_up_form(t, reads.inventory())
