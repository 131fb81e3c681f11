"""Which clocks run for an order and its parcels, until when, and what breaking each would cost? By one rule pack.

Vectorised over rows of order and parcel; decides by a `now` that is handed in. Interpretations that the platform's
texts leave open stand in the pack's notes; two stand here. A clause is charged once an order, and the longer of two
trace clauses replaces the shorter. An order in several parcels is late until the last of them is picked up.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from engine.model.clocks import ORDER_CLOCKS, PARCEL_CLOCKS, Clock, ClockState
from engine.model.frames import INSTANT, Contract
from engine.model.tracking import Stage
from engine.rules.pack_parts import ExemptEnd, Exemption, Transit
from engine.rules.packs import RulePack
from engine.rules.penalties import Clause

CLOCK_ROWS: Contract = {
    # One order and one of its parcels; an order without a parcel has one row with nulls in the parcel's columns.
    "paid_at": INSTANT,
    "promise_at": INSTANT,  # the binding one
    "amount_cents": pl.Int64,
    "destination": pl.String,  # adcode
    "closed_at": INSTANT,  # cancelled or refunded; null while it is neither
    "whole_at": INSTANT,  # pick-up of the order's last parcel; null while one is missing
    "first": pl.Boolean,  # one row an order: its order clocks are told there
    "origin": pl.String,  # adcode of the node
    "has_hubs": pl.Boolean,  # the carrier's network has hubs: no riders, no clerks
    "uploaded_at": INSTANT,
    "picked_up_at": INSTANT,
    "first_hub_at": INSTANT,  # or whatever later scan was first
    "last_scan_at": INSTANT,
    "stage": pl.String,  # Stage
    "stage_at": INSTANT,
}

CLAUSE_OF: Mapping[Clock, Clause] = {
    Clock.LATE: Clause.LATE,
    Clock.LATE_BEYOND: Clause.LATE_BEYOND,
    Clock.NO_PICK_UP: Clause.TRACE_TIMEOUT,
    Clock.NO_PICK_UP_LONG: Clause.TRACE_ANOMALY,
    Clock.NO_HUB: Clause.TRACE_TIMEOUT,
    Clock.NO_HUB_LONG: Clause.TRACE_ANOMALY,
    Clock.GAP: Clause.TRACE_TIMEOUT,
    Clock.BEFORE_PAYMENT: Clause.TRACE_ANOMALY,
    Clock.RECALLED: Clause.TRACE_ANOMALY,
}
"""The clause that a broken clock is punished by."""

FAMILIES: Sequence[tuple[Clock, ...]] = (ORDER_CLOCKS, PARCEL_CLOCKS)
"""Clocks of which the dearest broken one counts; within a family the certain ones first, then as they can break."""

STATES = pl.Enum([state.value for state in ClockState])
CLOCKS = pl.Enum([clock.value for clock in Clock])

HOUR_US = 3_600_000_000


def judged(rows: pl.DataFrame, pack: RulePack, *, now: datetime) -> pl.DataFrame:
    """`rows` (CLOCK_ROWS, others stay as they are) with four columns for each clock, named `<clock>_...`.

    deadline: null where it has not begun. state: STATES. yuan: f64 of the clause, null where its amounts are not
    sourced. adds: what breaking this clock takes beyond what its family's earlier broken or running clocks take.
    Also `refundable_from`: since when a buyer who asks is refunded without the shop being asked; null: not yet.
    """
    ladder = pack.ladder
    hours = (pl.col("promise_at") - pl.col("paid_at")).dt.total_microseconds() / HOUR_US
    rows = rows.with_columns(promise_hours=hours).with_columns(band=ladder.band_name())
    clauses = sorted(set(CLAUSE_OF.values()))
    rows = rows.with_columns(ladder.penalty(clause).alias(f"_{clause}") for clause in clauses)
    rows = rows.with_columns(_deadline(clock, pack).alias(f"{clock}_deadline") for clock in Clock)
    at = pl.lit(now).dt.cast_time_unit("us")
    rows = rows.with_columns(
        *(_state(clock, pack.exemptions, at).cast(STATES).alias(f"{clock}_state") for clock in Clock),
        *(pl.col(f"_{CLAUSE_OF[clock]}").alias(f"{clock}_yuan") for clock in Clock),
        refundable_from=_refundable_from(pack),
    )
    return rows.with_columns(*_additions()).drop("promise_hours", "band", *(f"_{clause}" for clause in clauses))


def by_clock(rows: pl.DataFrame, *keep: str, now: datetime) -> pl.DataFrame:
    """`judged` rows as one row a clock that applies: `keep`, clock, deadline, state, yuan, adds, seconds_left (f64)."""
    applies = [
        rows.lazy()
        .filter(pl.col(f"{clock}_state") != ClockState.NOT_APPLICABLE)
        .select(
            *keep,
            clock=pl.lit(clock.value, dtype=CLOCKS),
            **{name: pl.col(f"{clock}_{name}") for name in ("deadline", "state", "yuan", "adds")},
        )
        for clock in Clock
    ]
    left = (pl.col("deadline") - pl.lit(now).dt.cast_time_unit("us")).dt.total_microseconds() / 1e6
    return pl.concat(pl.collect_all(applies)).with_columns(seconds_left=left)


def _deadline(clock: Clock, pack: RulePack) -> pl.Expr:
    """When it runs out: null while it has not begun."""
    ladder, transit = pack.ladder, pack.transit
    once = pl.when("first")
    hubs = pl.when("has_hubs")
    match clock:
        case Clock.LATE:
            return once.then(pl.col("promise_at"))
        case Clock.LATE_BEYOND:
            return once.then(pl.col("promise_at") + _hours(ladder.hours_of(Clause.LATE_BEYOND)))
        case Clock.NO_PICK_UP:
            return pl.col("uploaded_at") + _hours(ladder.hours_of(Clause.TRACE_TIMEOUT))
        case Clock.NO_PICK_UP_LONG:
            return pl.col("uploaded_at") + _hours(ladder.hours_of(Clause.TRACE_ANOMALY))
        case Clock.NO_HUB:
            return hubs.then(pl.col("picked_up_at") + _hours(transit.no_hub_hours))
        case Clock.NO_HUB_LONG:
            return hubs.then(pl.col("picked_up_at") + _hours(transit.no_hub_long_hours))
        case Clock.GAP:
            moving = pl.col("has_hubs") & (pl.col("stage") == Stage.IN_TRANSIT.value)
            return pl.when(moving).then(pl.col("last_scan_at") + gap_limit(transit))
        case Clock.BEFORE_PAYMENT:
            return pl.col("picked_up_at")
        case Clock.RECALLED:
            return pl.when(pl.col("stage") == Stage.CANCELLED.value).then(pl.col("stage_at"))


def gap_limit(transit: Transit) -> pl.Expr:
    """How long a parcel from `origin` to `destination` may be without a scan in transit, as a duration."""
    ends = [pl.col(end).str.slice(0, 2) for end in ("origin", "destination")]
    remote = pl.any_horizontal(end.is_in(transit.remote) for end in ends)
    near = ends[0] == ends[1]
    for group in transit.near:
        near = near | (ends[0].is_in(group) & ends[1].is_in(group))
    return (
        pl.when(remote)
        .then(_hours(transit.remote_hours))
        .when(near)
        .then(_hours(transit.near_hours))
        .otherwise(_hours(transit.far_hours))
    )


def _state(clock: Clock, exemptions: Sequence[Exemption], now: pl.Expr) -> pl.Expr:
    deadline = pl.col(f"{clock}_deadline")
    free = _exempt(clock, exemptions, deadline)
    if clock is Clock.BEFORE_PAYMENT or clock is Clock.RECALLED:
        broken = pl.lit(value=True) if clock is Clock.RECALLED else pl.col("picked_up_at") < pl.col("paid_at")
        return (
            pl.when(deadline.is_null())
            .then(pl.lit(ClockState.NOT_APPLICABLE.value))
            .when(~broken)
            .then(pl.lit(ClockState.KEPT.value))
            .when(free)
            .then(pl.lit(ClockState.EXEMPT.value))
            .otherwise(pl.lit(ClockState.BROKEN.value))
        )
    end = _end(clock)
    ended = pl.col("closed_at")
    if clock not in ORDER_CLOCKS:
        cancelled = pl.when(pl.col("stage") == Stage.CANCELLED.value).then(pl.col("stage_at"))
        ended = pl.min_horizontal(ended, cancelled)
    return (
        pl.when(deadline.is_null())
        .then(pl.lit(ClockState.NOT_APPLICABLE.value))
        .when(end <= deadline)
        .then(pl.lit(ClockState.KEPT.value))
        .when(ended <= deadline)
        .then(pl.lit(ClockState.NOT_APPLICABLE.value))
        .when(free)
        .then(pl.lit(ClockState.EXEMPT.value))
        .when((now > deadline) | end.is_not_null())
        .then(pl.lit(ClockState.BROKEN.value))
        .otherwise(pl.lit(ClockState.RUNNING.value))
    )


def _end(clock: Clock) -> pl.Expr:
    """What keeps it, if it comes in time."""
    if clock in ORDER_CLOCKS:
        return pl.col("whole_at")
    if clock in (Clock.NO_PICK_UP, Clock.NO_PICK_UP_LONG):
        return pl.col("picked_up_at")
    # A gap ends with the next scan, which begins another gap or leaves the stage.
    return pl.lit(None, dtype=INSTANT) if clock is Clock.GAP else pl.col("first_hub_at")


def _exempt(clock: Clock, exemptions: Sequence[Exemption], deadline: pl.Expr) -> pl.Expr:
    free = pl.lit(value=False)
    ends = {ExemptEnd.ORIGIN: ("origin",), ExemptEnd.DESTINATION: ("destination",)}
    for one in exemptions:
        if CLAUSE_OF[clock] not in one.clauses:
            continue
        inside = pl.any_horizontal(
            pl.col(end).str.starts_with(region).fill_null(value=False)
            for end in ends.get(one.end, ("origin", "destination"))
            for region in one.regions
        )
        since, until = (pl.lit(at).dt.cast_time_unit("us") for at in (one.since, one.until))
        free = free | (inside & (deadline >= since) & (deadline < until))
    return free


def _additions() -> list[pl.Expr]:
    """`<clock>_adds` of every clock: within a family the dearest counts, so each adds what it is dearer."""
    found = []
    for family in FAMILIES:
        taken = pl.lit(0.0)
        for clock in family:
            live = pl.col(f"{clock}_state").is_in([ClockState.BROKEN.value, ClockState.RUNNING.value])
            yuan = pl.when(live).then(pl.col(f"{clock}_yuan")).otherwise(0.0)
            found.append((yuan - taken).clip(0).alias(f"{clock}_adds"))
            taken = pl.max_horizontal(taken, yuan)
    return found


def _refundable_from(pack: RulePack) -> pl.Expr:
    rule = pack.auto_refund
    small = True if rule.max_order_yuan is None else pl.col("amount_cents") <= round(rule.max_order_yuan * 100)
    bare = pl.lit(rule.without_waybill) & pl.col("uploaded_at").is_null() & small
    open_ = pl.col("closed_at").is_null() & pl.col("picked_up_at").is_null()
    stale = pl.when(open_).then(pl.col("uploaded_at") + _hours(rule.after_upload_hours))
    return pl.when(open_ & bare).then(pl.col("paid_at")).otherwise(stale)


def _hours(hours: float) -> pl.Expr:
    return pl.duration(microseconds=round(hours * HOUR_US))
