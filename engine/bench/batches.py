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
from engine.bench.batch_rivals import DAY_US, Times, ears_c2, flat_cusum, oracle_cusum, oracle_peak, plain_count
from engine.bench.batch_worlds import BASE, DAYS, FIRST, PHRASE, SIZES, World, batch_world
from engine.bench.measure import BenchFailed
from engine.model.incidents import Level
from engine.usecases.incidents.batch_policy import load_batch_rules
from engine.usecases.incidents.evaluate_batches import raised

FACTORS = (2.0, 5.0, 10.0)
CAUSES = {Level.SKU: 4.0, Level.NODE: 3.0, Level.CARRIER: 2.0, Level.REGION: 3.0, Level.ROUTE: 5.0}
"""Other causes than a lot, each at one strength: does the contrast name the right level?"""
METHODS = ("watch", "plain_ten_in_24h", "ears_c2", "cusum_flat", "oracle_of_all", "oracle_of_one")
"""The oracles know lot, true rate and factor; the first pays for as many streams as are watched, the second for one."""
_CUSUM_LIMIT = np.log(150 * 28 * 2.0)
"""Limit of the flat CUSUM: 150 streams of SKU and kind over 28 days, as if they were independent, two alarms a world at
the most if the rate were flat."""
_ONE_LIMIT = np.log(28 / 7 / 0.5)
"""That of the oracle of one stream: half a false alarm a week costs it little."""
HOUR_US = DAY_US / 24
_START = datetime.combine(FIRST, datetime.min.time())


def run_batches(*, worlds: int, say: Callable[[str], None], real: Path | None = None) -> dict[str, Any]:
    """Figures for JSON; `worlds` of each kind. Raises BenchFailed where the promised false alarms are passed."""
    rules = load_batch_rules()
    began = time.perf_counter()
    calm = [batch_world("quiet", n, level=None) for n in range(max(worlds, 4))]
    quiet = _false_alarms(calm, rules)
    say(f"quiet weeks: {quiet}")
    if quiet["watch"]["a_week"] > 2 * rules.test.false_alarms_a_week:
        raise BenchFailed(f"More false alarms than promised: {quiet['watch']}.")
    limits = {factor: _limit_of_all(calm, factor, rules) for factor in FACTORS}
    lots = {}
    for size in SIZES:
        for factor in FACTORS:
            made = [batch_world("lot", n, level=Level.LOT, factor=factor, size=size) for n in range(worlds)]
            lots[f"{size} units x{factor:g}"] = cell = _detected(made, rules, limits[factor])
            say(f"lot {size} x{factor:g}: {cell}")
    causes = {}
    for level, factor in CAUSES.items():
        size = 10_000 if level is Level.SKU else 0
        made = [batch_world("cause", n, level=level, factor=factor, size=size) for n in range(worlds)]
        causes[f"{level.value} x{factor:g}"] = _named(made, rules)
        say(f"{level.value}: {causes[f'{level.value} x{factor:g}']}")
    return {
        "sealed_by": PHRASE,
        "worlds_a_cell": worlds,
        "days": DAYS,
        "lots": lots,
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
    return (first["time"] - _START).dt.total_microseconds().to_numpy()


def _limit_of_all(worlds: list[World], factor: float, rules: BatchRules) -> float:
    """The limit at which an oracle over all lots and kinds rings as often in vain as the policy allows the watch."""
    peaks = []
    for world in worlds:
        first = world.complaints.group_by("lot", "kind", "buyer").agg(pl.col("time").min()).sort("time")
        for (lot, kind), part in first.partition_by("lot", "kind", as_dict=True).items():
            days = (part["time"] - _START).dt.total_microseconds().to_numpy() / DAY_US
            peaks.append(oracle_peak(world.truly_expected(str(lot), str(kind), days), ratio=factor))
    allowed = max(round(rules.test.false_alarms_a_week * len(worlds) * DAYS / 7), 1)
    return float(np.sort(peaks)[-allowed])


def _detected(worlds: list[World], rules: BatchRules, limit_of_all: float) -> dict[str, Any]:
    """Of each method: recall, and medians in which a lot that was never found counts as infinitely late (None): hours
    since its first parcels, hours since its first complaint, its complaints until then."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in METHODS}
    for world in worlds:
        planted = world.planted
        assert planted is not None, "a world with a bad lot"
        since = round((planted.began_at - _START) / timedelta(microseconds=1))
        of_lot = _times(world, planted.key, planted.kind)
        for name, at in _signals(world, rules, limit_of_all).items():
            later = (at - since) / HOUR_US, (at - of_lot[0]) / HOUR_US if len(of_lot) else np.inf
            found[name].append((*later, float((of_lot <= at).sum()) if np.isfinite(at) else np.inf))
    return {name: _summary(np.array(told)) for name, told in found.items()}


def _summary(told: np.ndarray) -> dict[str, float | None]:
    middle = [float(value) for value in np.median(told, axis=0)]
    hours, after_first, complaints = (round(value, 1) if np.isfinite(value) else None for value in middle)
    recall = round(float(np.isfinite(told[:, 0]).mean()), 2)
    return {"recall": recall, "hours": hours, "hours_after_first_complaint": after_first, "complaints": complaints}


def _signals(world: World, rules: BatchRules, limit_of_all: float) -> dict[str, float]:
    """When each method first rings for the planted lot, in us since the world began; inf where it never does."""
    planted = world.planted
    assert planted is not None, "a world with a bad lot"
    sku, _, lot = planted.key.partition("+")
    frame, _ = raised(world.complaints, world.exposure, rules)
    mine = frame.filter(
        pl.col("key").is_in([planted.key, sku]),
        pl.col("kind") == planted.kind,
        pl.col("raised_at") >= planted.began_at,
    )
    of_sku, of_lot = _times(world, sku, planted.kind), _times(world, planted.key, planted.kind)
    since = round((planted.began_at - _START) / timedelta(microseconds=1))
    flat = max(int((of_sku < since).sum()) / max(since / DAY_US, 1.0), 0.02)
    expected = world.truly_expected(lot, planted.kind, of_lot / DAY_US)
    rings = {
        "watch": (mine["raised_at"] - _START).dt.total_microseconds().to_numpy(),
        "plain_ten_in_24h": plain_count(of_sku),
        "ears_c2": ears_c2(of_sku, days=DAYS),
        "cusum_flat": flat_cusum(of_sku, rate=flat, limit=_CUSUM_LIMIT),
        "oracle_of_all": oracle_cusum(of_lot, expected, limit=limit_of_all, ratio=planted.factor),
        "oracle_of_one": oracle_cusum(of_lot, expected, limit=_ONE_LIMIT, ratio=planted.factor),
    }
    return {name: float(min((at for at in times if at >= since), default=np.inf)) for name, times in rings.items()}


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
