"""Tickets over HTTP: taken once, bad bodies answered with one sentence, many posts one commit."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.after_sales import asked
from tests.worlds import Clock, order, small_room, take


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    opened = small_room(f"duckdb:///{tmp_path_factory.mktemp('tickets') / 'room.duckdb'}", Clock())
    opened.now.pass_(minutes=30)  # type: ignore[attr-defined]
    take(opened, order(1))
    with use_room(opened):
        yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(room: Room) -> Iterator[TestClient]:
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as opened:
        yield opened


def test_tickets_are_taken_in_all_shapes_of_a_body_and_once(client: TestClient, room: Room) -> None:
    receipt = client.post("/api/tickets", json={"tickets": [asked(1), asked(2, claim="gold")]}).json()
    assert [receipt[name] for name in ("read", "recorded", "repeated", "refused")] == [2, 1, 0, 1]
    [fault] = receipt["faults"]
    assert fault["row"] == 2
    assert client.post("/api/tickets", json=[asked(1)]).json()["repeated"] == 1
    export = {"售后单号": "7294417900011", "售后类型": "仅退款", "售后申请时间": "2026-11-11 20:05:00"}
    body = {"format": "douyin", "source": "oms", "rows": [export]}
    assert client.post("/api/tickets", json=body).json()["recorded"] == 1
    assert room.database.read("SELECT order_id FROM tickets ORDER BY asked_at").rows() == [
        (None,),
        ("douyin:N00000001",),
    ]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"", 400, "The body is empty"),
        (b"{", 400, "The body is not JSON"),
        (b'{"orders": []}', 422, "The body has no 'tickets'"),
        (b'{"tickets": []}', 422, "tickets is empty"),
        (b'{"tickets": [7]}', 422, "tickets[0] is not an object"),
        (b'{"format": "taobao", "rows": [{}]}', 422, "format is 'taobao'"),
        (b'{"format": "douyin", "rows": [{"a": 1}]}', 422, "has no column"),
        (b'{"tickets": [{"a": 1}]}', 422, "These tickets have no ticket_no"),
    ],
)
def test_a_bad_body_is_answered_with_one_sentence(client: TestClient, body: bytes, status: int, sentence: str) -> None:
    answer = client.post("/api/tickets", content=body)
    assert answer.status_code == status
    assert sentence in answer.json()["error"]


def test_posts_that_wait_together_are_each_answered_and_none_is_lost(client: TestClient, room: Room) -> None:
    def post(number: int) -> Any:
        return client.post("/api/tickets", json=[asked(number)]).json()["recorded"]

    before = room.database.data_version()
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(post, range(100, 140))) == 40
    assert room.database.read("SELECT count(*) FROM tickets WHERE ticket_no >= 'A00000100'").item() == 40
    assert room.database.data_version() - before <= 40
