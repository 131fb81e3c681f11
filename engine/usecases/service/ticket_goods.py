"""Which pieces is a ticket about? Its order's lines as they are allocated now: lot, parcel, node, carrier, region."""

import polars as pl

from engine.model.frames import Contract, conform
from engine.store import tables
from engine.store.transaction import Transaction

ASKED: Contract = {
    # A ticket whose order the room has.
    "ticket_id": pl.String,
    "order_id": pl.String,
    "sku": pl.String,  # what it names, as sold or as packed; null: the whole order
    "sub_order_no": pl.String,
}

_GOODS: Contract = {
    "ticket_id": pl.String,
    "piece": pl.Int64,
    "order_id": pl.String,
    "sku": pl.String,
    "lot": pl.String,
    "parcel_id": pl.String,
    "node": pl.String,
    "carrier": pl.String,
    "region": pl.String,
    "qty": pl.Int64,
}


def orders_named(tx: Transaction, order_ids: pl.Series) -> pl.DataFrame:
    """order_id, buyer and region (adcode) of those of these orders that the room has."""
    named = pl.DataFrame({"order_id": order_ids.drop_nulls().unique()}, schema={"order_id": pl.String})
    found = tx.matching(tables.orders, named, "order_id", "buyer", "adcode")
    return found.rename({"buyer": "order_buyer", "adcode": "region"})


def goods_of(tx: Transaction, asked: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """The rows of ticket_goods, without version, of tickets (ASKED) whose orders are in `orders`.

    A ticket that names no goods, or some that its order does not have, is about the whole order.
    """
    asked = conform(asked.join(orders, on="order_id", how="semi"), ASKED)
    if asked.is_empty():
        return pl.DataFrame(schema=dict(_GOODS))
    keys = asked.select("order_id").unique()
    lines = tx.matching(tables.order_lines, keys, "order_id", "line_no", "sold_sku", "sku", "qty")
    wanted = _wanted(asked, lines)
    picks = _picks(tx, keys)
    placed = wanted.join(picks, on=["order_id", "sku"], how="left")
    return (
        placed.with_columns(qty=pl.coalesce("picked", pl.col("qty").cast(pl.Int64)))
        .sort("ticket_id", "sku", "parcel_id", "lot", nulls_last=True)
        .with_columns(piece=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("ticket_id"))
        .join(orders.select("order_id", "region"), on="order_id")
        .select(list(_GOODS))
    )


def _wanted(asked: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """ticket_id, order_id, sku, qty: the lines that each ticket is about, a SKU once."""
    whole = asked.select("ticket_id", "order_id", named="sku").join(lines, on="order_id")
    meant = whole.filter((pl.col("named") == pl.col("sold_sku")) | (pl.col("named") == pl.col("sku")))
    rest = whole.join(meant, on="ticket_id", how="anti")
    return pl.concat([meant, rest]).group_by("ticket_id", "order_id", "sku").agg(pl.col("qty").sum())


def _picks(tx: Transaction, keys: pl.DataFrame) -> pl.DataFrame:
    """order_id, sku, lot, parcel_id, node, carrier, picked: where these orders' goods travel now."""
    told = tx.matching(
        tables.allocations, keys, "order_id", "parcel_id", "sku", "qty", "node", "lot", "carrier"
    )  # fmt: skip
    ended = tx.matching(tables.ended_allocations, keys, "order_id", "parcel_id")
    standing = told.join(ended, on=["order_id", "parcel_id"], how="anti")
    return standing.group_by("order_id", "sku", "lot", "parcel_id", "node", "carrier").agg(picked=pl.col("qty").sum())
