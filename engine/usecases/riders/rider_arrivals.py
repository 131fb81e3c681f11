"""When riders reach their open stops, from where they are now. Asked anew each time: a position moves all."""

from datetime import datetime

import polars as pl

from engine.logistics.courier_policy import CourierPolicy
from engine.logistics.eta import STOPS, arrivals
from engine.store.database import Database
from engine.store.screens import maps as map_screens


def rider_arrivals(database: Database, policy: CourierPolicy, *, city: str | None, now: datetime) -> pl.DataFrame:
    """Open stops of the riders of a city (None: all) with `km`, `eta`, `late`, `place`, `parcel_id`, in tour order."""
    stops = map_screens.rider_stops(database, city)
    timed = arrivals(stops.select(list(STOPS)), policy.speed, policy.eta, now=now)
    return timed.join(stops.select("task_id", "place", "parcel_id"), on="task_id", how="left", maintain_order="left")
