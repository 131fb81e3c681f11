"""What the network page asks, with exact figures, on both databases."""

import pytest

from engine.allocation.steering import Change, ChangeKind
from engine.allocation.window import WindowPolicy
from engine.store.screens import room as screens
from engine.store.screens import steering as asks
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.steering.steer import steer
from tests.worlds import Clock, order, order_id, take


def do(room: Room, kind: ChangeKind, *, allowed: bool = True, **named: str | int) -> None:
    change = Change(kind=kind, **named)  # type: ignore[arg-type]
    steer(room, change, actor="lin", reason="a reason", policy=WindowPolicy(allowed=allowed))


def upload(room: Room, number: int, *, scanned: bool = False) -> str:
    """A waybill for the order's standing parcel."""
    [parcel] = room.database.read(
        "SELECT DISTINCT parcel_id FROM boards.standing_picks WHERE order_id = $o", {"o": order_id(number)}
    )["parcel_id"].to_list()
    record_waybills(room, [Waybill(parcel, f"SF{parcel}", room.now(), room.now() if scanned else None)], actor="wms")
    return str(parcel)


@pytest.fixture
def three(room: Room) -> Room:
    """Three orders of rice from WH with CHEAP: 1 without a waybill, 2 labelled, 3 picked up."""
    take(room, order(1), order(2), order(3))
    allocate_waiting(room)
    upload(room, 2)
    upload(room, 3, scanned=True)
    return room


def test_parcels_are_counted_by_how_far_they_are(three: Room) -> None:
    nodes = asks.steered_nodes(three.database, three.now())
    [row] = nodes.filter(node="WH").rows(named=True)
    assert (row["state"], row["open_parcels"], row["labelled_parcels"], row["gone_parcels"]) == ("open", 1, 1, 1)
    assert row["load"] == pytest.approx(3 / 24_000)
    [row] = asks.steered_carriers(three.database, three.now()).filter(carrier="CHEAP").rows(named=True)
    assert (row["stops"], row["open_parcels"], row["labelled_parcels"], row["gone_parcels"]) == ([], 1, 1, 1)
    assert row["load"] == pytest.approx(3 / 10_000)


def test_closed_nodes_and_stopped_carriers_come_first_with_their_reason(three: Room, clock: Clock) -> None:
    do(three, ChangeKind.NODE_CLOSED, node="DP")
    do(three, ChangeKind.CARRIER_STOPPED, carrier="FAST", region="31")
    do(three, ChangeKind.CARRIER_STOPPED, carrier="FAST", region="")
    first = asks.steered_nodes(three.database, clock.at).row(0, named=True)
    assert (first["node"], first["state"], first["reason"], first["since"]) == ("DP", "closed", "a reason", clock.at)
    first = asks.steered_carriers(three.database, clock.at).row(0, named=True)
    assert (first["carrier"], first["stops"], first["reason"]) == ("FAST", ["", "31"], "a reason")
    do(three, ChangeKind.NODE_REOPENED, node="DP")
    assert set(asks.steered_nodes(three.database, clock.at)["reason"]) == {None}


def test_who_cannot_move_is_listed_until_the_cause_or_the_order_ends(three: Room) -> None:
    do(three, ChangeKind.CARRIER_STOPPED, carrier="CHEAP", region="31", allowed=False)
    listed = asks.stuck_now(three.database).select("order_id", "kind", "subject", "reason").rows()
    assert listed == [
        (order_id(2), "carrier_stopped", "CHEAP/31", "waybill_uploaded"),
        (order_id(3), "carrier_stopped", "CHEAP/31", "picked_up"),
    ]
    change_orders(three, [OrderChange(order_id(3), "refunded", three.now())], actor="test")
    assert asks.stuck_now(three.database)["order_id"].to_list() == [order_id(2)]
    do(three, ChangeKind.CARRIER_RESUMED, carrier="CHEAP", region="31")
    assert asks.stuck_now(three.database).is_empty()


def test_who_waits_again_is_listed_until_it_is_planned(room: Room, clock: Clock) -> None:
    take(room, order(1))
    allocate_waiting(room)
    do(room, ChangeKind.NODE_CLOSED, node="DP")
    do(room, ChangeKind.NODE_CLOSED, node="WH")
    assert asks.stuck_now(room.database).select("order_id", "parcel_id", "reason").rows() == [
        (order_id(1), None, "back_to_waiting")
    ]
    do(room, ChangeKind.NODE_REOPENED, node="WH")
    clock.pass_(minutes=2)
    allocate_waiting(room)
    assert asks.stuck_now(room.database).is_empty()


def test_an_edit_stays_on_the_list_until_the_new_waybill_is_there(three: Room, clock: Clock) -> None:
    do(three, ChangeKind.NODE_CLOSED, node="WH")
    assert asks.platform_edits(three.database).select("order_id", "picked_up_at").rows() == [(order_id(2), None)]
    old = asks.platform_edits(three.database)["parcel_id"].item()
    clock.pass_(minutes=1)
    upload(three, 2)
    assert asks.platform_edits(three.database).is_empty()
    record_waybills(three, [Waybill(old, f"SF{old}", clock.at, clock.at)], actor="wms")
    assert asks.platform_edits(three.database)["picked_up_at"].to_list() == [clock.at], "handed over all the same"


def test_lots_shortages_and_the_log_say_what_was_done(three: Room) -> None:
    do(three, ChangeKind.LOT_QUARANTINED, lot="RICE-1")
    assert asks.quarantined_lots(three.database).select("lot", "sku", "units").rows() == [("RICE-1", "RICE", 999)]
    assert asks.shortages(three.database).select("sku", "units").rows() == [("RICE", 2)]
    log = asks.steering_log(three.database).select("kind", "subject", "orders_moved", "extra_cents", "stuck")
    assert log.rows() == [("lot_quarantined", "RICE-1", 0, 0, 3)]


def test_an_order_shows_the_parcel_it_left(three: Room) -> None:
    do(three, ChangeKind.NODE_CLOSED, node="WH")
    picks = screens.order_picks(three.database, order_id(1)).select("node", "parcel_status").rows()
    assert sorted(picks) == [("DP", "planned"), ("WH", "left")]


def test_divisions_are_named_by_what_their_codes_begin_with(room: Room) -> None:
    named = {prefix: (province, city) for prefix, province, city in asks.divisions(room.database).iter_rows()}
    assert named["31"] == ("上海市", None)
    assert named["4401"] == ("广东省", "广州市")
