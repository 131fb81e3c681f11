"""Is a pool open, paused or on pre-sale? Written inside the commit of whoever decides it; the gate reads it."""

from datetime import datetime

import polars as pl

from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction


def pool_state(database: Database, show_id: str, sku: str) -> str:
    """open, paused or presale, as of the last commit."""
    rows = database.read(
        "SELECT state FROM pool_states WHERE show_id = $show AND sku = $sku", {"show": show_id, "sku": sku}
    ).rows()
    return str(rows[0][0]) if rows else "open"


def set_pool_state(
    tx: Transaction, show_id: str, sku: str, state: str, *, reason: str, ready_at: datetime | None = None
) -> None:
    """Write the fact and the state. The caller has the gate reload its book."""
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    row = pl.DataFrame(
        {"show_id": [show_id], "sku": [sku], "state": [state], "ready_at": [ready_at], "reason": [reason]},
        schema_overrides={"ready_at": INSTANT},
    ).with_columns(actor=pl.lit(tx.actor))
    tx.append(tables.pool_changes, row.with_columns(at=at), stamp=True)
    known = tx.matching(tables.pool_states, row.select("show_id", "sku"), "show_id", "sku")
    if known.is_empty():
        tx.append(tables.pool_states, row.with_columns(since=at))
    else:
        tx.amend(tables.pool_states, row.with_columns(since=at), on=("show_id", "sku"))
