"""Goods leave the books at the pick-up scan, once, whoever told of it; what left does not come back with a refund."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from engine.allocation.steering import Change, ChangeKind
from engine.usecases.allocate_orders import allocate_waiting
from engine.usecases.book_out import book_out_known
from engine.usecases.change_orders import OrderChange, change_orders
from engine.usecases.record_waybills import Waybill, record_waybills
from engine.usecases.room import Room
from engine.usecases.steer import steer
from engine.usecases.verify import verify
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
