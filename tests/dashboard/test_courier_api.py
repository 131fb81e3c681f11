"""Riders over HTTP: positions and stops in, layers of the map out, nothing personal in them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from dashboard.map_layers import LAYERS
from dashboard.wording import LANGUAGES
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.worlds import Clock, order, small_room, take


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Two planned orders; a rider with a telephone number for a code, two stops, one of them a parcel's."""
    folder: Path = tmp_path_factory.mktemp("couriers")
    opened = small_room(f"duckdb:///{folder / 'room.duckdb'}", Clock())
    take(opened, order(1), order(2))
    allocate_waiting(opened)
    parcel = opened.database.read("SELECT max(parcel_id) FROM parcels").item()
    record_waybills(opened, [Waybill(parcel, "SF1", opened.now())], actor="wms")
    with use_room(opened):
        yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(room: Room) -> Iterator[TestClient]:
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as opened:
        yield opened


@pytest.fixture(scope="module")
def posted(client: TestClient, room: Room) -> tuple[dict[str, Any], dict[str, Any]]:
    """The receipts of a rider's positions and stops."""
    now = room.now().isoformat()
    rider = {"courier": "13612345678", "at": now, "lon": 121.4315, "lat": 31.1903, "datum": "gcj02", "node": "WH"}
    parcel = room.database.read("SELECT min(parcel_id) FROM parcels").item()
    tasks = [
        {"task_id": "t1", "courier": "13612345678", "at": now, "seq": 1, "parcel_id": parcel, "due_at": now},
        {"task_id": "t2", "courier": "13612345678", "at": now, "seq": 2, "lon": 121.5, "lat": 31.2, "place": "<b>x"},
        {"task_id": "t3", "courier": "r", "at": now, "seq": 1, "parcel_id": "nowhere"},
    ]
    positions = client.post("/api/couriers", json={"positions": [rider, {**rider, "lon": 999}]})
    return positions.json(), client.post("/api/couriers/tasks", json=tasks).json()


def test_receipts_tell_what_became_of_every_row(posted: tuple[dict[str, Any], dict[str, Any]]) -> None:
    positions, tasks = posted
    assert (positions["recorded"], positions["refused"], tasks["recorded"], tasks["refused"]) == (1, 1, 2, 1)
    assert positions["faults"][0]["row"] == 2
    assert "no parcel 'nowhere'" in tasks["faults"][0]["fault"]


@pytest.mark.usefixtures("posted")
def test_layers_have_places_colours_and_words_and_no_number_that_could_be_called(client: TestClient) -> None:
    for language in LANGUAGES:
        said = {
            name: client.get(f"/api/map/{name}.json", params={"city": "310000", "lang": language}) for name in LAYERS
        }
        assert {name: answer.status_code for name, answer in said.items()} == dict.fromkeys(LAYERS, 200)
        rows = {name: answer.json() for name, answer in said.items()}
        assert {name: len(found) for name, found in rows.items()} == {
            "couriers": 1, "trails": 1, "stops": 2, "orders": 1, "nodes": 2, "lanes": 1, "hubs": 0,
        }  # fmt: skip
        assert "13612345678" not in str(rows)
        assert "136****78" in rows["couriers"][0]["tip"]
        assert rows["stops"][0]["w"][1] == rows["stops"][0]["p"] == rows["stops"][1]["w"][0]
        late = rows["stops"][0]["c"][:3]
        assert rows["couriers"][0]["c"][:3] == late, "a rider who will be late is as red"
        assert 0 < rows["couriers"][0]["p"][0] - 121.4265 < 0.001, "AMap's position was moved to where it is"


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        (
            "/api/couriers",
            [{"courier": "r", "at": "2026-11-11T20:00:00+08:00", "lon": "east", "lat": 1}],
            "lon must be a",
        ),
        ("/api/couriers", [{"courier": "", "at": "2026-11-11T20:00:00+08:00", "lon": 1, "lat": 1}], "courier must be"),
        ("/api/couriers", [{"courier": "r", "at": "soon", "lon": 1, "lat": 1}], "at must be a time with its zone"),
        ("/api/couriers/tasks", [{"task_id": "t", "courier": "r", "seq": True}], "seq must be a whole number"),
    ],
)
def test_a_body_of_another_shape_is_refused_with_the_place(
    client: TestClient, path: str, body: Any, sentence: str
) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 422
    assert sentence in answer.json()["error"]


def test_a_city_that_is_no_code_is_refused_and_an_unknown_one_is_empty(client: TestClient) -> None:
    assert client.get("/api/map/couriers.json", params={"city": "x'--"}).status_code == 422
    assert client.get("/api/map/couriers.json", params={"city": "540100"}).json() == []
    assert client.post("/api/map/couriers.json").status_code == 405
