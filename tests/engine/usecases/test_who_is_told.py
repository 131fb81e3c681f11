"""What the room does by itself leads to notices, in the same commit: alarms to desks, scans and delays to buyers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from engine.errors import NotAllowed
from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.model.actions import ActionKind
from engine.model.notices import StaffDesk
from engine.store import tables
from engine.usecases.actions.approval_links import approval_link, open_approval
from engine.usecases.actions.propose_action import Because, propose_action
from engine.usecases.actions.reject_action import reject_action
from engine.usecases.alerts.settle_alerts import watch_alerts
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.notices.dispatch_notices import dispatch_notices
from engine.usecases.notices.tell_buyers import tell_held_up
from engine.usecases.notices.tell_staff import Raised, tell_staff
from engine.usecases.notices.write_notice import withdraw_notices
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.road.track import track
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.outbox import GATEWAY, ROBOT, Outside, with_channels
from tests.worlds import SHOW, Clock, order, order_id, small_room, take


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    """Twelve orders on their way, a robot and a gateway."""
    made = with_channels(small_room(duckdb_url, clock), **ROBOT, **GATEWAY)
    take(made, *(order(n, ("GRAIN", 1)) for n in range(1, 13)))
    allocate_waiting(made)
    parcels = made.database.read("SELECT parcel_id FROM parcels ORDER BY parcel_id")["parcel_id"]
    record_waybills(made, [Waybill(one, f"WAYBILL{n}", clock.at, None) for n, one in enumerate(parcels)], actor="test")
    yield made
    made.close()


def told(room: Room) -> list[tuple[str, str | None, bool]]:
    return room.database.read("SELECT kind, order_id, critical FROM notices ORDER BY version, cause").rows()


def scan(room: Room, number: int, what: str, at: datetime) -> None:
    event = {"waybill_no": f"WAYBILL{number}", "scan": what, "at": at.isoformat(), "place": "上海"}
    receipt = track(room, parse_canonical_tracking([event]), actor="test")
    assert receipt.refused == 0


def test_a_buyer_hears_of_the_pick_up_once_and_of_every_day_of_delivery(room: Room, clock: Clock) -> None:
    scan(room, 0, "picked_up", clock.at)
    scan(room, 0, "picked_up", clock.at)
    scan(room, 0, "hub_in", clock.at)
    inside = room.database.read(
        "SELECT DISTINCT order_id FROM allocations JOIN waybills USING (parcel_id) WHERE waybill_no = 'WAYBILL0'"
    )["order_id"]
    assert sorted(told(room)) == sorted(("picked_up", one, False) for one in inside)
    before = inside.len()
    clock.pass_(hours=20)
    scan(room, 0, "out_for_delivery", clock.at)
    scan(room, 0, "out_for_delivery", clock.at + timedelta(minutes=1))
    assert len(told(room)) == 2 * before
    clock.pass_(hours=24)
    scan(room, 0, "out_for_delivery", clock.at)
    assert len(told(room)) == 3 * before


def test_old_news_is_not_told_and_without_a_gateway_nothing_is(room: Room, clock: Clock) -> None:
    clock.pass_(days=3)
    scan(room, 0, "picked_up", clock.at - timedelta(days=2))
    assert told(room) == []
    with_channels(room, **ROBOT)
    scan(room, 1, "picked_up", clock.at)
    assert told(room) == []


def of_shortage(room: Room) -> list[tuple[str, str]]:
    """Desk and state of every notice of units that no shelf holds."""
    found = "SELECT desk, state FROM notices WHERE fields LIKE '%\"oversold\"%' ORDER BY version"
    return room.database.read(found).rows()


def test_an_alert_reaches_its_desk_once_and_managers_when_nobody_took_it(room: Room, clock: Clock) -> None:
    with room.database.transaction(actor="test", verb="short") as tx:
        tx.execute(
            tables.shortage_movements.insert().values(
                version=tx.version, at=clock.at, sku="RICE", delta=3, reason="counted"
            )
        )
    watch_alerts(room)
    watch_alerts(room)
    assert len(of_shortage(room)) == 1
    clock.pass_(minutes=11)
    watch_alerts(room)
    assert [desk for desk, _ in of_shortage(room)] == ["manager", "manager"]


def test_what_ended_before_it_was_told_is_told_no_more(room: Room, clock: Clock) -> None:
    for delta in (3, -3):
        with room.database.transaction(actor="test", verb="short") as tx:
            tx.execute(
                tables.shortage_movements.insert().values(
                    version=tx.version, at=clock.at, sku="RICE", delta=delta, reason="counted"
                )
            )
        clock.pass_(seconds=2)
        watch_alerts(room)
    clock.pass_(minutes=6)
    watch_alerts(room)
    assert [state for _, state in of_shortage(room)] == ["given_up"]


def test_what_is_over_before_morning_is_not_told_any_more(room: Room, clock: Clock) -> None:
    with room.database.transaction(actor="test", verb="x") as tx:
        raised = [Raised(cause="a", what="late", where="WH", desk=StaffDesk.WAREHOUSE, orders=1)]
        tell_staff(tx, raised)
        assert withdraw_notices(tx, ["a", "unknown"]) == 1
    scan(room, 0, "picked_up", clock.at)
    [inside, *_] = [one for kind, one, _ in told(room) if kind == "picked_up"]
    assert inside is not None
    change_orders(room, [OrderChange(inside, "refunded", clock.at)], actor="test")
    params = {"show_id": SHOW, "sku": "RICE", "units": 3}
    action_id = propose_action(room, ActionKind.TOP_UP_POOL, params, because=Because("x"), actor="lin")
    reject_action(room, action_id, reason="no", actor="wang")
    clock.pass_(hours=14)
    outside = Outside()
    dispatch_notices(room, sender=outside)
    details = dict(room.database.read("SELECT notice_id, detail FROM notice_events WHERE state = 'given_up'").rows())
    assert set(details.values()) == {
        "Over before anybody was told.",
        "The order was cancelled or refunded meanwhile.",
        "Decided meanwhile.",
    }
    assert inside not in [message.order.get("order_id") for _, _, message in outside.tried]
    assert verify(room.database).clean


def test_those_who_are_held_up_and_may_choose_are_told_once(room: Room) -> None:
    parcels = room.database.read("SELECT DISTINCT order_id, parcel_id FROM allocations")
    with room.database.transaction(actor="test", verb="held") as tx:
        assert tell_held_up(tx, "m1-0", parcels) == 12
        assert tell_held_up(tx, "m1-0", parcels) == 0
    assert {kind for kind, *_ in told(room)} == {"late"}
    assert {one for _, one, _ in told(room)} == {order_id(n) for n in range(1, 13)}


def test_an_action_that_waits_is_told_once_with_a_link_to_its_card(room: Room) -> None:
    params = {"show_id": SHOW, "sku": "RICE", "units": 3}
    because = Because("selling out", cause="alert:a1")
    action_id = propose_action(room, ActionKind.TOP_UP_POOL, params, because=because, actor="lin")
    propose_action(room, ActionKind.TOP_UP_POOL, params, because=because, actor="lin")
    assert told(room) == [("approval", None, False)]
    outside = Outside()
    room.now.pass_(hours=14)  # type: ignore[attr-defined]  # the morning
    dispatch_notices(room, sender=outside)
    [message] = [message for _, channel, message in outside.accepted if channel == "ops"]
    assert message.title == "待审批：追加场次池"
    assert message.link is not None
    assert open_approval(room, message.link.rpartition("/")[2]).action_id == action_id


def test_a_cards_link_leads_to_its_action_for_a_day_and_cannot_be_made_by_others(room: Room, clock: Clock) -> None:
    link = approval_link(room, "a12/~3", "manager")
    base, _, token = link.rpartition("/")
    assert base == "http://127.0.0.1:8501/go"
    card = open_approval(room, token)
    assert (card.action_id, card.role) == ("a12/~3", "manager")
    for forged in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.replace("manager", "admin"),
        "x",
        "粮",
        "x" * 999,
    ):
        with pytest.raises(NotAllowed, match="was not made by this room"):
            open_approval(room, forged)
    clock.pass_(hours=25)
    with pytest.raises(NotAllowed, match="older than 24 h"):
        open_approval(room, token)
