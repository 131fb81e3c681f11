"""How many tracking events a second does the room take in and reflect in stages, beside the plain append of the rows?

One event in ten is told twice and one in twenty comes hours late. The figures count only if the invariants of tracking
hold afterwards. The waybills are known before; their parcels hold no orders, which tracking reads for a warning alone.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from engine.bench.bench_room import bench_brand, open_workplace
from engine.bench.measure import BenchFailed, Round, machine, percentile
from engine.clock import utc_now
from engine.intake.tracking_report import TrackingReport
from engine.model.frames import conform
from engine.model.tracking import TRACKING_EVENTS, Provider, Scan
from engine.store import tables
from engine.store.database import Database
from engine.usecases.road.track import track
from engine.usecases.road.tracks import refresh_tracks
from engine.usecases.room.verify import questions
from engine.usecases.room.workplace import Workplace

A_WAY = (
    (Scan.PICKED_UP, "103", 3), (Scan.HUB_IN, "0", 8), (Scan.HUB_OUT, "1002", 11), (Scan.HUB_IN, "0", 24),
    (Scan.HUB_OUT, "1002", 28), (Scan.ARRIVED_CITY, "1001", 40), (Scan.OUT_FOR_DELIVERY, "5", 45),
    (Scan.LOCKER, "501", 48), (Scan.SIGNED, "304", 60), (Scan.NOTE, "777", 61),
)  # fmt: skip
"""Scan, code and usual hours after the upload of each event of a parcel."""

BATCHES = (20_000, 200_000)
"""Events a commit: the most that one request may bring (data/settings.toml), and a large piece."""

GOAL = 0.2
"""Of the plain append's rate."""

SEED = 20261111
DAYS_AGO = 9
"""When the parcels were sent: so long ago that no event lies in the future."""

CHECKS = ("tracks_follow_from_facts", "retractions_are_of_events", "carriers_scan_reaches_the_waybill")


def run_tracking(*, events: int, say: Callable[[str], None]) -> dict[str, Any]:
    """The whole benchmark as one JSON-ready dict. Raises BenchFailed where stages were wrong."""
    result: dict[str, Any] = {"bench": "tracking", "machine": machine(), "events": events, "batches": {}}
    told = told_events(events)
    for size in BATCHES:
        with tempfile.TemporaryDirectory(prefix="bench") as name:
            say(f"{events:,} events, {size:,} a commit ...")
            figures = _measured(Path(name), told, events, size)
        result["batches"][str(size)] = figures
        say(f"  {figures['events_per_second']:,} events/s, {figures['of_the_append']} of the plain append")
    result["goals"] = {
        f"at least {GOAL} of the plain append": all(f["of_the_append"] >= GOAL for f in result["batches"].values())
    }
    return result


def told_events(events: int) -> pl.DataFrame:
    """TRACKING_EVENTS in the order in which they come in, repeats included; `events` of them differ."""
    luck = np.random.default_rng(SEED)
    parcels = max(events // len(A_WAY), 1)
    start = utc_now() - timedelta(days=DAYS_AGO)
    frame = pl.DataFrame(
        {
            "waybill_no": [f"YT{n:010d}" for n in range(parcels)],
            "sent": luck.uniform(0, 48, parcels),
            "pace": luck.uniform(0.5, 2.0, parcels),
        }
    ).join(pl.DataFrame(A_WAY, schema=["scan", "raw_code", "hours"], orient="row"), how="cross")
    late = np.where(luck.random(frame.height) < 0.05, luck.uniform(0, 12, frame.height), 0.0)
    at = pl.col("sent") + pl.col("hours") * pl.col("pace")
    frame = frame.with_columns(
        event_time=pl.lit(start).dt.cast_time_unit("us") + pl.duration(seconds=(at * 3600).round()),
        comes=at + pl.Series(late),
        provider=pl.lit(Provider.CANONICAL.value),  # single events: no whole history takes anything back
        place=pl.lit("杭州转运中心"),
        adcode=pl.lit("330100"),
        said=pl.format("快件到达【杭州转运中心】, 扫描员 13812345678, {}", "raw_code"),
        trouble=pl.lit(None, dtype=pl.String),
        lon=pl.lit(None, dtype=pl.Float64),
        lat=pl.lit(None, dtype=pl.Float64),
    )
    again = frame.sample(fraction=0.1, seed=SEED).with_columns(pl.col("comes") + 1)
    return conform(pl.concat([frame, again]).sort("comes", "waybill_no", "raw_code"), TRACKING_EVENTS)


def _measured(directory: Path, told: pl.DataFrame, events: int, size: int) -> dict[str, Any]:
    work = open_workplace(directory / "room.duckdb", bench_brand(1_000))
    try:
        _upload(work, told)
        made = _taken_in(work, told, size)
        _check(work.database, events)
        stored = work.database.read("FROM tracking_events ORDER BY version, event_time, event_key")
    finally:
        work.database.close()
    limit = _append(directory, stored, size)
    rate, plain = stored.height / made.seconds, stored.height / limit.seconds
    return {
        "told": told.height,
        "stored": stored.height,
        "seconds": round(made.seconds, 2),
        "events_per_second": round(rate),
        "batch_ms_p50": round(percentile(made.batch_ms, 0.5), 1),
        "batch_ms_p99": round(percentile(made.batch_ms, 0.99), 1),
        "append_per_second": round(plain),
        "of_the_append": round(rate / plain, 3),
    }


def _upload(work: Workplace, told: pl.DataFrame) -> None:
    """A labelled track for every waybill."""
    at = utc_now() - timedelta(days=DAYS_AGO + 1)
    numbers = told.select("waybill_no").unique(maintain_order=True)
    with work.database.transaction(actor="bench", verb="record_waybills") as tx:
        tx.append(
            tables.waybills,
            numbers.select(
                "waybill_no",
                parcel_id=pl.format("P{}", "waybill_no"),
                uploaded_at=pl.lit(at).dt.cast_time_unit("us"),
                ingest_time=pl.lit(at).dt.cast_time_unit("us"),
            ),
            stamp=True,
        )
        refresh_tracks(tx, numbers)


def _taken_in(work: Workplace, told: pl.DataFrame, size: int) -> Round:
    batch_ms: list[float] = []
    began = time.perf_counter()
    for first in range(0, told.height, size):
        start = time.perf_counter()
        piece = told.slice(first, size)
        track(work, TrackingReport(Provider.CANONICAL, piece.height, events=piece), actor="bench")
        batch_ms.append((time.perf_counter() - start) * 1000)
    return Round(time.perf_counter() - began, tuple(batch_ms))


def _check(database: Database, events: int) -> None:
    signed = database.read("SELECT count(*) FROM parcel_tracks WHERE stage = 'signed'").item()
    if signed != max(events // len(A_WAY), 1):
        raise BenchFailed(f"{signed} parcels are signed for, not {events // len(A_WAY)}.")
    for name in CHECKS:
        found = database.read(questions()[name][1])
        if found.height:
            raise BenchFailed(f"{name}: {found.height} breaches, first {found['example'][0]}.")


def _append(directory: Path, stored: pl.DataFrame, size: int) -> Round:
    """The same rows, appended by DuckDB alone into the same table with its key, in commits of the same size."""
    path = directory / "limit.duckdb"
    Database.open(f"duckdb:///{path}").close()  # creates the tables
    pieces = [stored.slice(first, size).to_arrow() for first in range(0, stored.height, size)]
    batch_ms: list[float] = []
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET checkpoint_threshold = '256MB'")
        began = time.perf_counter()
        for piece in pieces:
            start = time.perf_counter()
            connection.execute("BEGIN")
            connection.from_arrow(piece).insert_into("tracking_events")
            connection.execute("COMMIT")
            batch_ms.append((time.perf_counter() - start) * 1000)
        return Round(time.perf_counter() - began, tuple(batch_ms))
