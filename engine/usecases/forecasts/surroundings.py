"""What the room was told of the world around its parcels, as the delay model wants it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl

from engine.logistics.circumstances import Surroundings
from engine.logistics.delay_model import DelayModel
from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.known_hubs import hubs_of_lanes, known_hubs, lanes_from, nobody_knows
from engine.logistics.known_weather import known_weather
from engine.model.frames import empty
from engine.store.database import Database
from engine.store.screens.weather import hub_sayings, hubs_on_the_way, weather_told
from engine.store.shapes.weather import SHAPES

WAYS_DAYS = 60
"""Days of scans that tell which hubs a lane goes through: networks change by the season."""


def surroundings(
    database: Database, parcels: pl.DataFrame, policy: DelayPolicy, *, since: datetime
) -> Callable[[int], Surroundings]:
    """The surroundings for a model learned at a moment (milliseconds): lanes' hubs are those scanned before it.

    `since`: no leg of `parcels` began before it. Weather and words on hubs carry their own moments of knowing.
    """
    weather = known_weather(weather_told(database, since - timedelta(days=1)))
    sayings = hub_sayings(database)
    crowd = parcels.select("node", "ordered_at", "picked_up_at")

    def at(moment: int) -> Surroundings:
        until = datetime.fromtimestamp(moment / 1000, UTC)
        shares = hubs_on_the_way(database, until - timedelta(days=WAYS_DAYS), until)
        ways = hubs_of_lanes(shares, policy.circumstances)
        return Surroundings(weather, known_hubs(sayings, ways, policy.circumstances), crowd)

    return at


def around_parcels(
    database: Database,
    model: DelayModel,
    asked: pl.DataFrame,
    crowd: pl.DataFrame,
    policy: DelayPolicy,
    *,
    now: datetime,
) -> Surroundings:
    """The surroundings of the `asked` parcels among all (`crowd`), with the lanes' hubs that `model` has learned.

    Nothing is read for a model that does not ask.
    """
    nodes = crowd.select("node", "ordered_at", "picked_up_at")
    if model.effects is None or asked.is_empty():
        return Surroundings(known_weather(empty(SHAPES["weather_told"])), nobody_knows(), nodes)
    first = asked.select(pl.min_horizontal(pl.col("ordered_at", "picked_up_at").min())).item() or now
    weather = known_weather(weather_told(database, first - timedelta(days=1)))
    hubs = known_hubs(hub_sayings(database), lanes_from(model.ways), policy.circumstances)
    return Surroundings(weather, hubs, nodes)
