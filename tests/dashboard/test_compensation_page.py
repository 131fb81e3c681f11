"""The desk of compensations says what the tables hold, its buttons work, and the gateway's doors take no nonsense."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from dashboard import sentences
from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from dashboard.wording import words
from engine.errors import WarRoomError
from engine.model.roles import Role
from engine.usecases.making_good.propose_compensations import propose_compensations
from engine.usecases.making_good.review_compensations import (
    approve_compensations,
    reject_compensations,
    set_compensation_budget,
)
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.dashboard.test_partner_pages import click, page, tables_of
from tests.stores.test_compensations import DENT, build, states
from tests.worlds import SHOW, Clock, small_room

ZH, EN = words("zh"), words("en")


@pytest.fixture
def desk(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    made = small_room(duckdb_url, clock)
    build(made)
    propose_compensations(made.database, actor="test")
    with use_room(made):
        yield made
    made.close()


def test_the_desk_shows_reasons_in_both_languages_and_approves_in_bulk(desk: Room) -> None:
    for language, t in (("zh", ZH), ("en", EN)):
        shown = tables_of(page("compensation", language))
        assert t.of("remedy", "coupon") in shown
        assert t.of("severity", "serious") in shown
    app: AppTest = page("compensation")
    app = click_submit(app, "6")
    assert set(states(desk).values()) == {"approved"}
    assert any("6 approved" in box.value for box in app.success)
    assert "approved" in tables_of(page("compensation", panel="log")).lower()
    assert "Night" in tables_of(page("compensation", panel="budgets"))


def click_submit(app: AppTest, n: str) -> AppTest:
    [key] = [button.key for button in app.button if button.label == EN("stagger.approve_all", n=n)]
    return click(app, key)


def test_the_gateway_fetches_what_was_approved_and_reports_it_paid(desk: Room) -> None:
    approve_compensations(desk.database, DENT, actor="lin", role=Role.OPERATOR)
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as client:
        told = client.get("/api/compensations").json()
        assert (len(told["compensations"]), told["more"]) == (5, False)
        first = told["compensations"][0]
        assert (first["remedy"], first["pay_yuan"], first["ticket_no"]) == ("coupon", "5.00", "A00000001")
        good = {"compensation_id": first["compensation_id"], "answer": "paid", "at": desk.now().isoformat()}
        assert client.post("/api/compensation-answers", json={"answers": [good]}).json()["applied"] == 1
        assert client.post("/api/compensation-answers", json=[good]).json()["repeated"] == 1
        for bad in ({**good, "answer": "stolen"}, {**good, "at": "soon"}, {**good, "compensation_id": 7}):
            assert client.post("/api/compensation-answers", json=[bad]).status_code in (400, 422), bad
    assert states(desk)[DENT[0]] == "paid"


def test_every_refusal_of_the_desk_is_told_in_chinese(desk: Room) -> None:
    where, boss = desk.database, Role.MANAGER
    set_compensation_budget(where, SHOW, 600, actor="b", role=boss, reason="x")
    approve_compensations(where, DENT[:1], actor="lin", role=boss)
    refused = (
        lambda: approve_compensations(where, [], actor="a", role=boss),
        lambda: approve_compensations(where, DENT[:1], actor="a", role=boss),
        lambda: approve_compensations(where, DENT[1:2], actor="a", role=boss),
        lambda: approve_compensations(where, DENT, actor="a", role=Role.ANALYST),
        lambda: approve_compensations(where, ["nothing"], actor="a", role=boss),
        lambda: reject_compensations(where, DENT[1:2], actor="a", role=boss, reason=""),
        lambda: set_compensation_budget(where, SHOW, 1, actor="a", role=boss, reason="x"),
        lambda: set_compensation_budget(where, SHOW, 1, actor="a", role=Role.OPERATOR, reason="x"),
        lambda: set_compensation_budget(where, "nothing", 1, actor="a", role=boss, reason="x"),
    )
    for act in refused:
        with pytest.raises(WarRoomError) as told:
            act()
        assert sentences.said(ZH, str(told.value)) != str(told.value), str(told.value)
