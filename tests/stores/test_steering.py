"""Nodes close, lots are quarantined, carriers stop, stock is counted: what must move moves, what cannot is listed."""

import polars as pl
import pytest

from engine.allocation.steering import Change, ChangeKind
from engine.usecases.allocate_orders import allocate_waiting
from engine.usecases.plan_steering import plan_steering
from engine.usecases.room import Room
from engine.usecases.steer import steer
from engine.usecases.verify import verify
from tests.worlds import order, order_id, statuses, take


def close(node: str) -> Change:
    return Change(kind=ChangeKind.NODE_CLOSED, node=node)


def sound(room: Room) -> None:
    report = verify(room.database)
    assert report.clean, [(c.name, c.examples) for c in report.checks if c.breaches]


def where(room: Room) -> dict[str, list[tuple[str, str]]]:
    """Order number -> (node, carrier) of its standing parcels."""
    found = room.database.read(
        "SELECT DISTINCT a.order_id, a.node, a.carrier FROM allocations a "
        "ANTI JOIN ended_allocations e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id ORDER BY ALL"
    )
    places: dict[str, list[tuple[str, str]]] = {}
    for name, node, carrier in found.rows():
        places.setdefault(name.removeprefix("douyin:").lstrip("N0"), []).append((node, carrier))
    return places


def test_a_closed_node_sends_its_orders_elsewhere(room: Room) -> None:
    take(room, order(1), order(2, ("FAMILY", 1)), order(3, ("BERRY", 1)))
    allocate_waiting(room)
    seen = plan_steering(room, close("WH")).figures()
    done = steer(room, close("WH"), actor="lin", reason="flood")
    assert done.figures == seen
    assert where(room) == {n: [("DP", "CHEAP")] for n in "123"}
    assert set(statuses(room).values()) == {"allocated"}
    sound(room)
