"""Refund against shipment on both databases: who must keep what, what became of it, and nothing leaves unnoticed."""

from datetime import timedelta

import pytest

from engine.model.pick_stops import BEGINS, STOP_TRANSITIONS, Reached, StopState
from engine.store.screens.pick_stops import pick_stop_totals, pick_stops, pick_stops_after
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.floor.floor_policy import load_floor_policy
from engine.usecases.floor.release_waves import release_waves
from engine.usecases.floor.stop_picks import StopAnswer, answer_stops
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.stores.test_steering import change, do
from tests.stores.test_tracking import tell, told
from tests.worlds import OPENING, Clock, order, order_id, take


def refund(room: Room, number: int = 1) -> None:
    change_orders(room, [OrderChange(order_id(number), "refunded", room.now())], actor="platform")


def parcel_of(room: Room, number: int) -> str:
    key = {"o": order_id(number)}
    return str(
        room.database.read("SELECT parcel_id FROM allocations WHERE order_id = $o ORDER BY version DESC", key)[0, 0]
    )


def stops(room: Room) -> dict[str, tuple[str, str, str]]:
    """Order number -> why, reached, state."""
    found = pick_stops(room.database)
    return {n.lstrip("N0"): tuple(rest) for n, *rest in found.select("order_no", "why", "reached", "state").rows()}


@pytest.fixture
def planned(room: Room, clock: Clock) -> Room:
    """Four orders of a unit of rice, each of its own buyer, planned."""
    take(room, *(order(n) for n in (1, 2, 3, 4)))
    allocate_waiting(room)
    clock.at = OPENING + timedelta(minutes=40)
    return room


def label(room: Room, number: int) -> str:
    name = f"SF100000{number}"
    record_waybills(room, [Waybill(parcel_of(room, number), name, room.now())], actor="wms")
    return name


def test_how_far_the_goods_were_decides_whether_they_can_be_stopped(planned: Room, clock: Clock) -> None:
    label(planned, 3)
    tell(planned, told("picked_up", 39, number=label(planned, 4)))
    refund(planned, 1)
    [wh] = {
        row[0]
        for row in planned.database.read("SELECT node FROM allocations WHERE order_id = $o", {"o": order_id(2)}).rows()
    }
    release_waves(planned.database, wh, load_floor_policy(), actor="floor")
    for number in (2, 3, 4):
        refund(planned, number)
    assert stops(planned) == {
        "1": ("refunded", "planned", "stopped"),
        "2": ("refunded", "on_floor", "open"),
        "3": ("refunded", "labelled", "open"),
        "4": ("refunded", "gone", "shipped"),
    }
    totals = pick_stop_totals(planned.database)
    assert totals.select("open", "stopped", "shipped").sum().rows() == [(2, 1, 1)]
    assert verify(planned.database).clean


def test_an_order_that_was_never_planned_stops_nobody(room: Room) -> None:
    take(room, order(1))
    refund(room)
    assert stops(room) == {}


def test_an_order_that_moves_to_another_node_is_stopped_at_the_first(planned: Room) -> None:
    label(planned, 1)
    do(planned, change("node_closed", node="WH"))
    told_to = pick_stops(planned.database)
    assert set(told_to["node"]) == {"WH"}
    assert set(told_to["why"]) == {"moved"}
    assert verify(planned.database).clean


def test_a_node_that_polls_is_told_once_of_each(planned: Room) -> None:
    label(planned, 1)
    label(planned, 2)
    refund(planned, 1)
    seen = planned.database.data_version()
    assert pick_stops_after(planned.database, "WH", 0, limit=9)["order_id"].to_list() == [order_id(1)]
    refund(planned, 2)
    assert pick_stops_after(planned.database, "WH", seen, limit=9)["order_id"].to_list() == [order_id(2)]
    assert pick_stops_after(planned.database, "DP", 0, limit=9).is_empty()


def test_answers_end_once_each_and_a_scan_overrules_them(planned: Room) -> None:
    number = label(planned, 1)
    refund(planned, 1)
    parcel = parcel_of(planned, 1)

    def say(word: str, order: str = order_id(1)) -> tuple[int, int, int]:
        receipt = answer_stops(planned, [StopAnswer(order, parcel, word)], actor="wms")
        return receipt.applied, receipt.repeated, len(receipt.refused)

    assert say("stopped") == (1, 0, 0)
    assert say("stopped") == (0, 1, 0)
    assert say("stopped", "douyin:nobody") == (0, 0, 1)
    tell(planned, told("picked_up", 39, number=number))
    assert stops(planned)["1"][2] == "shipped", "the node was wrong, and the room knows"
    assert say("stopped") == (0, 0, 1)
    left = planned.database.read("SELECT detail FROM audit WHERE verb = 'track' ORDER BY version DESC LIMIT 1").item()
    assert '"left_unasked":1' in left.replace(" ", "")
    assert verify(planned.database).clean


def test_an_answer_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(Exception, match="write stopped or shipped"):
        StopAnswer("a", "b", "perhaps")


def test_every_reach_has_a_beginning_and_every_state_its_transitions() -> None:
    assert set(BEGINS) == set(Reached)
    assert set(STOP_TRANSITIONS) == set(StopState)
