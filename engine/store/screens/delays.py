"""The questions about delays: one function a view of views/19_delays.sql."""

from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.delays import SHAPES


def _asked(database: Database, view: str, *, clause: str = "", arguments: str = "", **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments} {clause}", bound or None), SHAPES[view])


def delay_parcels(database: Database, since: datetime) -> pl.DataFrame:
    """Parcels planned after `since`, with what learning and forecasting need."""
    return _asked(database, "delay_parcels", arguments="($since)", clause="ORDER BY ordered_at, parcel_id", since=since)


def scan_gaps(database: Database, since: datetime) -> pl.DataFrame:
    """From each pick-up and hub scan after `since` to the next scan of its parcel."""
    return _asked(database, "scan_gaps", arguments="($since)", since=since)


def trained_models(database: Database) -> pl.DataFrame:
    """Every trained model, the newest first."""
    return _asked(database, "trained_models")


def forecast_totals(database: Database) -> pl.DataFrame:
    """How many forecasts stand, how old they are, and how many parcels they threaten: one row."""
    return _asked(database, "forecast_totals")


def clause_outlook(database: Database) -> pl.DataFrame:
    """What parcels under way are expected to cost, clause by clause, the dearest first."""
    return _asked(database, "clause_outlook")


def threatened_parcels(database: Database, as_of: datetime) -> pl.DataFrame:
    """The most threatened parcels that still have a day or more, at most 200."""
    return _asked(database, "threatened_parcels", arguments="($as_of)", as_of=as_of)
