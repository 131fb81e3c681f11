"""What the board of promise clocks needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.model.alarms import Watch
from engine.rules.alarms import Cause, Pressure, pressures
from engine.rules.packs import PlatformRules
from engine.store.database import Database
from engine.store.screens import clocks as clock_screens
from engine.store.screens import room as screens
from engine.usecases.clocks.alarm_policy import load_alarm_policy
from engine.usecases.clocks.judge_clocks import Gauge, heat, judge_clocks, lockout_gauges


@dataclass(frozen=True, slots=True)
class Clocks:
    """The board. heat: as `judge_clocks.heat`, its buckets end at `hours`. alarms: `clock_alarm_list` with what stands
    behind each now. refundable: orders and cents that a buyer gets back by asking. names: code as sold -> (zh, en)."""

    stamp: Stamp
    gauges: tuple[Gauge, ...]
    pace_minutes: float
    heat: pl.DataFrame
    hours: tuple[float, ...]
    alarms: pl.DataFrame
    ledger: pl.DataFrame
    exemptions: pl.DataFrame
    refundable: tuple[int, int]
    versions: Mapping[tuple[str, str], int]
    unjudged: Mapping[str, int]
    platforms: Mapping[str, PlatformRules]
    shows: pl.DataFrame
    names: Mapping[str, tuple[str, str]]


def clocks(database: Database, as_of: datetime, platforms: Mapping[str, PlatformRules]) -> Clocks:
    """Ask everything that the board shows."""
    made = stamp(database, as_of)
    policy = load_alarm_policy()
    standing = judge_clocks(database, platforms, now=as_of)
    sold = database.read("FROM boards.sold_names")
    return Clocks(
        stamp=made,
        gauges=tuple(lockout_gauges(standing, platforms)),
        pace_minutes=policy.pick_up_minutes,
        heat=heat(standing, policy.t_minus_hours),
        hours=policy.t_minus_hours,
        alarms=_live(clock_screens.clock_alarm_list(database, as_of), pressures(standing.book, policy, now=as_of)),
        ledger=clock_screens.promise_ledger(database),
        exemptions=clock_screens.exemption_list(database),
        refundable=standing.book.refundable(as_of),
        versions=standing.book.versions,
        unjudged=standing.book.unjudged,
        platforms=platforms,
        shows=screens.show_phases(database, as_of),
        names={sku: (zh, en) for sku, zh, en in sold.iter_rows()},
    )


def _live(alarms: pl.DataFrame, behind: Mapping[Cause, Pressure]) -> pl.DataFrame:
    """What stands behind an alarm now, instead of what did at its last event; a cleared one keeps that."""
    rows = []
    for row in alarms.iter_rows(named=True):
        now = behind.get(Cause(Watch(row["watch"]), row["carrier"], row["place"]))
        if row["state"] != "cleared":
            row |= {"orders": now.orders, "pressing": now.pressing, "cents": now.cents} if now else {"orders": 0}
            row["next_at"] = now.next_at if now else None
        rows.append(row)
    return pl.DataFrame(rows, schema=alarms.schema)
