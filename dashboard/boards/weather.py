"""What the page of weather and hubs needs to know: how hubs stand, what weather is coming, and who tells it."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.store.database import Database
from engine.store.screens import weather as weather_screens


@dataclass(frozen=True, slots=True)
class WeatherBoard:
    """Frames of views/28_weather.sql."""

    stamp: Stamp
    hubs: pl.DataFrame
    ahead: pl.DataFrame
    sources: pl.DataFrame


def weather(database: Database, as_of: datetime) -> WeatherBoard:
    """Ask everything the page shows."""
    return WeatherBoard(
        stamp=stamp(database, as_of),
        hubs=weather_screens.hub_board(database, as_of),
        ahead=weather_screens.weather_ahead(database, as_of),
        sources=weather_screens.weather_sources(database),
    )
