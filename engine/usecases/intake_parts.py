"""Which row belongs to which request, and how did each request's rows end? The bookkeeping of a group of requests.

Rows are numbered through the whole group; a part is one request's stretch of those numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.intake.assemble import OrderBatch
from engine.model.states import OrderStatus, RowEnd
from engine.orders.admission import Decisions
from engine.usecases.intake_desk import IntakeReceipt

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
    place = part_of(orders["row"], parts).to_numpy()
    rows = orders["rows"].to_numpy()
    end, outcome = decided.frame["end"], decided.frame["outcome"]

    def count(mask: pl.Series, weights: NDArray[np.int64] | None = None) -> list[int]:
        chosen = mask.fill_null(value=False).to_numpy()
        weighed = rows if weights is None else weights
        return [int(total) for total in np.bincount(place[chosen], weights=weighed[chosen], minlength=n)]

    ones = np.ones_like(rows)
    accepted, unpaid = count(end == RowEnd.ACCEPTED), count(end == RowEnd.UNPAID)
    duplicate = np.array(count(end == RowEnd.DUPLICATE))
    duplicate += np.bincount(part_of(batch.duplicates["row"], parts).to_numpy(), minlength=n)
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
