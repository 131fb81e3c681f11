"""Which orders does a promise made on air bind, and until when? The binding promise is the shortest made anywhere.

Source: the platform's rule that what an anchor says counts like what the product page says.
"""

import polars as pl

from engine.model.frames import INSTANT, Contract

SPOKEN: Contract = {
    # Promises that stand.
    "promise_id": pl.String,
    "show_id": pl.String,
    "sku": pl.String,  # code as sold; null: all
    "binds_from": INSTANT,
    "hours": pl.Float64,  # from payment; null where there is a moment
    "moment": INSTANT,  # for payments before it; null where there are hours
}

HOUR_US = 3_600_000_000


def bound(orders: pl.DataFrame, lines: pl.DataFrame, spoken: pl.DataFrame) -> pl.DataFrame:
    """Orders that a promise of `spoken` (SPOKEN) binds to an earlier time than theirs: order_id, until, promise_id.

    orders: order_id, show_id, paid_at, promise_at. lines: order_id, sold_sku. Of several promises the shortest counts.
    """
    covered = orders.select("order_id", "show_id", "paid_at", "promise_at").join(spoken, on="show_id")
    covered = covered.filter(pl.col("paid_at") >= pl.col("binds_from"))
    sold = lines.select("order_id", sku="sold_sku").unique()
    covered = pl.concat(
        [
            covered.filter(pl.col("sku").is_null()),
            covered.filter(pl.col("sku").is_not_null()).join(sold, on=["order_id", "sku"], how="semi"),
        ]
    )
    within = pl.col("paid_at") + pl.duration(microseconds=(pl.col("hours") * HOUR_US).round().cast(pl.Int64))
    by_then = pl.when(pl.col("moment") > pl.col("paid_at")).then(pl.col("moment"))
    return (
        covered.with_columns(until=pl.coalesce(within, by_then))
        .filter(pl.col("until") < pl.col("promise_at"))
        .sort("until", "promise_id")
        .unique("order_id", keep="first", maintain_order=True)
        .select("order_id", "until", "promise_id")
    )
