"""Promises on air, and notices of platforms, over HTTP: entered, refused with a sentence each, withdrawn."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.worlds import OPENING, SHOW, Clock, order, small_room, take


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    opened = small_room(duckdb_url, clock)
    take(opened, order(1), order(2))
    with use_room(opened):
        yield opened
    opened.close()


@pytest.fixture
def client(room: Room) -> Iterator[TestClient]:
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as opened:
        yield opened


def said(**changes: object) -> dict[str, object]:
    plain = {"show_id": SHOW, "words": "24小时内发货", "said_at": OPENING.isoformat(), "hours": 24}
    return plain | changes


def test_promises_are_logged_one_by_one_and_withdrawn(client: TestClient, room: Room) -> None:
    told = client.post("/api/promises", json={"promises": [said(), said(show_id="nowhere"), said(hours=12)]}).json()
    assert [(entry["entry"], entry["moved"]) for entry in told["logged"]] == [(1, 2), (3, 2)]
    assert told["refused"] == [{"entry": 2, "error": "There is no show 'nowhere'."}]
    assert told["read"] == len(told["logged"]) + len(told["refused"])
    ids = [entry["promise_id"] for entry in told["logged"]]
    asked = [{"promise_id": name, "reason": "misheard"} for name in (*reversed(ids), "s0")]
    back = client.post("/api/promises/withdrawals", json=asked).json()
    assert [entry["moved"] for entry in back["withdrawn"]] == [2, 2]
    assert back["refused"] == [{"entry": 3, "error": "There is no promise 's0'."}]
    hours = room.database.read("SELECT epoch(promise_at - paid_at) / 3600 AS hours FROM orders")["hours"]
    assert hours.to_list() == [48, 48]
    actors = room.database.read("SELECT DISTINCT actor FROM promise_moves")["actor"].to_list()
    assert actors == ["api:local"]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (said(hours="24"), "promises[0].hours must be a number."),
        (said(hours=None), "either so many hours from payment, or by a moment"),
        (said(whole_show="yes"), "promises[0].whole_show must be true or false."),
        (said(said_at="20:00"), "with its zone"),
        (said(words=""), "promises[0].words must be a text"),
    ],
)
def test_a_promise_in_another_shape_is_refused(client: TestClient, entry: dict[str, object], sentence: str) -> None:
    answer = client.post("/api/promises", json=[entry])
    assert answer.status_code == 422
    assert sentence in answer.json()["error"]


def test_notices_are_entered_one_by_one_and_withdrawn(client: TestClient, room: Room) -> None:
    snow = {
        "platform": "douyin", "notice": "公告：河南暴雪", "regions": ["41"], "since": "2026-11-20T00:00:00+08:00",
        "until": "2026-11-24T00:00:00+08:00",
    }  # fmt: skip
    told = client.post("/api/exemptions", json={"exemptions": [snow, snow, snow | {"platform": "other"}]}).json()
    [first] = told["entered"]
    assert [refusal["entry"] for refusal in told["refused"]] == [2, 3]
    assert len(room.platforms["douyin"].versions[-1].exemptions) == 1
    asked = [{"notice_id": first["notice_id"], "reason": "taken back"}, {"notice_id": "x0", "reason": "taken back"}]
    back = client.post("/api/exemptions/withdrawals", json=asked).json()
    assert [entry["notice_id"] for entry in back["withdrawn"]] == [first["notice_id"]]
    assert back["refused"] == [{"entry": 2, "error": "There is no notice 'x0'."}]
    assert room.platforms["douyin"].versions[-1].exemptions == ()
    for spoiled, sentence in (
        ({"regions": "41"}, "exemptions[0].regions must be a list of texts."),
        ({"place": "nowhere"}, "exemptions[0].place must be one of origin, destination, either."),
        ({"clauses": ["fraud"]}, "'fraud': only late, late_beyond, trace_timeout, trace_anomaly can be exempt."),
        ({"since": "tomorrow"}, "with its zone"),
    ):
        answer = client.post("/api/exemptions", json=[snow | spoiled])
        assert answer.status_code == 422
        assert sentence in answer.text.replace("\\", "")
