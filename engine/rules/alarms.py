"""Which causes deserve an alarm, and what becomes of those that stand? One alarm a cause, not one a parcel.

A cause is a watch, a carrier and a place. An alarm is raised at `raise_orders`, stays until there were fewer than
`clear_orders` for all the quiet minutes, and goes from raised to escalated only, never back: what flickers around a
limit is one alarm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from engine.model.alarms import AlarmState, Watch
from engine.model.clocks import TIMED, Clock, ClockState
from engine.model.frames import INSTANT
from engine.rules.alarm_policy import AlarmPolicy, WatchRule
from engine.rules.clock_book import FLOORS, Book, between, instant, stood


class Cause(NamedTuple):
    """What an alarm is about. place: a node, or a lane such as 33>44; "" where nothing is planned yet."""

    watch: Watch
    carrier: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """What stands behind a cause now: orders within their warning time or broken and still to be helped, those of them
    that press, what breaking all of them takes or took (cents), and the next deadline that can still be kept."""

    orders: int
    pressing: int
    cents: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm that is not cleared. quiet_since: since when there is too little behind it; None while there is not."""

    alarm_id: str
    cause: Cause
    state: AlarmState
    quiet_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What becomes of a cause: a new alarm (alarm is None), another state, or only another quiet_since."""

    cause: Cause
    alarm: Alarm | None
    to: AlarmState
    quiet_since: datetime | None
    pressure: Pressure


NOTHING = Pressure(orders=0, pressing=0, cents=0, next_at=None)


def settle(
    standing: Sequence[Alarm], pressures: dict[Cause, Pressure], policy: AlarmPolicy, *, now: datetime
) -> list[Step]:
    """The steps of this moment; alarms and causes that stay as they are have none."""
    steps = []
    for alarm in standing:
        step = _next(alarm, pressures.get(alarm.cause, NOTHING), policy, now)
        if (step.to, step.quiet_since) != (alarm.state, alarm.quiet_since):
            steps.append(step)
    known = {alarm.cause for alarm in standing}
    for cause, pressure in pressures.items():
        rule = policy.rules[cause.watch]
        if cause not in known and pressure.orders >= rule.raise_orders:
            to = AlarmState.ESCALATED if pressure.pressing >= rule.raise_orders else AlarmState.RAISED
            steps.append(Step(cause=cause, alarm=None, to=to, quiet_since=None, pressure=pressure))
    return steps


def _next(alarm: Alarm, pressure: Pressure, policy: AlarmPolicy, now: datetime) -> Step:
    rule = policy.rules[alarm.cause.watch]
    to, quiet_since = alarm.state, None
    if pressure.orders < rule.clear_orders:
        quiet_since = alarm.quiet_since or now
        if now - quiet_since >= timedelta(minutes=policy.quiet_minutes):
            to = AlarmState.CLEARED
    elif pressure.pressing >= rule.raise_orders:
        to = AlarmState.ESCALATED
    return Step(cause=alarm.cause, alarm=alarm, to=to, quiet_since=quiet_since, pressure=pressure)


def pressures(book: Book, policy: AlarmPolicy, *, now: datetime) -> dict[Cause, Pressure]:
    """What stands behind each cause now."""
    parts = [
        *(_of_clock(book, clock, policy.rules[Watch(clock.value)], now) for clock in TIMED),
        *(_of_floor(book, policy.rules[watch], now) for watch in FLOORS),
    ]
    found: dict[Cause, Pressure] = {}
    for frame in parts:
        for row in frame.iter_rows(named=True):
            cause = Cause(Watch(row["watch"]), row["carrier"], row["place"])
            found[cause] = Pressure(
                orders=row["orders"], pressing=row["pressing"], cents=round(row["yuan"] * 100), next_at=row["next_at"]
            )
    return found


def _of_clock(book: Book, clock: Clock, rule: WatchRule, now: datetime) -> pl.DataFrame:
    """What is broken and can still be helped, or breaks within the warning time."""
    warned_until = now + timedelta(minutes=rule.warn_minutes) + timedelta.resolution
    near = stood(between(book.clocks[clock], "deadline", None, warned_until), now)
    broken = (pl.col("state") == ClockState.BROKEN) & pl.col("helps")
    inside = near.filter(broken | (pl.col("state") == ClockState.RUNNING))
    return _grouped(inside, rule, deadline=pl.col("deadline"), yuan=pl.col("adds").fill_null(0), now=now)


def _of_floor(book: Book, rule: WatchRule, now: datetime) -> pl.DataFrame:
    over = now - timedelta(hours=rule.after_hours) + timedelta.resolution
    waiting = between(book.waits[rule.watch], "begin", None, over)
    return _grouped(waiting, rule, deadline=pl.col("begin"), yuan=pl.lit(0.0), now=now)


def _grouped(rows: pl.DataFrame, rule: WatchRule, *, deadline: pl.Expr, yuan: pl.Expr, now: datetime) -> pl.DataFrame:
    # A floor is no deadline: nothing gets worse at a later moment.
    presses = pl.lit(not rule.after_hours) & (deadline - instant(now) <= pl.duration(minutes=rule.escalate_minutes))
    to_come = pl.when(deadline > instant(now)).then(deadline).otherwise(pl.lit(None, dtype=INSTANT))
    return rows.group_by("carrier", "place").agg(
        watch=pl.lit(rule.watch.value).first(),
        orders=pl.len().cast(pl.Int64),
        pressing=presses.sum().cast(pl.Int64),
        yuan=yuan.sum(),
        next_at=to_come.min(),
    )
