"""What is each parcel's cost made of? Handling, the carrier's fixed price, its price by weight, and expected lateness.

The parts add up to the parcel's cost_yuan. They are looked up again in the offers, by the rule by which every planner
prices a parcel (the longest prefix of the destination wins, see offers.py), for all parcels at once.
"""

import polars as pl

from engine.allocation.problem import Problem

PARTS = ("handling_yuan", "fixed_yuan", "weight_yuan", "late_yuan")
_WAY = ("node", "carrier", "layer")


def cost_parts(problem: Problem, parcels: pl.DataFrame) -> pl.DataFrame:
    """parcel_id and PARTS, in yuan, a row for each of `parcels` (as plan.PARCELS) in their order. Parts are null where
    the problem's offers do not know the parcel's way."""
    # All orders of a parcel go to one address.
    regions = problem.orders.select("order_id", place="region")
    sent = parcels.select("parcel_id", *_WAY, "kg", order_id=pl.col("orders").list.first()).join(
        regions, on="order_id", how="left", maintain_order="left"
    )
    prices = _prices(problem.offers, sent.select(*_WAY, "place").unique())
    return sent.join(prices, on=[*_WAY, "place"], how="left", maintain_order="left").select(
        "parcel_id",
        handling_yuan=pl.lit(problem.policy.handling_yuan_per_parcel, dtype=pl.Float64),
        fixed_yuan="fixed_yuan",
        weight_yuan=pl.col("per_kg_yuan") * pl.col("kg"),
        late_yuan="late_yuan",
    )


def _prices(offers: pl.DataFrame, ways: pl.DataFrame) -> pl.DataFrame:
    """fixed_yuan, per_kg_yuan and late_yuan of each way (node, carrier, layer, place) that has an offer."""
    found = []
    for length in offers["region"].str.len_chars().unique().sort(descending=True).to_list():
        of_length = offers.filter(pl.col("region").str.len_chars() == length).select(
            *_WAY, "region", "fixed_yuan", "per_kg_yuan", "late_yuan"
        )
        here = ways.with_columns(region=pl.col("place").str.slice(0, length)).join(of_length, on=[*_WAY, "region"])
        found.append(here.drop("region"))
        ways = ways.join(here, on=[*_WAY, "place"], how="anti")
    return (
        pl.concat(found)
        if found
        else ways.clear().with_columns(fixed_yuan=pl.lit(0.0), per_kg_yuan=pl.lit(0.0), late_yuan=pl.lit(0.0))
    )
