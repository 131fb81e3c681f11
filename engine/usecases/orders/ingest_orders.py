"""Orders come in: parse, assemble, decide at the gate, append once, answer after the commit.

Requests that wait together are parsed and decided together, in the order they came; inside a request the first
paid is served first. Rows are numbered through the whole group so that each finds its way back to its request.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

import polars as pl

from engine.errors import BadRequest
from engine.intake.assemble import OrderBatch, assemble
from engine.intake.canonical import parse_canonical_orders
from engine.intake.douyin import parse_douyin
from engine.intake.parsed import Parsed
from engine.model.states import RowEnd
from engine.orders.admission import Decisions
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.clocks.spoken_promises import bind_arrivals
from engine.usecases.orders.change_orders import OrderChange, apply_changes
from engine.usecases.orders.intake_desk import IntakeReceipt, IntakeRequest
from engine.usecases.orders.intake_parts import Part, part_of, receipts_of
from engine.usecases.orders.quarantine_rows import append_quarantine, barred
from engine.usecases.room.workplace import Workplace

ORDER_NUMBER = {"canonical": "order_no", "douyin": "主订单编号"}
"""Format -> the field that tells one order from another."""

BATCH_COLUMNS = [
    "batch_id", "source", "received_at", "read", "accepted", "duplicate", "unpaid", "quarantined", "changed",
]  # fmt: skip


def ingest_requests(work: Workplace, requests: Sequence[IntakeRequest]) -> list[IntakeReceipt]:
    """Take in several requests, in turn; the receipts come in the order of the requests."""
    receipts: list[IntakeReceipt] = []
    for run in _runs(requests):
        rows: list[Mapping[str, Any]] = []
        parts: list[Part] = []
        for request in run:
            parts.append(Part(uuid4().hex, request.source, request.format, len(rows) + 1, len(request.rows)))
            rows.extend(request.rows)
        batch = assembled(work, parse(run[0].format, rows))
        receipts.extend(take_batch(work, batch, parts, actor=run[0].actor))
    return receipts


def _runs(requests: Sequence[IntakeRequest]) -> Iterator[list[IntakeRequest]]:
    """Neighbours that can be decided as one batch: of one format and caller, and about different orders.

    Two requests about one order are two steps: what the first says must stand before the second is looked at.
    """
    run: list[IntakeRequest] = []
    spoken_of: set[object] = set()
    for request in requests:
        number = ORDER_NUMBER.get(request.format, "")
        orders = {str(row.get(number)) for row in request.rows if isinstance(row, Mapping)}
        first = run[0] if run else request
        if run and ((request.format, request.actor) != (first.format, first.actor) or orders & spoken_of):
            yield run
            run, spoken_of = [], set()
        run.append(request)
        spoken_of |= orders
    if run:
        yield run


def parse(name: str, rows: Sequence[Mapping[str, Any]]) -> Parsed:
    """Outside rows of a named format, parsed; row numbers start at 1."""
    if name == "canonical":
        return parse_canonical_orders(rows)
    if name == "douyin":
        return parse_douyin(_as_table(rows))
    raise BadRequest(f"The format {name!r} is not known: send canonical or douyin.")


def _as_table(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows of an export sent over HTTP as the table they were cut from: text cells, row numbers from 1."""
    columns = list(dict.fromkeys(name for row in rows for name in row if name != "row"))
    cells = {name: pl.Series(name, [_cell(row.get(name)) for row in rows], dtype=pl.String) for name in columns}
    return pl.DataFrame({"row": pl.int_range(1, len(rows) + 1, dtype=pl.Int64, eager=True), **cells})


def _cell(value: object) -> str | None:
    return value if isinstance(value, str) or value is None else str(value)


def assembled(work: Workplace, parsed: Parsed) -> OrderBatch:
    """Parsed rows as orders of this brand."""
    masters = work.masters()
    return assemble(
        parsed,
        catalogue=masters.catalogue,
        gazetteer=work.gazetteer,
        now=work.now(),
        promise_hours=work.settings.intake.promise_hours,
        shows=masters.shows,
    )


def take_batch(work: Workplace, batch: OrderBatch, parts: Sequence[Part], *, actor: str) -> list[IntakeReceipt]:
    """Decide `batch` and commit it; one receipt a part. On any failure nothing is kept and the gate starts anew."""
    source = parts[0].source if len(parts) == 1 else f"{len(parts)} requests"
    try:
        with work.database.transaction(actor=actor, verb="ingest_orders", subject=source) as tx:
            receipts = _take(work, tx, batch, parts)
        work.gate.passed(tx.version if tx.wrote else tx.version - 1)
    except BaseException:
        work.gate.forget()
        raise
    return receipts


def _take(work: Workplace, tx: Transaction, batch: OrderBatch, parts: Sequence[Part]) -> list[IntakeReceipt]:
    gate = work.gate.open(tx)
    orders = batch.orders
    if len(parts) > 1:
        orders = orders.with_columns(part=part_of(orders["row"], parts)).sort(
            "part", "paid_at", "row", nulls_last=True, maintain_order=True
        )
    else:
        orders = orders.sort("paid_at", "row", nulls_last=True, maintain_order=True)
    decided = gate.decide(orders, batch.lines, now_us=int(tx.at.timestamp() * 1e6))
    _append_orders(work, tx, orders, batch.lines, decided)
    _append_unpaid(tx, orders, decided)
    pools, quotas = gate.book.take_touched()
    tx.amend(tables.pool_balance, _levels(pools, "sku"), on=("show_id", "sku"))
    tx.amend(tables.quota_balance, _levels(quotas, "province"), on=("show_id", "province"))
    clash = (decided.frame["end"] == RowEnd.QUARANTINED).any()
    kits = work.masters().catalogue.kits if clash else {}  # masters() asks the database
    faults = append_quarantine(tx, barred(batch.faults, orders, batch.lines, decided, kits), parts)
    changed = _apply_news(work, tx, decided)
    receipts = receipts_of(orders, decided, batch, faults, changed, parts)
    tx.append(
        tables.intake_batches,
        pl.DataFrame(
            [
                (p.batch_id, p.source, tx.at, r.read, r.accepted, r.duplicate, r.unpaid, r.quarantined, r.changed)
                for p, r in zip(parts, receipts, strict=True)
            ],
            schema=BATCH_COLUMNS,
            orient="row",
        ),
        stamp=True,
    )  # fmt: skip
    tx.note(
        read=sum(r.read for r in receipts),
        accepted=sum(r.accepted for r in receipts),
        duplicate=sum(r.duplicate for r in receipts),
        quarantined=sum(r.quarantined for r in receipts),
    )
    return receipts


def _append_orders(
    work: Workplace, tx: Transaction, orders: pl.DataFrame, lines: pl.DataFrame, decided: Decisions
) -> None:
    taken = decided.frame["end"] == RowEnd.ACCEPTED
    accepted = orders.filter(taken)
    if accepted.is_empty():
        return
    verdict = decided.frame.filter(taken)
    first = work.gate.arrivals + 1
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    facts = accepted.drop("fate", "row", "part", strict=False).with_columns(
        version=pl.lit(tx.version, dtype=pl.Int64),
        received_at=at,
        arrival=pl.int_range(first, first + accepted.height, dtype=pl.Int64),
        outcome=verdict["outcome"],
        reason=verdict["reason"],
        status=verdict["outcome"],
        status_at=at,
    )
    tx.append(tables.orders, bind_arrivals(work, tx, facts, lines))
    if accepted.height < orders.height:
        lines = lines.join(accepted.select("order_id"), on="order_id", how="semi")
    tx.append(tables.order_lines, lines, stamp=True)
    work.gate.arrivals += accepted.height


def _append_unpaid(tx: Transaction, orders: pl.DataFrame, decided: Decisions) -> None:
    unpaid = orders.filter(decided.frame["end"] == RowEnd.UNPAID)
    if unpaid.is_empty():
        return
    seen = unpaid.select("order_id", "created_at", "province", "amount_cents", "rows").with_columns(
        seen_at=pl.lit(tx.at).dt.cast_time_unit("us")
    )
    tx.append(tables.unpaid_orders, seen, stamp=True)


def _apply_news(work: Workplace, tx: Transaction, decided: Decisions) -> dict[str, bool]:
    """Refunds and cancellations that duplicates brought; returns which of them changed an order."""
    if decided.news.is_empty():
        return {}
    changes = [
        OrderChange(order_id, kind, tx.at, "reported with a repeated row")
        for order_id, kind in decided.news.iter_rows()
    ]
    return apply_changes(work, tx, changes).changed


def _levels(touched: Mapping[tuple[str, str], int], name: str) -> pl.DataFrame:
    return pl.DataFrame(
        [(show, thing, reserved) for (show, thing), reserved in sorted(touched.items())],
        schema={"show_id": pl.String, name: pl.String, "reserved": pl.Int64},
        orient="row",
    )
