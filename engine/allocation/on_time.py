"""What share of a plan's parcels is expected to be picked up in time? The mean of 1 - late_share over its parcels.

`late_share` (0 to 1) is an optional column of offers. A parcel whose offer does not say is left out of the mean
and counted, so that nobody takes a part for the whole.
"""

from dataclasses import dataclass

import polars as pl

from engine.allocation.plan import Plan
from engine.allocation.problem import Problem


@dataclass(frozen=True, slots=True)
class OnTime:
    """`share`: expected share of the known parcels that is in time, None where none is known."""

    share: float | None
    known: int
    parcels: int


def on_time(problem: Problem, plan: Plan) -> OnTime:
    """The expected punctuality of a plan of `problem`, every parcel counting once."""
    if "late_share" not in problem.offers.columns or plan.parcels.is_empty():
        return OnTime(None, 0, plan.parcels.height)
    late = late_share_of_parcels(problem, plan.parcels)
    known = late.len() - late.null_count()
    mean = late.mean()
    assert mean is None or isinstance(mean, float)
    return OnTime(None if mean is None else 1 - mean, known, plan.parcels.height)


def late_share_of_parcels(problem: Problem, parcels: pl.DataFrame) -> pl.Series:
    """The late_share of the offer that each parcel uses, in the order of `parcels`; null where it does not say.

    A parcel's offer is the one with the longest region prefix of its orders' region, among those of its node,
    carrier and layer: orders that share a parcel share a region.
    """
    key = ["node", "carrier", "layer"]
    places = (
        parcels.select(*key, order_id=pl.col("orders").list.first())
        .join(problem.orders.select("order_id", "region"), on="order_id", how="left", maintain_order="left")
        .drop("order_id")
    )
    offers = problem.offers.select(*key, pl.col("region").alias("prefix"), pl.col("late_share").cast(pl.Float64))
    told = [
        places.with_columns(prefix=pl.col("region").str.slice(0, length))
        .filter(pl.col("region").is_not_null())
        .unique([*key, "region"])
        .join(offers, on=[*key, "prefix"], how="inner")
        .with_columns(length=pl.lit(length))
        for length in sorted(offers["prefix"].str.len_chars().unique())
    ]
    if not told:
        return pl.Series("late_share", [None] * parcels.height, dtype=pl.Float64)
    longest = pl.concat(told).filter(pl.col("region").str.len_chars() >= pl.col("length"))
    longest = longest.sort("length", descending=True).unique([*key, "region"], keep="first", maintain_order=True)
    found = places.join(longest, on=[*key, "region"], how="left", maintain_order="left")
    return found["late_share"]
