"""An operator looks at a row that could not be taken: corrects it, and it goes the way of every other; or drops it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.intake.ticket_files import parse_tickets, rows_as_table
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.orders.ingest_orders import assembled, ingest_requests, parse
from engine.usecases.orders.intake_desk import IntakeReceipt, IntakeRequest
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.ingest_tickets import FORMAT_OF, ingest_tickets


def correct_row(work: Workplace, row_id: str, corrected: Mapping[str, Any], *, actor: str) -> IntakeReceipt:
    """Send the corrected fields (all of them, in the row's own format) through intake; on success close the row.

    The row is an order's or an after-sales ticket's. The other open rows of the same order go with it, as they are: an
    order is whole or not at all. If the row is still wrong, the receipt says so and the row stays open with nothing
    changed.
    """
    row = _open_row(work, row_id)
    siblings = [other for other in _siblings(work, row) if other["row_id"] != row_id]
    rows = [dict(corrected), *(orjson.loads(other["raw"]) for other in siblings)]
    request = IntakeRequest(row["format"], f"correction of {row['source']} row {row['row']}", rows, actor)
    trial = _faults(work, request)
    if trial:
        return IntakeReceipt(batch_id="", read=len(rows), quarantined=len(rows), faults=tuple(trial))
    receipt = _sent(work, request)
    if receipt.quarantined == 0:
        closing = [row_id, *(other["row_id"] for other in siblings)]
        with work.database.transaction(actor=actor, verb="correct_row", subject=row_id) as tx:
            _close(tx, closing, "released")
            tx.note(before=orjson.loads(row["raw"]), after=dict(corrected), batch=receipt.batch_id)
    return receipt


def drop_row(work: Workplace, row_id: str, *, actor: str, reason: str) -> None:
    """Close a bad row for good. It stays in the table, with who dropped it and why."""
    if not reason.strip():
        raise NotAllowed("Say why in a few words: a dropped row may be an order that a buyer waits for.")
    row = _open_row(work, row_id)
    with work.database.transaction(actor=actor, verb="drop_row", subject=row_id) as tx:
        _close(tx, [row_id], "dropped")
        tx.note(reason=reason.strip(), order_id=row["order_id"])


def _open_row(work: Workplace, row_id: str) -> dict[str, Any]:
    found = work.database.read("SELECT * FROM quarantine WHERE row_id = $row_id", {"row_id": row_id})
    if found.is_empty():
        raise NotFound(f"There is no quarantined row {row_id}.")
    row = found.row(0, named=True)
    if row["state"] != "open":
        raise NotAllowed(f"This row was {row['state']} by {row['resolved_by']} already. Reload the page.")
    return row


def _siblings(work: Workplace, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    if row["order_id"] is None or row["format"] in FORMAT_OF:  # each ticket stands for itself
        return []
    same = work.database.read(
        "SELECT * FROM quarantine WHERE order_id = $order_id AND source = $source AND format = $format "
        "AND state = 'open' ORDER BY row",
        {"order_id": row["order_id"], "source": row["source"], "format": row["format"]},
    )
    return same.to_dicts()


def _faults(work: Workplace, request: IntakeRequest) -> list[dict[str, Any]]:
    """What would still be wrong, found without writing anything."""
    form = FORMAT_OF.get(request.format)
    if form is not None:
        parsed = parse_tickets(rows_as_table(request.rows), form, now=work.now())
        return parsed.faults.select("row", "order_id", "fault").to_dicts()
    batch = assembled(work, parse(request.format, request.rows))
    return batch.faults.select("row", "order_id", "fault").to_dicts()


def _sent(work: Workplace, request: IntakeRequest) -> IntakeReceipt:
    form = FORMAT_OF.get(request.format)
    if form is None:
        [receipt] = ingest_requests(work, [request])
        return receipt
    [told] = ingest_tickets(work, [replace(request, format=form)])
    return IntakeReceipt("", told.read, accepted=told.recorded, duplicate=told.repeated, quarantined=told.refused)


def _close(tx: Transaction, row_ids: list[str], state: str) -> None:
    closed = pl.DataFrame({"row_id": row_ids}).with_columns(
        state=pl.lit(state),
        resolved_at=pl.lit(tx.at).dt.cast_time_unit("us"),
        resolved_by=pl.lit(tx.actor),
    )
    tx.amend(tables.quarantine, closed, on=("row_id",))
