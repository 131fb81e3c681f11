"""Which bad weather did each late or punctual parcel meet? Marks for the contrast of mass delays, one a kind and end.

Of the days from the pick-up to the signature or to now, at most three, the worst counts; a parcel that still waits for
its pick-up met the weather of its node. Calm weather is no mark: it explains nothing.
"""

from datetime import datetime
from enum import StrEnum

import numpy as np
import polars as pl

from engine.logistics.contrast import MARKS, Dimension
from engine.logistics.held_up import BadWeather
from engine.logistics.known_weather import KnownWeather
from engine.logistics.off_days import beijing_days
from engine.logistics.parcel_history import Floats
from engine.model.frames import conform, empty

_DAYS = 3


class Weather(StrEnum):
    """What can be wrong with the sky, at the end where a parcel goes or comes from."""

    RAIN_THERE = "rain_there"
    SNOW_THERE = "snow_there"
    GALE_THERE = "gale_there"
    RAIN_HERE = "rain_here"
    SNOW_HERE = "snow_here"
    GALE_HERE = "gale_here"


def weather_marks(present: pl.DataFrame, known: KnownWeather, bad: BadWeather, *, now: datetime) -> pl.DataFrame:
    """MARKS of parcels (parcel_id, origin, destination, picked_up_at, signed_at)."""
    if present.is_empty() or known.days.is_empty():
        return empty(MARKS)
    moment = int(now.timestamp() * 1000)
    until = present["signed_at"].dt.epoch("ms").fill_null(moment).to_numpy()
    since = present["picked_up_at"].dt.epoch("ms").fill_null(moment).to_numpy()
    picked = present["picked_up_at"].is_not_null().to_numpy()
    first = np.maximum(beijing_days(since), beijing_days(until) - _DAYS + 1)
    moments = np.full(len(present), moment)
    worst: dict[str, Floats] = {}
    for end, column in (("there", "destination"), ("here", "origin")):
        figures = np.full((len(present), 4), -np.inf)
        for ahead in range(_DAYS):
            day = np.minimum(first + ahead, beijing_days(until))
            figures = np.fmax(figures, known.at(present[column], day, moments))
        worst[end] = figures
    limits = {"rain": (0, bad.rain_mm), "snow": (1, bad.snow_cm), "gale": (2, bad.gale_kmh)}
    parts = []
    for mark in Weather:
        kind, end = mark.value.split("_")
        column_at, limit = limits[kind]
        met = (worst[end][:, column_at] >= limit) & (picked if end == "there" else True)
        parts.append(
            present.filter(pl.Series(met)).select(
                "parcel_id", dimension=pl.lit(Dimension.WEATHER.value), value=pl.lit(mark.value)
            )
        )
    return pl.concat([conform(part, MARKS) for part in parts])
