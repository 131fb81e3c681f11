"""Every clock of the room judged at one moment, each order by the rules in force on the day it was paid.

Rows are read at most once in FRESH_SECONDS while something is committed, and shared: 200,000 parcels take a quarter of
a second to read and a tenth to judge.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from engine.clock import BEIJING
from engine.model.clocks import ORDER_CLOCKS, CliffOf, Clock, ClockState
from engine.rules.clocks import by_clock, judged
from engine.rules.lockout import Day, Distance, distance
from engine.rules.packs import PlatformRules, RulePack
from engine.store import clock_screens
from engine.store.database import Database
from engine.usecases.alarm_policy import load_alarm_policy

FRESH_SECONDS = 10.0
KEEP = ("platform", "order_id", "carrier", "node", "origin", "destination")
COUNTED = [ClockState.KEPT.value, ClockState.BROKEN.value, ClockState.RUNNING.value]


@dataclass(frozen=True, slots=True)
class Standing:
    """All clocks as of a moment.

    rows: `clocks.judged`, of platforms and days with rules. clocks: `clocks.by_clock` of them, with KEEP. versions:
    (platform, version) -> orders judged by it. unjudged: platform -> orders whose rules are not known.
    """

    as_of: datetime
    rows: pl.DataFrame
    clocks: pl.DataFrame
    versions: Mapping[tuple[str, str], int]
    unjudged: Mapping[str, int]


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock
    read_at: datetime | None = None
    version: int = -1
    rows: pl.DataFrame | None = None


_KEPT: "WeakKeyDictionary[Database, _Kept]" = WeakKeyDictionary()
_KEPT_LOCK = threading.Lock()


def judge_clocks(
    database: Database, platforms: Mapping[str, PlatformRules], *, now: datetime, fresh: bool = False
) -> Standing:
    """The clocks as of `now`. fresh: rows are read anew if anything was committed since they were."""
    return judge_rows(_rows(database, now=now, fresh=fresh), platforms, now=now)


def judge_rows(rows: pl.DataFrame, platforms: Mapping[str, PlatformRules], *, now: datetime) -> Standing:
    """`clock_rows` by the version in force on the Beijing day on which each order was paid."""
    parts, versions = [], {}
    unjudged = dict(rows.filter("first").group_by("platform").agg(pl.len()).iter_rows())
    for platform, rules in platforms.items():
        for pack in rules.versions:
            inside = rows.filter(pl.col("platform") == platform, _paid_under(pack))
            if inside.is_empty():
                continue
            parts.append(judged(inside, pack, now=now))
            versions[platform, pack.version] = count = int(inside["first"].sum())
            unjudged[platform] -= count
    if not parts:
        some = next((pack for rules in platforms.values() for pack in rules.versions), None)
        nothing = rows.clear()
        parts = [judged(nothing, some, now=now) if some else nothing]
    whole = pl.concat(parts)
    clocks = by_clock(whole, *KEEP, now=now)
    left = {platform: count for platform, count in unjudged.items() if count}
    return Standing(as_of=now, rows=whole, clocks=clocks, versions=versions, unjudged=left)


def _rows(database: Database, *, now: datetime, fresh: bool) -> pl.DataFrame:
    with _KEPT_LOCK:
        kept = _KEPT.setdefault(database, _Kept(threading.Lock()))
    with kept.lock:
        version = database.data_version()
        old = kept.read_at is None or not 0 <= (now - kept.read_at).total_seconds() < FRESH_SECONDS
        if kept.rows is None or (kept.version != version and (old or fresh)) or _day(now) != _day(kept.read_at or now):
            kept.rows = clock_screens.clock_rows(database, now, days=load_alarm_policy().look_back_days)
            kept.version, kept.read_at = version, now
        return kept.rows


def _paid_under(pack: RulePack) -> pl.Expr:
    begin = pl.lit(beijing_midnight(pack.ladder.effective_from)).dt.cast_time_unit("us")
    paid = pl.col("paid_at") >= begin
    if pack.effective_until is not None:
        end = beijing_midnight(pack.effective_until + timedelta(days=1))
        paid = paid & (pl.col("paid_at") < pl.lit(end).dt.cast_time_unit("us"))
    return paid


def beijing_midnight(day: date) -> datetime:
    """The instant at which a Beijing day begins."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def _day(at: datetime) -> date:
    return at.astimezone(BEIJING).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """The distance of one shop, or of one SKU of it (`code`; None: the shop), to one cliff."""

    platform: str
    version: str
    code: str | None
    distance: Distance


def lockout_gauges(
    standing: Standing, platforms: Mapping[str, PlatformRules], codes: pl.DataFrame, *, most_codes: int = 10
) -> list[Gauge]:
    """Today's cliffs of every shop, the nearest first, by the rules in force today; then of the SKUs nearest to theirs.

    codes: order_id and sku (as sold) of the orders due today. A SKU is taken to be picked up at the shop's pace times
    its share of the orders that wait.
    """
    now = standing.as_of
    today = _day(now)
    minutes = load_alarm_policy().pick_up_minutes
    shops, skus = [], []
    for platform, rules in platforms.items():
        pack = rules.on(today)
        of_shop = standing.clocks.filter(pl.col("platform") == platform)
        if pack is None or of_shop.is_empty():
            continue
        pace = _pace(standing.rows.filter(pl.col("platform") == platform), now, minutes)
        for rule in pack.cliffs:
            counted = of_shop.filter(pl.col("clock") == rule.counts.value, pl.col("state").is_in(COUNTED))
            days = [_of_day(counted, today - timedelta(days=back)) for back in range(rule.days)]
            if rule.per is CliffOf.SHOP:
                stand = [_counts(day) for day in days]
                found = distance(rule, stand[0], per_hour=pace, before=stand[1:])
                shops.append(Gauge(platform=platform, version=pack.version, code=None, distance=found))
                continue
            waiting = max(int((days[0]["state"] == ClockState.RUNNING).sum()), 1)
            held = days[0].join(codes, on="order_id")
            # No code with fewer orders than the count of the cliff can reach it.
            large = held.group_by("sku").agg(pl.len().alias("due")).filter(pl.col("due") >= rule.orders)
            for (sku,), of_sku in held.join(large.select("sku"), on="sku").group_by(["sku"]):
                stand_of = _counts(of_sku)
                share = len(stand_of.left) / waiting
                found = distance(rule, stand_of, per_hour=pace * share)
                skus.append(Gauge(platform=platform, version=pack.version, code=str(sku), distance=found))
    return [*sorted(shops, key=_nearness), *sorted(skus, key=_nearness)[:most_codes]]


def _nearness(gauge: Gauge) -> tuple[float, ...]:
    far = gauge.distance
    crossing = far.crossing_hours if far.crossing_hours is not None and far.armed else float("inf")
    return (not far.reached, crossing, -far.expected / max(far.least, 1))


def _pace(rows: pl.DataFrame, now: datetime, minutes: float) -> float:
    """Whole orders picked up an hour, of the last `minutes`."""
    since = pl.lit(now - timedelta(minutes=minutes)).dt.cast_time_unit("us")
    until = pl.lit(now).dt.cast_time_unit("us")
    picked = rows.filter(pl.col("first"), pl.col("whole_at") > since, pl.col("whole_at") <= until).height
    return picked * 60 / minutes


def _of_day(counted: pl.DataFrame, day: date) -> pl.DataFrame:
    begin, end = (pl.lit(beijing_midnight(at)).dt.cast_time_unit("us") for at in (day, day + timedelta(days=1)))
    inside = counted.filter(pl.col("deadline") >= begin, pl.col("deadline") < end)
    # An order counts once, in however many parcels it travels.
    return inside.sort("state").unique("order_id", keep="last", maintain_order=True) if _split(inside) else inside


def _split(counted: pl.DataFrame) -> bool:
    clocks = counted["clock"].unique().to_list()
    return not all(clock in [c.value for c in ORDER_CLOCKS] for clock in clocks)


def _counts(day: pl.DataFrame) -> Day:
    left = day.filter(pl.col("state") == ClockState.RUNNING)["seconds_left"].sort().to_numpy() / 3600
    broken = int((day["state"] == ClockState.BROKEN).sum())
    return Day(day.height, broken, np.maximum(left, 0.0))


def heat(standing: Standing, hours: tuple[float, ...]) -> pl.DataFrame:
    """Clocks by time left: clock, platform, bucket, orders, yuan (what breaking them adds), unpriced.

    bucket: -1 broken with a deadline of today (Beijing), k within hours[k], len(hours) later. unpriced: orders whose
    amounts are not sourced.
    """
    midnight = pl.lit(beijing_midnight(_day(standing.as_of))).dt.cast_time_unit("us")
    broken = (pl.col("state") == ClockState.BROKEN) & (pl.col("deadline") >= midnight)
    running = pl.col("state") == ClockState.RUNNING
    bucket = pl.lit(len(hours), dtype=pl.Int32)
    for place in reversed(range(len(hours))):
        inside = pl.col("seconds_left") <= hours[place] * 3600
        bucket = pl.when(inside).then(pl.lit(place, dtype=pl.Int32)).otherwise(bucket)
    bucket = pl.when(broken).then(pl.lit(-1, dtype=pl.Int32)).otherwise(bucket)
    return (
        standing.clocks.lazy()
        .filter(running | broken)
        .group_by("clock", "platform", bucket=bucket)
        .agg(
            orders=pl.len().cast(pl.Int64),
            yuan=pl.col("adds").sum(),
            unpriced=pl.col("adds").null_count().cast(pl.Int64),
        )
        .sort("clock", "platform", "bucket")
        .collect()
    )


def clock_order() -> list[str]:
    """Clocks in the order in which boards list them."""
    return [clock.value for clock in Clock]
