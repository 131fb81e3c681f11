"""Small worlds of complaints: two weeks, four SKUs of three lots, two nodes, three carriers, four regions."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from engine.aftersales.batch_policy import BatchRules
from engine.aftersales.streams import Complaints, Universe, complaints_of, universe_of
from engine.aftersales.watch import Watch
from engine.model.frames import conform
from engine.model.incidents import COMPLAINTS, EXPOSURE
from engine.usecases.incidents.batch_policy import load_batch_rules

RULES = load_batch_rules()
STRICT = replace(RULES, test=replace(RULES.test, false_alarms_a_week=0.1))
"""For what is not about chance: next to no false alarms, and a burst that is still found."""
FIRST = date(2026, 11, 1)
DAYS, BAD_DAY, RATE = 14, 9, 0.01
MARKS = ("sku", "lot", "node", "carrier", "region")


def small_exposure(units: int = 40) -> pl.DataFrame:
    """Every lot of a SKU is delivered every day, everywhere, by everybody."""
    rows = [
        (FIRST + timedelta(days=day), f"S{sku}", f"L{lot}", f"N{region % 2}", f"C{carrier}", f"R{region}", float(units))
        for day in range(DAYS)
        for sku in range(4)
        for lot in range(3)
        for region in range(4)
        for carrier in range(3)
    ]
    return conform(pl.DataFrame(rows, schema=dict(EXPOSURE), orient="row"), EXPOSURE)


def crossed_exposure(units: int = 20) -> pl.DataFrame:
    """As small, but either node sends to every region."""
    nodes = pl.DataFrame({"from": ["N0", "N1"]})
    return small_exposure(units).join(nodes, how="cross").with_columns(node=pl.col("from")).drop("from")


def small_world(
    seed: int,
    *,
    factor: float = 1.0,
    until: int = DAYS,
    kind: str = "quality",
    exposure: pl.DataFrame | None = None,
    **bad: str,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Complaints and exposure; from BAD_DAY until the day `until`, what is marked `bad` has `factor` times the rate."""
    chance = np.random.default_rng(seed)
    exposure = small_exposure() if exposure is None else exposure
    hit = np.ones(exposure.height, dtype=bool)
    for name, value in bad.items():
        hit &= (exposure[name] == value).to_numpy()
    day = (exposure["day"] - FIRST).dt.total_days().to_numpy()
    hit &= (day >= BAD_DAY) & (day < until) & bool(bad)
    frames = []
    for what in ("quality", "damaged"):
        rate = RATE * np.where(hit & (what == kind), factor, 1.0)
        row = np.repeat(np.arange(exposure.height), chance.poisson(exposure["units"].to_numpy() * rate))
        second = chance.integers(0, 86_400_000_000, len(row))
        frames.append(
            exposure[row].select(
                pl.col("day").cast(pl.Datetime("us")).alias("time") + pl.Series(second).cast(pl.Duration("us")),
                *MARKS,
                kind=pl.lit(what),
                buyer=pl.format("{}-{}", pl.lit(what), pl.int_range(pl.len())),
            )
        )
    return conform(pl.concat(frames).sort("time"), COMPLAINTS), exposure


def watching(
    told: pl.DataFrame, exposure: pl.DataFrame, *, rules: BatchRules = STRICT
) -> tuple[Watch, Universe, Complaints]:
    """A watch that has not begun."""
    universe = universe_of(exposure, told)
    complaints = complaints_of(told.sort("time"), universe, again_days=rules.buyers.again_days)
    return Watch(rules, universe, complaints), universe, complaints


def at(day: int, hour: float = 0.0) -> int:
    """An instant of the small worlds, in us."""
    since = FIRST - date(1970, 1, 1) + timedelta(days=day, hours=hour)
    return round(since.total_seconds() * 1e6)
