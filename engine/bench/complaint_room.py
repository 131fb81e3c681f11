"""A room with four weeks of parcels at the door and 100,000 tickets about them, written straight into its tables.

Also parcels of lots that have just come to the door and that nobody has complained about yet. The state is plausible,
not decided by the gate: only what the watch over complaints reads is made.
"""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from engine.bench.bench_room import bench_brand, open_workplace
from engine.model.tickets import DESK_OF, Complaint
from engine.store import tables
from engine.store.database import Database

DAYS, WEEKS = 28, 4
UNITS, PARCELS_A_TICKET = 14, 1.2
"""Units of one article in a parcel; so that 6 % of units are complained of, as in the worlds of bench batches."""
BAD_LOTS, BAD_PARCELS = 6, 60
SEED = 20261125
CITIES = ("310104", "440106", "330106", "110105", "320106", "420106", "510107", "370102")
KINDS = tuple(kind.value for kind in Complaint)
SHARES = (0.25, 0.2, 0.08, 0.2, 0.27)


def fill_complaints(path: Path, *, tickets: int, as_of: datetime) -> pl.DataFrame:
    """A new room in that file. Returns the parcels of the bad lots: sku, lot, order_no; BAD_PARCELS of each."""
    work = open_workplace(path, bench_brand(tickets))
    try:
        chance = np.random.default_rng(SEED)
        parcels = _parcels(work.database, chance, round(PARCELS_A_TICKET * tickets), as_of)
        _deliver(work.database, parcels)
        _complain(work.database, chance, parcels.filter(~pl.col("bad")), tickets, as_of)
    finally:
        work.database.close()
    return parcels.filter("bad").select("sku", "lot", "order_no")


def _parcels(database: Database, chance: np.random.Generator, count: int, as_of: datetime) -> pl.DataFrame:
    """One article each: its lots follow each other by the week; a bad lot came in the last two days."""
    names = {name: database.read(f"SELECT {name} FROM {name}s ORDER BY 1")[name] for name in ("sku", "node", "carrier")}
    bad = np.arange(count) < BAD_LOTS * BAD_PARCELS
    ago = np.where(bad, chance.uniform(0.2, 2, count), chance.uniform(0, DAYS, count))
    which = np.where(bad, np.arange(count) % BAD_LOTS, chance.integers(0, len(names["sku"]), count))
    week = pl.Series(np.where(bad, "bad", (ago // (DAYS / WEEKS)).astype(int).astype(str)))
    sku = names["sku"].gather(which)
    signed = pl.lit(as_of) - pl.duration(microseconds=pl.lit(pl.Series((ago * 8.64e10).astype(np.int64))))
    return pl.select(
        order_no=pl.format("8{}", pl.int_range(count).cast(pl.String).str.zfill(11)),
        sku=sku, lot=sku + "-W" + week, bad=pl.Series(bad),
        node=names["node"].gather(chance.integers(0, len(names["node"]), count)),
        carrier=names["carrier"].gather(chance.integers(0, len(names["carrier"]), count)),
        adcode=pl.Series(CITIES).gather(chance.integers(0, len(CITIES), count)),
        signed_at=signed.dt.cast_time_unit("us"),
    ).with_columns(
        order_id="douyin:" + pl.col("order_no"), parcel_id="P" + pl.col("order_no"),
        waybill_no="YT" + pl.col("order_no"), buyer=pl.format("王** {}", "order_no"),
        left_at=pl.col("signed_at") - timedelta(days=2),
    )  # fmt: skip


def _deliver(database: Database, parcels: pl.DataFrame) -> None:
    zero = pl.lit(0, dtype=pl.Int64)
    with database.transaction(actor="bench", verb="deliver") as tx:
        tx.append(
            tables.orders,
            parcels.select(
                "order_id", "order_no", "buyer", "adcode", platform=pl.lit("douyin"), show_id=pl.lit("bench"),
                province=pl.lit("上海市"), city=pl.lit("上海市"), created_at="left_at", paid_at="left_at",
                promise_at="signed_at", amount_cents=zero + 2990, units=zero + UNITS, list_cents=zero, rows=zero + 1,
                fingerprint=zero, received_at="left_at", arrival=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
                outcome=pl.lit("reserved"), reason=pl.lit("[]"), status=pl.lit("allocated"), status_at="left_at",
            ),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.order_lines,  # a ticket is about the lines of its order
            parcels.select("order_id", "sku", sold_sku="sku", line_no=pl.lit(1, dtype=pl.Int32),
                           sold_qty=pl.lit(UNITS, dtype=pl.Int32), qty=pl.lit(UNITS, dtype=pl.Int32),
                           amount_cents=zero + 2990),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.parcels,
            parcels.select("parcel_id", "node", "carrier", layer=pl.lit("ambient"), kg=pl.lit(5.0),
                           cost_cents=zero + 900, planned_at="left_at", status=pl.lit("planned")),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.allocations,
            parcels.select("order_id", "parcel_id", "sku", "node", "lot", "carrier", qty=zero + UNITS),
            stamp=True,
        )
        tx.append(
            tables.waybills,
            parcels.select("parcel_id", "waybill_no", uploaded_at="left_at", picked_up_at="left_at",
                           ingest_time="left_at"),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.parcel_tracks,
            parcels.select("waybill_no", "parcel_id", "signed_at", stage=pl.lit("signed"), stage_at="signed_at",
                           picked_up_at="left_at", last_scan_at="signed_at", events=zero + 1),
            stamp=True,
        )  # fmt: skip


def _complain(
    database: Database, chance: np.random.Generator, parcels: pl.DataFrame, count: int, as_of: datetime
) -> None:
    """Tickets of past weeks, labelled, each some hours or days after the parcel, none after now."""
    late = (chance.exponential(1.5, parcels.height) * 8.64e10).astype(np.int64)
    kind = chance.choice(len(KINDS), parcels.height, p=SHARES)
    desks = pl.Series([DESK_OF[Complaint(name)].value for name in KINDS])
    told = (
        parcels.with_columns(
            asked_at=pl.col("signed_at") + pl.duration(microseconds=pl.lit(pl.Series(late))),
            complaint=pl.Series(KINDS).gather(kind), desk=desks.gather(kind),
        )
        .filter(pl.col("asked_at") < as_of)
        .sample(count, seed=SEED)
        .sort("asked_at")
        .with_columns(
            ticket_no=pl.format("A{}", pl.int_range(pl.len())), platform=pl.lit("douyin"),
            labelled_by=pl.lit("classifier"), confidence=pl.lit(0.95),
        )
        .with_columns(ticket_id=pl.concat_str("platform", "ticket_no", separator=":"))
    )  # fmt: skip
    with database.transaction(actor="bench", verb="complain") as tx:
        tx.append(
            tables.tickets,
            told.select(
                "ticket_id", "platform", "ticket_no", "order_id", "buyer", "asked_at", "complaint", "confidence",
                "labelled_by", "desk", claim=pl.lit("refund"), said=pl.lit("见图"), ingest_time="asked_at",
                state=pl.lit("resolved"), state_at="asked_at",
            ),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.ticket_goods,
            told.select("ticket_id", "order_id", "sku", "lot", "parcel_id", "node", "carrier", region="adcode",
                        piece=pl.lit(1, dtype=pl.Int64), qty=pl.lit(UNITS, dtype=pl.Int64)),
            stamp=True,
        )  # fmt: skip
        tx.append(
            tables.ticket_labels,
            told.select("ticket_id", "complaint", "confidence", "labelled_by", at="asked_at", model=pl.lit("bench"),
                        evidence=pl.lit("[]"), actor=pl.lit("bench")),
            stamp=True,
        )  # fmt: skip
