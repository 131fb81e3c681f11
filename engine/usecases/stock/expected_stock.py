"""Goods that are counted on before they lie on a shelf: transfers under way, and what a supplier announced.

While they are expected they back what pools offer and orders wait for, like units on a shelf; nothing can be planned
from them. What does not come leaves a gap, which is settled as any other: offers withdrawn first, then a shortage.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import INSTANT
from engine.model.states import StockKind
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.room.workplace import Workplace
from engine.usecases.stock.pool_state import set_pool_state
from engine.usecases.stock.settle_promises import settlements, write_settlements
from engine.usecases.stock.top_up_pool import move_pool

_COLUMNS = ("expected_id", "kind", "sku", "lot", "from_node", "to_node", "show_id", "units", "leaves_at", "state")


def expect(tx: Transaction, row: Mapping[str, Any], *, reason: str) -> str:
    """Count on `row`: kind, sku, units, ready_at and what else expected_stock knows of it. Returns its id."""
    whole: dict[str, Any] = {
        "expected_id": f"x{tx.version}", "lot": None, "from_node": None, "to_node": None, "show_id": None,
        "cost_cents": 0, "leaves_at": None, "made_at": tx.at, "state": "expected", "state_at": tx.at, **row,
    }  # fmt: skip
    instants = dict.fromkeys(("made_at", "leaves_at", "ready_at", "state_at"), INSTANT)
    texts = dict.fromkeys(("lot", "from_node", "to_node", "show_id"), pl.String)
    tx.append(tables.expected_stock, pl.DataFrame([whole], schema_overrides={**instants, **texts}), stamp=True)
    _tell(tx, whole["expected_id"], "expected", int(whole["units"]), reason)
    return str(whole["expected_id"])


def expected_row(tx: Transaction, expected_id: str) -> dict[str, Any]:
    """It, as this commit sees it."""
    key = pl.DataFrame({"expected_id": [expected_id]})
    return tx.matching(tables.expected_stock, key, *_COLUMNS).row(0, named=True)


def less_expected(tx: Transaction, expected_id: str, units: int, *, left: int, state: str, reason: str) -> None:
    """`units` of it came or were called off (`state`), so that `left` are still expected."""
    row = pl.DataFrame(
        {"expected_id": [expected_id], "units": [left], "state": ["expected" if left else state], "state_at": [tx.at]},
        schema_overrides={"state_at": INSTANT},
    )
    tx.amend(tables.expected_stock, row, on=("expected_id",))
    _tell(tx, expected_id, state, units, reason)


def _tell(tx: Transaction, expected_id: str, state: str, units: int, reason: str) -> None:
    fact = {"at": tx.at, "expected_id": expected_id, "state": state, "units": units, "reason": reason}
    row = pl.DataFrame([fact], schema_overrides={"at": INSTANT})
    tx.append(tables.expected_events, row.with_columns(actor=pl.lit(tx.actor)), stamp=True)


def shelve(tx: Transaction, node: str, sku: str, lot: str, units: int, *, kind: StockKind, reference: str) -> bool:
    """Put units of a lot on a shelf, behind the fence where the lot is quarantined; returns whether it is."""
    key = pl.DataFrame({"node": [node], "sku": [sku], "lot": [lot]})
    fenced = bool(tx.rows("SELECT 1 FROM lot_states WHERE lot = :lot AND state = 'quarantined'", {"lot": lot}))
    behind = units if fenced else 0
    tx.append(
        tables.stock_movements,
        key.with_columns(
            at=pl.lit(tx.at).dt.cast_time_unit("us"),
            kind=pl.lit(kind.value),
            on_hand_delta=pl.lit(units, dtype=pl.Int64),
            quarantined_delta=pl.lit(behind, dtype=pl.Int64),
            reference=pl.lit(reference),
        ),
        stamp=True,
    )
    level = tx.matching(tables.stock_balance, key, "on_hand", "reserved", "quarantined")
    before = level.row(0) if level.height else (0, 0, 0)
    after = key.with_columns(
        on_hand=pl.lit(before[0] + units, dtype=pl.Int64),
        reserved=pl.lit(before[1], dtype=pl.Int64),
        quarantined=pl.lit(before[2] + behind, dtype=pl.Int64),
    )
    if level.is_empty():
        tx.append(tables.stock_balance, after)
    else:
        tx.amend(tables.stock_balance, after, on=("node", "sku", "lot"))
    return fenced


def came_in(tx: Transaction, units: Mapping[str, int], *, reason: str) -> None:
    """Goods were received (SKU -> units): what was announced of them is expected no longer, the oldest first."""
    for sku, received in units.items():
        left = received
        for expected_id, announced in tx.rows(
            "SELECT expected_id, units FROM expected_stock WHERE sku = :sku AND kind = 'announced' "
            "AND state = 'expected' ORDER BY ready_at, expected_id",
            {"sku": sku},
        ):
            came = min(left, int(announced))
            if came:
                less_expected(tx, expected_id, came, left=int(announced) - came, state="arrived", reason=reason)
                left -= came


def settle_expected(work: Workplace, *, actor: str) -> int:
    """Book transfers that have arrived, and give up announced goods whose day has passed; returns how many."""
    due = work.database.read(
        "SELECT expected_id FROM expected_stock WHERE state = 'expected' AND ready_at <= $now ORDER BY ready_at",
        {"now": work.now()},
    )["expected_id"].to_list()
    if not due:
        return 0
    with work.database.transaction(actor=actor, verb="settle_expected", subject=f"{len(due)} expected") as tx:
        rows = [row for row in (expected_row(tx, one) for one in due) if row["state"] == "expected"]
        unsure = {row["sku"] for row in rows if _arrive(tx, row)}
        settle_skus(tx, unsure, reason="expected goods did not come to a shelf")
        tx.note(expected=[row["expected_id"] for row in rows])
    work.gate.reload_book()
    return len(rows)


def _arrive(tx: Transaction, row: Mapping[str, Any]) -> bool:
    """Whether units that were counted on are not there now."""
    expected_id, units = row["expected_id"], int(row["units"])
    if row["kind"] == "transfer":
        less_expected(tx, expected_id, units, left=0, state="arrived", reason="arrived")
        return shelve(
            tx, row["to_node"], row["sku"], row["lot"], units, kind=StockKind.TRANSFER_IN, reference=expected_id
        )
    told = "the announced goods did not come by their day"
    less_expected(tx, expected_id, units, left=0, state="called_off", reason=told)
    show, sku = row["show_id"], row["sku"]
    [(quantity, reserved)] = tx.rows(
        "SELECT quantity, reserved FROM pool_balance WHERE show_id = :show AND sku = :sku", {"show": show, "sku": sku}
    )
    back = min(units, int(quantity) - int(reserved))
    if back:
        move_pool(tx, show, sku, -back, before=int(quantity), reason=told)
    set_pool_state(tx, show, sku, "open", reason=told)
    return True


def settle_skus(tx: Transaction, skus: Iterable[str], *, reason: str) -> None:
    """Keep what these SKUs promise within what is there and expected."""
    wanted = sorted(set(skus))
    if wanted:
        write_settlements(tx, settlements(tx.frame, wanted), reason=reason)


def departed(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a transfer has left its node."""
    return row["leaves_at"] is not None and bool(row["leaves_at"] <= now)
