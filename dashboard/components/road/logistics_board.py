"""The logistics board: where parcels stand, how long each leg takes, where delay comes from, whom nobody hears of."""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.logistics import Logistics
from dashboard.components import ages, panels
from dashboard.components.ages import Freshness
from dashboard.components.road import logistics_charts, tracking_tables
from dashboard.state import LogisticsView
from dashboard.wording import NOTHING, Words

UPPER = 380
LOWER = 420
CLAIMED = {"processing": 0.23, "transit": 0.31, "last_mile": 0.46}
"""What the customer's papers say delay comes from: a claim without a source, to compare with and not to plan by."""


def figures(t: Words, board: Logistics, now: datetime) -> None:
    """Five tiles over the charts."""
    fresh = ages.of_feed(t, board.stamp, "tracking", now)
    parcels = dict(board.stages.select("stage", "parcels").iter_rows())
    carriers = board.carriers
    way = board.stages.filter(pl.col("stage").is_in(["picked_up", "in_transit", "arrived", "out_for_delivery"]))
    moving, troubled = int(way["parcels"].sum()), int(way["troubled"].sum())
    silent, worst = int(carriers["silent_12"].sum()), int(carriers["silent_24"].sum())
    out = sum(parcels.get(stage, 0) for stage in ("rejected", "returning", "returned", "lost"))
    hour = int(board.feeds["last_hour"].sum())
    unknown = int(board.unknown["events"].sum())
    # Waybills are the room's own record: the tile of what waits for its pick-up is as old as the answer.
    own = Freshness(t.age((now - board.stamp.as_of).total_seconds()), stale=False, known=True)
    labelled, planned = parcels.get("labelled", 0), t.count(parcels.get("planned", 0))
    shown = (
        ("labelled", labelled, t("logistics.labelled_note", n=planned), own, "orange" if labelled else "gray"),
        ("moving", moving, t("logistics.moving_note", n=t.count(troubled)), fresh, "orange" if troubled else "gray"),
        ("silent", silent, t("logistics.silent_note", n=t.count(worst)), fresh,
         "red" if worst else "orange" if silent else "green"),
        ("signed", parcels.get("signed", 0), t("logistics.signed_note", n=t.count(out)), fresh, "gray"),
        ("heard", hour, _heard_note(t, board, unknown), fresh, "orange" if unknown else "gray"),
    )  # fmt: skip
    for column, (name, value, note, age, colour) in zip(st.columns(5, gap="small"), shown, strict=True):
        with column:
            panels.tile(f"logistics-{name}", t(f"logistics.{name}"), t.count(value), note, age, colour=colour)


def _heard_note(t: Words, board: Logistics, unknown: int) -> str:
    if unknown:
        return t("logistics.unknown_note", n=t.count(unknown))
    heard = board.feeds.filter(pl.col("late_minutes").is_not_null())
    late = heard["late_minutes"].max() if heard.height else None
    return t("logistics.late_note", span=NOTHING if late is None else t.duration(float(late) * 60))  # type: ignore[arg-type]


def upper(t: Words, board: Logistics, now: datetime) -> None:
    """Stages, legs, bottleneck."""
    fresh = ages.of_feed(t, board.stamp, "tracking", now)
    stages, legs, shares = st.columns([1.3, 1.5, 1.1], gap="small")
    with stages, panels.panel("stages", t("logistics.stages"), fresh):
        st.echarts_chart(
            reads.figure("logistics.stages", board, t.language, lambda: logistics_charts.stages(t, board.stages)),
            height=UPPER - 44, key="chart-stages", theme=None,
        )  # fmt: skip
    with legs, panels.panel("legs", t("logistics.legs"), fresh):
        if board.legs.is_empty():
            st.caption(t("logistics.no_legs"))
        else:
            st.echarts_chart(
                reads.figure("logistics.legs", board, t.language, lambda: logistics_charts.legs(t, board.legs)),
                height=UPPER - 44, key="chart-legs", theme=None,
            )  # fmt: skip
    with shares, panels.panel("shares", t("logistics.shares"), fresh):
        if board.shares.is_empty():
            st.caption(t("logistics.no_shares"))
        else:
            st.echarts_chart(
                reads.figure(
                    "logistics.shares", board, t.language, lambda: logistics_charts.bottleneck(t, board.shares, CLAIMED)
                ),
                height=UPPER - 44, key="chart-shares", theme=None,
            )  # fmt: skip


def panel_choice(t: Words, view: LogisticsView) -> None:
    """Which lower panel; the choice goes into the address bar."""
    st.segmented_control(
        t("logistics.panel"),
        LogisticsView.PANELS,
        default=view.panel,
        format_func=lambda panel: t.of("logistics_panel", panel),
        key="logistics_panel",
        label_visibility="collapsed",
        required=True,
        on_change=_choose,
        args=("logistics_panel", "panel"),
    )


def _choose(widget: str, parameter: str) -> None:
    st.query_params[parameter] = st.session_state[widget]


def lower(t: Words, board: Logistics, view: LogisticsView) -> None:
    """The chosen table."""
    if view.panel == "carriers":
        tracking_tables.carriers(t, board.carriers, height=LOWER)
    elif view.panel == "feeds":
        feeds, codes = st.columns([1, 1], gap="small")
        with feeds:
            tracking_tables.feeds(t, board.feeds, height=LOWER)
        with codes:
            st.caption(t("logistics.unknown_help") if board.unknown.height else t("logistics.all_known"))
            if board.unknown.height:
                tracking_tables.unknown(t, board.unknown, height=LOWER - 40)
    else:
        tracking_tables.silent(t, board.silent, height=LOWER)
