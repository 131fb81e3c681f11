"""Goods that came in: their lots, and the units of each at the nodes that took them in, as receipts in one commit."""

import polars as pl

from engine.errors import NotAllowed
from engine.model.frames import Contract
from engine.model.states import StockKind
from engine.store import tables
from engine.usecases.room.workplace import Workplace
from engine.usecases.stock.expected_stock import came_in

LOTS: Contract = {
    "lot": pl.String,
    "sku": pl.String,
    "produced_on": pl.Date,
    "expires_on": pl.Date,  # null: does not expire
    "supplier": pl.String,
}
UNITS: Contract = {
    "node": pl.String,
    "sku": pl.String,
    "lot": pl.String,
    "quantity": pl.Int64,  # units, the quarantined ones included
    "quarantined": pl.Int64,
}


def receive_stock(work: Workplace, lots: pl.DataFrame, units: pl.DataFrame, *, actor: str, reference: str) -> int:
    """Book new lots (LOTS) and their units (UNITS); returns units. Raises NotAllowed for a lot that is here already."""
    if units.is_empty():
        return 0
    taken = int(units["quantity"].sum())
    with work.database.transaction(actor=actor, verb="receive_stock", subject=reference) as tx:
        known = tx.matching(tables.lots, lots.select("lot"), "lot")
        if not known.is_empty():
            raise NotAllowed(f"Lot {known['lot'][0]} was received before: count it instead of receiving it twice.")
        tx.append(tables.lots, lots.select(*LOTS))
        tx.append(
            tables.stock_movements,
            units.select(
                "node",
                "sku",
                "lot",
                at=pl.lit(tx.at).dt.cast_time_unit("us"),
                kind=pl.lit(StockKind.RECEIPT.value),
                on_hand_delta="quantity",
                quarantined_delta="quarantined",
                reference=pl.lit(reference),
            ),
            stamp=True,
        )
        tx.append(
            tables.stock_balance,
            units.select(
                "node", "sku", "lot", on_hand="quantity", reserved=pl.lit(0, dtype=pl.Int64), quarantined="quarantined"
            ),
        )
        came_in(tx, dict(units.group_by("sku").agg(pl.col("quantity").sum()).iter_rows()), reason=reference)
        tx.note(lots=lots.height, units=taken)
    return taken
