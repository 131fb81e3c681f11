"""What share of goods comes back or arrives broken, by whatever they are told apart by, and how sure is that?

A cell of a few units says little by itself: beside its own share with its range (Wilson) stands the one drawn towards
everybody's (as if `prior_units` of the average had gone the same way), and small cells say that they are small.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import betaincc

from engine.aftersales.returns_policy import RatePolicy, ReturnsPolicy
from engine.model.frames import Contract
from engine.model.shares import wilson

DIMENSIONS = ("sku", "material", "carrier", "node", "area")
MEASURES = ("damaged", "returned", "wrong_item", "quality", "not_received")

CELLS: Contract = {
    # Units delivered that were told apart by nothing else; a unit is bad at most once a measure.
    "sku": pl.String,
    "packaging": pl.String,  # of the goods
    "material": pl.String,  # "" where it is not known what they were packed in
    "carrier": pl.String,
    "node": pl.String,
    "area": pl.String,  # first two digits of the destination's division
    "parcels": pl.Int64,
    "units": pl.Int64,
    **dict.fromkeys(MEASURES, pl.Int64),
}


def rates(cells: pl.DataFrame, by: Sequence[str], measure: str, policy: RatePolicy) -> pl.DataFrame:
    """`by`, parcels, units, hits, share, low, high, drawn, small; the most drawn first. Empty for no cells."""
    grouped = cells.group_by(*by).agg(pl.col("parcels").sum(), pl.col("units").sum(), hits=pl.col(measure).sum())
    if grouped.is_empty():
        return grouped.with_columns(
            *(pl.lit(None, dtype=pl.Float64).alias(name) for name in ("share", "low", "high", "drawn")),
            small=pl.lit(None, dtype=pl.Boolean),
        )
    units, hits = grouped["units"].to_numpy().astype(float), grouped["hits"].to_numpy().astype(float)
    low, high = wilson(hits, units, interval=policy.interval)
    everybody = float(hits.sum() / units.sum())
    return grouped.with_columns(
        pl.Series("share", hits / units),
        pl.Series("low", low),
        pl.Series("high", high),
        pl.Series("drawn", (hits + policy.prior_units * everybody) / (units + policy.prior_units)),
        small=pl.col("units") < policy.min_units,
    ).sort("drawn", *by, descending=[True, *[False] * len(by)])


def over_limit(cells: pl.DataFrame, policy: ReturnsPolicy) -> pl.DataFrame:
    """Routes on which goods break too often: sku, packaging, material, carrier, area with the columns of `rates`, limit
    and `sure`, the probability that the share is over it; only those that are sure enough and not small."""
    by = ("sku", "packaging", "material", "carrier", "area")
    found = rates(cells, by, "damaged", policy.rates)
    if found.is_empty():
        return found.with_columns(limit=pl.lit(0.0), sure=pl.lit(0.0)).clear()
    limits = {name: policy.limit_of(name) for name in found["packaging"].unique()}
    found = found.with_columns(limit=pl.col("packaging").replace_strict(limits, return_dtype=pl.Float64))
    everybody = float(found["hits"].to_numpy().sum() / found["units"].to_numpy().sum())
    prior = policy.rates.prior_units
    a = found["hits"].to_numpy() + prior * everybody
    b = found["units"].to_numpy() - found["hits"].to_numpy() + prior * (1 - everybody)
    sure = betaincc(np.maximum(a, 1e-9), b, found["limit"].to_numpy())
    return found.with_columns(pl.Series("sure", sure)).filter(~pl.col("small"), pl.col("sure") >= policy.rates.sure)
