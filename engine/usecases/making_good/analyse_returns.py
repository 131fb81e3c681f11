"""Where do goods come back or break, by one dimension, and how much of that is the mix of everything else?

A carrier that is given the bottles looks worse than one that is given the bags. So beside the plain share stands the
one it would have over everybody's mix of goods and provinces, by the model that scores partners.
"""

from datetime import datetime, timedelta

import polars as pl

from engine.aftersales.returns import rates
from engine.logistics.scorecard import lane_model, standardised
from engine.store.database import Database
from engine.store.screens import returns as returns_screens
from engine.usecases.making_good.returns_policy import returns_policy

MIX = {"sku": ("carrier", "area"), "carrier": ("sku", "area"), "node": ("sku", "carrier"), "area": ("sku", "carrier"),
       "material": ("sku", "carrier")}  # fmt: skip
"""Dimension -> what else the mix is made of: the two things beside it that matter most for what breaks."""


def returned_goods(database: Database, *, now: datetime) -> pl.DataFrame:
    """The cells of the policy's window: parcels signed for so long that their buyers have had time to complain."""
    look = returns_policy().look
    since, settled = now - timedelta(days=look.window_days), now - timedelta(days=look.settle_days)
    return returns_screens.goods_outcomes(database, since, now, settled)


def drill(cells: pl.DataFrame, dimension: str, measure: str) -> pl.DataFrame:
    """One row a member of `dimension`: the columns of `rates`, and the same over the mix (adjusted, _low, _high)."""
    policy = returns_policy().rates
    plain = rates(cells, (dimension,), measure, policy)
    if plain.is_empty():
        return plain.with_columns(
            pl.lit(None, dtype=pl.Float64).alias(n) for n in ("adjusted", "adjusted_low", "adjusted_high")
        )
    counted = (
        cells.with_columns(lane=pl.concat_str(MIX[dimension], separator=" "))
        .group_by(pl.col(dimension).alias("partner"), "lane")
        .agg(parcels=pl.col("units").sum(), good=pl.col("units").sum() - pl.col(measure).sum())
        .sort("partner", "lane")
    )
    # The model works with good units; bad is the rest, so low and high change places.
    fair = standardised(lane_model(counted, prior_parcels=policy.prior_units), interval=policy.interval).select(
        pl.col("partner").alias(dimension),
        adjusted=1 - pl.col("adjusted"),
        adjusted_low=1 - pl.col("high"),
        adjusted_high=1 - pl.col("low"),
    )
    return plain.join(fair, on=dimension, how="left", maintain_order="left")
