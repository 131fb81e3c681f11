"""The questions about parcels on their way: one function a view of views/12_tracking.sql."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.tracking import SHAPES


def _asked(database: Database, view: str, *, clause: str = "", arguments: str = "", **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments} {clause}", bound or None), SHAPES[view])


def stage_counts(database: Database, as_of: datetime) -> pl.DataFrame:
    """Parcels by carrier and stage, those without a waybill as `planned`."""
    clause = "ORDER BY carrier, stage"
    return _asked(database, "stage_counts", arguments="($as_of)", clause=clause, as_of=as_of)


def leg_durations(database: Database) -> pl.DataFrame:
    """Median and ninth decile of each leg, in hours, of the parcels that had news lately; hours lost in it."""
    return _asked(database, "leg_durations", clause="ORDER BY leg")


def silent_parcels(database: Database, as_of: datetime, *, limit: int = 200) -> pl.DataFrame:
    """Parcels under way without news for the longest time, the oldest first."""
    return _asked(database, "silent_parcels", arguments="($as_of, $limit)", as_of=as_of, limit=limit)


def tracking_feeds(database: Database, as_of: datetime) -> pl.DataFrame:
    """Events by provider, and how late they come."""
    return _asked(database, "tracking_feeds", arguments="($as_of)", clause="ORDER BY provider", as_of=as_of)


def unknown_codes(database: Database, known: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Codes that are not among the `known` (provider, code), the most frequent first."""
    providers, codes = zip(*known, strict=True)
    return _asked(
        database,
        "unknown_codes",
        arguments="($providers::VARCHAR[], $codes::VARCHAR[])",
        clause="ORDER BY events DESC, provider, raw_code",
        providers=list(providers),
        codes=list(codes),
    )


def order_tracking(database: Database, order_id: str) -> pl.DataFrame:
    """What carriers told of an order's parcels, the newest first."""
    clause = "ORDER BY parcel_id, event_time DESC, ingest_time DESC"
    return _asked(database, "order_tracking", arguments="($order_id)", clause=clause, order_id=order_id)
