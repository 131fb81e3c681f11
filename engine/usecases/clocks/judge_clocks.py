"""Every clock of the room judged at one moment: what is about to be lost, and how far is each shop from a lock-out?

Each order by the rules in force on the day it was paid; the book of them is kept by `kept_clocks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from engine.model.beijing import beijing_day, beijing_midnight
from engine.model.clocks import ORDER_CLOCKS, CliffOf, Clock, ClockState
from engine.rules.clock_book import Book, between, instant, stood
from engine.rules.clocks import CLOCKS
from engine.rules.lockout import Day, Distance, distance
from engine.rules.pack_parts import CliffRule
from engine.rules.packs import PlatformRules
from engine.store.database import Database
from engine.usecases.clocks.alarm_policy import load_alarm_policy
from engine.usecases.clocks.kept_clocks import kept_book

COUNTED = [ClockState.KEPT.value, ClockState.BROKEN.value, ClockState.RUNNING.value]


@dataclass(frozen=True, slots=True)
class Standing:
    """All clocks as of a moment."""

    as_of: datetime
    book: Book


def judge_clocks(
    database: Database, platforms: Mapping[str, PlatformRules], *, now: datetime, fresh: bool = False
) -> Standing:
    """The clocks as of `now`. fresh: of everything that is committed, not of what was some seconds ago."""
    return Standing(now, kept_book(database, platforms, now=now, fresh=fresh))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """The distance of one shop, or of one SKU of it (`code`; None: the shop), to one cliff."""

    platform: str
    version: str
    code: str | None
    distance: Distance


def lockout_gauges(standing: Standing, platforms: Mapping[str, PlatformRules], *, most_codes: int = 10) -> list[Gauge]:
    """Today's cliffs of every shop, the nearest first, by the rules in force today; then of the SKUs nearest to theirs.

    A SKU is taken to be picked up at the shop's pace times its share of the orders that wait.
    """
    today = beijing_day(standing.as_of)
    minutes = load_alarm_policy().pick_up_minutes
    shops, skus = [], []
    for platform, rules in platforms.items():
        pack = rules.on(today)
        if pack is None or not any(judged == platform for judged, _ in standing.book.versions):
            continue
        pace = _pace(standing, platform, minutes)
        for rule in pack.cliffs:
            days = [_of_day(standing, rule, platform, today - timedelta(days=back)) for back in range(rule.days)]
            if rule.per is CliffOf.SHOP:
                stand = [_counts(day) for day in days]
                found = distance(rule, stand[0], per_hour=pace, before=stand[1:])
                shops.append(Gauge(platform=platform, version=pack.version, code=None, distance=found))
                continue
            waiting = max(int((days[0]["state"] == ClockState.RUNNING).sum()), 1)
            for sku, of_sku in _by_code(days[0], standing.book.codes, least=rule.orders):
                stand_of = _counts(of_sku)
                share = len(stand_of.left) / waiting
                found = distance(rule, stand_of, per_hour=pace * share)
                skus.append(Gauge(platform=platform, version=pack.version, code=sku, distance=found))
    return [*sorted(shops, key=_nearness), *sorted(skus, key=_nearness)[:most_codes]]


def _nearness(gauge: Gauge) -> tuple[float, ...]:
    far = gauge.distance
    crossing = far.crossing_hours if far.crossing_hours is not None and far.armed else float("inf")
    return (not far.reached, crossing, -far.expected / max(far.least, 1))


def _pace(standing: Standing, platform: str, minutes: float) -> float:
    """Whole orders picked up an hour, of the last `minutes`."""
    now, whole = standing.as_of, pl.col("whole_at")
    lately = (whole > instant(now - timedelta(minutes=minutes))) & (whole <= instant(now))
    return standing.book.orders.filter(lately, pl.col("platform") == platform).height * 60 / minutes


def _of_day(standing: Standing, rule: CliffRule, platform: str, day: date) -> pl.DataFrame:
    """What a cliff counts of a day: arrival, state, hours_left (rising)."""
    now, begin, end = standing.as_of, beijing_midnight(day), beijing_midnight(day + timedelta(days=1))
    left = (pl.col("deadline") - instant(now)).dt.total_microseconds() / 3.6e9
    inside = (
        standing.book.during(rule.counts, begin, end, now=now)
        .filter(pl.col("platform") == platform, pl.col("state").is_in(COUNTED))
        .select("arrival", "state", hours_left=left)
    )
    if rule.counts in ORDER_CLOCKS:
        return inside
    # An order counts once, in however many parcels it travels.
    return inside.sort("state").unique("arrival", keep="last", maintain_order=True).sort("hours_left")


def _by_code(day: pl.DataFrame, codes: pl.DataFrame, *, least: int) -> list[tuple[str, pl.DataFrame]]:
    """A day's orders by code as sold. No code with fewer orders than a cliff's count can reach it."""
    if day.height < least:
        return []
    held = day.join(codes, on="arrival", maintain_order="left")
    large = held.group_by("sku").len().filter(pl.col("len") >= least)["sku"]
    return [(str(sku), held.filter(pl.col("sku") == sku)) for sku in large.cast(pl.String).sort()]


def _counts(day: pl.DataFrame) -> Day:
    left = day.filter(pl.col("state") == ClockState.RUNNING)["hours_left"].to_numpy()
    broken = int((day["state"] == ClockState.BROKEN).sum())
    return Day(day.height, broken, np.maximum(left, 0.0))


def heat(standing: Standing, hours: tuple[float, ...]) -> pl.DataFrame:
    """Clocks by time left: clock, platform, bucket, orders, yuan (what breaking them adds), unpriced.

    bucket: -1 broken with a deadline of today (Beijing), k within hours[k], len(hours) later. unpriced: orders whose
    amounts are not sourced.
    """
    now = standing.as_of
    # `between` leaves its end out, and a clock with exactly an hour left is within the hour.
    ends = [now + timedelta(hours=most) + timedelta.resolution for most in hours]
    edges = [beijing_midnight(beijing_day(now)), now, *ends, None]
    parts = []
    for clock in Clock:
        whole = standing.book.clocks[clock]
        for bucket in range(-1, len(hours) + 1):
            inside = between(whole, "deadline", edges[bucket + 1], edges[bucket + 2])
            parts.append(_heat(stood(inside, now), clock, bucket))
        # Broken before its deadline: it is told by what happened, not by the time.
        parts.append(_heat(between(whole, "deadline", now, None), clock, -1, only=ClockState.BROKEN))
    found = pl.concat(parts).group_by("clock", "platform", "bucket").sum()
    return found.sort("clock", "platform", "bucket")


def _heat(entries: pl.DataFrame, clock: Clock, bucket: int, only: ClockState | None = None) -> pl.DataFrame:
    live = only or (ClockState.BROKEN if bucket < 0 else ClockState.RUNNING)
    counted = (
        entries.filter(pl.col("state") == live)
        .group_by("platform")
        .agg(
            orders=pl.len().cast(pl.Int64),
            yuan=pl.col("adds").sum(),
            unpriced=pl.col("adds").null_count().cast(pl.Int64),
        )
    )
    named = {"clock": pl.lit(clock.value, dtype=CLOCKS), "bucket": pl.lit(bucket, dtype=pl.Int32)}
    return counted.select(
        **named, platform=pl.col("platform").cast(pl.String), orders="orders", yuan="yuan", unpriced="unpriced"
    )


def clock_order() -> list[str]:
    """Clocks in the order in which boards list them."""
    return [clock.value for clock in Clock]
