"""Orders: where every order stands, by show, province and product, and the newest of them."""

import streamlit as st

from dashboard import reads, state
from dashboard.components import ages, empty, panels
from dashboard.components.orders import orders_board

t = state.language()


def draw() -> None:
    """One refresh."""
    board, now = reads.orders(), reads.now()
    view = state.OrdersView.read(st.query_params)
    with st.container(horizontal=True, vertical_alignment="center", key="orders-head"):
        orders_board.show_choice(t, board.shows, view)
        ages.strip(t, board.stamp, now)
    if board.by_show.height == 0:
        empty.no_orders(t)
        return
    orders_board.upper(t, board, view, now)
    orders_board.panel_choice(t, view)
    orders_board.lower(t, board, view, now)


panels.live(t, draw)
