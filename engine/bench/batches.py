"""How soon is a bad lot seen, how often is a false alarm raised? The watch over complaints beside simpler rules.

One table: for a lot at 2, 5 and 10 times the usual rate, of a SKU that sells 300 to 100,000 units, recall and median
delay since its first parcels; and false alarms a day on weeks with nothing wrong. With `real`, bursts planted into the
real stream of complaints of 267 products.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from engine.aftersales.batch_policy import BatchRules
from engine.bench.batch_real import real_bursts
from engine.bench.batch_rivals import Times, ears_c2, flat_cusum, oracle_cusum, plain_count
from engine.bench.batch_worlds import BASE, DAYS, DELAY_DAYS, FIRST, PHRASE, SIZES, World, batch_world
from engine.bench.measure import BenchFailed
from engine.model.incidents import Level
from engine.usecases.batch_policy import load_batch_rules
from engine.usecases.evaluate_batches import raised

FACTORS = (2.0, 5.0, 10.0)
CAUSES = {Level.SKU: 4.0, Level.NODE: 3.0, Level.CARRIER: 2.0, Level.REGION: 3.0}
"""Other causes than a lot, each at one strength: does the contrast name the right level?"""
METHODS = ("watch", "plain_ten_in_24h", "ears_c2", "cusum_flat", "oracle")
_CUSUM_LIMIT = np.log(150 * 28 * 2.0)
"""Limit of the flat CUSUM: 150 streams of SKU and kind over 28 days, as if they were independent, two alarms a world at
the most if the rate were flat."""
_ORACLE_LIMIT = np.log(28 / 7 / 0.5)
"""That of the oracle: it looks at one stream only, so half a false alarm a week costs it little."""


def run_batches(*, worlds: int, say: Callable[[str], None], real: Path | None = None) -> dict[str, Any]:
    """Figures for JSON; `worlds` of each kind. Raises BenchFailed where the promised false alarms are passed."""
    rules = load_batch_rules()
    began = time.perf_counter()
    lots = {}
    for size in SIZES:
        for factor in FACTORS:
            made = [batch_world("lot", n, level=Level.LOT, factor=factor, size=size) for n in range(worlds)]
            lots[f"{size} units x{factor:g}"] = cell = _detected(made, rules)
            say(f"lot {size} x{factor:g}: {cell}")
    causes = {}
    for level, factor in CAUSES.items():
        size = 10_000 if level is Level.SKU else 0
        made = [batch_world("cause", n, level=level, factor=factor, size=size) for n in range(worlds)]
        causes[f"{level.value} x{factor:g}"] = _named(made, rules)
        say(f"{level.value}: {causes[f'{level.value} x{factor:g}']}")
    quiet = _false_alarms([batch_world("quiet", n, level=None) for n in range(max(worlds, 4))], rules)
    say(f"quiet weeks: {quiet}")
    if quiet["watch"]["a_week"] > 2 * rules.test.false_alarms_a_week:
        raise BenchFailed(f"More false alarms than promised: {quiet['watch']}.")
    return {
        "sealed_by": PHRASE,
        "worlds_a_cell": worlds,
        "days": DAYS,
        "delay_hours_since_first_parcels": lots,
        "right_level": causes,
        "false_alarms": quiet,
        "real": None if real is None else real_bursts(real, rules, say=say),
        "seconds": round(time.perf_counter() - began, 1),
    }


def _times(world: World, key: str | None, kind: str) -> Times:
    """Complaints of a lot (or SKU), a buyer once, in us since the world began."""
    told = world.complaints.filter(pl.col("kind") == kind)
    if key is not None:
        sku, _, lot = key.partition("+")
        told = told.filter(pl.col("sku") == sku)
        told = told.filter(pl.col("lot") == lot) if lot else told
    first = told.group_by("buyer").agg(pl.col("time").min()).sort("time")
    start = datetime.combine(FIRST, datetime.min.time())
    return (first["time"] - start).dt.total_microseconds().to_numpy()


def _detected(worlds: list[World], rules: BatchRules) -> dict[str, Any]:
    delays: dict[str, list[float]] = {name: [] for name in METHODS}
    for world in worlds:
        planted = world.planted
        assert planted is not None, "a world with a bad lot"
        sku = planted.key.partition("+")[0]
        frame, _ = raised(world.complaints, world.exposure, rules)
        mine = frame.filter(
            pl.col("key").is_in([planted.key, sku]),
            pl.col("kind") == planted.kind,
            pl.col("raised_at") >= planted.began_at,
        )
        delays["watch"].append(_hours(mine["raised_at"].min(), planted.began_at))
        of_sku, of_lot = _times(world, sku, planted.kind), _times(world, planted.key, planted.kind)
        start = planted.began_at - datetime.combine(FIRST, datetime.min.time())
        since = round(start.total_seconds() * 1e6)
        before = of_sku[of_sku < since]
        flat = max(len(before) / max(start / timedelta(days=1), 1), 0.02)
        rings = {
            "plain_ten_in_24h": plain_count(of_sku),
            "ears_c2": ears_c2(of_sku, days=DAYS),
            "cusum_flat": flat_cusum(of_sku, rate=flat, limit=_CUSUM_LIMIT),
            "oracle": oracle_cusum(
                of_lot, _truly_expected(world, of_lot), limit=_ORACLE_LIMIT, ratio=max(planted.factor, 1.5)
            ),
        }
        for name, times in rings.items():
            after = times[times >= since]
            delays[name].append((after[0] - since) / 3.6e9 if len(after) else np.nan)
    return {
        name: {
            "recall": round(float(np.mean(np.isfinite(found))), 2),
            "hours": None if not np.isfinite(found).any() else round(float(np.nanmedian(found)), 1),
        }
        for name, found in delays.items()
    }


def _truly_expected(world: World, times: Times) -> np.ndarray:
    """What the bad lot would have brought until each instant, had nothing been wrong, by the world's own delay."""
    planted = world.planted
    assert planted is not None, "a world with a bad lot"
    _, _, lot = planted.key.partition("+")
    units = world.exposure.filter(pl.col("lot") == lot).group_by("day").agg(pl.col("units").sum()).sort("day")
    at = np.array([(day - FIRST).days + 0.5 for day in units["day"]])
    age = np.maximum(times[:, None] / 8.64e10 - at[None, :], 0.0)
    told = (1 - np.exp(-age / DELAY_DAYS)) @ units["units"].to_numpy()
    return BASE[planted.kind] * np.asarray(told)


def _hours(at: Any, since: datetime) -> float:
    return float("nan") if at is None else (at - since) / timedelta(hours=1)


def _named(worlds: list[World], rules: BatchRules) -> dict[str, Any]:
    """Whether the first incident of the kind names the planted cause, and what else was raised because of it."""
    found = right = more = 0
    for world in worlds:
        planted = world.planted
        assert planted is not None, "a world with a cause"
        frame, _ = raised(world.complaints, world.exposure, rules)
        mine = frame.filter(pl.col("kind") == planted.kind, pl.col("raised_at") >= planted.began_at)
        told = mine.select("level", "key").rows()
        found += bool(told)
        right += bool(told) and told[0] == (planted.level.value, planted.key)
        more += max(len(told) - 1, 0)
    return {"found": found / len(worlds), "right_first": right / len(worlds), "further_incidents": more / len(worlds)}


def _false_alarms(worlds: list[World], rules: BatchRules) -> dict[str, Any]:
    counts = dict.fromkeys(METHODS[:4], 0)
    huge = dict.fromkeys(METHODS[:4], 0)
    for world in worlds:
        frame, _ = raised(world.complaints, world.exposure, rules)
        counts["watch"] += frame.height
        largest = [f"S{n}" for n in range(len(SIZES) * 5 - 5, len(SIZES) * 5)]
        huge["watch"] += frame.filter(pl.col("key").str.split("+").list.first().is_in(largest)).height
        for sku in world.complaints["sku"].unique().sort():
            for kind in BASE:
                times = _times(world, sku, kind)
                rate = max(len(times) / DAYS, 0.02)
                rings = {
                    "plain_ten_in_24h": len(plain_count(times)),
                    "ears_c2": len(ears_c2(times, days=DAYS)),
                    "cusum_flat": len(flat_cusum(times, rate=rate, limit=_CUSUM_LIMIT)),
                }
                for name, rung in rings.items():
                    counts[name] += rung
                    huge[name] += rung * (sku in largest)
    days = DAYS * len(worlds)
    return {
        name: {"a_day": round(counts[name] / days, 4), "a_week": round(7 * counts[name] / days, 3),
               "a_day_of_the_five_huge_skus": round(huge[name] / days, 4)}
        for name in counts
    }  # fmt: skip
