"""Asks Open-Meteo for the weather where parcels come from and go to, in few requests, and stores what is new.

Off unless [weather] source says so: the room calls nobody by itself. Whatever goes wrong outside ends in one sentence
and loses nothing: places answered before are stored, the next look asks again.
"""

import http.client
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from engine.errors import NotAllowed, ServiceUnavailable
from engine.intake.open_meteo import PLACES_AT_ONCE, forecast_query, parse_forecast, refusal_of
from engine.settings import WeatherSettings
from engine.store.screens.weather import places_in_use
from engine.usecases.forecasts.record_weather import record_weather
from engine.usecases.room.workplace import Workplace

LARGEST = 32 * 1024 * 1024
"""Bytes of an answer: 100 places of a week are below 2 MB."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came in."""

    places: int
    hours: int
    requests: int


def fetch_weather(work: Workplace, *, actor: str) -> Fetched:
    """One look over all places in use, at most [weather] most_places of them, those with most parcels first.

    Raises ServiceUnavailable and BadFile with one sentence, NotAllowed while the connector is off.
    """
    rules = work.settings.weather
    if rules.source != "open-meteo":
        raise NotAllowed("[weather] source is off: the room asks nobody for weather. Set it to open-meteo.")
    wanted = places_in_use(work.database, work.now(), most=rules.most_places)
    places = list(wanted.select("adcode", "lat", "lon").iter_rows())
    hours = requests = 0
    for first in range(0, len(places), PLACES_AT_ONCE):
        part = places[first : first + PLACES_AT_ONCE]
        asked_at = work.now()
        body = _asked(rules, forecast_query(part, hours=rules.hours, key=rules.key))
        requests += 1
        hours += record_weather(work, parse_forecast(body, part, asked_at=asked_at), actor=actor).recorded
    return Fetched(len(places), hours, requests)


def _asked(rules: WeatherSettings, query: dict[str, str]) -> bytes:
    url = urlsplit(rules.base_url)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    assert url.hostname is not None, "the settings checked it"
    connection = kind(url.hostname, url.port, timeout=rules.timeout_seconds)
    try:
        connection.request("GET", f"{url.path}?{urlencode(query, safe=',')}", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(LARGEST + 1)
    except (OSError, http.client.HTTPException) as error:
        raise ServiceUnavailable(
            f"Open-Meteo at {url.hostname} does not answer: {error or type(error).__name__}."
        ) from error
    finally:
        connection.close()
    if len(body) > LARGEST:
        raise ServiceUnavailable(f"Open-Meteo answered more than {LARGEST // 1024 // 1024} MB; nothing of it was read.")
    if answer.status == http.HTTPStatus.TOO_MANY_REQUESTS:
        raise ServiceUnavailable(f"Open-Meteo asks for fewer requests (429): {refusal_of(body) or 'no reason given'}")
    if answer.status != http.HTTPStatus.OK:
        raise ServiceUnavailable(f"Open-Meteo refused with {answer.status}: {refusal_of(body) or answer.reason}")
    return body
