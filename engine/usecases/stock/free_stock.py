"""What lies free where: units of each lot that no order holds, and, if wanted, those that some parcels hold."""

from collections.abc import Sequence

import polars as pl

from engine.store.database import Database


def free_stock(database: Database, *, freed: Sequence[str]) -> pl.DataFrame:
    """The stock frame of an allocation problem: node, sku, lot, expiry, qty, where there is any.

    `freed`: parcels whose units count as free, those of orders that still ship in them.
    """
    free = database.read(
        "SELECT b.node, b.sku, b.lot, l.expires_on AS expiry, b.on_hand - b.reserved - b.quarantined AS qty "
        "FROM stock_balance b JOIN lots l ON l.lot = b.lot WHERE b.on_hand - b.reserved - b.quarantined > 0 "
        "ORDER BY ALL"
    )
    if not freed:
        return free
    held = database.read(
        """
        SELECT a.node, a.sku, a.lot, l.expires_on AS expiry, sum(a.qty)::BIGINT AS qty
        FROM boards.standing_picks a JOIN lots l ON l.lot = a.lot
        WHERE a.parcel_id IN (SELECT unnest($freed::VARCHAR[]))
        GROUP BY a.node, a.sku, a.lot, l.expires_on
        """,
        {"freed": list(freed)},
    )
    keys = ["node", "sku", "lot"]
    return pl.concat([free, held]).group_by(keys).agg(pl.col("expiry").first(), pl.col("qty").sum()).sort(keys)
