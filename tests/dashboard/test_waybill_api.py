"""GET /api/waybill-proposals: what a middleware should upload now, as JSON and as CSV."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.api.front_door import FrontDoor
from dashboard.api.routes import ROUTES
from engine.store import tables
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.time_waybills import time_waybills
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.stores.test_costs import HISTORY
from tests.worlds import Clock, order, small_brand, small_room, take


@pytest.fixture
def client(duckdb_url: str, clock: Clock) -> Iterator[tuple[TestClient, Room]]:
    """Three planned orders whose upload is due, whatever was weighed."""
    room = small_room(duckdb_url, clock, brand=replace(small_brand(), delay_history=HISTORY))
    take(room, *(order(n) for n in range(1, 4)))
    allocate_waiting(room)
    time_waybills(room, actor="test")
    with room.database.transaction(actor="test", verb="test") as tx:
        tx.execute(tables.waybill_proposals.update().values(upload_at=clock.at))
    app = Starlette(routes=ROUTES, middleware=[Middleware(FrontDoor)])
    with (
        use_room(room),
        TestClient(app, base_url="http://127.0.0.1:8501", client=("127.0.0.1", 50000)) as opened,
    ):
        yield opened, room
    room.close()


def test_a_middleware_reads_what_is_due_as_json_and_as_csv(client: tuple[TestClient, Room]) -> None:
    http, _ = client
    told = http.get("/api/waybill-proposals").json()
    assert (len(told["due"]), told["more"]) == (3, False)
    assert set(told["due"][0]) == {
        "parcel_id", "order_nos", "platform", "node", "carrier", "promise_at", "upload_at",
    }  # fmt: skip
    assert told["due"][0]["order_nos"] == ["N00000001"]
    table = http.get("/api/waybill-proposals?format=csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert len(table.text.splitlines()) == 4
    refused = http.get("/api/waybill-proposals?format=xml")
    assert refused.status_code == 400
    assert "there are json, csv" in refused.json()["error"]
