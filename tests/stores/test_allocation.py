"""Reserved orders become parcels, on both databases; what changed meanwhile is respected."""

from datetime import UTC, datetime

import orjson
import polars as pl
import pytest

from engine.allocation.cost_parts import PARTS
from engine.allocation.plan import Alternative
from engine.store import tables
from engine.store.screens import room as screens
from engine.usecases.allocation import allocate_orders
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.moment_limits import next_cutoff
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.worlds import Clock, order, order_id, statuses, take


def stock(room: Room, node: str, sku: str) -> tuple[int, int, int]:
    [row] = room.database.read(
        "SELECT on_hand, reserved, quarantined FROM stock_balance WHERE node = $node AND sku = $sku",
        {"node": node, "sku": sku},
    ).rows()
    return row


def test_a_reserved_order_gets_the_nearest_node_and_the_cheapest_carrier(room: Room) -> None:
    take(room, order(1, ("RICE", 2)))
    run = allocate_waiting(room)
    assert (run.orders, run.served, run.parcels) == (1, 1, 1)
    assert room.database.read("SELECT node, lot, carrier, qty FROM allocations").rows() == [
        ("WH", "RICE-1", "CHEAP", 2)
    ]
    assert room.database.read("SELECT kg, cost_cents, status FROM parcels").rows() == [(10.0, 1510, "planned")]
    assert statuses(room) == {"1": "allocated"}
    assert stock(room, "WH", "RICE") == (500, 2, 0)
    assert verify(room.database).clean


def test_a_second_round_has_nothing_left_to_do(room: Room) -> None:
    take(room, order(1))
    allocate_waiting(room)
    before = room.database.data_version()
    assert allocate_waiting(room).orders == 0
    assert room.database.data_version() == before


def test_layers_travel_in_parcels_of_their_own(room: Room) -> None:
    take(room, order(1, ("RICE", 1), ("BERRY", 1)))
    assert allocate_waiting(room).parcels == 2
    assert sorted(room.database.read("SELECT layer FROM parcels")["layer"]) == ["ambient", "chilled"]
    assert verify(room.database).clean


def test_the_room_can_say_why_an_order_went_where_it_went(room: Room) -> None:
    take(room, order(1))
    with room.database.transaction(actor="test", verb="empty") as tx:
        tx.execute(tables.stock_balance.update().where(tables.stock_balance.c.node == "WH").values(quarantined=500))
        tx.execute(
            tables.stock_movements.update().where(tables.stock_movements.c.node == "WH").values(quarantined_delta=500)
        )
    allocate_waiting(room)
    [(node, detail)] = room.database.read("SELECT node, detail FROM allocation_reasons").rows()
    assert node == "DP"
    assert all(set(passed) == set(Alternative._fields) for passed in orjson.loads(detail)["rejected"])


def test_what_an_order_costs_is_kept_part_by_part(room: Room) -> None:
    buyer = {"name": "王**", "phone": "137****1111"}
    take(room, order(1, ("RICE", 1), buyer=buyer), order(2, ("RICE", 1), ("BERRY", 1), buyer=buyer))
    allocate_waiting(room)
    planned = room.database.read("SELECT layer, carrier, cost_cents FROM parcels")
    told = {
        order_no: orjson.loads(detail)
        for order_no, detail in room.database.read("SELECT order_id, detail FROM allocation_reasons").iter_rows()
    }
    for kept, layers in ((told[order_id(1)], ["ambient"]), (told[order_id(2)], ["ambient", "chilled"])):
        assert sorted(cost["layer"] for cost in kept["costs"]) == layers
        assert set(kept["carriers"]) == {cost["carrier"] for cost in kept["costs"]}
        for cost in kept["costs"]:
            [cents] = planned.filter(layer=cost["layer"])["cost_cents"].to_list()
            assert sum(cost[part] for part in PARTS) * 100 == pytest.approx(cents, abs=0.6)
            assert cost["orders"] == (2 if cost["layer"] == "ambient" else 1)


def test_why_not_from_there_knows_when_a_node_gave_away_its_last_unit(room: Room, clock: Clock) -> None:
    with room.database.transaction(actor="test", verb="one unit of each at each node") as tx:
        tx.execute(tables.stock_balance.update().values(quarantined=499))
        tx.execute(tables.stock_movements.update().values(quarantined_delta=499))
    take(room, order(1), order(2))
    clock.pass_(minutes=3)
    allocate_waiting(room)
    went = dict(room.database.read("SELECT order_id, node FROM allocations").iter_rows())
    [kept] = room.database.read("SELECT detail FROM allocation_reasons WHERE order_id = $o", {"o": order_id(2)})[
        "detail"
    ]
    assert [(passed["node"], passed["why"], passed["figures"]) for passed in orjson.loads(kept)["rejected"]] == [
        (went[order_id(1)], "short_of_stock", "RICE: 0 left of 1")
    ]
    assert dict(screens.sold_out(room.database, order_id(2)).select("node", "sold_out_at").iter_rows()) == {
        went[order_id(1)]: clock.at,
        went[order_id(2)]: clock.at,
    }
    with room.database.transaction(actor="test", verb="refill") as tx:
        tx.execute(tables.stock_balance.update().values(quarantined=0))
    assert screens.sold_out(room.database, order_id(2)).is_empty(), "what is there again is not sold out"


def test_held_and_sold_out_orders_are_not_allocated(room: Room) -> None:
    take(room, order(1, address={"province": "上海市"}), order(2, ("RICE", 10)))
    assert allocate_waiting(room).orders == 0


def test_an_order_nobody_can_serve_says_so_and_is_tried_again_later(room: Room, clock: Clock) -> None:
    take(room, order(1))
    with room.database.transaction(actor="test", verb="empty") as tx:
        tx.execute(tables.stock_balance.update().values(quarantined=500))
    assert allocate_waiting(room).unserved == 1
    [(node, detail)] = room.database.read("SELECT node, detail FROM allocation_reasons").rows()
    assert node is None
    assert orjson.loads(detail)["unserved"]
    assert allocate_waiting(room).orders == 0, "not again at once"
    clock.pass_(seconds=61)
    with room.database.transaction(actor="test", verb="refill") as tx:
        tx.execute(tables.stock_balance.update().values(quarantined=0))
    assert allocate_waiting(room).served == 1
    assert room.database.read("SELECT node FROM allocation_reasons").rows() == [("WH",)]


def test_a_refund_of_an_allocated_order_frees_lot_pool_and_parcel_once(room: Room) -> None:
    take(room, order(1, ("FAMILY", 1)), order(2))
    allocate_waiting(room)
    for _ in range(2):
        change_orders(room, [OrderChange(order_id(1), "refunded", room.now(), "buyer")], actor="test")
    assert stock(room, "WH", "OIL") == (500, 0, 0)
    assert stock(room, "WH", "RICE") == (500, 1, 0)
    assert sorted(room.database.read("SELECT status FROM parcels")["status"]) == ["cancelled", "planned"]
    assert verify(room.database).clean


def test_a_parcel_shared_by_two_orders_stays_until_both_are_gone(room: Room) -> None:
    buyer = {"name": "王**", "phone": "137****1111"}
    take(room, order(1, buyer=buyer), order(2, buyer=buyer))
    assert allocate_waiting(room).parcels == 1, "one buyer, one door, one parcel"
    change_orders(room, [OrderChange(order_id(1), "refunded", room.now())], actor="test")
    assert room.database.read("SELECT status FROM parcels").rows() == [("planned",)]
    change_orders(room, [OrderChange(order_id(2), "refunded", room.now())], actor="test")
    assert room.database.read("SELECT status FROM parcels").rows() == [("cancelled",)]
    assert verify(room.database).clean


def test_what_changed_between_planning_and_writing_is_left_out_whole(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order is cancelled and a lot is quarantined while the plan is being made: neither is allocated."""
    take(room, order(1), order(2, ("OIL", 1)), order(3, ("GRAIN", 1), ("OIL", 1)), order(4, ("GRAIN", 1)))
    plan = allocate_orders.plan_batch

    def meanwhile(problem: object, **_: object) -> object:
        made = plan(problem)  # type: ignore[arg-type]
        change_orders(room, [OrderChange(order_id(1), "cancelled", room.now())], actor="test")
        with room.database.transaction(actor="test", verb="quarantine") as tx:
            tx.amend(
                tables.stock_balance,
                pl.DataFrame({"node": ["WH"], "sku": ["OIL"], "lot": ["OIL-1"], "quarantined": [500]}),
                on=("node", "sku", "lot"),
            )
            tx.execute(
                tables.stock_movements.update()
                .where(tables.stock_movements.c.node == "WH", tables.stock_movements.c.sku == "OIL")
                .values(quarantined_delta=500)
            )
        return made

    monkeypatch.setattr(allocate_orders, "plan_batch", meanwhile)
    assert allocate_waiting(room).served == 1
    assert statuses(room) == {"1": "cancelled", "2": "reserved", "3": "reserved", "4": "allocated"}
    assert verify(room.database).clean


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-11T12:00", "2026-11-11T15:30"),  # 20:00 in Beijing, before tonight's 23:30
        ("2026-11-11T15:29", "2026-11-11T15:30"),
        ("2026-11-11T15:30", "2026-11-12T15:30"),  # at the cut-off it is too late
        ("2026-11-11T17:00", "2026-11-12T15:30"),  # 01:00 in Beijing: the same Beijing day's evening
    ],
)
def test_the_next_cutoff_is_counted_in_beijing(now: str, expected: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_cutoff("23:30", now=at) == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert next_cutoff(None, now=at) is None
