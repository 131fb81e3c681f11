"""Parcels on their way, written straight into the tables: whole weeks of carrying, without a show to bring them.

Only what tracking needs: each parcel holds one order of one unit. Nothing here passes `verify` of stock and pools.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.database import Database
from tests.worlds import OPENING

_TIMES = ("planned_at", "promise_at", "uploaded_at", "picked_up_at", "first_hub_at", "arrived_at", "signed_at",
          "last_scan_at")  # fmt: skip
_WORDS = ("parcel_id", "node", "carrier", "destination", "stage", "last_place", "trouble")


def way(
    number: int | str,
    *,
    carrier: str = "FAST",
    node: str = "WH",
    destination: str = "310104",
    planned_at: datetime = OPENING,
    hours: Sequence[float | None] = (2, 6, 10, 24, 30),
    stage: str | None = None,
    place: str | None = None,
    trouble: str | None = None,
    promise_hours: float = 48,
) -> dict[str, Any]:
    """One parcel. `hours`: from the plan to waybill, pick-up, first hub, city, signature; None from where it has not
    come. Its stage follows unless given."""
    steps = [*hours, *[None] * (5 - len(hours))]
    at = [None if h is None else planned_at + timedelta(hours=h) for h in steps]
    reached = sum(moment is not None for moment in at)
    return {
        "parcel_id": f"P{number}", "node": node, "carrier": carrier, "destination": destination,
        "planned_at": planned_at, "promise_at": planned_at + timedelta(hours=promise_hours),
        **dict(zip(("uploaded_at", "picked_up_at", "first_hub_at", "arrived_at", "signed_at"), at, strict=True)),
        "last_scan_at": max((moment for moment in at[1:] if moment is not None), default=None),
        "stage": stage or ("", "labelled", "picked_up", "in_transit", "arrived", "signed")[reached] or None,
        "last_place": place, "trouble": trouble,
    }  # fmt: skip


def carry(database: Database, ways: Sequence[dict[str, Any]], *, sku: str = "RICE") -> None:
    """Put the parcels into the room, each with its order, waybill, track and the trouble it told of."""
    schema = {**dict.fromkeys(_WORDS, pl.String), **dict.fromkeys(_TIMES, INSTANT)}
    made = pl.DataFrame(list(ways), schema=schema).with_columns(
        order_id="douyin:" + pl.col("parcel_id"), waybill_no="W" + pl.col("parcel_id")
    )
    zero = pl.lit(0, dtype=pl.Int64)
    labelled = made.filter(pl.col("uploaded_at").is_not_null())
    told = labelled.filter(pl.col("trouble").is_not_null())
    with database.transaction(actor="test", verb="carry") as tx:
        tx.append(
            tables.orders,
            made.select(
                "order_id", "promise_at", platform=pl.lit("douyin"), order_no="parcel_id", show_id=pl.lit("night"),
                buyer=pl.lit("王** 138****0000"), province=pl.lit("上海市"), city=pl.lit("上海市"),
                adcode="destination", created_at="planned_at", paid_at="planned_at", amount_cents=zero + 2990,
                units=zero + 1, list_cents=zero, rows=zero + 1, fingerprint=zero, received_at="planned_at",
                arrival=pl.int_range(1, pl.len() + 1, dtype=pl.Int64), outcome=pl.lit("reserved"),
                reason=pl.lit("[]"), status=pl.lit("allocated"), status_at="planned_at",
            ),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.parcels,
            made.select(
                "parcel_id", "node", "carrier", "planned_at", layer=pl.lit("ambient"), kg=pl.lit(5.0),
                cost_cents=zero + 900, status=pl.lit("planned"),
            ),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.allocations,
            made.select("order_id", "parcel_id", "node", "carrier", sku=pl.lit(sku), qty=zero + 1,
                        lot=pl.lit(f"{sku}-1")),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.order_lines,
            made.select(
                "order_id", line_no=pl.lit(1, dtype=pl.Int32), sold_sku=pl.lit(sku), sku=pl.lit(sku),
                sold_qty=pl.lit(1, dtype=pl.Int32), qty=pl.lit(1, dtype=pl.Int32), amount_cents=zero + 2990,
            ),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.waybills,
            labelled.select("parcel_id", "waybill_no", "uploaded_at", "picked_up_at", ingest_time="uploaded_at"),
            stamp=True,
        )
        tx.append(
            tables.parcel_tracks,
            labelled.select(
                "waybill_no", "parcel_id", "stage", "picked_up_at", "first_hub_at", "arrived_at", "signed_at",
                "last_scan_at", "last_place", stage_at=pl.coalesce("last_scan_at", "uploaded_at"), events=zero + 1,
            ),
            stamp=True,
        )  # fmt: skip
        at = pl.coalesce("last_scan_at", "uploaded_at")
        tx.append(
            tables.tracking_events,
            told.select(
                "waybill_no", "trouble", event_key="waybill_no", provider=pl.lit("canonical"),
                scan=pl.lit("exception"), raw_code=pl.lit("x"), event_time=at, ingest_time=at, said=pl.lit("坏了"),
            ),
            stamp=True,
        )  # fmt: skip
