"""Low ratings of the last weeks, each laid to the part of the way that failed, with what that part was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.aftersales.low_ratings import LEGS, Traced, trace
from engine.model.tickets import Complaint
from engine.store.database import Database
from engine.store.screens import returns as returns_screens
from engine.store.screens import tracking as tracking_screens
from engine.usecases.making_good.returns_policy import returns_policy


@dataclass(frozen=True, slots=True)
class TracedRating:
    """A row of SHAPES["low_ratings"] and what failed."""

    row: Mapping[str, Any]
    traced: Traced


def trace_ratings(database: Database, *, now: datetime) -> tuple[TracedRating, ...]:
    """The newest first. Usual hours are those of the parcels that had news lately."""
    policy = returns_policy()
    rows = returns_screens.low_ratings(database, now - timedelta(days=policy.look.window_days), most=policy.rating.low)
    if rows.is_empty():
        return ()
    legs = tracking_screens.leg_durations(database)
    usual = dict(legs.select("leg", "p90_hours").drop_nulls().iter_rows())
    names = {*(name for start, end, _ in LEGS.values() for name in (start, end)), "promise_at"}
    return tuple(
        TracedRating(
            row,
            trace(
                {name: row[name] for name in names},
                None if row["complaint"] is None else Complaint(row["complaint"]),
                usual,
            ),
        )
        for row in rows.iter_rows(named=True)
    )
