"""The questions about actions: one function a view of views/25_actions.sql."""

from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.actions import SHAPES


def _asked(database: Database, view: str, *, clause: str = "", arguments: str = "", **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments} {clause}", bound or None), SHAPES[view])


def open_actions(database: Database, *, limit: int = 50) -> pl.DataFrame:
    """What waits for a person, what runs out first first."""
    return _asked(database, "open_actions", clause="LIMIT $limit", limit=limit)


def decided_actions(database: Database, *, limit: int = 200) -> pl.DataFrame:
    """What was decided, the newest first."""
    return _asked(database, "decided_actions", clause="LIMIT $limit", limit=limit)


def action_totals(database: Database, as_of: datetime) -> pl.DataFrame:
    """One row: what waits, what was done in 24 hours, what the outcomes say."""
    return _asked(database, "action_totals", arguments="($as_of)", as_of=as_of)


def actionable(database: Database) -> pl.DataFrame:
    """Everything that an action can be about, with its names."""
    return _asked(database, "actionable")


def open_intercepts(database: Database, *, carrier: str | None = None, limit: int = 1000) -> pl.DataFrame:
    """Parcels that carriers (or one of them) are asked to bring back, the oldest request first."""
    clause = "WHERE ($carrier IS NULL OR carrier = $carrier) LIMIT $limit"
    return _asked(database, "open_intercepts", clause=clause, carrier=carrier, limit=limit)
