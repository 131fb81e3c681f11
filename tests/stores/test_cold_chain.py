"""Readings on both databases: late, repeated and wrong ones; excursions with the parcels and orders they concern."""

import random
from datetime import timedelta
from typing import Any

import pytest

from engine.store.screens import cold_chain as cold_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.riders.assign_tasks import Task, assign_tasks
from engine.usecases.road.record_readings import SensorReading, record_readings
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.worlds import Clock, order, order_id, take


@pytest.fixture
def parcels(room: Room) -> dict[str, str]:
    """A chilled and an ambient parcel, by layer."""
    take(room, order(1, ("BERRY", 1)), order(2))
    allocate_waiting(room)
    return dict(room.database.read("SELECT layer, parcel_id FROM parcels").rows())


def warm(clock: Clock, **named: Any) -> list[SensorReading]:
    """Half an hour: five minutes right, ten much too warm, then right again."""
    values = [4.0, 4.1, 22.0, 23.0, 22.5, 22.4, 5.0, 4.9, 4.8, 4.7, 4.6]
    start = clock.at - timedelta(minutes=30)
    return [SensorReading("S1", start + timedelta(minutes=3 * n), c, 60.0 + n, **named) for n, c in enumerate(values)]


def test_an_excursion_of_a_parcel_names_its_orders(room: Room, clock: Clock, parcels: dict[str, str]) -> None:
    record_waybills(room, [Waybill(parcels["chilled"], "SF9", clock.at)], actor="wms")
    warm_up = [r for r in warm(clock, waybill_no="SF9") if r.at <= clock.at - timedelta(minutes=21)]
    first = record_readings(room, warm_up, actor="test")
    assert (first.recorded, first.opened) == (4, 0)
    hot = [SensorReading("S1", clock.at - timedelta(minutes=15), 22.9, 70.0, parcel_id=parcels["chilled"])]
    assert record_readings(room, hot, actor="test").opened == 1
    [found] = cold_screens.excursions(room.database, clock.at).to_dicts()
    assert (found["breach"], found["ended_at"], found["parcels"], found["orders"]) == ("warm", None, 1, 1)
    assert found["peak"] == 23.0
    [concerned] = cold_screens.excursion_orders(room.database, clock.at, found["excursion_id"]).to_dicts()
    assert concerned["order_id"] == order_id(1)
    assert verify(room.database).clean


def test_the_story_does_not_depend_on_the_order_in_which_it_is_told(
    room: Room, clock: Clock, parcels: dict[str, str]
) -> None:
    readings = warm(clock, parcel_id=parcels["chilled"])
    for seed in range(3):
        dice = random.Random(seed)
        shuffled = [SensorReading(f"S{seed}", *(r.at, r.celsius, r.humidity, r.parcel_id)) for r in readings]
        dice.shuffle(shuffled)
        recorded = 0
        while shuffled:
            size = dice.randint(1, 5)
            batch, shuffled = shuffled[:size], shuffled[size:]
            recorded += record_readings(room, batch, actor="test").recorded
        assert recorded == len(readings)
    found = cold_screens.excursions(room.database, clock.at).drop("excursion_id", "probe_id", "device")
    assert found.height == 3
    assert found.n_unique() == 1
    assert found["ended_at"][0] == readings[6].at
    curve = cold_screens.cold_curve(room.database, f"S0|parcel|{parcels['chilled']}", readings[0].at)
    assert curve["celsius"].to_list() == [r.celsius for r in readings]
    assert verify(room.database).clean


def test_a_vehicles_excursion_concerns_what_was_on_board_in_its_layer(
    room: Room, clock: Clock, parcels: dict[str, str]
) -> None:
    start = clock.at - timedelta(minutes=40)
    stops = [Task(layer, "VAN-1", start, 1, parcel_id=parcel) for layer, parcel in parcels.items()]
    assign_tasks(room, stops, actor="test")
    record_readings(room, warm(clock, vehicle="VAN-1", layer="chilled"), actor="test")
    [found] = cold_screens.excursions(room.database, clock.at).to_dicts()
    assert (found["parcels"], found["orders"]) == (1, 1)
    concerned = cold_screens.excursion_orders(room.database, clock.at, found["excursion_id"])
    assert concerned["parcel_id"].to_list() == [parcels["chilled"]]


def test_rows_about_nothing_are_answered_and_bad_values_are_kept_as_faults(
    room: Room, clock: Clock, parcels: dict[str, str]
) -> None:
    odd = [
        SensorReading("S1", clock.at, 4.0),
        SensorReading("S1", clock.at, 4.0, parcel_id="none"),
        SensorReading("S1", clock.at, 4.0, waybill_no="none"),
        SensorReading("S1", clock.at, 4.0, vehicle="VAN"),
        SensorReading("S1", clock.at, 4.0, vehicle="VAN", layer="warm"),
        SensorReading("S1", clock.at, 4.0, parcel_id=parcels["chilled"], layer="frozen"),
        SensorReading("S1", clock.at + timedelta(hours=1), 4.0, vehicle="VAN", layer="chilled"),
        SensorReading("S1", clock.at, 400.0, parcel_id=parcels["chilled"]),
        SensorReading("S1", clock.at, 4.0, parcel_id=parcels["chilled"]),
    ]
    receipt = record_readings(room, odd, actor="test")
    assert (receipt.read, receipt.recorded, receipt.repeated, receipt.refused, receipt.faulty) == (9, 1, 1, 7, 1)
    words = [
        "names 0 things",
        "no parcel",
        "no waybill",
        "names no layer",
        "must be one of",
        "is chilled",
        "not come yet",
    ]
    for fault, part in zip(receipt.faults, words, strict=True):
        assert part in fault["fault"]
    [probe] = cold_screens.cold_probes_now(room.database, clock.at, 15.0).to_dicts()
    assert (probe["standing"], probe["celsius"]) == ("impossible", None)
    later = cold_screens.cold_probes_now(room.database, clock.at + timedelta(minutes=16), 15.0)
    assert later["standing"].to_list() == ["silent"]
