"""Orders come in: parse, assemble, decide at the gate, append once, answer after the commit.

Requests that wait together are parsed and decided together, in the order they came; inside a request the first
paid is served first. Rows are numbered through the whole group so that each finds its way back to its request.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import uuid4

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from engine.errors import BadRequest
from engine.intake.assemble import OrderBatch, assemble
from engine.intake.canonical import parse_canonical_orders
from engine.intake.douyin import parse_douyin
from engine.intake.parsed import Parsed
from engine.model.frames import FAULTS
from engine.model.states import OrderStatus, RowEnd
from engine.orders.admission import Decisions
from engine.store import tables
from engine.store.database import as_json
from engine.store.transaction import Transaction
from engine.usecases.change_orders import OrderChange, apply_changes
from engine.usecases.intake_desk import IntakeReceipt, IntakeRequest
from engine.usecases.workplace import Workplace

ORDER_NUMBER = {"canonical": "order_no", "douyin": "主订单编号"}
"""Format -> the field that tells one order from another."""

BATCH_COLUMNS = [
    "batch_id", "source", "received_at", "read", "accepted", "duplicate", "unpaid", "quarantined", "changed",
]  # fmt: skip

FAULTS_SHOWN = 50
"""Faults repeated in a receipt; all of them are in the quarantine."""


@dataclass(frozen=True, slots=True)
class Part:
    """One request's share of a group: its rows are numbered `first` .. `first + read - 1`."""

    batch_id: str
    source: str
    format: str
    first: int
    read: int


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
    starts = np.array([part.first for part in parts])
    orders = batch.orders
    if len(parts) > 1:
        orders = orders.with_columns(part=_part_of(orders["row"], starts)).sort(
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
    whole = batch.faults.with_columns(rows=pl.lit(1, dtype=pl.Int64))
    faults = _append_quarantine(tx, pl.concat([whole, _conflicts(work, orders, batch.lines, decided)]), parts, starts)
    changed = _apply_news(work, tx, decided)
    receipts = _receipts(orders, decided, batch, faults, changed, parts, starts)
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
    tx.append(tables.orders, facts)
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


def _conflicts(work: Workplace, orders: pl.DataFrame, lines: pl.DataFrame, decided: Decisions) -> pl.DataFrame:
    """Orders whose number is taken by another order, as quarantine rows in the canonical format."""
    refused = decided.frame["end"] == RowEnd.QUARANTINED
    if not refused.any():
        return pl.DataFrame(schema={**FAULTS, "rows": pl.Int64})
    kits = work.masters().catalogue.kits
    reasons = decided.frame.filter(refused)["reason"].to_list()
    rows = []
    for order, reason in zip(orders.filter(refused).iter_rows(named=True), reasons, strict=True):
        parts = lines.filter(pl.col("order_id") == order["order_id"]).iter_rows(named=True)
        sold = [part for part in parts if part["kit"] is None or part["sku"] == kits[part["kit"]][0][0]]
        fault = "; ".join(entry["detail"] for entry in orjson.loads(reason))
        rows.append((order["row"], order["order_id"], as_json(_as_canonical(order, sold)), fault, order["rows"]))
    return pl.DataFrame(rows, schema={**FAULTS, "rows": pl.Int64}, orient="row")


def _as_canonical(order: Mapping[str, Any], sold: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """An assembled order in the canonical JSON format, so that it can be corrected and sent again."""
    name, _, phone = order["buyer"].partition("|")
    return {
        "platform": order["platform"],
        "order_no": order["order_no"],
        "created_at": order["created_at"],
        "paid_at": order["paid_at"],
        "status": order["fate"],
        "show_id": order["show_id"],
        "anchor": order["anchor"],
        "buyer": {"name": name, "phone": phone},
        "address": {
            **{part: order[part] for part in ("province", "city", "district", "street")},
            "detail": order["address"],
        },
        "lines": [
            {"sku": s["sold_sku"], "qty": s["sold_qty"], "amount_yuan": f"{s['amount_cents'] / 100:.2f}"} for s in sold
        ],
    }


def _append_quarantine(
    tx: Transaction, faults: pl.DataFrame, parts: Sequence[Part], starts: NDArray[np.int64]
) -> pl.DataFrame:
    """Store bad rows not stored before; returns `faults` with `part`, `row_id` and `fresh` (False: seen before)."""
    if faults.is_empty():
        return faults.with_columns(part=pl.lit(0), row_id=pl.lit(""), fresh=pl.lit(value=False))
    part = _part_of(faults["row"], starts)
    formats = pl.Series("format", [parts[i].format for i in part])
    sources = pl.Series("source", [parts[i].source for i in part])
    places = faults["row"] - pl.Series([parts[i].first - 1 for i in part])
    row_ids = [
        blake2b(f"{name}\n{raw}".encode(), digest_size=12).hexdigest()
        for name, raw in zip(formats, faults["raw"], strict=True)
    ]
    marked = faults.with_columns(part=part, format=formats, source=sources, row=places, row_id=pl.Series(row_ids))
    known = tx.matching(tables.quarantine, marked.select("row_id").unique(), "row_id")
    marked = marked.with_columns(
        fresh=pl.col("row_id").is_first_distinct() & ~pl.col("row_id").is_in(known["row_id"].implode())
    )
    tx.append(
        tables.quarantine,
        marked.filter("fresh")
        .select("row_id", "source", "format", "row", "order_id", "raw", "fault")
        .with_columns(received_at=pl.lit(tx.at).dt.cast_time_unit("us"), state=pl.lit("open")),
        stamp=True,
    )
    return marked


def _apply_news(work: Workplace, tx: Transaction, decided: Decisions) -> dict[str, bool]:
    """Refunds and cancellations that duplicates brought; returns which of them changed an order."""
    if decided.news.is_empty():
        return {}
    changes = [
        OrderChange(order_id, kind, tx.at, "reported with a repeated row")
        for order_id, kind in decided.news.iter_rows()
    ]
    return apply_changes(work, tx, changes).changed


def _receipts(
    orders: pl.DataFrame,
    decided: Decisions,
    batch: OrderBatch,
    faults: pl.DataFrame,
    changed: Mapping[str, bool],
    parts: Sequence[Part],
    starts: NDArray[np.int64],
) -> list[IntakeReceipt]:
    """Counts of rows by ending and of orders by outcome, a part each; asserts that every row has ended once."""
    n = len(parts)
    place = _part_of(orders["row"], starts).to_numpy()
    rows = orders["rows"].to_numpy()
    end, outcome = decided.frame["end"], decided.frame["outcome"]

    def count(mask: pl.Series, weights: NDArray[np.int64] | None = None) -> list[int]:
        chosen = mask.fill_null(value=False).to_numpy()
        weighed = rows if weights is None else weights
        return [int(total) for total in np.bincount(place[chosen], weights=weighed[chosen], minlength=n)]

    ones = np.ones_like(rows)
    accepted, unpaid = count(end == RowEnd.ACCEPTED), count(end == RowEnd.UNPAID)
    duplicate = np.array(count(end == RowEnd.DUPLICATE))
    duplicate += np.bincount(_part_of(batch.duplicates["row"], starts).to_numpy(), minlength=n)
    quarantined = np.zeros(n, dtype=np.int64)
    for part, weight, fresh in faults.select("part", "rows", "fresh").iter_rows():
        (quarantined if fresh else duplicate)[part] += weight
    moved = [order_id for order_id, did in changed.items() if did]
    news = count(orders["order_id"].is_in(moved) & (end == RowEnd.DUPLICATE)) if moved else [0] * n
    shown: dict[int, list[dict[str, Any]]] = {}
    for fault in faults.select("part", "row", "order_id", "fault").iter_rows(named=True):
        shown.setdefault(fault.pop("part"), []).append(fault)
    reserved, held, sold_out = (
        count(outcome == s, ones) for s in (OrderStatus.RESERVED, OrderStatus.HELD, OrderStatus.SOLD_OUT)
    )
    receipts = []
    for i, part in enumerate(parts):
        receipt = IntakeReceipt(
            batch_id=part.batch_id,
            read=part.read,
            accepted=accepted[i],
            duplicate=int(duplicate[i]),
            unpaid=unpaid[i],
            quarantined=int(quarantined[i]),
            changed=news[i],
            reserved=reserved[i],
            held=held[i],
            sold_out=sold_out[i],
            faults=tuple(shown.get(i, [])[:FAULTS_SHOWN]),
        )
        ended = receipt.accepted + receipt.duplicate + receipt.unpaid + receipt.quarantined
        assert ended == part.read, f"{part.read} rows read, {ended} ended: {receipt}"
        receipts.append(receipt)
    return receipts


def _part_of(rows: pl.Series, starts: NDArray[np.int64]) -> pl.Series:
    """For each row number the place of the part it belongs to."""
    return pl.Series("part", np.searchsorted(starts, rows.to_numpy(), side="right") - 1, dtype=pl.Int64)


def _levels(touched: Mapping[tuple[str, str], int], name: str) -> pl.DataFrame:
    return pl.DataFrame(
        [(show, thing, reserved) for (show, thing), reserved in sorted(touched.items())],
        schema={"show_id": pl.String, name: pl.String, "reserved": pl.Int64},
        orient="row",
    )
