"""The public forecast API of Open-Meteo: what to ask it, and its answer -> hours of weather.

GET /v1/forecast with WGS-84 `latitude` and `longitude`, several separated by commas; the answer is then a list of one
object a place, in the order asked, and a single object for a single place. Each holds `hourly_units` and, under
`hourly`, `time` and a list a variable. Sums are of the hour before the time. A refusal is {"error": true, "reason"}.
Written from its documentation (https://open-meteo.com/en/docs).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import polars as pl

from engine.errors import BadFile
from engine.intake.weather_rows import LIMITS
from engine.model.weather import WEATHER, WeatherKind

SOURCE = "open-meteo"
VARIABLES: Mapping[str, tuple[str, str]] = {
    # Its name -> ours, and the unit that it must say.
    "precipitation": ("precipitation_mm", "mm"),
    "snowfall": ("snowfall_cm", "cm"),
    "wind_speed_10m": ("wind_kmh", "km/h"),
    "temperature_2m": ("celsius", "°C"),
    "weather_code": ("code", "wmo code"),
}
PLACES_AT_ONCE = 100
"""Places a request: each counts as a call against the limit, and the address line stays below 2 kB."""


def forecast_query(places: Sequence[tuple[str, float, float]], *, hours: int, key: str = "") -> dict[str, str]:
    """The parameters for places (adcode, latitude, longitude): so many hours ahead, and the six before now."""
    query = {
        "latitude": ",".join(f"{latitude:.4f}" for _, latitude, _ in places),
        "longitude": ",".join(f"{longitude:.4f}" for _, _, longitude in places),
        "hourly": ",".join(VARIABLES),
        "forecast_hours": str(hours),
        "past_hours": "6",
        "timezone": "GMT",
        "timeformat": "unixtime",
    }
    return query | ({"apikey": key} if key else {})


def refusal_of(body: bytes) -> str:
    """The reason that an error answer gives, as it is said; "" where it gives none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    reason = found.get("reason") if isinstance(found, dict) else None
    return reason if isinstance(reason, str) else ""


def parse_forecast(body: bytes, places: Sequence[tuple[str, float, float]], *, asked_at: datetime) -> pl.DataFrame:
    """WEATHER of an answer. Hours without any value are left out, as are values that no weather on earth has.

    Raises BadFile with one sentence where the answer is not what was asked for: nothing of it is believed then.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadFile(f"Open-Meteo answered something that is not JSON: {error}.") from None
    answers = found if isinstance(found, list) else [found]
    if len(answers) != len(places):
        raise BadFile(f"Open-Meteo answered for {len(answers)} places, but was asked for {len(places)}.")
    parts = [_hours(one, adcode, asked_at) for one, (adcode, _, _) in zip(answers, places, strict=True)]
    return pl.concat(parts).filter(pl.any_horizontal(pl.col(name).is_not_null() for name, _ in VARIABLES.values()))


def _hours(answer: Any, place: str, asked_at: datetime) -> pl.DataFrame:
    if not isinstance(answer, dict) or not isinstance(answer.get("hourly"), dict):
        raise BadFile(f"Open-Meteo's answer for {place} has no 'hourly'.")
    hourly, units = answer["hourly"], answer.get("hourly_units")
    times = hourly.get("time")
    if not isinstance(times, list) or not all(isinstance(at, int) for at in times):
        raise BadFile(f"Open-Meteo's answer for {place} has no list of times in seconds.")
    columns: dict[str, pl.Series] = {}
    for theirs, (ours, unit) in VARIABLES.items():
        values = hourly.get(theirs)
        if not isinstance(values, list) or len(values) != len(times):
            raise BadFile(f"Open-Meteo's answer for {place} has not one {theirs} an hour.")
        said = units.get(theirs) if isinstance(units, dict) else None
        if said != unit:
            raise BadFile(f"Open-Meteo gives {theirs} in {said!r}; it was asked for {unit!r}.")
        if not all(value is None or isinstance(value, int | float) for value in values):
            raise BadFile(f"Open-Meteo's answer for {place} has a {theirs} that is no number.")
        low, high, _ = LIMITS[ours]
        number = pl.Series(ours, values, dtype=pl.Float64, strict=False)
        columns[ours] = pl.select(pl.when(number.is_between(low, high)).then(number)).to_series().cast(WEATHER[ours])
    at = pl.Series([datetime.fromtimestamp(second, UTC) for second in times], dtype=WEATHER["valid_at"])
    frame = pl.DataFrame({"valid_at": at, **columns}).with_columns(
        place=pl.lit(place),
        issued_at=pl.lit(asked_at).cast(WEATHER["issued_at"]),
        # Hours that are over come from the model's analysis: nobody will know better.
        kind=pl.when(pl.col("valid_at") <= asked_at)
        .then(pl.lit(WeatherKind.OBSERVED.value))
        .otherwise(pl.lit(WeatherKind.FORECAST.value)),
        source=pl.lit(SOURCE),
    )
    return frame.select(list(WEATHER))
