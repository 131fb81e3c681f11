"""The page of routes: planned by a click, printed, downloaded."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.api.routes import ROUTES
from engine.store import tables
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.dashboard.test_pages import opened, text_of
from tests.worlds import Clock, order, small_room, take


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    """Three orders that the store's own riders bring."""
    made = small_room(duckdb_url, clock)
    with made.database.transaction(actor="test", verb="make_riders") as tx:
        tx.execute(tables.carriers.update().values(kind="own_rider", hours="08:00-23:30"))
    take(made, order(1), order(2), order(3))
    allocate_waiting(made)
    with use_room(made):
        yield made
    made.close()


def test_routes_are_planned_from_their_page_and_printed(room: Room) -> None:
    page = opened("routes")
    assert "No routes were planned" in text_of(page)
    page.button(key="routes-plan").click().run()
    assert "3 stops planned" in text_of(page)
    app = Starlette(routes=ROUTES)
    with TestClient(app) as client:
        paper = client.get("/floor/routes/WH", params={"lang": "zh"})
        assert paper.text.count("<tr>") == 4
        assert "WH 配送路线" in paper.text
        assert client.get("/floor/routes/WH/routes.csv").text.count("\n") == 4
        assert client.get("/floor/routes/NOWHERE").status_code == 404
        assert client.get("/floor/routes/WH/x.csv").status_code == 404
