"""Under which circumstances does a leg of each parcel's way begin? Numbers as known at a moment, one column a name.

Weather at both ends, the hubs between, days off, the parcels that wait at the node, and the parcel itself. NaN is what
nobody knew. Nothing that was told, scanned or entered at or after a row's moment can reach its row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from engine.logistics.circumstance_policy import CircumstancePolicy
from engine.logistics.known_by import known_by
from engine.logistics.known_hubs import KnownHubs
from engine.logistics.known_weather import KnownWeather
from engine.logistics.off_days import BEIJING_AHEAD, beijing_days, days_off
from engine.logistics.parcel_history import DAY, NEVER, Floats, Integers

EVENING = 20
"""Beijing hour from which on an order is packed the next morning."""


class Kind(StrEnum):
    """Which circumstance: what a reason can name."""

    WEATHER_THERE = "weather_there"  # where the parcel goes
    WEATHER_HERE = "weather_here"  # where it comes from
    HUB = "hub"
    CALENDAR = "calendar"
    BACKLOG = "backlog"  # at the node
    PARCEL = "parcel"  # its distance, weight and hour


ROAD: Mapping[str, Kind] = {
    "rain_there": Kind.WEATHER_THERE,  # on the first day of the leg
    "rain_there_later": Kind.WEATHER_THERE,  # mean of the two days after
    "snow_there": Kind.WEATHER_THERE,
    "snow_there_later": Kind.WEATHER_THERE,
    "wind_there": Kind.WEATHER_THERE,
    "frost_there": Kind.WEATHER_THERE,
    "rain_here": Kind.WEATHER_HERE,
    "snow_here": Kind.WEATHER_HERE,
    "hub_hours": Kind.HUB,
    "off_days": Kind.CALENDAR,  # share of the leg's first three days
    "festival_days": Kind.CALENDAR,
    "backlog": Kind.BACKLOG,
    "distance": Kind.PARCEL,
    "weight": Kind.PARCEL,
    "evening": Kind.PARCEL,
}
PICK_UP: Mapping[str, Kind] = {
    name: kind for name, kind in ROAD.items() if kind not in (Kind.WEATHER_THERE, Kind.HUB) and name != "distance"
}
"""The carrier's van comes through the weather of the node; where the parcel goes does not matter to it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that was told of the world around the parcels; `crowd`: node, ordered_at, picked_up_at of all parcels."""

    weather: KnownWeather
    hubs: KnownHubs
    crowd: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Rows x ROAD; and what a reason says of them: mm of rain (snow melted) there and here, and the worst hub."""

    columns: Floats
    rain_there: Floats
    rain_here: Floats
    hub_hours: Floats
    hub: pl.Series

    def of(self, names: Mapping[str, Kind]) -> Floats:
        """These columns."""
        found: Floats = self.columns[:, [list(ROAD).index(name) for name in names]]
        return found


def circumstances(
    parcels: pl.DataFrame, around: Surroundings, starts: Integers, moments: Integers, policy: CircumstancePolicy
) -> Circumstances:
    """Of each parcel's leg that starts at `starts`, as known at `moments`; milliseconds.

    `parcels`: ordered_at, node, origin, destination, carrier, kg, km (null where unknown).
    """
    day = beijing_days(starts)
    there = [around.weather.at(parcels["destination"], day + ahead, moments) for ahead in (0, 1, 2)]
    here = around.weather.at(parcels["origin"], day, moments)
    later = _mean(there[1], there[2])
    off = [days_off(day + ahead) for ahead in (0, 1, 2)]
    hub_hours, hub = around.hubs.worst(parcels, starts, moments)
    ordered = parcels["ordered_at"].dt.epoch("ms").to_numpy()
    hour = (ordered + BEIJING_AHEAD) % DAY // 3_600_000
    km, kg = (parcels[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in ("km", "kg"))

    def rain(figures: Floats) -> Floats:
        return np.asarray(np.log1p(figures[:, 0] / policy.rain_mm))

    def snow(figures: Floats) -> Floats:
        return np.asarray(np.log1p(figures[:, 1] / policy.snow_cm))

    columns = {
        "rain_there": rain(there[0]),
        "rain_there_later": rain(later),
        "snow_there": snow(there[0]),
        "snow_there_later": snow(later),
        "wind_there": np.maximum(there[0][:, 2] - policy.calm_kmh, 0.0) / policy.wind_kmh,
        "frost_there": np.maximum(-there[0][:, 3], 0.0) / policy.frost_degrees,
        "rain_here": rain(here),
        "snow_here": snow(here),
        "hub_hours": np.log1p(hub_hours / policy.busy_hours),
        "off_days": (off[0][0] + off[1][0] + off[2][0]) / 3.0,
        "festival_days": (off[0][1] + off[1][1] + off[2][1]) / 3.0,
        "backlog": np.log1p(_waiting(parcels, around.crowd, moments, days=policy.backlog_days)),
        "distance": np.log1p(km / 100.0),
        "weight": np.log1p(kg),
        "evening": (hour >= EVENING).astype(np.float64),
    }
    assert list(columns) == list(ROAD)
    return Circumstances(np.column_stack(list(columns.values())), there[0][:, 0], here[:, 0], hub_hours, hub)


def _mean(one: Floats, other: Floats) -> Floats:
    """The mean of what is known of two days."""
    known = np.isfinite(one).astype(np.float64) + np.isfinite(other)
    total = np.nan_to_num(one) + np.nan_to_num(other)
    mean: Floats = np.where(known > 0, total / np.maximum(known, 1.0), np.nan)
    return mean


def _waiting(parcels: pl.DataFrame, crowd: pl.DataFrame, moments: Integers, *, days: float) -> Floats:
    """Parcels ordered and not picked up yet at each parcel's node, strictly before its moment."""
    codes = pl.concat([crowd["node"], parcels["node"]]).rank("dense").to_numpy().astype(np.int64) - 1
    nodes, asked = codes[: len(crowd)], codes[len(crowd) :]
    ordered = crowd["ordered_at"].dt.epoch("ms").to_numpy()
    picked_up = crowd["picked_up_at"].dt.epoch("ms").fill_null(NEVER).to_numpy()
    left = np.minimum(picked_up, ordered + int(days * DAY))
    always = np.zeros(len(asked), dtype=np.int64)
    came, went = known_by(nodes, ordered), known_by(nodes, left)
    waiting = came.between(asked, always, moments)[0] - went.between(asked, always, moments)[0]
    return np.asarray(np.maximum(waiting, 0).astype(np.float64))
