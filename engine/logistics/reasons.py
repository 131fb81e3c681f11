"""Why does the model think so? The log odds of a late delivery, taken apart into steps that add up to them."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

import numpy as np
import polars as pl

from engine.logistics.circumstances import ROAD, Circumstances, Kind
from engine.logistics.delay_model import DelayModel, Seen
from engine.logistics.lane_tables import EVERYBODY, LaneTables
from engine.logistics.outlook import OnTheWay, Outlook, late_at_payment, log_odds
from engine.logistics.parcel_history import DAY, Floats, Integers

_TELLING = 0.005
"""Log of a leg's days: what moves no parcel by half a percent is no step worth taking."""


class Cause(StrEnum):
    """A step on the way to a chance, in the order in which it is taken. Those between LANE and SO_FAR are Kind's."""

    PROMISE = "promise"  # the days promised, against the published days and nothing else
    NETWORK = "network"  # all parcels of these weeks, against the published days
    LANE = "lane"  # this carrier, city and origin, against all parcels
    WEATHER_THERE = "weather_there"
    WEATHER_HERE = "weather_here"
    HUB = "hub"
    CALENDAR = "calendar"
    BACKLOG = "backlog"
    PARCEL = "parcel"
    SO_FAR = "so_far"  # how far it has come in the time it has had


def reasons(seen: Seen, model: DelayModel, published: LaneTables, made: Outlook, moment: Integers) -> pl.Series:
    """Per parcel a JSON list of [cause, value, effect on the log odds], the strongest first. Of the weather and of a
    hub a fourth entry says which: rain, snow, wind, frost, or the hub's name.

    Values: promised days, usual days on the road, millimetres a day, hours of backlog, days off of three, parcels that
    wait at the node, kilometres, and for SO_FAR the days since payment; all to a hundredth. A circumstance that moves
    no parcel is left out.
    """
    way, tables = seen.way, model.tables
    bare = _without(seen, list(seen.road_by))
    plain = _at(bare, published, np.zeros(len(way.cells), dtype=np.int64))
    everybody = _at(bare, tables, np.full(len(way.cells), tables.rows[EVERYBODY]))
    before = _at(bare, tables, way.cells)
    promised, usual, so_far = (way.due - way.paid) / DAY, np.exp(bare.road_days), (moment - way.paid) / DAY
    steps: list[tuple[Cause, Floats, Floats, pl.Series | None]] = [
        (Cause.PROMISE, promised, plain, None),
        (Cause.NETWORK, usual, everybody - plain, None),
        (Cause.LANE, usual, before - everybody, None),
    ]
    told = _values(seen.road, seen.parts) if seen.road is not None and seen.parts is not None else {}
    left = list(seen.road_by)
    for kind in seen.road_by:
        left.remove(kind)
        moved = np.abs(seen.road_by[kind]) + np.abs(seen.pick_up_by.get(kind, np.zeros(1)))
        if not (moved > _TELLING).any():
            continue
        after = _at(_without(seen, left), tables, way.cells)
        value, which = told[kind]
        steps.append((Cause(kind.value), value, after - before, which))
        before = after
    steps.append((Cause.SO_FAR, so_far, log_odds(made.late_delivery) - before, None))
    return _listed(steps)


def _listed(steps: list[tuple[Cause, Floats, Floats, pl.Series | None]]) -> pl.Series:
    effects = np.stack([effect for _, _, effect, _ in steps], axis=1)
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")
    columns: dict[str, object] = {}
    words = []
    for at, (cause, value, effect, which) in enumerate(steps):
        columns |= {f"value_{at}": np.nan_to_num(value).round(2), f"effect_{at}": effect.round(2)}
        plain = pl.format('["{}", {}, {}]', pl.lit(cause.value), f"value_{at}", f"effect_{at}")
        if which is not None:
            columns[f"which_{at}"] = which.cast(pl.String)
            named = pl.format('["{}", {}, {}, "{}"]', pl.lit(cause.value), f"value_{at}", f"effect_{at}", f"which_{at}")
            plain = pl.coalesce(named, plain)  # a null name makes the whole of it null
        words.append(plain)
    columns |= {f"place_{place}": order[:, place] for place in range(len(steps))}
    listed = []
    for place in range(len(steps)):
        here = pl.lit(None, dtype=pl.String)
        for number, word in enumerate(words):
            here = pl.when(pl.col(f"place_{place}") == number).then(word).otherwise(here)
        listed.append(here)
    return pl.DataFrame(columns).select("[" + pl.concat_str(listed, separator=", ") + "]").to_series()


def _values(road: Circumstances, parts: Floats) -> Mapping[Kind, tuple[Floats, pl.Series | None]]:
    """Per kind what a reason says of it, and which: the strongest of its columns, or the hub."""
    column = {name: road.columns[:, at] for at, name in enumerate(ROAD)}
    return {
        Kind.WEATHER_THERE: (road.rain_there, _strongest(parts, Kind.WEATHER_THERE)),
        Kind.WEATHER_HERE: (road.rain_here, _strongest(parts, Kind.WEATHER_HERE)),
        Kind.HUB: (road.hub_hours, road.hub),
        Kind.CALENDAR: (3.0 * column["off_days"], None),
        Kind.BACKLOG: (np.expm1(column["backlog"]), None),
        Kind.PARCEL: (100.0 * np.expm1(column["distance"]), None),
    }


def _strongest(parts: Floats, kind: Kind) -> pl.Series:
    """rain, snow, wind or frost: the first word of the kind's column with the largest part."""
    names = [name for name, one in ROAD.items() if one is kind]
    places = [list(ROAD).index(name) for name in names]
    words = np.array([name.split("_")[0] for name in names])
    return pl.Series(words[np.argmax(np.abs(parts[:, places]), axis=1)])


def _without(seen: Seen, kinds: list[Kind]) -> OnTheWay:
    """The way as if these kinds of circumstances were as usual."""
    nothing = np.zeros(len(seen.way.cells))
    pick_up = sum((seen.pick_up_by[kind] for kind in kinds if kind in seen.pick_up_by), nothing)
    road = sum((seen.road_by[kind] for kind in kinds), nothing)
    return replace(seen.way, pick_up_days=seen.way.pick_up_days - pick_up, road_days=seen.way.road_days - road)


def _at(of: OnTheWay, tables: LaneTables, cells: Integers) -> Floats:
    return log_odds(late_at_payment(replace(of, cells=cells), tables.legs))
