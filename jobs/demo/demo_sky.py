"""What the demo's weather service and hubs tell the room every morning: the sky and the crowding of carrier_times.py.

The law behind the demo's carriers slows parcels by a province's weather and a hub's crowding on the day of the pick-up.
Here a forecast of that weather for the day and the two after is issued, erring more the farther it looks, and the
backlog of each hub is told for the day, so that the delay model can learn what the carriers feel. All of it is marked
as the demo's.
"""

from datetime import UTC, date, datetime, time, timedelta
from math import exp

import polars as pl

from engine.clock import BEIJING
from engine.model.weather import HUB_STATES, WEATHER, HubCondition, WeatherKind
from engine.store.database import Database
from engine.usecases.forecasts.record_hub_states import record_hub_states
from engine.usecases.forecasts.record_weather import record_weather
from engine.usecases.room.workplace import Workplace
from jobs.demo.carrier_chance import normal
from jobs.demo.carrier_incidents import IncidentKind
from jobs.demo.carrier_sky import crowding, weather
from jobs.demo.carrier_times import OVERFLOW_HOURS
from jobs.demo.carrier_world import World

SOURCE = "demo"
TOLD_AT = time(6, 0)
"""Beijing time of the morning's issue."""
AHEAD = 3
"""Days in a forecast, today included."""
ERROR = 0.2
"""Sigma of the logarithm of the amounts, for each day that a forecast looks ahead."""
STORM_MM, STORM_CM, STORM_KMH, CALM_KMH = 70.0, 18.0, 55.0, 12.0
"""A day of the worst weather: rain, or fresh snow where and when it is cold, and wind; and the wind of a calm day."""
COLD = frozenset({"11", "12", "13", "14", "15", "21", "22", "23", "61", "62", "63", "64", "65", "54"})
COLD_MONTHS = frozenset({11, 12, 1, 2, 3})
CROWD_HOURS = 20.0
"""Hours of work that lie in a hub at one unit of crowding."""
LEAST_HOURS, CONGESTED_HOURS = 3.0, 10.0
"""Below the first nobody mentions it, from the second on it is called congested."""


def tell_sky(work: Workplace, world: World, day: date, *, actor: str) -> None:
    """Issue the morning's forecast and the hubs' states of a Beijing day."""
    record_weather(work, forecast(world, day), actor=actor)
    states = hub_states(world, day)
    if not states.is_empty():
        record_hub_states(work, states, actor=actor)


def sky_told_until(database: Database) -> date | None:
    """The last Beijing day whose morning has been told; None before the first."""
    found = database.read("SELECT max(issued_at) FROM weather WHERE source = 'demo'").item()
    return None if found is None else found.astimezone(BEIJING).date()


def forecast(world: World, day: date) -> pl.DataFrame:
    """WEATHER of every province, hour by hour, for the day and the two after."""
    issued = _at(day, TOLD_AT)
    rows = []
    for province in sorted({stop.adcode[:2] for stop in world.network.capitals}):
        for ahead in range(AHEAD):
            of = day + timedelta(days=ahead)
            worst = weather(world.seed, province, of.toordinal())
            worst *= exp(ERROR * ahead * normal(world.seed, "forecast", province, day.toordinal(), ahead))
            snows = province in COLD and of.month in COLD_MONTHS
            # Ten centimetres of fresh snow melt to ten millimetres of water.
            mm, cm = (STORM_CM * worst, STORM_CM * worst) if snows else (STORM_MM * worst, 0.0)
            for hour in range(1, 25):
                rows.append((
                    f"{province}0000", _at(of, time(0)) + timedelta(hours=hour), issued, WeatherKind.FORECAST.value,
                    round(mm / 24, 3), round(cm / 24, 3), round(CALM_KMH + (STORM_KMH - CALM_KMH) * min(worst, 1.0), 1),
                    -6.0 if snows else 14.0, None, SOURCE,
                ))  # fmt: skip
    return pl.DataFrame(rows, schema=dict(WEATHER), orient="row")


def hub_states(world: World, day: date) -> pl.DataFrame:
    """HUB_STATES of the hubs that have a backlog worth telling of."""
    # Until the next morning's word: a backlog does not end at midnight.
    begins, ends = _at(day, time(0)), _at(day + timedelta(days=1), TOLD_AT)
    noon = _at(day, time(12))
    rows = []
    for stop in world.network.capitals:
        hours = CROWD_HOURS * crowding(world.seed, stop.adcode, day.toordinal())
        for incident in world.planted:
            overflows = incident.kind is IncidentKind.HUB_OVERFLOW and incident.province == stop.adcode[:2]
            if overflows and incident.begins <= noon < incident.ends:
                hours += OVERFLOW_HOURS
        hours = round(hours, 1)
        if hours >= LEAST_HOURS:
            condition = HubCondition.CONGESTED if hours >= CONGESTED_HOURS else HubCondition.BUSY
            rows.append((
                f"{stop.adcode[:4]}00", stop.name, condition.value, begins, ends, hours, "demo carriers", SOURCE,
            ))  # fmt: skip
    return pl.DataFrame(rows, schema=dict(HUB_STATES), orient="row")


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, BEIJING).astimezone(UTC)
