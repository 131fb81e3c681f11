"""The tables of a report: which rows stand under its numbers, column by column. Values, not words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
import polars as pl

from engine.model.clocks import ClockState
from engine.reports.figures import Chapter, Question, Seen
from engine.reports.road_kpis import legs

MOST_ROWS = 200
"""Rows a table keeps: what somebody reads. Whoever wants all of them asks the question that stands under it."""


class Kind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    CODE = "code"  # a member of the family of words that bears the column's name
    NAME = "name"  # [name_zh, name_en, code]
    COUNT = "count"
    SHARE = "share"
    CENTS = "cents"
    HOURS = "hours"
    STARS = "stars"
    AT = "at"  # ISO instant


@dataclass(frozen=True, slots=True)
class Column:
    """Its key names its words; `kind` how its values are written."""

    key: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a chapter. `left`: rows that were left out."""

    key: str
    chapter: str
    asks: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    left: int


Columns = dict[str, Kind]
_T, _C, _N, _S, _M, _H, _A, _K = (
    Kind.TEXT, Kind.CODE, Kind.COUNT, Kind.SHARE, Kind.CENTS, Kind.HOURS, Kind.AT, Kind.NAME,
)  # fmt: skip


def made(key: str, chapter: Chapter, asks: Question, columns: Columns, rows: pl.DataFrame | Sequence[Any]) -> Table:
    """A table of the named columns of a frame, or of rows as they are; at most MOST_ROWS."""
    if isinstance(rows, pl.DataFrame):
        found: list[tuple[Any, ...]] = [
            tuple(_cell(row, name, kind) for name, kind in columns.items()) for row in rows.iter_rows(named=True)
        ]
    else:
        found = [tuple(row) for row in rows]
    heads = tuple(Column(name, kind) for name, kind in columns.items())
    kept = tuple(found[:MOST_ROWS])
    return Table(key, chapter.value, asks.value, heads, kept, len(found) - len(kept))


def _cell(row: dict[str, Any], name: str, kind: Kind) -> Any:
    if kind is Kind.NAME:
        return [row.get("name_zh"), row.get("name_en"), row.get(name)]
    value = row[name]
    return value.isoformat() if isinstance(value, datetime) else value


def tables_of(seen: Seen) -> tuple[Table, ...]:
    """Every table of a report but that of its actions."""
    return (
        _statuses(seen),
        made("holds", Chapter.ORDERS, Question.HOLDS,
             {"rule": _C, "orders": _N, "released": _N, "ended": _N, "waiting": _N}, seen[Question.HOLDS]),
        made("expected", Chapter.STOCK, Question.EXPECTED,
             {"sku": _K, "expected": _N, "asked": _N, "apart": _N}, seen[Question.EXPECTED]),
        made("pools", Chapter.STOCK, Question.POOLS,
             {"sku": _K, "opening": _N, "added": _N, "reserved": _N, "unsold": _N, "unsold_cents": _M, "refused": _N},
             seen[Question.POOLS]),
        made("rounds", Chapter.PLAN, Question.ROUNDS,
             {"at": _A, "method": _C, "orders": _N, "served": _N, "parcels": _N, "cost_cents": _M,
              "lower_bound_cents": _M, "gap": _S, "took_ms": _N}, seen[Question.ROUNDS]),
        _clauses(seen),
        _partners(seen, "carrier"),
        _partners(seen, "node"),
        _legs(seen),
        _alerts(seen),
        _incidents(seen),
        _complaints(seen),
        made("goods", Chapter.SERVICE, Question.GOODS,
             {"sku": _K, "supplier": _T, "units": _N, "damaged": _N, "returned": _N, "quality": _N, "wrong_item": _N},
             seen[Question.GOODS]),
        _stars(seen),
        made("amends", Chapter.SERVICE, Question.AMENDS,
             {"remedy": _C, "amends_state": _C, "times": _N, "cost_cents": _M},
             seen[Question.AMENDS].rename({"state": "amends_state"})),
    )  # fmt: skip


def _statuses(seen: Seen) -> Table:
    frame = seen[Question.ORDERS]
    rows = frame.group_by("outcome", "status").agg(orders=pl.len(), cents=pl.col("amount_cents").sum())
    columns = {"outcome": _C, "status": _C, "orders": _N, "cents": _M}
    rows = rows.sort("orders", "outcome", "status", descending=[True, False, False])
    return made("statuses", Chapter.ORDERS, Question.ORDERS, columns, rows)


def _clauses(seen: Seen) -> Table:
    """Every clock by how its orders stand; money as in the figures."""
    state = pl.col("state").cast(pl.String)

    def of(one: ClockState) -> pl.Expr:
        return state == one.value

    found = (
        seen[Question.CLOCKS]
        .group_by(clock=pl.col("clock").cast(pl.String))
        .agg(
            kept=of(ClockState.KEPT).sum(),
            broken_orders=of(ClockState.BROKEN).sum(),
            exempt=of(ClockState.EXEMPT).sum(),
            running=of(ClockState.RUNNING).sum(),
            lost_cents=_cents(pl.col("adds").filter(of(ClockState.BROKEN)).sum()),
            risk_cents=_cents(pl.col("adds").filter(of(ClockState.RUNNING)).sum()),
            unpriced=pl.col("adds").filter(of(ClockState.BROKEN)).null_count(),
        )
        .sort("lost_cents", "broken_orders", "clock", descending=[True, True, False])
    )
    columns = {"clock": _C, "kept": _N, "broken_orders": _N, "exempt": _N, "running": _N, "lost_cents": _M,
               "risk_cents": _M, "unpriced": _N}  # fmt: skip
    return made("clauses", Chapter.SHIPPING, Question.CLOCKS, columns, found)


def _cents(yuan: pl.Expr) -> pl.Expr:
    return (yuan * 100).round().cast(pl.Int64)


def _partners(seen: Seen, who: str) -> Table:
    """Parcels of each carrier or node: picked up, signed, late; those with most late first."""
    now = pl.lit(seen[Question.MOMENT].item(0, "now")).dt.cast_time_unit("us")
    due = pl.col("due_at") <= now
    on_time = (pl.col("signed_at") <= pl.col("due_at")).fill_null(value=False)
    waited = (pl.col("picked_up_at") - pl.col("planned_at")).dt.total_microseconds() / 3_600_000_000
    found = (
        seen[Question.PARCELS]
        .group_by(who)
        .agg(
            parcels=pl.len(),
            picked_up=pl.col("picked_up_at").count(),
            signed_parcels=pl.col("signed_at").count(),
            due_parcels=due.fill_null(value=False).sum(),
            late=(due & ~on_time).fill_null(value=False).sum(),
            name_zh=pl.col(f"{who}_zh").first(),
            name_en=pl.col(f"{who}_en").first(),
            pick_up_p90=waited.quantile(0.9, "linear"),
        )
        .with_columns(late_share=pl.when(pl.col("due_parcels") > 0).then(pl.col("late") / pl.col("due_parcels")))
        .sort("late", "parcels", who, descending=[True, True, False])
    )
    columns = {who: _K, "parcels": _N, "picked_up": _N, "signed_parcels": _N, "due_parcels": _N, "late": _N,
               "late_share": _S, "pick_up_p90": _H}  # fmt: skip
    return made(f"{who}s", Chapter.SHIPPING, Question.PARCELS, columns, found)


def _legs(seen: Seen) -> Table:
    ended = legs(seen)
    order = ended.unique("leg", keep="first", maintain_order=True).select("leg").with_row_index("place")
    whole = float(ended.filter("signed")["hours"].sum())
    signed = pl.col("hours").filter(pl.col("signed")).sum()
    found = (
        ended.group_by("leg", "part")
        .agg(
            parcels=pl.len(),
            p50=pl.col("hours").median(),
            p90=pl.col("hours").quantile(0.9, "linear"),
            hours_share=signed / whole if whole > 0 else pl.lit(None, dtype=pl.Float64),
        )
        .join(order, on="leg")
        .sort("place")
    )
    columns = {"leg": _C, "part": _C, "parcels": _N, "p50": _H, "p90": _H, "hours_share": _S}
    return made("legs", Chapter.SHIPPING, Question.PARCELS, columns, found)


def _cause(kept: str) -> str:
    """[[dimension, value], ...] as values in a row, as alerts and incidents keep their cause."""
    told = orjson.loads(kept)
    pairs = told if isinstance(told, list) else [told]
    return " · ".join(str(pair[-1]) if isinstance(pair, list) and pair else str(pair) for pair in pairs)


def _alerts(seen: Seen) -> Table:
    rows = [
        (
            row["told_at"].isoformat(), row["condition"], _cause(row["cause"]),
            "critical" if row["critical"] else "warning", row["orders"], row["cents"], _span(row, "taken_at"),
            _span(row, "over_at"), row["actions"], row["done"],
        )
        for row in seen[Question.ALERTS].filter(~pl.col("folded")).iter_rows(named=True)
    ]  # fmt: skip
    columns = {"at": _A, "condition": _C, "cause": _T, "severity": _C, "orders": _N, "cents": _M, "taken_in": _H,
               "over_in": _H, "answers": _N, "carried_out": _N}  # fmt: skip
    return made("alerts", Chapter.TROUBLE, Question.ALERTS, columns, rows)


def _span(row: dict[str, Any], end: str) -> float | None:
    return None if row[end] is None else max((row[end] - row["told_at"]).total_seconds(), 0) / 3600


def _incidents(seen: Seen) -> Table:
    rows = [
        (row["opened_at"].isoformat(), row["kind"], _cause(row["cause"]), row["complaint"], row["things"],
         None if row["ended_at"] is None else row["ended_at"].isoformat())
        for row in seen[Question.INCIDENTS].iter_rows(named=True)
    ]  # fmt: skip
    columns = {"at": _A, "incident": _C, "cause": _T, "complaint": _C, "things": _N, "ended_at": _A}
    return made("incidents", Chapter.TROUBLE, Question.INCIDENTS, columns, rows)


def _complaints(seen: Seen) -> Table:
    whole = max(seen[Question.ORDERS].height, 1)
    found = (
        seen[Question.TICKETS]
        .group_by("complaint")
        .agg(
            tickets=pl.len(),
            orders=pl.col("order_id").n_unique(),
            open_tickets=(pl.col("state") != "resolved").sum(),
            asked_cents=pl.col("refund_cents").sum(),
        )
        .with_columns(per_1000=1000 * pl.col("orders") / whole, complaint=pl.col("complaint").fill_null("unsorted"))
        .sort("orders", "complaint", descending=[True, False])
    )
    columns = {"complaint": _C, "tickets": _N, "orders": _N, "per_1000": _N, "open_tickets": _N, "asked_cents": _M}
    return made("complaints", Chapter.SERVICE, Question.TICKETS, columns, found)


def _stars(seen: Seen) -> Table:
    rated = seen[Question.ORDERS].filter(pl.col("stars").is_not_null())
    found = rated.group_by("stars").agg(orders=pl.len()).sort("stars", descending=True)
    return made("stars", Chapter.SERVICE, Question.ORDERS, {"stars": Kind.STARS, "orders": _N}, found)
