"""The clocks of one show's orders, each judged by the rules in force on the day it was paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from engine.model.frames import INSTANT
from engine.rules.clock_book import paid_under
from engine.rules.clocks import CLOCKS, STATES, by_clock, judged
from engine.rules.packs import PlatformRules

KEEP = (
    "platform", "order_id", "parcel_id", "carrier", "node", "origin", "destination", "stage", "paid_at", "promise_at",
    "uploaded_at", "picked_up_at", "first_hub_at", "last_scan_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """clocks: `clocks.by_clock` with KEEP. versions: (platform, version) -> orders judged by it. unjudged: platform ->
    orders whose rules are not known."""

    clocks: pl.DataFrame
    versions: Mapping[tuple[str, str], int]
    unjudged: Mapping[str, int]


def judge_show(rows: pl.DataFrame, platforms: Mapping[str, PlatformRules], *, now: datetime) -> Judged:
    """`rows`: of boards.report_clock_rows."""
    parts, versions = [], {}
    unjudged = dict(rows.filter("first").group_by("platform").agg(pl.len()).iter_rows())
    for platform, rules in platforms.items():
        for pack in rules.versions:
            inside = rows.filter(pl.col("platform") == platform, paid_under(pack))
            if inside.is_empty():
                continue
            parts.append(by_clock(judged(inside, pack, now=now), *KEEP, now=now))
            versions[platform, pack.version] = count = int(inside["first"].sum())
            unjudged[platform] -= count
    clocks = pl.concat(parts) if parts else _no_clocks(rows)
    return Judged(clocks, versions, {platform: count for platform, count in unjudged.items() if count})


def _no_clocks(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of `by_clock`, without a row."""
    money = (pl.lit(None, dtype=pl.Float64).alias(name) for name in ("yuan", "adds", "seconds_left"))
    bare = rows.clear().select(KEEP)
    return bare.with_columns(
        *money,
        clock=pl.lit(None, dtype=CLOCKS),
        deadline=pl.lit(None, dtype=INSTANT),
        state=pl.lit(None, dtype=STATES),
    )
