"""The desk of pick-stops: how the race stands at every node, what must stay, and saying for a node what became of it.

The list stays as it was laid while somebody chooses: rows are chosen by position.
"""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboard.boards.pick_stops import PickStops
from dashboard.commands import pick_stops as commands
from dashboard.components import grid, outcomes
from dashboard.components.ages import Freshness
from dashboard.components.panels import tile
from dashboard.permits import Told, permit
from dashboard.wording import NOTHING, Words

HEIGHT = 430
_LAID, _ROUND, _TOLD = "stops_laid", "stops_round", "stops_told"
_COLOURS = {"open": "red", "stopped": "green", "shipped": "orange"}


def figures(t: Words, board: PickStops, now: datetime) -> None:
    """What refreshes: open, stopped, shipped, and the oldest that no node has answered."""
    sums = {name: int(board.totals[name].sum()) for name in _COLOURS}
    oldest = board.totals["oldest_open"].min()
    fresh = Freshness("", stale=False, known=True)
    columns = st.columns(4, gap="small")
    for column, name in zip(columns, _COLOURS, strict=False):
        with column:
            colour = _COLOURS[name] if sums[name] else "gray"
            note = t(f"pick_stops.{name}_note")
            tile(f"stops-{name}", t.of("stop_state", name), t.count(sums[name]), note, fresh, colour=colour)
    with columns[-1]:
        waited = NOTHING if oldest is None else t.age((now - oldest).total_seconds())
        tile("stops-oldest", t("pick_stops.oldest"), waited, t("pick_stops.oldest_note"), fresh)


def changed(board: PickStops) -> int:
    """How many rows came or moved since the list was laid."""
    laid = st.session_state.get(_LAID)
    keys = ("order_id", "parcel_id", "state")
    return 0 if laid is None else len(set(laid.select(keys).rows()) ^ set(board.stops.select(keys).rows()))


def lay_anew() -> None:
    """Take the list as it is now; earlier choices are gone."""
    st.session_state.pop(_LAID, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def told() -> None:
    """What the last click came to."""
    outcomes.tell(_TOLD)


def desk(t: Words, board: PickStops) -> None:
    """By node, then the list; the chosen rows are answered for their node."""
    if board.stops.is_empty():
        st.info(t("pick_stops.nothing"), icon=":material/check_circle:")
        return
    stops: pl.DataFrame = st.session_state.setdefault(_LAID, board.stops)
    chosen = _table(t, stops, key=f"stops-{st.session_state.get(_ROUND, 0)}")
    rows = stops[chosen]
    open_rows = rows.filter(pl.col("state") == "open")
    pieces = rows.select("order_id", "parcel_id").rows()
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="stops-doors"):
        stay = st.button(
            t("pick_stops.stay", n=open_rows.height),
            type="primary",
            icon=":material/front_hand:",
            **permit(t, "answer_stop", disabled=open_rows.is_empty()),
            key="stops-stay",
        )
        gone = st.button(
            t("pick_stops.gone", n=len(pieces)),
            icon=":material/local_shipping:",
            **permit(t, "answer_stop", disabled=not pieces),
            key="stops-gone",
        )
        st.link_button(t("pick_stops.csv"), "/api/pick-stops?format=csv", icon=":material/download:")
        st.caption(t("pick_stops.choose"), width="content")
    if stay:
        _end(commands.answer_stop(t, open_rows.select("order_id", "parcel_id").rows(), "stopped"))
    if gone:
        _end(commands.answer_stop(t, pieces, "shipped"))


def _end(outcome: Told) -> None:
    st.session_state[_TOLD] = outcome
    lay_anew()
    st.rerun()


def _table(t: Words, stops: pl.DataFrame, *, key: str) -> list[int]:
    place = (
        pl.when(pl.col("wave_id").is_null()).then(pl.lit(NOTHING)).otherwise(pl.format("{} · {}", "wave_id", "slot"))
    )
    shown = stops.with_columns(
        *grid.beijing("asked_at"),
        *grid.yuan("amount_cents"),
        grid.mapped(t, "stop_state", "state"),
        grid.mapped(t, "stop_why", "why"),
        grid.mapped(t, "stop_reached", "reached"),
        grid.mapped(t, "stage", "stage"),
        grid.links(t, stops),
        place=place,
        node_name=grid.names(t, stops, "node"),
        carrier_name=grid.names(t, stops, "carrier"),
    )
    columns = {
        "link": grid.link(t),
        "state": grid.text(t("col.state"), width=90),
        "node_name": grid.text(t("col.node"), width=170),
        "why": grid.text(t("pick_stops.why"), width=90),
        "reached": grid.text(t("pick_stops.reached"), width=120),
        "asked_at": grid.moment(t("pick_stops.asked")),
        "goods": grid.text(t("col.goods"), width=260),
        "place": grid.text(t("pick_stops.place"), width=150),
        "carrier_name": grid.text(t("col.carrier"), width=100),
        "waybill_no": grid.text(t("pick_stops.waybill"), width=140),
        "stage": grid.text(t("pick_stops.stage"), width=90),
        "amount_cents": grid.number(t("pick_stops.amount"), form="¥%.2f", width=90),
        "order_no": grid.text(t("col.order_no"), width=190),
    }
    return grid.show(t, shown, columns, key=key, height=HEIGHT, selection="multi-row")
