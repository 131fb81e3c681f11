"""Rooms with weeks of parcels at the door and tickets about them, written straight into the tables.

One order, parcel and unit each. Nothing here passes `verify` of stock and pools.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from engine.model.tickets import DESK_OF, Complaint
from engine.store import tables
from engine.store.database import Database
from tests.batch_worlds import small_exposure

REGIONS = {"R0": "310104", "R1": "440106", "R2": "330106", "R3": "110105"}
RATE = 0.06


def parcels_at_the_door(now: datetime, *, units: int = 6, seed: int = 5) -> pl.DataFrame:
    """parcel_id, sku, lot, node, carrier, region, signed_at: two weeks until `now`, every lot every day everywhere."""
    exposure = small_exposure(units)
    rows = (
        exposure.select("day", "sku", "lot", "node", "carrier", "region").select(pl.all().repeat_by(units)).explode("*")
    )
    last = exposure["day"].max()
    chance = np.random.default_rng(seed)
    into = pl.Series(chance.integers(0, 86_400, rows.height))
    days_ago = (pl.lit(last) - pl.col("day")).dt.total_days() + 1
    return rows.select(
        pl.format("P{}", pl.int_range(pl.len())).alias("parcel_id"),
        "sku", "lot", "node", "carrier",
        pl.col("region").replace_strict(REGIONS),
        signed_at=(pl.lit(now) - pl.duration(days=days_ago) + pl.duration(seconds=into)).dt.cast_time_unit("us"),
    ).sort("signed_at")  # fmt: skip


def deliver(database: Database, parcels: pl.DataFrame, *, stage: str = "signed") -> None:
    """Put them into the room: order, parcel, allocation, waybill and track. Not signed unless `stage` says so."""
    zero = pl.lit(0, dtype=pl.Int64)
    made = parcels.with_columns(
        order_id="douyin:" + pl.col("parcel_id"), waybill_no="W" + pl.col("parcel_id"),
        left_at=pl.col("signed_at") - timedelta(days=2),
    )  # fmt: skip
    signed = pl.col("signed_at") if stage == "signed" else pl.lit(None, dtype=parcels.schema["signed_at"])
    with database.transaction(actor="test", verb="deliver") as tx:
        tx.append(
            tables.orders,
            made.select(
                "order_id", platform=pl.lit("douyin"), order_no="parcel_id", show_id=pl.lit("night"),
                buyer=pl.format("王** {}", "parcel_id"), province=pl.lit("上海市"), city=pl.lit("上海市"),
                adcode="region", created_at="left_at", paid_at="left_at", promise_at="signed_at",
                amount_cents=zero + 2990, units=zero + 1, list_cents=zero, rows=zero + 1, fingerprint=zero,
                received_at="left_at", arrival=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
                outcome=pl.lit("reserved"), reason=pl.lit("[]"), status=pl.lit("allocated"), status_at="left_at",
            ),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.parcels,
            made.select("parcel_id", "node", "carrier", layer=pl.lit("ambient"), kg=pl.lit(5.0), cost_cents=zero + 900,
                        planned_at="left_at", status=pl.lit("planned")),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.allocations,
            made.select("order_id", "parcel_id", "sku", "node", "lot", "carrier", qty=zero + 1),
            stamp=True,
        )
        if stage == "planned":
            return
        tx.append(
            tables.waybills,
            made.select(
                "parcel_id", "waybill_no", uploaded_at="left_at", picked_up_at="left_at", ingest_time="left_at"
            ),
            stamp=True,
        )
        tx.append(
            tables.parcel_tracks,
            made.select("waybill_no", "parcel_id", stage=pl.lit(stage), stage_at="left_at", picked_up_at="left_at",
                        signed_at=signed, last_scan_at="left_at", events=zero + 1),
            stamp=True,
        )  # fmt: skip


def complaints_of(parcels: pl.DataFrame, *, seed: int, rate: float = RATE) -> pl.DataFrame:
    """A share of them, complained of within a day: what `say` takes."""
    chance = np.random.default_rng(seed)
    some = parcels.filter(pl.Series(chance.random(parcels.height) < rate))
    after = pl.Series(chance.integers(0, 43_200, some.height))
    return some.with_columns(asked_at=pl.col("signed_at") + pl.duration(seconds=after)).sort("asked_at")


def say(database: Database, told: pl.DataFrame, *, kind: Complaint = Complaint.QUALITY, words: str = "坏了") -> None:
    """Tickets, one a parcel, labelled."""
    zero = pl.lit(0, dtype=pl.Int64)
    tickets = told.with_columns(ticket_id=pl.format("t{}-{}", pl.lit(kind.value), "parcel_id"))
    with database.transaction(actor="test", verb="say") as tx:
        tx.append(
            tables.tickets,
            tickets.select(
                "ticket_id", platform=pl.lit("douyin"), ticket_no="ticket_id",
                order_id="douyin:" + pl.col("parcel_id"), buyer=pl.format("王** {}", "parcel_id"),
                claim=pl.lit("words"), said=pl.lit(words), asked_at="asked_at", ingest_time="asked_at",
                complaint=pl.lit(kind.value), confidence=pl.lit(0.9), labelled_by=pl.lit("classifier"),
                desk=pl.lit(DESK_OF[kind].value), state=pl.lit("open"), state_at="asked_at",
            ),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.ticket_goods,
            tickets.select("ticket_id", "parcel_id", "sku", "lot", "node", "carrier", "region", piece=zero + 1,
                           order_id="douyin:" + pl.col("parcel_id"), qty=zero + 1),
            stamp=True,
        )  # fmt: skip
