"""The network page: how nodes and carriers stand, and the lists of what steering left behind."""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboard.boards.four import Network
from dashboard.components import ages, panels
from dashboard.components.network import network_tables
from dashboard.state import NetworkView
from dashboard.wording import Words

TABLES = 300
LISTS = 330
STALE_SECONDS = 60
"""States and parcels are read from the room itself, not from a feed: they are as old as the last look at them."""


def figures(t: Words, board: Network) -> None:
    """Six figures that should all be zero on a quiet night."""
    closed = board.nodes.filter(pl.col("state") == "closed").height
    stopped = board.carriers.filter(pl.col("stops").list.len() > 0).height
    short = int(board.shortages["units"].sum())
    shown = (
        ("closed", closed, t("network.closed_note", n=board.nodes.height)),
        ("stopped", stopped, t("network.stopped_note", n=board.carriers.height)),
        ("quarantined", board.lots.height, t("network.quarantined_note", n=t.count(board.lots["units"].sum()))),
        ("stuck", board.stuck["order_id"].n_unique(), t("network.stuck_note")),
        ("edits", board.edits.height, t("network.edits_note")),
        ("short", short, t("network.short_note", n=board.shortages.height)),
    )
    for column, (name, value, note) in zip(st.columns(6, gap="small"), shown, strict=True):
        column.metric(
            t(f"network.{name}"),
            t.count(value),
            delta=note,
            delta_color="orange" if value else "gray",
            delta_arrow="off",
            border=True,
        )


def tables(t: Words, board: Network, now: datetime) -> None:
    """Nodes and carriers side by side."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    nodes, carriers = st.columns([1.15, 1], gap="small")
    with nodes, panels.panel("network-nodes", t("network.nodes"), fresh):
        network_tables.nodes(t, board.nodes, height=TABLES)
    with carriers, panels.panel("network-carriers", t("network.carriers"), fresh):
        network_tables.carriers(t, board.carriers, board.divisions, height=TABLES)


def lists(t: Words, board: Network, view: NetworkView) -> None:
    """The chosen list, with how much is on each."""
    counts = {
        "stuck": board.stuck["order_id"].n_unique(),
        "edits": board.edits.height,
        "lots": board.lots.height,
        "log": board.log.height,
    }
    st.segmented_control(
        t("network.panel"),
        NetworkView.PANELS,
        default=view.panel,
        format_func=lambda panel: t(f"network.{panel}_n", n=t.count(counts[panel])),
        key="network_panel",
        label_visibility="collapsed",
        required=True,
        on_change=_choose,
    )
    if view.panel == "edits":
        network_tables.edits(t, board.edits, height=LISTS)
    elif view.panel == "lots":
        network_tables.lots(t, board.lots, board.shortages, height=LISTS)
    elif view.panel == "log":
        network_tables.log(t, board.log, height=LISTS)
    else:
        network_tables.stuck(t, board.stuck, height=LISTS)


def _choose() -> None:
    st.query_params["panel"] = st.session_state["network_panel"]
