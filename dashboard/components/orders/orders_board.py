"""The orders board: where every order stands, by show, province and product, and the newest of them."""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.four import Orders
from dashboard.components import ages, charts, china_map, panels
from dashboard.components.orders import certificate, order_tables
from dashboard.state import ALL, OrdersView
from dashboard.wording import Words

UPPER = 470
LOWER = 400


def narrowed(board: Orders, view: OrdersView) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Orders by status and by province, of the show in view or of all."""
    by_show, provinces = board.by_show, board.provinces
    if view.show != ALL:
        by_show = by_show.filter(pl.col("show_id") == view.show)
        provinces = provinces.filter(pl.col("show_id") == view.show)
    return by_show.group_by("status").agg(pl.col("orders", "cents").sum()), provinces


def show_choice(t: Words, shows: pl.DataFrame, view: OrdersView) -> None:
    """Which show the board is about; the choice goes into the address bar."""
    titles = {row["show_id"]: t.name(row, "title") for row in shows.iter_rows(named=True)}
    options = [ALL, *titles]
    st.selectbox(
        t("orders.show"),
        options,
        index=options.index(view.show) if view.show in options else 0,
        format_func=lambda show: t("orders.all_shows") if show == ALL else titles[show],
        key="show_choice",
        label_visibility="collapsed",
        width=280,
        on_change=_choose,
        args=("show_choice", "show"),
    )


def panel_choice(t: Words, view: OrdersView) -> None:
    """Which lower panel; the choice goes into the address bar."""
    st.segmented_control(
        t("orders.panel"),
        OrdersView.PANELS,
        default=view.panel,
        format_func=lambda panel: t.of("orders_panel", panel),
        key="orders_panel",
        label_visibility="collapsed",
        required=True,
        on_change=_choose,
        args=("orders_panel", "panel"),
    )


def _choose(widget: str, parameter: str) -> None:
    st.query_params[parameter] = st.session_state[widget]


def upper(t: Words, board: Orders, view: OrdersView, now: datetime) -> None:
    """Funnel and promises, map, products and quotas."""
    fresh = ages.of_feed(t, board.stamp, "orders", now)
    status, provinces = narrowed(board, view)
    key = f"orders.{view.show}"
    stand, land, goods = st.columns([1.15, 1.5, 1.35], gap="small")
    with stand:
        with panels.panel("by-status", t("orders.by_status"), fresh):
            figure = reads.figure(f"{key}.status", board, t.language, lambda: charts.funnel(t, status))
            st.echarts_chart(figure, height=218, key="chart-status", theme=None)
        with panels.panel("by-promise", t("orders.by_promise"), fresh):
            figure = reads.figure(f"{key}.promise", board, t.language, lambda: charts.promises(t, board.promises))
            st.echarts_chart(figure, height=UPPER - 218 - 112, key="chart-promise", theme=None)
    with land, panels.panel("map", t("orders.map"), fresh):
        deck = reads.figure(f"{key}.map", board, t.language, lambda: china_map.deck(t, provinces))
        st.pydeck_chart(deck, height=UPPER - 44, key="orders-map")
    with goods:
        with panels.panel("quota", t("orders.quota"), fresh):
            figure = reads.figure(f"{key}.quota", board, t.language, lambda: charts.quotas(t, provinces, rows=8))
            st.echarts_chart(figure, height=212, key="chart-quota", theme=None)
        with panels.panel("sold", t("orders.sold"), fresh):
            figure = reads.figure("orders.sold", board, t.language, lambda: charts.sold(t, board.sold, rows=6))
            st.echarts_chart(figure, height=UPPER - 212 - 112, key="chart-sold", theme=None)


def lower(t: Words, board: Orders, view: OrdersView, now: datetime) -> None:
    """The chosen table."""
    if view.panel == "certificate":
        certificate.panel(t, reads.certificate(), now)
    elif view.panel == "unserved":
        order_tables.unserved(t, board.unserved, height=LOWER)
    elif view.panel == "batches":
        order_tables.batches(t, board.batches, height=LOWER)
    else:
        order_tables.latest_orders(t, board.latest, height=LOWER)
