"""The questions that the cold chain asks: one function a view of views/16_cold_chain.sql, and their shapes."""

from datetime import datetime

import polars as pl

from engine.model.frames import INSTANT, Contract, conform
from engine.store.database import Database

TEXT, COUNT, REAL = pl.String, pl.Int64, pl.Float64

COLD_SHAPES: dict[str, Contract] = {
    "excursions": {
        "excursion_id": TEXT, "probe_id": TEXT, "device": TEXT, "carried": TEXT, "subject": TEXT, "layer": TEXT,
        "breach": TEXT, "started_at": INSTANT, "alarm_at": INSTANT, "ended_at": INSTANT, "minutes": REAL,
        "degree_minutes": REAL, "peak": REAL, "celsius": REAL, "humidity": REAL, "newest_at": INSTANT,
        "parcels": COUNT, "orders": COUNT, "cents": COUNT,
    },
    "excursion_orders": {
        "excursion_id": TEXT, "parcel_id": TEXT, "order_id": TEXT, "order_no": TEXT, "platform": TEXT, "status": TEXT,
        "buyer": TEXT, "province": TEXT, "city": TEXT, "amount_cents": COUNT, "stage": TEXT,
    },
    "cold_probes_now": {
        "probe_id": TEXT, "device": TEXT, "carried": TEXT, "subject": TEXT, "layer": TEXT, "newest_at": INSTANT,
        "good_at": INSTANT, "celsius": REAL, "humidity": REAL, "gaps": COUNT, "standing": TEXT,
    },
    "cold_curve": {"event_time": INSTANT, "celsius": REAL, "humidity": REAL, "fault": TEXT},
}  # fmt: skip


def _asked(database: Database, view: str, *, clause: str, arguments: str, **bound: object) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments} {clause}", bound), COLD_SHAPES[view])


def excursions(database: Database, as_of: datetime, *, limit: int = 300) -> pl.DataFrame:
    """Excursions: open ones first, of those the worst; then the newest."""
    order = (
        "ORDER BY ended_at IS NULL DESC, degree_minutes * (ended_at IS NULL)::INT DESC, started_at DESC, excursion_id"
    )
    return _asked(
        database, "excursions", arguments="($as_of)", clause=f"{order} LIMIT $limit", as_of=as_of, limit=limit
    )


def excursion_orders(database: Database, as_of: datetime, excursion_id: str) -> pl.DataFrame:
    """Orders and parcels that were with one excursion."""
    clause = "WHERE excursion_id = $excursion_id ORDER BY order_id, parcel_id"
    return _asked(
        database, "excursion_orders", arguments="($as_of)", clause=clause, as_of=as_of, excursion_id=excursion_id
    )


def cold_probes_now(database: Database, as_of: datetime, gap_minutes: float) -> pl.DataFrame:
    """Every probe and how it stands, by device."""
    order = "ORDER BY device, probe_id"
    return _asked(database, "cold_probes_now", arguments="($as_of, $gap)", clause=order, as_of=as_of, gap=gap_minutes)


def cold_curve(database: Database, probe_id: str, since: datetime) -> pl.DataFrame:
    """What one probe measured since then, in order."""
    arguments = "($probe_id, $since)"
    order = "ORDER BY event_time"
    return _asked(database, "cold_curve", arguments=arguments, clause=order, probe_id=probe_id, since=since)
