"""Arrivals of the reference model as the frames that the gate takes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import polars as pl

from engine.model.frames import LINES, ORDERS, conform
from engine.orders.admission import Decisions
from tests.reference.reservation import Arrival, Ending

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(microseconds: int | None) -> datetime | None:
    """An instant from microseconds since 1970."""
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


def order_frame(arrivals: Sequence[Arrival]) -> pl.DataFrame:
    """frames.ORDERS, in the order given."""
    rows: list[dict[str, Any]] = [
        {
            "order_id": a.order_id,
            "platform": a.order_id.partition(":")[0],
            "order_no": a.order_id.partition(":")[2],
            "show_id": a.show,
            "anchor": None,
            "buyer": a.buyer,
            "province": a.province,
            "city": a.city,
            "district": a.district,
            "street": a.street,
            "address": a.address,
            "adcode": "310000",
            "created_at": at(a.created_us),
            "paid_at": at(a.paid_us),
            "promise_at": at(a.paid_us),
            "amount_cents": a.amount_cents,
            "list_cents": a.list_cents,
            "units": a.units,
            "fate": a.fate,
            "fingerprint": a.fingerprint,
            "rows": 1,
            "row": row,
        }
        for row, a in enumerate(arrivals, 1)
    ]
    return conform(pl.DataFrame(rows, schema=dict(ORDERS), orient="row"), ORDERS)


def line_frame(arrivals: Sequence[Arrival]) -> pl.DataFrame:
    """frames.LINES of the same."""
    rows = [
        (a.order_id, number, sku, units, None, sku, units, 0)
        for a in arrivals
        for number, (sku, units) in enumerate(a.lines, 1)
    ]
    return conform(pl.DataFrame(rows, schema=dict(LINES), orient="row"), LINES)


def endings(decisions: Decisions) -> list[Ending]:
    """What the gate decided, in the reference model's words."""
    return [
        Ending(end, outcome, tuple(entry["rule"] for entry in orjson.loads(reason)))
        for end, outcome, reason in decisions.frame.select("end", "outcome", "reason").iter_rows()
    ]
