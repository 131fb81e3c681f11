"""Which row belongs to which request, and how did each request's rows end? The bookkeeping of a group of requests.

Rows are numbered through the whole group; a part is one request's stretch of those numbers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from engine.intake.assemble import OrderBatch
from engine.model.states import OrderStatus, RowEnd
from engine.orders.admission import Decisions
from engine.usecases.orders.intake_desk import IntakeReceipt

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


def part_of(rows: pl.Series, parts: Sequence[Part]) -> pl.Series:
    """For each row number the place of the part it belongs to."""
    starts = np.array([part.first for part in parts])
    return pl.Series("part", np.searchsorted(starts, rows.to_numpy(), side="right") - 1, dtype=pl.Int64)


def receipts_of(
    orders: pl.DataFrame,
    decided: Decisions,
    batch: OrderBatch,
    faults: pl.DataFrame,
    changed: Mapping[str, bool],
    parts: Sequence[Part],
) -> list[IntakeReceipt]:
    """Counts of rows by ending and of orders by outcome, a part each; asserts that every row has ended once.

    `faults`: row, order_id, fault, part, rows (source rows it stands for), fresh (False: it waits already).
    `changed`: orders already known to whom a repeated row brought news, and whether it moved them.
    """
    n = len(parts)
    rows_of: Counter[tuple[int, str]] = Counter()
    orders_of: Counter[tuple[int, str | None]] = Counter()
    news = [0] * n
    columns = (part_of(orders["row"], parts), orders["rows"], orders["order_id"], *decided.frame["end", "outcome"])
    for place, rows, order_id, end, outcome in zip(*(column.to_list() for column in columns), strict=True):
        rows_of[place, end] += rows
        orders_of[place, outcome] += 1
        if end == RowEnd.DUPLICATE and changed.get(order_id):
            news[place] += rows
    duplicate = np.array([rows_of[place, RowEnd.DUPLICATE] for place in range(n)])
    duplicate += np.bincount(part_of(batch.duplicates["row"], parts).to_numpy(), minlength=n)
    quarantined = np.zeros(n, dtype=np.int64)
    for part, weight, fresh in faults.select("part", "rows", "fresh").iter_rows():
        (quarantined if fresh else duplicate)[part] += weight
    shown: dict[int, list[dict[str, Any]]] = {}
    for fault in faults.select("part", "row", "order_id", "fault").iter_rows(named=True):
        shown.setdefault(fault.pop("part"), []).append(fault)
    receipts = []
    for i, part in enumerate(parts):
        receipt = IntakeReceipt(
            batch_id=part.batch_id,
            read=part.read,
            accepted=rows_of[i, RowEnd.ACCEPTED],
            duplicate=int(duplicate[i]),
            unpaid=rows_of[i, RowEnd.UNPAID],
            quarantined=int(quarantined[i]),
            changed=news[i],
            reserved=orders_of[i, OrderStatus.RESERVED],
            held=orders_of[i, OrderStatus.HELD],
            sold_out=orders_of[i, OrderStatus.SOLD_OUT],
            faults=tuple(shown.get(i, [])[:FAULTS_SHOWN]),
        )
        ended = receipt.accepted + receipt.duplicate + receipt.unpaid + receipt.quarantined
        assert ended == part.read, f"{part.read} rows read, {ended} ended: {receipt}"
        receipts.append(receipt)
    return receipts
