"""The words of weather and hubs: what an hour of weather is, how a hub can stand, and the frames that carry both."""

from enum import StrEnum

import polars as pl

from engine.model.frames import INSTANT, Contract


class WeatherKind(StrEnum):
    """How a row of weather is known."""

    FORECAST = "forecast"
    OBSERVED = "observed"


class HubCondition(StrEnum):
    """How a hub stands, from well to worst."""

    CLEAR = "clear"
    BUSY = "busy"
    CONGESTED = "congested"
    CLOSED = "closed"


WEATHER: Contract = {
    # One hour at one place, as one source told it at one moment. A value that was not told is null.
    "place": pl.String,  # adcode of a city (410100) or of a whole province (410000)
    "valid_at": INSTANT,  # the end of the hour that sums are of
    "issued_at": INSTANT,  # from then on anybody could know it
    "kind": pl.String,  # WeatherKind
    "precipitation_mm": pl.Float64,  # rain and melted snow of the hour
    "snowfall_cm": pl.Float64,
    "wind_kmh": pl.Float64,  # at 10 m
    "celsius": pl.Float64,
    "code": pl.Int64,  # WMO 4677 as Open-Meteo uses it
    "source": pl.String,  # who told: open-meteo, csv, api, demo, ...
}
VALUES = ("precipitation_mm", "snowfall_cm", "wind_kmh", "celsius", "code")

HUB_STATES: Contract = {
    # How a hub stands from one moment to another, as somebody said it. The last word on a hub counts.
    "hub": pl.String,  # adcode of its city
    "name": pl.String,  # as people call it
    "condition": pl.String,  # HubCondition
    "begins_at": INSTANT,
    "ends_at": INSTANT,  # null: until somebody says otherwise, at most the policy's hub_hours
    "backlog_hours": pl.Float64,  # work that lies there; null: nobody counted
    "said_by": pl.String,
    "source": pl.String,
}
