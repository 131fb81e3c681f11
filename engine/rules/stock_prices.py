"""What does the plan gain or lose by taking one unit of a SKU here rather than there, beyond freight?

Two planning prices, each switched by policy: a credit for goods that would age past the platform's threshold unsold,
and a price between places that have too little and places that have too much. Knows no order and no offer. Days of
cover are units over units a day; a place where nothing is asked for has cover without end.
"""

import polars as pl

from engine.rules.policy import CreditPolicy

PRICES = {"node": pl.String(), "sku": pl.String(), "yuan": pl.Float64()}


def stock_prices(lots: pl.DataFrame, demand: pl.DataFrame, policy: CreditPolicy) -> pl.DataFrame:
    """Yuan per unit, by node and SKU; negative is a credit for using a unit there. Rows with a price only.

    lots: node, sku, lot, units (i64, free and still sellable), sellable_days (i64, days until the lot crosses the
    platform's near-expiry threshold; null: never), cost_yuan (f64, of a unit). demand: node, sku, per_day (f64 units).
    """
    prices = [pl.DataFrame(schema=PRICES)]
    if policy.near_expiry:
        prices.append(near_expiry_credit(lots, demand, policy))
    if policy.balance:
        prices.append(balance_price(lots, demand, policy))
    return (
        pl.concat(prices)
        .group_by("node", "sku")
        .agg(pl.col("yuan").sum())
        .filter(pl.col("yuan") != 0)
        .sort("node", "sku")
    )


def near_expiry_credit(lots: pl.DataFrame, demand: pl.DataFrame, policy: CreditPolicy) -> pl.DataFrame:
    """Credit = value at risk x probability that it would not sell otherwise, for a place's lot with the most at risk.

    Lots leave first expired first, so demand reaches a lot after all that expires before it. With c days of cover up to
    and including the lot and s days left to sell it, demand reaches the share s / c of those units in time: 1 - s / c
    of them would be left over. Value at risk: the unit's cost times `near_expiry_loss`.
    """
    queue = (
        lots.filter(pl.col("units") > 0)
        .join(demand, on=["node", "sku"], how="left")
        .sort("node", "sku", "sellable_days", "lot", nulls_last=True)
        .with_columns(ahead=pl.col("units").cum_sum().over("node", "sku"), per_day=pl.col("per_day").fill_null(0.0))
    )
    reached = pl.col("per_day") * pl.col("sellable_days") / pl.col("ahead")
    return (
        queue.filter(pl.col("sellable_days") <= policy.near_expiry_days, pl.col("sellable_days") > 0)
        .with_columns(yuan=-pl.col("cost_yuan") * policy.near_expiry_loss * (1 - reached).clip(0, 1))
        .group_by("node", "sku")
        .agg(pl.col("yuan").min())
        .select(*PRICES)
    )


def balance_price(lots: pl.DataFrame, demand: pl.DataFrame, policy: CreditPolicy) -> pl.DataFrame:
    """A price where cover is below the network's, a credit where it is above, `balance_yuan` at the ends.

    With c days of cover here and C in the whole network: balance_yuan x (C - c) / max(C, c), between -1 and 1 times. So
    two places of one SKU differ by at most twice the price of a move. Where nobody asks for the SKU there is no price.
    """
    held = lots.group_by("node", "sku").agg(pl.col("units").sum()).filter(pl.col("units") > 0)
    asked = held.join(demand, on=["node", "sku"], how="left").with_columns(pl.col("per_day").fill_null(0.0))
    # Demand of places that have none of the SKU counts for the network all the same.
    network = (
        held.group_by("sku")
        .agg(all_units=pl.col("units").sum())
        .join(demand.group_by("sku").agg(all_per_day=pl.col("per_day").sum()), on="sku")
        .filter(pl.col("all_per_day") > 0)
    )
    # Cover as its inverse, days' demand per unit, so that a place without demand is 0 and not infinite.
    here, there = pl.col("per_day") / pl.col("units"), pl.col("all_per_day") / pl.col("all_units")
    return (
        asked.join(network, on="sku")
        .with_columns(yuan=policy.balance_yuan * (here - there) / pl.max_horizontal(here, there))
        .select(*PRICES)
    )
