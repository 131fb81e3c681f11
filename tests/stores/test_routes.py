"""Open stops of a store's own people become a plan on both databases; a new plan replaces the old one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import NotFound
from engine.store import tables
from engine.store.screens import routes as route_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.riders.plan_routes import plan_node_routes, shifts
from engine.usecases.riders.route_files import write_route_files
from engine.usecases.riders.route_policy import load_route_policy
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.worlds import OPENING, Clock, order, take

POLICY = load_route_policy()


@pytest.fixture
def riding(room: Room) -> Iterator[Room]:
    """Both carriers are the store's own riders; three buyers live in the district of WH, one in Beijing."""
    with room.database.transaction(actor="test", verb="make_riders") as tx:
        tx.execute(sa.update(tables.carriers).values(kind="own_rider", hours="08:00-22:30"))
    far = {"address": {"province": "北京市", "city": "北京市", "district": "东城区", "street": "x", "detail": "y"}}
    take(room, order(1), order(2, ("OIL", 1)), order(3, ("GRAIN", 1)), order(4, ("RICE", 1), **far))
    allocate_waiting(room)
    yield room
    assert verify(room.database).clean, [check for check in verify(room.database).checks if check.breaches]


def test_a_plan_is_written_with_its_stops_its_audit_and_what_it_misses(riding: Room, tmp_path: Path) -> None:
    nodes = route_screens.route_nodes(riding.database)
    assert nodes["open_stops"].sum() == 4
    planned = {node: plan_node_routes(riding.database, node, POLICY, actor="lin") for node in nodes["node"].to_list()}
    assert sum(one.stops + one.missed for one in planned.values()) == 4
    wh = planned["WH"]
    assert (wh.routes >= 1, wh.stops >= 3) == (True, True)
    stops = route_screens.route_stops_now(riding.database, "WH")
    assert stops["seq"].min() == 1
    assert all(row["arrives_at"] <= row["due_at"] for row in stops.iter_rows(named=True))
    told = riding.database.read("SELECT actor, subject FROM audit WHERE verb = 'plan_routes' ORDER BY version").rows()
    assert ("lin", "WH") in told
    files = write_route_files(riding.database, "WH", tmp_path / "out")
    lines = Path(files[0]).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + wh.stops
    assert lines[0].startswith("route,carrier,rider,leaves_at,seq")


def test_what_was_taken_along_is_planned_no_more_and_the_old_plan_counts_no_more(riding: Room) -> None:
    first = plan_node_routes(riding.database, "WH", POLICY, actor="lin")
    parcels = route_screens.route_stops_now(riding.database, "WH")["parcel_id"].to_list()
    now = riding.now()
    bills = [Waybill(parcel, f"B{n}", now, now) for n, parcel in enumerate(parcels)]
    record_waybills(riding, bills, actor="wms")
    second = plan_node_routes(riding.database, "WH", POLICY, actor="lin")
    assert (first.stops, second.routes, second.stops) == (len(parcels), 0, 0)
    assert route_screens.route_stops_now(riding.database, "WH").is_empty()
    assert route_screens.route_plans_now(riding.database, "WH")["routes"].to_list() == [0]


def test_a_node_that_is_none_is_refused_and_one_without_stops_writes_nothing(room: Room) -> None:
    with pytest.raises(NotFound, match="no node NOWHERE"):
        plan_node_routes(room.database, "NOWHERE", POLICY, actor="lin")
    before = room.database.data_version()
    assert plan_node_routes(room.database, "WH", POLICY, actor="lin").routes == 0
    assert room.database.data_version() == before


def test_shifts_are_the_carriers_hours_from_now_on(clock: Clock) -> None:
    assert OPENING.hour == 12, "20:00 in Beijing"
    clerks = shifts("09:30-11:00|13:30-16:30", OPENING, POLICY)
    assert clerks == [(48_600, 50_400)], "tomorrow 09:30, cut at the end of 14 hours"
    assert shifts("08:00-22:30", OPENING, POLICY) == [(0, 9000), (43_200, 50_400)]
    assert shifts("08:00-22:30", OPENING + timedelta(hours=3), POLICY)[0][0] == 9 * 3600
