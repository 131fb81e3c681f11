"""Bursts planted into a real stream: reviews of 267 products over three years, flagged late, wrong, damaged, faulty.

Reviews are the exposure, flags the complaints: a review is written by somebody who has the goods. A burst is planted by
flagging more of one product's reviews from a random day on. The file is read where it lies; nothing of it is kept.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from engine.aftersales.batch_policy import BatchRules
from engine.bench.batch_rivals import plain_count
from engine.bench.batch_worlds import seed_of
from engine.model.frames import conform
from engine.model.incidents import COMPLAINTS, EXPOSURE
from engine.usecases.incidents.evaluate_batches import raised

FLAGS = {"on_promised_date": ("False", "not_received"), "right_product": ("False", "wrong_item"),
         "intact": ("False", "damaged"), "faulty": ("True", "quality")}  # fmt: skip
BURSTS, BURST_DAYS, SHARE = 16, 14, 0.5
"""Bursts planted, one a run; their length; the share of a product's unflagged reviews that are flagged meanwhile."""


def real_bursts(path: Path, rules: BatchRules, *, say: Callable[[str], None]) -> dict[str, Any]:
    """False alarms on the stream as it is, and what is found of planted bursts, beside ten in 24 hours."""
    reviews = pl.read_parquet(path).unique(maintain_order=True).sort("time")
    products = reviews["product"].unique().sort()
    code = pl.DataFrame({"product": products, "sku": [f"P{n}" for n in range(len(products))]})
    reviews = reviews.join(code, on="product", maintain_order="left").with_row_index("row")
    none = pl.lit(None, dtype=pl.String)
    daily = reviews.group_by(day=pl.col("time").dt.date(), sku="sku", region="region").len("units")
    exposure = conform(
        daily.with_columns(pl.col("units").cast(pl.Float64), lot=none, node=none, carrier=none), EXPOSURE
    )
    told = pl.concat(
        [reviews.filter(pl.col(name) == value).with_columns(kind=pl.lit(kind)) for name, (value, kind) in FLAGS.items()]
    )
    days = int(reviews.select((pl.col("time").max() - pl.col("time").min()).dt.total_days()).item())
    quiet, _ = raised(_complaints(told), exposure, rules)
    plain = sum(
        len(plain_count(part["time"].sort().dt.epoch("us").to_numpy())) for part in told.partition_by("sku", "kind")
    )
    say(f"real stream: {quiet.height} incidents in {days} days, ten in 24 hours {plain}")
    found: list[float] = []
    naive: list[float] = []
    complaints: list[int] = []
    for number in range(BURSTS):
        chance = seed_of("real", number)
        planted = _plant(reviews, told, chance)
        if planted is None:
            continue
        more, sku, kind, start = planted
        frame, _ = raised(_complaints(more), exposure, rules)
        mine = frame.filter(pl.col("key") == sku, pl.col("kind") == kind, pl.col("raised_at") >= start)
        mine = mine.filter(pl.col("raised_at") <= start + timedelta(days=BURST_DAYS + 2))
        found.append((mine["raised_at"].min() - start) / timedelta(hours=1) if mine.height else np.nan)
        if mine.height:
            complaints.append(int(mine["count"][0]))
        times = more.filter(pl.col("sku") == sku, pl.col("kind") == kind)["time"].sort()
        rings = plain_count(times.dt.epoch("us").to_numpy())
        after = rings[rings >= int(start.timestamp() * 1e6)]
        naive.append((after[0] / 1e6 - start.timestamp()) / 3600 if len(after) else np.nan)
    return {
        "reviews": reviews.height, "days": days, "bursts": len(found),
        "false_alarms_a_week": {"watch": round(7 * quiet.height / days, 3),
                                "plain_ten_in_24h": round(7 * plain / days, 3)},
        "watch": {"recall": _recall(found), "hours": _median(found),
                  "complaints_until_signal": float(np.median(complaints)) if complaints else None},
        "plain_ten_in_24h": {"recall": _recall(naive), "hours": _median(naive)},
    }  # fmt: skip


def _complaints(told: pl.DataFrame) -> pl.DataFrame:
    none = pl.lit(None, dtype=pl.String)
    named = told.select(
        "time", "sku", "region", "kind", lot=none, node=none, carrier=none, buyer=pl.format("r{}", "row")
    )
    return conform(named, COMPLAINTS).sort("time")


def _plant(
    reviews: pl.DataFrame, told: pl.DataFrame, chance: np.random.Generator
) -> tuple[pl.DataFrame, str, str, Any] | None:
    """The complaints with one burst more: its SKU, its kind, when it begins. None where it has too few reviews."""
    kind = str(chance.choice([kind for _, kind in FLAGS.values()]))
    at = reviews["time"][int(chance.integers(reviews.height // 3, reviews.height - 1))]
    busy = reviews.filter(pl.col("time").is_between(at, at + timedelta(days=BURST_DAYS)))
    counts = busy["sku"].value_counts().filter(pl.col("count") >= 10).sort("sku")
    if counts.is_empty():
        return None
    sku = str(counts["sku"][int(chance.integers(counts.height))])
    mine = busy.filter(pl.col("sku") == sku)
    mine = mine.filter(pl.Series(chance.random(mine.height) < SHARE)).with_columns(kind=pl.lit(kind))
    fresh = mine.join(told.filter(pl.col("kind") == kind), on="row", how="anti")
    return (pl.concat([told, fresh.select(told.columns)]), sku, kind, at) if fresh.height else None


def _recall(hours: list[float]) -> float:
    return round(float(np.mean(np.isfinite(hours))), 2)


def _median(hours: list[float]) -> float | None:
    return round(float(np.nanmedian(hours)), 1) if np.isfinite(hours).any() else None
