"""Olist's public orders as a parcel history: which of its columns is which of the contract's?

Olist, Brazilian e-commerce public dataset, CC BY-NC-SA 4.0: evaluation only, none of it is kept here. An order is a
parcel; it leaves its first item's seller. There is no carrier in it and no distance.
"""

from pathlib import Path

import polars as pl

from engine.bench.measure import BenchFailed

FILES = ("orders", "order_items", "customers", "sellers", "products")


def olist_history(directory: Path) -> pl.DataFrame:
    """The contract's columns, and what else Olist knew when the order came as x_*. Raises BenchFailed."""
    frames = {}
    for name in FILES:
        path = directory / f"{name}.parquet"
        if not path.is_file():
            raise BenchFailed(f"{path} does not exist; --olist names the directory with {', '.join(FILES)} (.parquet).")
        frames[name] = pl.read_parquet(path)
    orders = frames["orders"].join(_contents(frames), on="order_id").join(frames["customers"], on="customer_id")
    return orders.select(
        pl.col("order_id").alias("parcel_id"),
        pl.col("order_purchase_timestamp").alias("ordered_at"),
        pl.col("order_estimated_delivery_date").alias("promised_at"),
        pl.col("order_delivered_carrier_date").alias("picked_up_at"),
        pl.col("order_delivered_customer_date").alias("delivered_at"),
        pl.col("seller_state").alias("origin"),
        pl.col("customer_state").alias("destination"),
        pl.lit(None, dtype=pl.String).alias("carrier"),
        pl.col("seller_id").alias("seller"),
        "weight_kg",
        "value_yuan",  # reais, as any currency does
        pl.lit(None, dtype=pl.Float64).alias("distance_km"),
        "x_freight",
        "x_items",
        "x_category",
        "x_volume",
        "x_sellers",
    ).sort("ordered_at", "parcel_id")


def _contents(frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Per order: its first seller, and sums over its items."""
    items = frames["order_items"].join(frames["products"], on="product_id", how="left")
    volume = pl.col("product_length_cm") * pl.col("product_height_cm") * pl.col("product_width_cm")
    return (
        items.join(frames["sellers"], on="seller_id", how="left")
        .sort("order_id", "order_item_id")
        .group_by("order_id", maintain_order=True)
        .agg(
            pl.col("seller_id", "seller_state").first(),
            (pl.col("product_weight_g").sum() / 1000).alias("weight_kg"),
            pl.col("price").sum().alias("value_yuan"),
            pl.col("freight_value").sum().alias("x_freight"),
            pl.len().alias("x_items"),
            pl.col("product_category_name").first().alias("x_category"),
            volume.sum().alias("x_volume"),
            pl.col("seller_id").n_unique().alias("x_sellers"),
        )
    )
