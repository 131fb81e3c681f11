"""Weather and hubs over HTTP and by hand show on the page, and in the model's reasons in words."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from dashboard.commands.weather import spoken
from dashboard.components.road.model_card_board import _why
from dashboard.wording import LANGUAGES, words
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.dashboard.test_pages import opened, sound, tables_of, text_of
from tests.worlds import OPENING, Clock, small_room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Heavy snow on its way to 河南, told over HTTP with a row that is wrong."""
    folder: Path = tmp_path_factory.mktemp("weather")
    made = small_room(f"duckdb:///{folder / 'room.duckdb'}", Clock())
    snow = [
        {"place": "河南", "valid_at": (OPENING + timedelta(hours=h)).isoformat(), "snowfall_cm": 3, "celsius": -4}
        for h in range(1, 7)
    ]
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with use_room(made):
        with TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as client:
            receipt = client.post("/api/weather", json={"weather": [*snow, {"place": "Atlantis"}]}).json()
            assert (receipt["recorded"], receipt["refused"]) == (6, 1)
            hubs = client.post("/api/hubs", json=[{"hub": "郑州", "condition": "closed", "backlog_hours": 30}]).json()
            assert hubs["recorded"] == 1
            assert client.post("/api/hubs", json={"hubs": "郑州"}).status_code == 422
        yield made
    made.close()


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_what_was_told_and_keeps_what_an_operator_says(language: str) -> None:
    t = words(language)
    app = sound(opened("weather", language))
    shown = text_of(app) + tables_of(app)
    for said in ("郑州市", t("hub_condition.closed"), t.of("province", "河南省"), "api:local"):
        assert said in shown
    app.text_input(key="weather_hub").set_value("Atlantis")
    app = sound(app.button(key="FormSubmitter:hub-" + t("weather.keep")).click().run())
    assert "Atlantis" in text_of(app)


def test_a_bare_hour_is_the_last_one_or_the_next_one_as_it_is_meant() -> None:
    now = OPENING + timedelta(minutes=30)  # 20:30 in Beijing
    assert spoken("20:00", now, ahead=False) == "2026-11-11T20:00:00+08:00"
    assert spoken("21:00", now, ahead=False) == "2026-11-10T21:00:00+08:00"
    assert spoken("06：15", now, ahead=True) == "2026-11-12T06:15:00+08:00"
    assert spoken("2026-11-11 20:00", now, ahead=True) == "2026-11-11 20:00"


def test_reasons_name_rain_and_hub_in_words() -> None:
    told = '[["hub", 12, 1.5, "郑州市"], ["weather_there", 34.2, 0.8, "rain"], ["calendar", 2, 0.3], ["lane", 2, 0]]'
    assert _why(words("zh"), told) == "枢纽积压 郑州市 12 h (+1.5) · 收货地降雨 34 mm (+0.8) · 节假日 2 天休 (+0.3)"
    assert _why(words("en"), told).startswith("backlog at hub 郑州市 12 h (+1.5) · destination: rain 34 mm (+0.8)")
