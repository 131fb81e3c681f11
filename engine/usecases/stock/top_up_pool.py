"""Gives a show's pool more units, out of stock that no pool and no order has a claim on."""

import polars as pl

from engine.errors import NotAllowed, NotEnoughStock, NotFound
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.room.workplace import Workplace

_FREE = """
    SELECT (SELECT coalesce(sum(on_hand - reserved - quarantined), 0) FROM stock_balance WHERE sku = :sku)
         + (SELECT coalesce(sum(units), 0) FROM expected_stock WHERE sku = :sku AND state = 'expected')
         - (SELECT coalesce(sum(quantity - reserved), 0) FROM pool_balance WHERE sku = :sku)
         - (SELECT coalesce(sum(l.qty), 0) FROM order_lines l JOIN orders o ON o.order_id = l.order_id
            WHERE l.sku = :sku AND o.status IN ('reserved', 'held'))
"""
"""Units on the shelves and expected there, less what pools may still sell, less what is sold and not taken yet."""


def free_units(work: Workplace, sku: str) -> int:
    """Units of a physical SKU that no pool and no order claims."""
    return int(work.database.read(_FREE.replace(":sku", "$sku"), {"sku": sku}).item())


def top_up_pool(work: Workplace, show_id: str, sku: str, units: int, *, actor: str, reason: str) -> None:
    """Move `units` free units into a show's pool. Raises NotEnoughStock, NotFound or NotAllowed."""
    if units < 1:
        raise NotAllowed(f"A pool is topped up by at least 1 unit, not by {units}.")
    try:
        with work.database.transaction(actor=actor, verb="top_up_pool", subject=f"{show_id}/{sku}") as tx:
            top_up(tx, show_id, sku, units, reason=reason)
    except BaseException:
        work.gate.forget()
        raise
    work.gate.reload_book()


def top_up(tx: Transaction, show_id: str, sku: str, units: int, *, reason: str) -> None:
    """The same inside a commit; the caller has the gate reload its book."""
    key = pl.DataFrame({"show_id": [show_id], "sku": [sku]})
    level = tx.matching(tables.pool_balance, key, "show_id", "sku", "quantity", "reserved")
    if level.is_empty():
        raise NotFound(f"{show_id} has no pool of {sku}.")
    [(free,)] = tx.rows(_FREE, {"sku": sku})
    if free < units:
        raise NotEnoughStock(f"{sku}: {max(0, int(free))} units are free of other claims, {units} were asked for.")
    before = int(level["quantity"][0])
    move_pool(tx, show_id, sku, units, before=before, reason=reason.strip() or "top-up")
    tx.note(before=before, after=before + units, reason=reason)


def move_pool(tx: Transaction, show_id: str, sku: str, delta: int, *, before: int, reason: str) -> None:
    """Write that a pool of `before` units gained or lost `delta`; whether it may is the caller's matter."""
    key = pl.DataFrame({"show_id": [show_id], "sku": [sku]})
    tx.append(
        tables.pool_movements,
        key.with_columns(
            at=pl.lit(tx.at).dt.cast_time_unit("us"),
            delta=pl.lit(delta, dtype=pl.Int64),
            reason=pl.lit(reason),
        ),
        stamp=True,
    )
    after = key.with_columns(quantity=pl.lit(before + delta, dtype=pl.Int64))
    tx.amend(tables.pool_balance, after, on=("show_id", "sku"))
