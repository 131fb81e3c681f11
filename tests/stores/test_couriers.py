"""Positions and tasks of riders on both databases: repeated, late and wrong rows, and what the map then says."""

from datetime import timedelta
from typing import Any

import pytest

from engine.store.screens import maps as map_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.riders.assign_tasks import Task, assign_tasks
from engine.usecases.riders.courier_policy import load_courier_policy
from engine.usecases.riders.forget_positions import forget_positions
from engine.usecases.riders.record_positions import Position, record_positions
from engine.usecases.riders.rider_arrivals import rider_arrivals
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.worlds import Clock, order, take

XUHUI = (121.4315, 31.19034)


def at(clock: Clock, seconds: float, courier: str = "r1", **more: Any) -> Position:
    return Position(courier, clock.at + timedelta(seconds=seconds), XUHUI[0] + seconds * 5e-5, XUHUI[1], **more)


def test_late_and_repeated_positions_move_nobody_back(room: Room, clock: Clock) -> None:
    first = record_positions(room, [at(clock, 0, node="WH"), at(clock, -60), at(clock, 0)], actor="test")
    assert (first.recorded, first.repeated, first.refused) == (2, 1, 0)
    again = record_positions(room, [at(clock, 0), at(clock, -30), at(clock, -60)], actor="test")
    assert (again.recorded, again.repeated) == (1, 2)
    [rider] = map_screens.riders(room.database).to_dicts()
    assert (rider["event_time"], rider["lon"], rider["node"], rider["city"]) == (clock.at, XUHUI[0], "WH", "310000")
    assert rider["speed_kmh"] == pytest.approx(17.12, abs=0.05)  # 0.00005 degrees of longitude a second
    assert room.database.read("SELECT count(*) FROM courier_positions").item() == 3
    assert verify(room.database).clean


def test_positions_come_to_rest_in_wgs84_with_the_datum_they_came_in(room: Room, clock: Clock) -> None:
    sent = [
        Position("amap", clock.at, 121.531541859215, 31.17530398364597, "gcj02"),
        Position("gps", clock.at, 121.5272106, 31.1774276),
    ]
    record_positions(room, sent, actor="test")
    stored = room.database.read("SELECT courier, lon, lat, datum FROM courier_positions ORDER BY courier").rows()
    assert [(row[0], row[3]) for row in stored] == [("amap", "gcj02"), ("gps", "wgs84")]
    assert stored[0][1:3] == pytest.approx(stored[1][1:3], abs=2e-6)


def test_rows_that_cannot_be_true_are_answered_in_words_and_cost_the_others_nothing(room: Room, clock: Clock) -> None:
    odd = [
        Position("r1", clock.at, 31.2, 121.4),
        Position("r1", clock.at, 0.0, 0.0),
        Position("r1", clock.at, 121.4, 31.2, "mars"),
        Position("r1", clock.at + timedelta(hours=1), 121.4, 31.2),
        Position("r1", clock.at - timedelta(days=3), 121.4, 31.2),
        Position("r1", clock.at, 121.4, 31.2, node="NOWHERE"),
        Position("r1", clock.at, 121.4, 31.2, speed_kmh=-1.0),
        Position("r1", clock.at, 121.4, 31.2),
    ]
    receipt = record_positions(room, odd, actor="test")
    assert (receipt.read, receipt.recorded, receipt.refused) == (8, 1, 7)
    words = [
        "longitude and latitude",
        "without a fix",
        "wgs84, gcj02, bd09",
        "not come yet",
        "48 h",
        "no node",
        "below",
    ]
    for fault, part in zip(receipt.faults, words, strict=True):
        assert part in fault["fault"]
    assert [fault["row"] for fault in receipt.faults] == [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture
def parcel(room: Room) -> str:
    """The one parcel that is planned."""
    take(room, order(1))
    allocate_waiting(room)
    return str(room.database.read("SELECT parcel_id FROM parcels").item())


def test_a_stop_without_a_place_is_its_parcels_district_and_its_arrival_moves_with_the_rider(
    room: Room, clock: Clock, parcel: str
) -> None:
    record_positions(room, [at(clock, 0)], actor="test")
    receipt = assign_tasks(
        room,
        [
            Task("t1", "r1", clock.at, 1, parcel_id=parcel),
            Task("t2", "r1", clock.at, 2, lon=121.5, lat=31.2, place="x"),
            Task("t3", "r2", clock.at, 1, parcel_id=parcel),
            Task("t4", "r2", clock.at, 1),
            Task("t5", "r2", clock.at, 1, state="done"),
            Task("t6", "r2", clock.at, 1, parcel_id="none"),
        ],
        actor="test",
    )
    assert (receipt.recorded, receipt.refused) == (2, 4)
    assert "on board already, as task t1" in receipt.faults[0]["fault"]
    stops = rider_arrivals(room.database, load_courier_policy(), city="310000", now=clock.at)
    assert stops["place"].to_list() == ["上海市徐汇区", "x"]
    before = stops["eta"][1]
    record_positions(room, [at(clock, 5)], actor="test")
    clock.pass_(minutes=2)
    after = rider_arrivals(room.database, load_courier_policy(), city=None, now=clock.at)["eta"][1]
    assert after != before
    ended = [
        Task("t1", "r1", clock.at, 1, "done"),
        Task("t1", "r1", clock.at, 1, "done"),
        Task("t2", "r1", clock.at, 1),
    ]
    told = assign_tasks(room, ended, actor="test")
    assert (told.recorded, told.repeated) == (2, 1)
    refused = assign_tasks(room, [Task("t1", "r1", clock.at, 1)], actor="test")
    assert "done already" in refused.faults[0]["fault"]
    assert map_screens.rider_stops(room.database)["task_id"].to_list() == ["t2"]
    assert verify(room.database).clean


def test_the_map_counts_what_is_on_its_way(room: Room, clock: Clock, parcel: str) -> None:
    record_positions(room, [at(clock, 0)], actor="test")
    assert map_screens.lanes(room.database, 0.5).is_empty(), "without a waybill it stands in its node"
    record_waybills(room, [Waybill(parcel, "SF1", clock.at)], actor="wms")
    [lane] = map_screens.lanes(room.database, 0.5).to_dicts()
    assert (lane["node"], lane["province"], lane["parcels"], lane["moving"], lane["forecast"]) == (
        "WH",
        "上海市",
        1,
        0,
        0,
    )
    [district] = map_screens.orders_on_map(room.database, "31").to_dicts()
    assert (district["place"], district["orders"], district["planned"]) == ("徐汇区", 1, 1)
    waiting = {row["node"]: row["waiting"] for row in map_screens.nodes_on_map(room.database).to_dicts()}
    assert waiting == {"WH": 1, "DP": 0}
    assert map_screens.map_cities(room.database)["adcode"].to_list() == ["310000"]


def test_positions_leave_when_their_time_is_over_and_the_rider_later(room: Room, clock: Clock) -> None:
    record_positions(room, [at(clock, 0)], actor="test")
    policy = load_courier_policy()
    assert forget_positions(room, policy) == 0
    clock.pass_(hours=policy.position.keep_hours + 1)
    assert forget_positions(room, policy) == 1
    assert map_screens.riders(room.database).height == 1
    assert verify(room.database).clean
    clock.pass_(days=policy.position.forget_days)
    assert forget_positions(room, policy) == 1
    assert map_screens.riders(room.database).is_empty()
