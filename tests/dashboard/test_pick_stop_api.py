"""GET /api/pick-stops and the answers to them: a node polls, is told each once, and says what became of it."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.worlds import Clock, order, order_id, small_room, take


@pytest.fixture
def client(duckdb_url: str, clock: Clock) -> Iterator[TestClient]:
    """Two labelled orders, the first of them refunded."""
    room = small_room(duckdb_url, clock)
    take(room, order(1), order(2))
    allocate_waiting(room)
    for number, parcel in enumerate(room.database.read("SELECT parcel_id FROM parcels")["parcel_id"]):
        record_waybills(room, [Waybill(parcel, f"SF100000{number}", room.now())], actor="wms")
    refund(room, 1)
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with (
        use_room(room),
        TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as opened,
    ):
        opened.room = room  # type: ignore[attr-defined]
        yield opened
    room.close()


def refund(room: Room, number: int) -> None:
    change_orders(room, [OrderChange(order_id(number), "refunded", room.now())], actor="platform")


def test_a_node_polls_and_is_told_each_refund_once(client: TestClient) -> None:
    first = client.get("/api/pick-stops?node=WH").json()
    [stop] = first["stops"]
    assert (stop["order_id"], stop["state"], stop["why"], stop["reached"]) == (
        order_id(1),
        "open",
        "refunded",
        "labelled",
    )
    assert "RICE × 1" in stop["goods"]
    again = f"/api/pick-stops?node=WH&after={first['version']}"
    assert client.get(again).json()["stops"] == []
    refund(client.room, 2)  # type: ignore[attr-defined]
    assert [s["order_id"] for s in client.get(again).json()["stops"]] == [order_id(2)]
    paper = client.get("/api/pick-stops?format=csv")
    assert paper.headers["content-type"].startswith("text/csv")
    assert len(paper.text.splitlines()) == 3


def test_answers_are_taken_once_and_bad_ones_are_told_why(client: TestClient) -> None:
    [stop] = client.get("/api/pick-stops").json()["stops"]
    answer = {"order_id": stop["order_id"], "parcel_id": stop["parcel_id"], "answer": "stopped"}
    receipt = client.post("/api/pick-stops/answers", json=[answer, {**answer, "order_id": "douyin:none"}]).json()
    assert (receipt["applied"], len(receipt["refused"])) == (1, 1)
    assert client.get("/api/pick-stops").json()["stops"] == []
    wrong = client.post("/api/pick-stops/answers", json=[{**answer, "answer": "perhaps"}])
    assert wrong.status_code in (400, 422)
    assert "write stopped or shipped" in wrong.json()["error"]
    for query in ("format=xml", "after=soon", "after=-1"):
        assert client.get(f"/api/pick-stops?{query}").status_code == 400
