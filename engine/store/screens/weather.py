"""The questions about weather, hubs and drift: one function a view of views/28_weather.sql."""

from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.weather import SHAPES


def _asked(database: Database, view: str, *, clause: str = "", arguments: str = "", **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments} {clause}", bound or None), SHAPES[view])


def places_in_use(database: Database, as_of: datetime, *, most: int) -> pl.DataFrame:
    """Cities whose weather the room wants, those with most parcels first."""
    return _asked(database, "places_in_use", arguments="($as_of)", clause="LIMIT $most", as_of=as_of, most=most)


def weather_told(database: Database, since: datetime) -> pl.DataFrame:
    """All that was told of the hours after `since`."""
    return _asked(database, "weather_told", arguments="($since)", since=since)


def hub_sayings(database: Database) -> pl.DataFrame:
    """All that was said of hubs, the oldest first."""
    return _asked(database, "hub_sayings")


def hubs_on_the_way(database: Database, since: datetime, until: datetime) -> pl.DataFrame:
    """Cities of hubs by carrier and pair of provinces, with the share of parcels that were scanned there."""
    return _asked(database, "hubs_on_the_way", arguments="($since, $until)", since=since, until=until)


def hub_board(database: Database, as_of: datetime) -> pl.DataFrame:
    """The last word on each hub, the worst first."""
    return _asked(database, "hub_board", arguments="($as_of)", as_of=as_of)


def weather_ahead(database: Database, as_of: datetime) -> pl.DataFrame:
    """The two days to come by place, the worst first."""
    return _asked(database, "weather_ahead", arguments="($as_of)", as_of=as_of)


def weather_sources(database: Database) -> pl.DataFrame:
    """Who told the weather, and up to when."""
    return _asked(database, "weather_sources")


def delay_drift_now(database: Database) -> pl.DataFrame:
    """What the last look at the model's drift found."""
    return _asked(database, "delay_drift_now")
