"""Goods leave the books at the pick-up scan, once, whoever told of it; what left does not come back with a refund."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from engine.allocation.steering import Change, ChangeKind
from engine.store.screens import clocks as clock_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from engine.usecases.steering.steer import steer
from engine.usecases.stock.book_out import book_out_known
from tests.stores.test_tracking import NUMBER, tell, told
from tests.worlds import OPENING, Clock, order, order_id, pool, take


def levels(room: Room) -> tuple[int, ...]:
    """Units of rice on hand, reserved and quarantined, over all nodes."""
    [found] = room.database.read(
        "SELECT CAST(sum(on_hand) AS BIGINT), CAST(sum(reserved) AS BIGINT), CAST(sum(quarantined) AS BIGINT) "
        "FROM stock_balance WHERE sku = 'RICE'"
    ).rows()
    return tuple(found)


def refund(room: Room) -> None:
    change_orders(room, [OrderChange(order_id(1), "refunded", room.now())], actor="platform")


@pytest.fixture
def labelled(room: Room, clock: Clock) -> Room:
    """One order of two units of rice, planned, its waybill uploaded at minute 40."""
    take(room, order(1, ("RICE", 2)))
    allocate_waiting(room)
    clock.at = OPENING + timedelta(minutes=40)
    [parcel] = room.database.read("SELECT parcel_id FROM parcels")["parcel_id"].to_list()
    record_waybills(room, [Waybill(parcel, NUMBER, room.now())], actor="wms")
    clock.pass_(hours=4)
    assert levels(room) == (1000, 2, 0)
    return room


def test_a_scan_takes_the_goods_off_the_books_once(labelled: Room) -> None:
    tell(labelled, told("picked_up", 90))
    tell(labelled, told("picked_up", 95), told("hub_in", 99))
    assert levels(labelled) == (998, 0, 0)
    shipped = labelled.database.read("SELECT on_hand_delta FROM stock_movements WHERE kind = 'shipped'")
    assert shipped["on_hand_delta"].to_list() == [-2]
    assert verify(labelled.database).clean


def test_a_warehouse_that_reports_the_scan_does_the_same(labelled: Room) -> None:
    [parcel] = labelled.database.read("SELECT parcel_id FROM parcels")["parcel_id"].to_list()
    scan = Waybill(parcel, NUMBER, OPENING + timedelta(minutes=40), OPENING + timedelta(minutes=60))
    record_waybills(labelled, [scan], actor="wms")
    tell(labelled, told("picked_up", 60))
    assert levels(labelled) == (998, 0, 0)
    assert verify(labelled.database).clean


def test_a_refund_after_the_scan_brings_no_goods_back_and_offers_none(labelled: Room) -> None:
    offered, _ = pool(labelled, "RICE")
    tell(labelled, told("picked_up", 90))
    refund(labelled)
    assert levels(labelled) == (998, 0, 0)
    assert pool(labelled, "RICE") == (offered, 0), "the shelves still cover the pool"
    assert verify(labelled.database).clean


def test_a_refund_after_the_scan_takes_units_out_of_a_pool_that_nothing_covers_any_more(labelled: Room) -> None:
    tell(labelled, told("picked_up", 90))
    offered, _ = pool(labelled, "RICE")
    for node in ("WH", "DP"):  # what is left on the shelves covers what is still on offer, and no unit more
        units = offered - 2 if node == "WH" else 0
        steer(
            labelled,
            Change(kind=ChangeKind.STOCK_COUNTED, node=node, lot="RICE-1", units=units),
            actor="counter",
            reason="counted",
        )
    refund(labelled)
    assert pool(labelled, "RICE") == (offered - 2, 0)
    assert verify(labelled.database).clean


def test_what_was_refunded_before_the_scan_leaves_the_free_units(labelled: Room) -> None:
    refund(labelled)
    assert levels(labelled) == (1000, 0, 0)
    tell(labelled, told("picked_up", 90))
    assert levels(labelled) == (998, 0, 0)
    [said] = labelled.database.read("SELECT detail FROM audit WHERE verb = 'track' ORDER BY version DESC LIMIT 1")[
        "detail"
    ].to_list()
    assert '"unclaimed_units_out":2' in said.replace(" ", "")
    assert verify(labelled.database).clean


def test_what_was_refunded_before_the_scan_and_lay_behind_the_fence_leaves_the_fence(labelled: Room) -> None:
    steer(labelled, Change(kind=ChangeKind.LOT_QUARANTINED, lot="RICE-1"), actor="quality", reason="bad smell")
    refund(labelled)
    before = levels(labelled)
    assert before[0] == before[2] == 1000
    tell(labelled, told("picked_up", 90))
    assert levels(labelled) == (998, 0, 998)
    assert verify(labelled.database).clean


def test_a_count_after_the_scan_counts_what_lies_there(labelled: Room) -> None:
    tell(labelled, told("picked_up", 90))
    [node] = labelled.database.read("SELECT node FROM allocations")["node"].to_list()
    steer(
        labelled,
        Change(kind=ChangeKind.STOCK_COUNTED, node=node, lot="RICE-1", units=400),
        actor="counter",
        reason="counted",
    )
    assert levels(labelled) == (900, 0, 0)
    assert verify(labelled.database).clean


def test_a_room_from_before_this_book_keeping_catches_up_at_the_start(labelled: Room) -> None:
    tell(labelled, told("picked_up", 90))
    with labelled.database.transaction(actor="test", verb="undo", subject="departure") as tx:
        for statement in (
            "UPDATE stock_balance SET on_hand = on_hand + 2, reserved = reserved + 2 WHERE sku = 'RICE' "
            "AND node = (SELECT node FROM allocations LIMIT 1)",
            "DELETE FROM stock_movements WHERE kind = 'shipped'",
            "DELETE FROM departures",
        ):
            tx.execute(text(statement))
    assert (book_out_known(labelled.database), book_out_known(labelled.database)) == (1, 0)
    assert levels(labelled) == (998, 0, 0)
    assert verify(labelled.database).clean


# --- and comes back ------------------------------------------------------------------------------------------------


def taken_back(room: Room, minute: float) -> None:
    """The carrier says that it never picked the parcel up."""
    assert tell(room, told("picked_up", minute, retracted=True)).retracted == 1


def test_a_scan_that_is_taken_back_brings_the_goods_back_and_a_later_one_takes_them_again(labelled: Room) -> None:
    tell(labelled, told("picked_up", 90))
    assert levels(labelled) == (998, 0, 0)
    taken_back(labelled, 90)
    assert levels(labelled) == (1000, 2, 0)
    assert verify(labelled.database).clean
    rows = clock_screens.clock_rows(labelled.database, labelled.now())
    assert rows["picked_up_at"].to_list() == [None], "and its clocks run again"
    version = labelled.database.data_version()
    assert tell(labelled, told("picked_up", 90, retracted=True)).recorded == 0
    assert labelled.database.data_version() == version
    tell(labelled, told("picked_up", 120))
    assert levels(labelled) == (998, 0, 0)
    taken_back(labelled, 120)
    assert levels(labelled) == (1000, 2, 0)
    tell(labelled, told("picked_up", 150))
    deltas = labelled.database.read("SELECT on_hand_delta FROM stock_movements WHERE kind = 'shipped' ORDER BY version")
    assert deltas["on_hand_delta"].to_list() == [-2, 2, -2, 2, -2]
    assert verify(labelled.database).clean


def test_goods_that_a_hub_saw_are_on_their_way_whatever_became_of_the_pick_up(labelled: Room) -> None:
    tell(labelled, told("picked_up", 90), told("hub_in", 200))
    taken_back(labelled, 90)
    assert levels(labelled) == (998, 0, 0)
    assert verify(labelled.database).clean


def test_goods_of_a_refunded_order_come_back_free_and_can_still_be_stopped(labelled: Room) -> None:
    tell(labelled, told("picked_up", 90))
    refund(labelled)
    stop = "SELECT state FROM pick_stops"
    assert labelled.database.read(stop)["state"].to_list() == ["shipped"]
    taken_back(labelled, 90)
    assert levels(labelled) == (1000, 0, 0)
    assert labelled.database.read(stop)["state"].to_list() == ["open"]
    assert verify(labelled.database).clean
    tell(labelled, told("picked_up", 120))
    assert levels(labelled) == (998, 0, 0)
    assert labelled.database.read(stop)["state"].to_list() == ["shipped"]
    assert verify(labelled.database).clean


def test_what_comes_back_of_a_quarantined_lot_goes_behind_the_fence(labelled: Room) -> None:
    tell(labelled, told("picked_up", 90))
    refund(labelled)
    steer(labelled, Change(kind=ChangeKind.LOT_QUARANTINED, lot="RICE-1"), actor="quality", reason="bad smell")
    taken_back(labelled, 90)
    assert levels(labelled) == (1000, 0, 1000)
    assert verify(labelled.database).clean


def test_units_that_the_books_never_had_are_not_invented_when_a_scan_is_taken_back(labelled: Room) -> None:
    refund(labelled)
    for node in ("WH", "DP"):
        steer(
            labelled,
            Change(kind=ChangeKind.STOCK_COUNTED, node=node, lot="RICE-1", units=0),
            actor="counter",
            reason="counted",
        )
    tell(labelled, told("picked_up", 90))
    assert levels(labelled) == (0, 0, 0)
    taken_back(labelled, 90)
    assert levels(labelled) == (0, 0, 0)
    assert verify(labelled.database).clean
