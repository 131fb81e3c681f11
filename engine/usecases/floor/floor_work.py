"""What work is open on the floors, and when do carriers come for it? Reads only."""

from datetime import UTC, datetime

import polars as pl

from engine.floor.pickups import timetable
from engine.floor.policy import FloorPolicy
from engine.floor.waves import Departure, departure
from engine.store.database import Database
from engine.store.screens import floor as floor_screens


def departures(
    database: Database, policy: FloorPolicy, *, now: datetime, node: str | None = None
) -> dict[tuple[str, str], Departure]:
    """(node, carrier) -> its pick-ups, of one node or of all."""
    pairs = database.read(
        "SELECT n.node, n.cutoff, c.carrier, c.hours FROM nodes n CROSS JOIN carriers c "
        "WHERE $node IS NULL OR n.node = $node ORDER BY n.node, c.carrier",
        {"node": node},
    )
    known: dict[tuple[str | None, str], Departure] = {}
    found = {}
    for place, cutoff, carrier, hours in pairs.iter_rows():
        if (cutoff, hours) not in known:  # a hundred nodes have a dozen cut-offs
            known[cutoff, hours] = departure(timetable(cutoff, hours), policy.wave, now=now)
        found[place, carrier] = known[cutoff, hours]
    return found


def area_digits(database: Database, policy: FloorPolicy) -> dict[str, int]:
    """Carrier -> digits of an adcode that make one route of it."""
    rows = database.read("SELECT carrier, max_km IS NOT NULL FROM carriers").rows()
    return {carrier: policy.area.local_digits if local else policy.area.parcel_digits for carrier, local in rows}


def open_work(database: Database, policy: FloorPolicy, *, now: datetime) -> pl.DataFrame:
    """Open work of every node by route with its promise pressure, as in SHAPES["open_work"]."""
    digits = area_digits(database, policy)
    rows = [
        (node, carrier, digits[carrier], leaving.leaves_at.astimezone(UTC), leaving.relaxed_at.astimezone(UTC))
        for (node, carrier), leaving in departures(database, policy, now=now).items()
    ]
    return floor_screens.open_work(database, rows)
