"""Rows about weather and hubs, from a CSV file, the API or a form -> frames and faults; every row ends once.

Cells may be text or numbers; times without a zone are Beijing's. A row that cannot be true gets one sentence.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from engine.clock import BEIJING
from engine.intake.place_names import PlaceNames
from engine.model.weather import HUB_STATES, WEATHER, HubCondition, WeatherKind

WEATHER_COLUMNS = ("place", "valid_at", "issued_at", "kind", "precipitation_mm", "snowfall_cm", "wind_kmh", "celsius",
                   "code")  # fmt: skip
HUB_COLUMNS = ("hub", "condition", "begins_at", "ends_at", "backlog_hours", "said_by")

LIMITS: Mapping[str, tuple[float, float, str]] = {
    # What an hour of weather on earth can be: records are 305 mm, some 25 cm, 408 km/h, -68 to +57 degrees.
    "precipitation_mm": (0.0, 310.0, "mm"),
    "snowfall_cm": (0.0, 60.0, "cm"),
    "wind_kmh": (0.0, 410.0, "km/h"),
    "celsius": (-70.0, 60.0, "degrees Celsius"),
    "code": (0.0, 99.0, "as a WMO code"),
}
LONGEST_BACKLOG = 24.0 * 30
AHEAD = timedelta(days=17)
"""Forecasts reach 16 days; what is said of later is no forecast."""

PUBLISHED_AFTER = timedelta(hours=1)

Fault = dict[str, Any]


class _Wrong(Exception):
    """What is wrong with a row, in a sentence."""


def weather_rows(
    rows: Sequence[Mapping[str, Any]], places: PlaceNames, *, now: datetime, source: str
) -> tuple[pl.DataFrame, list[Fault]]:
    """The rows (WEATHER_COLUMNS; only place, valid_at and one value must be there) as WEATHER, and the faults."""
    good, faults = [], []
    for number, row in enumerate(rows, start=1):
        try:
            good.append({**_hour(row, places, now), "source": source})
        except _Wrong as wrong:
            faults.append({"row": number, "place": _text(row.get("place")), "fault": str(wrong)})
    return pl.DataFrame(good, schema=dict(WEATHER)), faults


def hub_rows(
    rows: Sequence[Mapping[str, Any]], places: PlaceNames, *, now: datetime, source: str, said_by: str
) -> tuple[pl.DataFrame, list[Fault]]:
    """The rows (HUB_COLUMNS; only hub and condition must be there) as HUB_STATES, and the faults."""
    good, faults = [], []
    for number, row in enumerate(rows, start=1):
        try:
            good.append({**_state(row, places, now, said_by), "source": source})
        except _Wrong as wrong:
            faults.append({"row": number, "hub": _text(row.get("hub")), "fault": str(wrong)})
    return pl.DataFrame(good, schema=dict(HUB_STATES)), faults


def _hour(row: Mapping[str, Any], places: PlaceNames, now: datetime) -> dict[str, Any]:
    _whole(row)
    place, name = _place(row.get("place"), places), _text(row.get("place"))
    valid_at = _moment(row.get("valid_at"), "valid_at", name)
    if valid_at is None:
        raise _Wrong(f"The weather of {name} has no valid_at: the end of the hour that it is about.")
    if (valid_at.minute, valid_at.second, valid_at.microsecond) != (0, 0, 0):
        raise _Wrong(f"The weather of {name} is about {valid_at:%H:%M}: give the end of a whole hour.")
    if valid_at > now + AHEAD:
        raise _Wrong(f"The weather of {name} is about a day more than {AHEAD.days} days ahead: nobody knows that.")
    # Without an issue, what is past was measured, and published an hour later; what is to come was forecast just now.
    issued_at = _moment(row.get("issued_at"), "issued_at", name) or min(now, valid_at + PUBLISHED_AFTER)
    if issued_at > now:
        raise _Wrong(f"The weather of {name} was issued at a time that has not come yet: a clock is wrong.")
    kind = _text(row.get("kind")) or (WeatherKind.FORECAST if valid_at > issued_at else WeatherKind.OBSERVED)
    if kind not in set(WeatherKind):
        raise _Wrong(f"The weather of {name} is of kind {kind!r}: it must be one of {', '.join(WeatherKind)}.")
    if kind == WeatherKind.OBSERVED and valid_at > issued_at:
        raise _Wrong(f"The weather of {name} was observed before its hour was over: then it is a forecast.")
    values = {column: _number(row.get(column), column, name) for column in LIMITS}
    if all(value is None for value in values.values()):
        raise _Wrong(f"The weather of {name} has no value: give {', '.join(LIMITS)} or some of them.")
    if values["code"] is not None:
        values["code"] = int(values["code"])
    return {"place": place, "valid_at": valid_at, "issued_at": issued_at, "kind": str(kind), **values}


def _state(row: Mapping[str, Any], places: PlaceNames, now: datetime, said_by: str) -> dict[str, Any]:
    _whole(row)
    hub = _place(row.get("hub"), places)
    name = places.name(hub)
    condition = _text(row.get("condition")).lower()
    if condition not in set(HubCondition):
        raise _Wrong(f"The hub {name} is {condition!r}: it must be one of {', '.join(HubCondition)}.")
    begins_at = _moment(row.get("begins_at"), "begins_at", name) or now
    ends_at = _moment(row.get("ends_at"), "ends_at", name)
    if begins_at > now + AHEAD:
        raise _Wrong(f"The state of the hub {name} begins more than {AHEAD.days} days ahead: a clock is wrong.")
    if ends_at is not None and ends_at <= begins_at:
        raise _Wrong(f"The state of the hub {name} ends before it begins.")
    backlog = _number(row.get("backlog_hours"), "backlog_hours", name, limit=(0.0, LONGEST_BACKLOG, "h"))
    return {
        "hub": hub, "name": name, "condition": condition, "begins_at": begins_at, "ends_at": ends_at,
        "backlog_hours": backlog, "said_by": _text(row.get("said_by")) or said_by,
    }  # fmt: skip


def _whole(row: Mapping[str, Any]) -> None:
    """A line of a file that could not be cut into cells brings its own sentence."""
    if row.get("broken"):
        raise _Wrong(str(row["broken"]))


def _place(cell: object, places: PlaceNames) -> str:
    said = _text(cell)
    if not said:
        raise _Wrong("The row names no place: give a city, a province or an adcode.")
    code = places.adcode(said)
    if code is None:
        raise _Wrong(f"{said!r} is no city or province, or several of that name: give the adcode of six digits.")
    return code


def _moment(cell: object, name: str, whose: str) -> datetime | None:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC)
    said = _text(cell)
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise _Wrong(f"The {name} of {whose} is {said!r}: it must be a time such as 2026-11-11 20:00.") from None
    return (at if at.tzinfo else at.replace(tzinfo=BEIJING)).astimezone(UTC)


def _number(cell: object, name: str, whose: str, *, limit: tuple[float, float, str] | None = None) -> float | None:
    said = _text(cell)
    if not said:
        return None
    low, high, unit = limit or LIMITS[name]
    try:
        value = float(said)
    except ValueError:
        raise _Wrong(f"The {name} of {whose} is {said!r}: it must be a number.") from None
    if not low <= value <= high:  # false for a NaN as well
        raise _Wrong(f"The {name} of {whose} is {value:g}: it must lie between {low:g} and {high:g} {unit}.")
    return value


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
