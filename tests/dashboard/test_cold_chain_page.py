"""Readings over HTTP become an excursion on the page, in both languages, with the orders it concerns."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from dashboard.wording import LANGUAGES, words
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.dashboard.test_pages import opened, sound, tables_of, text_of
from tests.worlds import Clock, order, order_id, small_room, take


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One chilled parcel, too warm for twenty minutes as its logger says over HTTP; another logger that broke."""
    folder: Path = tmp_path_factory.mktemp("cold")
    made = small_room(f"duckdb:///{folder / 'room.duckdb'}", Clock())
    take(made, order(1, ("BERRY", 1)))
    allocate_waiting(made)
    parcel = made.database.read("SELECT parcel_id FROM parcels").item()
    start = made.now() - timedelta(minutes=20)
    readings = [
        {"device": "LOG-7", "at": (start + timedelta(minutes=5 * n)).isoformat(), "celsius": c, "parcel_id": parcel}
        for n, c in enumerate((4.0, 14.5, 15.0, 14.0, 14.2))
    ]
    broken = {"device": "LOG-8", "at": made.now().isoformat(), "celsius": -300, "vehicle": "VAN", "layer": "frozen"}
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with use_room(made):
        with TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as client:
            receipt = client.post(
                "/api/readings", json={"readings": [*readings, broken, {**broken, "layer": "x"}]}
            ).json()
            assert (receipt["recorded"], receipt["faulty"], receipt["refused"], receipt["opened"]) == (6, 1, 1, 1)
            wrong = client.post("/api/readings", json=[{"device": "L", "at": start.isoformat(), "celsius": "warm"}])
            assert (wrong.status_code, "celsius must be a number" in wrong.json()["error"]) == (422, True)
        yield made
    made.close()


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_excursion_shows_its_curve_and_its_orders(language: str) -> None:
    t = words(language)
    app = sound(opened("cold_chain", language))
    shown = text_of(app) + tables_of(app)
    assert "LOG-7" in shown
    assert t("breach.warm") in shown
    assert order_id(1).split(":")[1] in shown
    probes = tables_of(sound(opened("cold_chain", language, panel="probes")))
    assert t("cold_standing.impossible") in probes
    assert t("cold_standing.open") in probes
