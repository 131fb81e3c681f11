"""A copy of the room for a what-if, on both databases: what orders hold is free on it, and the room stays as it is."""

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.allocation.planner import plan_batch
from engine.allocation.problem import CONTRACTS, Problem, check_problem
from engine.allocation.what_if import NodeClosed, apply
from engine.errors import BadChange, NotFound
from engine.store import tables
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.ask_what_if import Scope, Which, copy_room
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from tests.worlds import SHOW, Clock, order, order_id, statuses, take

HOUR = Scope(Which.RECENT, minutes=60)
WAITING = Scope(Which.WAITING)


def free(problem: Problem) -> dict[tuple[str, str], int]:
    """(node, SKU) -> units that may be planned."""
    rows = problem.stock.group_by("node", "sku").agg(pl.col("qty").sum())
    return {(node, sku): units for node, sku, units in rows.iter_rows()}


def capacity(problem: Problem) -> dict[str, int]:
    """Carrier -> parcels that it may still take."""
    return dict(problem.carriers.select("carrier", "capacity").iter_rows())


def same(problem: Problem, other: Problem) -> None:
    """Equal in all that planning reads, whatever the order of rows."""
    for name, contract in CONTRACTS.items():
        keys = contract.key or ("order_id", "sku", "qty")
        ours, theirs = problem.frame(name), other.frame(name)
        assert_frame_equal(ours.sort(keys), theirs.sort(keys), check_column_order=False)


def everything(room: Room) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, to show that nothing was written."""
    return {
        table.name: sorted(room.database.read(f'SELECT * FROM "{table.name}"').rows(), key=repr)
        for table in tables.metadata.sorted_tables
    }


def test_a_copy_is_what_the_room_was_before_it_planned_these_orders(room: Room) -> None:
    take(room, order(1, ("RICE", 2)), order(2, ("FAMILY", 1)))
    waiting = copy_room(room, WAITING, limit=100)
    allocate_waiting(room)
    before = everything(room)
    copy = copy_room(room, HOUR, limit=100)
    check_problem(copy.problem)
    same(copy.problem, waiting.problem)
    assert (copy.planned, copy.waiting, copy.in_scope, copy.sharing) == (2, 0, 2, 0)
    assert set(free(copy.problem).values()) == {500}
    assert copy.as_planned_yuan == sum(room.database.read("SELECT cost_cents FROM parcels")["cost_cents"]) / 100
    assert everything(room) == before


def test_what_other_orders_hold_stays_taken(room: Room, clock: Clock) -> None:
    take(room, order(1, ("RICE", 2)))
    allocate_waiting(room)
    clock.pass_(minutes=30)
    take(room, order(2, ("RICE", 3)))
    waiting = copy_room(room, WAITING, limit=100)
    allocate_waiting(room)
    copy = copy_room(room, Scope(Which.RECENT, minutes=10), limit=100)
    assert copy.problem.orders["order_id"].to_list() == [order_id(2)]
    assert free(copy.problem)["WH", "RICE"] == 498
    same(copy.problem, waiting.problem)
    everybody = copy_room(room, HOUR, limit=100)
    assert capacity(everybody.problem)["CHEAP"] == capacity(copy.problem)["CHEAP"] + 1, "the first order's is taken"


def test_a_copy_plans_as_if_the_orders_had_never_been_planned(room: Room) -> None:
    take(room, *(order(n, ("RICE", 1)) for n in range(1, 6)))
    allocate_waiting(room)
    copy = copy_room(room, HOUR, limit=100)
    assert set(plan_batch(copy.problem).parcels["node"]) == {"WH"}
    closed = plan_batch(apply(copy.problem, [NodeClosed("WH")]))
    assert closed.summary.served == 5
    assert set(closed.parcels["node"]) == {"DP"}


def test_orders_that_wait_are_part_of_every_copy(room: Room) -> None:
    take(room, order(1))
    allocate_waiting(room)
    take(room, order(2), order(3, show_id="shelf"))
    assert copy_room(room, HOUR, limit=100).waiting == 2
    only = copy_room(room, WAITING, limit=100)
    assert (only.planned, only.waiting) == (0, 2)
    show = copy_room(room, Scope(Which.SHOW, show_id=SHOW), limit=100)
    assert sorted(show.problem.orders["order_id"]) == [order_id(1), order_id(2)]


def test_an_order_without_a_way_out_is_asked_about_at_once(room: Room) -> None:
    take(room, order(1))
    with room.database.transaction(actor="test", verb="empty") as tx:
        tx.execute(tables.stock_balance.update().values(quarantined=500))
    assert allocate_waiting(room).unserved == 1
    assert copy_room(room, WAITING, limit=100).waiting == 1


def test_a_copy_holds_the_newest_orders_and_says_how_many_there_were(room: Room, clock: Clock) -> None:
    for number in range(1, 5):
        take(room, order(number))
        allocate_waiting(room)
        clock.pass_(minutes=1)
    copy = copy_room(room, HOUR, limit=2)
    assert sorted(copy.problem.orders["order_id"]) == [order_id(3), order_id(4)]
    assert (copy.planned, copy.in_scope) == (2, 4)
    assert free(copy.problem)["WH", "RICE"] == 498


def test_an_order_that_shares_a_parcel_with_one_outside_stays_where_it_is(room: Room) -> None:
    buyer = {"name": "王**", "phone": "137****1111"}
    take(room, order(1, buyer=buyer, minute=1), order(2, buyer=buyer, minute=2), order(3, minute=3))
    assert allocate_waiting(room).parcels == 2
    copy = copy_room(room, HOUR, limit=2)  # the newest two: 3, and 2, which lies in one parcel with 1
    assert copy.problem.orders["order_id"].to_list() == [order_id(3)]
    assert (copy.planned, copy.sharing, copy.in_scope) == (1, 1, 3)
    assert free(copy.problem)["WH", "RICE"] == 498
    assert copy_room(room, HOUR, limit=3).planned == 3


def test_a_refunded_order_of_a_shared_parcel_gives_its_units_back_once(room: Room) -> None:
    buyer = {"name": "王**", "phone": "137****1111"}
    take(room, order(1, buyer=buyer), order(2, buyer=buyer))
    allocate_waiting(room)
    change_orders(room, [OrderChange(order_id(1), "refunded", room.now())], actor="test")
    copy = copy_room(room, HOUR, limit=10)
    assert copy.problem.orders["order_id"].to_list() == [order_id(2)]
    assert free(copy.problem)["WH", "RICE"] == 500


def test_a_room_without_orders_says_so(room: Room) -> None:
    with pytest.raises(NotFound, match="no order to plan anew"):
        copy_room(room, HOUR, limit=10)
    take(room, order(1, ("RICE", 90)))  # sold out
    with pytest.raises(NotFound, match="no order to plan anew"):
        copy_room(room, WAITING, limit=10)
    assert statuses(room) == {"1": "sold_out"}


@pytest.mark.parametrize("minutes", [0, -1, 10_000])
def test_a_time_that_makes_no_sense_is_refused(minutes: int) -> None:
    with pytest.raises(BadChange, match="name 1 to 1440 minutes"):
        Scope(Which.RECENT, minutes=minutes)
    with pytest.raises(BadChange, match="Name the show"):
        Scope(Which.SHOW)
