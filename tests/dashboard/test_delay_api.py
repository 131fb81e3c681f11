"""The gateway's two doors over HTTP: what buyers may be asked, and what they answered."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.propose_delays import propose_delays
from engine.usecases.allocation.review_delays import approve_delays
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.certified import certified, use_planner
from tests.worlds import Clock, order, small_room, take


@pytest.fixture
def room(duckdb_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """Five approved offers."""
    opened = small_room(duckdb_url, clock)
    use_planner(monkeypatch, certified())
    take(opened, order(99, ("GRAIN", 1)))
    allocate_waiting(opened)
    take(opened, *(order(n, ("GRAIN", 1)) for n in range(1, 61)))
    propose_delays(opened, actor="test")
    approve_delays(
        opened, opened.database.read("SELECT offer_id FROM delay_offers")["offer_id"].to_list(), actor="test"
    )
    with use_room(opened):
        yield opened
    opened.close()


@pytest.fixture
def client(room: Room) -> Iterator[TestClient]:
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as opened:
        yield opened


def said(offer: dict[str, Any], answer: str, room: Room) -> dict[str, str]:
    return {"offer_id": offer["offer_id"], "answer": answer, "at": room.now().isoformat()}


def test_the_gateway_fetches_what_it_needs_to_ask_and_nothing_personal(client: TestClient, room: Room) -> None:
    told = client.get("/api/delay-offers").json()
    assert (len(told["offers"]), told["more"]) == (5, False)
    first = told["offers"][0]
    assert set(first) == {
        "offer_id", "order_id", "platform", "order_no", "tier", "tier_name", "extra_hours", "compensation_yuan", "form",
        "promise_before", "promise_after", "expires_at", "state",
    }  # fmt: skip
    assert (first["compensation_yuan"], first["tier_name"]["zh"], first["state"]) == ("3.00", "晚一天", "approved")
    assert "+00:00" in first["promise_after"]


def test_answers_are_committed_when_the_receipt_comes(client: TestClient, room: Room) -> None:
    first, second, *_ = client.get("/api/delay-offers").json()["offers"]
    answers = [said(first, "sent", room), said(first, "accepted", room), said(second, "declined", room)]
    receipt = client.post("/api/delay-answers", json={"answers": answers}).json()
    assert receipt == {"read": 3, "applied": 3, "repeated": 0, "refused": []}
    stored = dict(room.database.read("SELECT offer_id, state FROM delay_offers").rows())
    assert (stored[first["offer_id"]], stored[second["offer_id"]]) == ("accepted", "declined")
    assert client.post("/api/delay-answers", json=answers).json()["repeated"] == 3
    assert len(client.get("/api/delay-offers").json()["offers"]) == 3
    actors = room.database.read("SELECT DISTINCT actor FROM delay_events WHERE kind <> 'approved'")["actor"].to_list()
    assert actors == ["api:local"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([{"offer_id": "d1-1", "answer": "maybe", "at": "2026-11-11T20:00:00+08:00"}], "sent, accepted, declined"),
        ([{"offer_id": "d1-1", "answer": "accepted", "at": "2026-11-11T20:00:00"}], "with its zone"),
        ([{"offer_id": 7, "answer": "accepted", "at": "2026-11-11T20:00:00+08:00"}], "offer_id must be a text"),
        ({"answer": []}, "no 'answers'"),
        ([], "nothing to do"),
    ],
)
def test_a_wrong_answer_is_refused_with_the_reason(client: TestClient, body: object, told: str) -> None:
    answer = client.post("/api/delay-answers", json=body)
    assert answer.status_code == 422
    assert told in answer.json()["error"]


def test_an_unknown_offer_is_told_and_its_neighbour_is_taken(client: TestClient, room: Room) -> None:
    first, *_ = client.get("/api/delay-offers").json()["offers"]
    answers = [said({"offer_id": "d0-0"}, "accepted", room), said(first, "accepted", room)]
    receipt = client.post("/api/delay-answers", json=answers).json()
    assert (receipt["applied"], receipt["refused"]) == (1, [{"offer_id": "d0-0", "error": "There is no offer d0-0."}])


def test_what_ran_out_is_not_offered_any_more(client: TestClient, clock: Clock) -> None:
    clock.pass_(hours=12)
    assert client.get("/api/delay-offers").json() == {"offers": [], "more": False}


def test_the_doors_take_their_own_method_only(client: TestClient) -> None:
    assert client.post("/api/delay-offers", json=[]).status_code == 405
    assert client.get("/api/delay-answers").status_code == 405
