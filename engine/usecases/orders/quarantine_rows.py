"""Rows that cannot be taken are kept as they came, once, with every sentence that is wrong with them."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson
import polars as pl

from engine.model.frames import FAULTS, Contract
from engine.model.states import RowEnd
from engine.orders.admission import Decisions
from engine.store import tables
from engine.store.database import as_json
from engine.store.transaction import Transaction
from engine.usecases.orders.intake_parts import Part, part_of

BARRED: Contract = {
    **FAULTS,
    "rows": pl.Int64,  # source rows it stands for
    "format": pl.String,  # of `raw`; null: the format of the request
}


def barred(
    faults: pl.DataFrame,
    orders: pl.DataFrame,
    lines: pl.DataFrame,
    decided: Decisions,
    kits: Mapping[str, tuple[tuple[str, int], ...]],
) -> pl.DataFrame:
    """All that cannot be taken (BARRED): faulty rows, and orders whose number is taken by another order."""
    rows = faults.with_columns(rows=pl.lit(1, dtype=pl.Int64), format=pl.lit(None, dtype=pl.String))
    refused = decided.frame["end"] == RowEnd.QUARANTINED
    if not refused.any():
        return rows
    reasons = decided.frame.filter(refused)["reason"].to_list()
    conflicts = []
    for order, reason in zip(orders.filter(refused).iter_rows(named=True), reasons, strict=True):
        parts = lines.filter(pl.col("order_id") == order["order_id"]).iter_rows(named=True)
        sold = [part for part in parts if part["kit"] is None or part["sku"] == kits[part["kit"]][0][0]]
        fault = "; ".join(entry["detail"] for entry in orjson.loads(reason))
        raw = as_json(_as_canonical(order, sold))
        conflicts.append((order["row"], order["order_id"], raw, fault, order["rows"], "canonical"))
    return pl.concat([rows, pl.DataFrame(conflicts, schema=dict(BARRED), orient="row")])


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


def append_quarantine(tx: Transaction, faults: pl.DataFrame, parts: Sequence[Part]) -> pl.DataFrame:
    """Store rows (BARRED) not stored before; returns them with `part` and `fresh` (False: seen before)."""
    if faults.is_empty():
        return faults.with_columns(part=pl.lit(0), row_id=pl.lit(""), fresh=pl.lit(value=False))
    part = part_of(faults["row"], parts)
    formats = pl.Series("format", [own or parts[i].format for own, i in zip(faults["format"], part, strict=True)])
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
