"""A door orders again before its first parcel is on the floor: both travel together, on both databases."""

from collections.abc import Callable

import polars as pl
import pytest

from engine.store.screens import room as screens
from engine.usecases.allocation import allocate_orders
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.floor.release_waves import release_waves
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.stores.test_waves import POLICY
from tests.worlds import Clock, order, order_id, statuses, take

BUYER = {"name": "王**", "phone": "137****1111"}


def sell(room: Room, *numbers: int, buyer: dict[str, str] = BUYER) -> None:
    take(room, *(order(number, buyer=buyer, minute=number / 10) for number in numbers))


def parcels(room: Room) -> list[list[int]]:
    """The order numbers in each parcel that stands."""
    found = room.database.read(
        "SELECT list(DISTINCT a.order_id ORDER BY a.order_id) AS orders FROM boards.standing_picks a "
        "JOIN parcels p ON p.parcel_id = a.parcel_id AND p.status = 'planned' GROUP BY a.parcel_id"
    )["orders"].to_list()
    return sorted([int(one.removeprefix("douyin:N")) for one in orders] for orders in found)


def planned(room: Room) -> str:
    [(parcel_id,)] = room.database.read("SELECT parcel_id FROM parcels WHERE status = 'planned'").rows()
    return str(parcel_id)


def test_a_second_order_shares_the_parcel_of_the_first(room: Room, clock: Clock) -> None:
    sell(room, 1)
    allocate_waiting(room)
    first = planned(room)
    sell(room, 2)
    run = allocate_waiting(room)
    assert (run.orders, run.served, run.joined, run.parcels) == (1, 1, 1, 1)
    assert parcels(room) == [[1, 2]]
    [(order, left, kind, window, before, after)] = room.database.read(
        "SELECT order_id, from_parcel, kind, legal_window, before_cents, after_cents FROM reallocations"
    ).rows()
    assert (order, left, kind, window) == (order_id(1), first, "orders_joined", "free")
    assert after < before  # half of a parcel with one fixed price instead of the whole of one
    assert "moved: planned again with a later order" in str(screens.order_story(room.database, order_id(1)).rows())
    assert verify(room.database).clean
    assert allocate_waiting(room).orders == 0


def test_a_third_order_joins_both(room: Room) -> None:
    for number in (1, 2, 3):
        sell(room, number)
        allocate_waiting(room)
    assert parcels(room) == [[1, 2, 3]]
    assert verify(room.database).clean


def test_the_orders_of_a_reseller_are_not_planned_again_and_again(room: Room) -> None:
    for number in range(1, 6):
        sell(room, number)
        allocate_waiting(room)
    assert parcels(room) == [[1, 2, 3, 4], [5]]
    assert verify(room.database).clean


def test_another_buyer_at_the_same_door_travels_apart(room: Room) -> None:
    sell(room, 1)
    allocate_waiting(room)
    sell(room, 2, buyer={"name": "李**", "phone": "138****2222"})
    assert allocate_waiting(room).joined == 0
    assert parcels(room) == [[1], [2]]


def released(room: Room) -> None:
    release_waves(room.database, "WH", POLICY, actor="operator")


def labelled(room: Room) -> None:
    at = room.now()
    record_waybills(room, [Waybill(parcel_id=planned(room), number="W1", uploaded_at=at)], actor="test")


def cancelled(room: Room) -> None:
    change_orders(room, [OrderChange(order_id(1), "cancelled", room.now())], actor="test")


@pytest.mark.parametrize("happens", [released, labelled])
def test_what_is_on_the_floor_or_labelled_stays(room: Room, happens: Callable[[Room], None]) -> None:
    sell(room, 1)
    allocate_waiting(room)
    happens(room)
    sell(room, 2)
    assert allocate_waiting(room).joined == 0
    assert parcels(room) == [[1], [2]]
    assert verify(room.database).clean


@pytest.mark.parametrize("happens", [released, labelled, cancelled])
def test_what_happens_to_the_first_parcel_meanwhile_stands(
    room: Room, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Room], None]
) -> None:
    """The new order then waits for the next round, and a neighbour that was planned with it does not."""
    sell(room, 1)
    allocate_waiting(room)
    sell(room, 2)
    sell(room, 3, buyer={"name": "李**", "phone": "138****2222"})
    plan = allocate_orders.plan_batch

    def meanwhile(problem: object, **rest: object) -> object:
        made = plan(problem, **rest)  # type: ignore[arg-type]
        happens(room)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(allocate_orders, "plan_batch", meanwhile)
        run = allocate_waiting(room)
    assert (run.served, run.joined) == (1, 0)
    assert statuses(room)["2"] == "reserved"
    assert room.database.read("SELECT * FROM reallocations").is_empty()
    assert verify(room.database).clean
    assert allocate_waiting(room).served == 1  # at once: why it waited is not kept against it
    assert parcels(room) == [[2], [3]] if happens is cancelled else [[1], [2], [3]]
    assert verify(room.database).clean


def test_an_order_that_would_lose_its_place_keeps_it(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that leaves an order unserved that stood before is not written for it."""
    sell(room, 1)
    allocate_waiting(room)
    sell(room, 2)
    plan, asked = allocate_orders.plan_batch, []

    def unkind(problem: object, **rest: object) -> object:
        made = plan(problem, **rest)  # type: ignore[arg-type]
        asked.append(made)
        lost = pl.DataFrame({"order_id": [order_id(1)], "reason": ["too_dear"], "detail": [""]})
        if len(asked) == 1:
            object.__setattr__(made, "unserved", lost)
        return made

    monkeypatch.setattr(allocate_orders, "plan_batch", unkind)
    assert (allocate_waiting(room).served, len(asked)) == (1, 2)
    assert parcels(room) == [[1], [2]]
    assert verify(room.database).clean
