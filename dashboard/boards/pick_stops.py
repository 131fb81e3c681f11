"""What the page of pick-stops needs to know."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.store.database import Database
from engine.store.screens import pick_stops as pick_stop_screens

MOST = 2000
"""Rows of the list; the totals count all."""


@dataclass(frozen=True, slots=True)
class PickStops:
    """`totals`: by node. `stops`: open ones first, then the newest."""

    stamp: Stamp
    totals: pl.DataFrame
    stops: pl.DataFrame


def pick_stops(database: Database, as_of: datetime) -> PickStops:
    """Ask everything that page shows."""
    return PickStops(
        stamp=stamp(database, as_of),
        totals=pick_stop_screens.pick_stop_totals(database),
        stops=pick_stop_screens.pick_stops(database, limit=MOST),
    )
