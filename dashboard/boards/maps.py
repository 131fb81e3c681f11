"""What the courier map's page needs beside the layers: which cities there are, figures, and who arrives when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.store.database import Database
from engine.store.screens import maps as map_screens
from engine.usecases.riders.courier_policy import load_courier_policy
from engine.usecases.riders.rider_arrivals import rider_arrivals


@dataclass(frozen=True, slots=True)
class CityMap:
    """One city: its riders, and their open stops in tour order with `eta` and `late`."""

    stamp: Stamp
    riders: pl.DataFrame
    stops: pl.DataFrame
    silent_minutes: float


@dataclass(frozen=True, slots=True)
class NationMap:
    """The country: lanes of live parcels, and riders in all."""

    stamp: Stamp
    lanes: pl.DataFrame
    riders: dict[str, Any]


def city_map(database: Database, as_of: datetime, city: str) -> CityMap:
    """Ask everything the city's panel shows."""
    policy = load_courier_policy()
    return CityMap(
        stamp=stamp(database, as_of),
        riders=map_screens.riders(database, city),
        stops=rider_arrivals(database, policy, city=city, now=as_of),
        silent_minutes=policy.map.silent_minutes,
    )


def nation_map(database: Database, as_of: datetime) -> NationMap:
    """Ask everything the country's panel shows."""
    policy = load_courier_policy()
    since = as_of - timedelta(minutes=policy.map.silent_minutes)
    return NationMap(
        stamp=stamp(database, as_of),
        lanes=map_screens.lanes(database, policy.map.late_chance),
        riders=map_screens.rider_totals(database, since).row(0, named=True),
    )
