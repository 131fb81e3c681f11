"""Weather and hub states on both databases: by file, by hand and from a forecast service that may fail in every way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.errors import BadFile, NotAllowed, ServiceUnavailable
from engine.settings import WeatherSettings
from engine.store.screens import weather as weather_screens
from engine.usecases.forecasts.fetch_weather import fetch_weather
from engine.usecases.forecasts.record_hub_states import take_hub_states
from engine.usecases.forecasts.record_weather import take_weather
from engine.usecases.forecasts.weather_files import Told, take_weather_file
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.parcel_worlds import carry, way
from tests.worlds import OPENING, Clock, opened

FORECAST = Path(__file__).parents[1] / "engine" / "intake" / "open_meteo" / "two_places.json"


def rain(mm: float, *, place: str = "郑州", hours: int = 6, **more: object) -> dict[str, object]:
    return {"place": place, "valid_at": OPENING + timedelta(hours=hours), "precipitation_mm": mm, **more}


def test_a_forecast_that_only_repeats_the_one_before_is_not_stored_again(room: Room, clock: Clock) -> None:
    first = take_weather(room, [rain(2.0), rain(3.0, hours=7), rain(2.0)], actor="lin", source="hand")
    assert (first.read, first.recorded, first.repeated) == (3, 2, 1), "an hour told twice by one issue counts once"
    clock.pass_(hours=1)
    again = take_weather(room, [rain(2.0), rain(9.0, hours=7)], actor="lin", source="hand")
    assert (again.recorded, again.repeated) == (1, 1)
    [ahead] = weather_screens.weather_ahead(room.database, clock.at).to_dicts()
    assert (ahead["name"], ahead["hours"], ahead["precipitation_mm"]) == ("郑州市", 2, 11.0), "the newest issue counts"
    assert ahead["snowfall_cm"] is None, "nobody told of snow"
    assert len(weather_screens.weather_told(room.database, OPENING)) == 3, "what was forecast before is kept"
    assert verify(room.database).clean


def test_every_row_that_cannot_be_true_gets_its_sentence_and_the_others_stay(
    room: Room, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "weather.csv"
    file.write_text(
        "place,valid_at,issued_at,precipitation_mm,celsius\n"
        "郑州,2026-11-11 21:00,,2.5,3\n"
        "Atlantis,2026-11-11 21:00,,2.5,3\n"
        "410100,2026-11-11 21:30,,2.5,3\n"
        "410100,2026-11-11 22:00,,999,3\n"
        "410100,2026-11-11 22:00,2027-01-01,1,3\n"
        "410100,2026-11-11 22:00,,,\n"
        "410100,2026-11-10 22:00,,1,3\n",
        encoding="utf-8",
    )
    receipt = take_weather_file(room, file, Told.WEATHER, actor="lin", progress=lambda _: None)
    assert (receipt.read, receipt.recorded, receipt.refused) == (7, 2, 5)
    said = {fault["row"]: fault["fault"] for fault in receipt.faults}
    assert list(said) == [3, 4, 5, 6, 7]
    for row, words in (
        (3, "no city"),
        (4, "whole hour"),
        (5, "between 0 and 310 mm"),
        (6, "not come yet"),
        (7, "no value"),
    ):
        assert words in said[row]
    past = weather_screens.weather_told(room.database, OPENING - timedelta(days=3)).sort("valid_at").row(0, named=True)
    assert past["issued_at"] == datetime(2026, 11, 10, 15, tzinfo=UTC), "measured, and published an hour later"
    assert take_weather_file(room, file, Told.WEATHER, actor="lin", progress=lambda _: None).repeated == 2
    file.write_text("city,rain\n郑州,3\n", encoding="utf-8")
    with pytest.raises(BadFile, match="no column 'place'; a file of weather has place, valid_at"):
        take_weather_file(room, file, Told.WEATHER, actor="lin", progress=lambda _: None)


def test_the_last_word_on_a_hub_counts_and_all_of_them_are_kept(room: Room, clock: Clock) -> None:
    carry(room.database, [way(1, destination="410102", hours=(1, 2))])
    said = {"hub": "郑州", "condition": "congested", "begins_at": "2026-11-11 20:00", "backlog_hours": 12}
    wrong = [
        {"hub": "郑州", "condition": "on fire"},
        {**said, "ends_at": "2026-11-11 19:00"},
        {**said, "backlog_hours": "x"},
    ]
    receipt = take_hub_states(room, [said, *wrong], actor="lin", source="hand")
    assert (receipt.recorded, receipt.refused) == (1, 3)
    assert [fault["row"] for fault in receipt.faults] == [2, 3, 4]
    assert take_hub_states(room, [said], actor="lin", source="hand").repeated == 1
    [hub] = weather_screens.hub_board(room.database, clock.at).to_dicts()
    assert (hub["name"], hub["condition"], hub["backlog_hours"], hub["said_by"]) == ("郑州市", "congested", 12.0, "lin")
    assert (hub["begins_at"], hub["parcels"], hub["ended"]) == (OPENING, 1, False)
    clock.pass_(hours=2)
    take_hub_states(room, [{"hub": "410100", "condition": "clear"}], actor="wang", source="hand")
    [hub] = weather_screens.hub_board(room.database, clock.at).to_dicts()
    assert (hub["condition"], hub["said_by"]) == ("clear", "wang")
    assert len(weather_screens.hub_sayings(room.database)) == 2


# --- Open-Meteo ----------------------------------------------------------------------------------------------------


@contextmanager
def service(status: int, body: bytes) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """A real server on this machine that answers everything alike; its address, and what it was asked."""
    asked: list[dict[str, list[str]]] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(parse_qs(urlsplit(self.path).query))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/forecast", asked
    finally:
        server.shutdown()
        server.server_close()


def use(room: Room, **changes: object) -> None:
    weather = replace(WeatherSettings(source="open-meteo", most_places=2), **changes)
    room.settings = replace(room.settings, weather=weather)


def test_the_weather_of_the_places_in_use_comes_in_with_its_gaps(room: Room, clock: Clock) -> None:
    with pytest.raises(NotAllowed, match="asks nobody"):
        fetch_weather(room, actor="test")
    carry(room.database, [way(n, destination="410102", hours=()) for n in range(3)])
    with service(200, FORECAST.read_bytes()) as (url, asked):
        use(room, base_url=url)
        got = fetch_weather(room, actor="test")
    [query] = asked
    assert (query["latitude"][0].count(","), query["timeformat"], query["timezone"]) == (1, ["unixtime"], ["GMT"])
    assert query["hourly"] == ["precipitation,snowfall,wind_speed_10m,temperature_2m,weather_code"]
    assert (got.places, got.requests, got.hours) == (2, 1, 7), "an hour without any value is not stored"
    first, second = (  # as many parcels wait in Shanghai as go to Zhengzhou: then by adcode
        weather_screens.weather_told(room.database, OPENING - timedelta(hours=2)).filter(place=p).sort("valid_at")
        for p in ("310100", "410100")
    )
    assert first["precipitation_mm"].to_list() == [0.0, 1.2, 7.6, 11.3]
    assert second["celsius"].to_list() == [16.1, 15.2, 15.0]
    assert second["precipitation_mm"].to_list() == [0.0, None, 0.1]


BROKEN = FORECAST.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (429, '{"error":true,"reason":"Minutely API request limit exceeded."}', "fewer requests .429.: Minutely"),
        (400, '{"error":true,"reason":"Latitude must be in range of -90 to 90."}', "refused with 400: Latitude"),
        (503, "<html>", "refused with 503"),
        (200, "<html>", "not JSON"),
        (200, BROKEN[1 : BROKEN.index(',\n{"latitude":31')], "answered for 1 places, but was asked for 2"),
        (200, BROKEN.replace('"mm"', '"inch"'), "gives precipitation in 'inch'"),
        (200, BROKEN.replace('"snowfall":[0.00,0.00,0.07,0.00]', '"snowfall":[0.00]'), "not one snowfall an hour"),
        (200, BROKEN.replace("7.60", '"much"'), "no number"),
        (200, BROKEN.replace("1794398400,", '"2026-11-11T12:00",'), "no list of times"),
    ],
)  # fmt: skip
def test_a_service_that_answers_wrongly_loses_nothing_and_is_told_of_in_one_sentence(
    duck_room: Room, status: int, body: str, said: str
) -> None:
    with service(status, body.encode()) as (url, _):
        use(duck_room, base_url=url)
        with pytest.raises((ServiceUnavailable, BadFile), match=said):
            fetch_weather(duck_room, actor="test")
    assert weather_screens.weather_told(duck_room.database, OPENING - timedelta(days=30)).is_empty()


def test_a_service_that_is_not_there_is_told_of_in_one_sentence(duck_room: Room) -> None:
    use(duck_room, base_url="http://127.0.0.1:9/v1/forecast")
    with pytest.raises(ServiceUnavailable, match="does not answer"):
        fetch_weather(duck_room, actor="test")


@pytest.fixture
def duck_room(seeded_file: Path, tmp_path: Path) -> Iterator[Room]:
    """One kind of database is enough where nothing is written."""
    (tmp_path / "room.duckdb").write_bytes(seeded_file.read_bytes())
    made = opened(f"duckdb:///{tmp_path / 'room.duckdb'}", Clock(OPENING + timedelta(minutes=30)))
    yield made
    made.close()
