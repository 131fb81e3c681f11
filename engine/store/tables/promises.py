"""Pools and quotas: what a show may sell, and to whom."""

from sqlalchemy import CheckConstraint, Table

from engine.store.tables.columns import big, instant, metadata, text

pool_movements = Table(
    "pool_movements",
    metadata,
    big("version"),
    instant("at"),
    text("show_id"),
    text("sku"),
    big("delta"),
    text("reason"),
)
pool_balance = Table(  # current state: one row a show and physical SKU
    "pool_balance",
    metadata,
    text("show_id", key=True),
    text("sku", key=True),
    big("quantity"),  # sum of pool_movements
    big("reserved"),  # units of orders that hold stock
    CheckConstraint("reserved >= 0 AND reserved <= quantity", name="pool_never_oversold"),
)
quota_balance = Table(  # current state: one row a show and province that has a limit
    "quota_balance",
    metadata,
    text("show_id", key=True),
    text("province", key=True),
    big("quantity"),
    big("reserved"),
    CheckConstraint("reserved >= 0 AND reserved <= quantity", name="quota_never_exceeded"),
)
