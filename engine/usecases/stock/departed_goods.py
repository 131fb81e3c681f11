"""Goods of parcels that left or came back: which of them an order still claims, and what that means for the pools."""

import polars as pl

from engine.model.states import OrderStatus
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.orders.change_orders import standing_only
from engine.usecases.stock.settle_promises import settlements, write_settlements

SHELF = ("node", "sku", "lot")
_PICK = ("order_id", "parcel_id", *SHELF)


def claimed_or_not(tx: Transaction, parcels: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Picks of `parcels` (parcel_id): those that an order still claims, and the rest (cancelled, moved to another).

    Each: order_id, parcel_id, SHELF, qty.
    """
    picks = tx.matching(tables.allocations, parcels.select("parcel_id"), *_PICK, "qty")
    status = tx.matching(tables.orders, picks.select("order_id").unique(), "order_id", "status")
    alive = status.filter(pl.col("status") == OrderStatus.ALLOCATED)
    claimed = standing_only(tx, picks.join(alive, on="order_id", how="semi"))
    return claimed, picks.join(claimed, on=_PICK, how="anti")


def units_on(claimed: pl.DataFrame, unclaimed: pl.DataFrame) -> pl.DataFrame:
    """SHELF and units there: `claimed`, and `others`."""
    return (
        pl.concat([claimed.with_columns(mine=pl.lit(1)), unclaimed.with_columns(mine=pl.lit(0))])
        .group_by(SHELF)
        .agg(
            claimed=(pl.col("qty") * pl.col("mine")).sum(),
            others=(pl.col("qty") * (1 - pl.col("mine"))).sum(),
        )
    )


def settle(tx: Transaction, skus: pl.Series, *, reason: str) -> bool:
    """Free units of `skus` changed: pools offer what is there. Returns whether anything was withdrawn."""
    if skus.is_empty():
        return False
    due = settlements(tx.frame, skus)
    write_settlements(tx, due, reason=reason)
    return not due.withdrawn.is_empty()
