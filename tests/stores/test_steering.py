"""Nodes close, lots are quarantined, carriers stop, stock is counted: what must move moves, what cannot is listed."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from engine.allocation.reallocation import WhyStuck
from engine.allocation.steering import Change, ChangeKind
from engine.allocation.window import WindowPolicy
from engine.errors import NotAllowed, NotFound
from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.store.screens import steering as steering_screens
from engine.usecases.allocation import allocate_orders
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.road.track import track
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from engine.usecases.steering.plan_steering import load_window_policy, plan_steering
from engine.usecases.steering.steer import SteeringReceipt, steer
from tests.worlds import OPENING, Clock, order, order_id, pool, statuses, take

BEIJING = {"province": "北京市", "city": "北京市", "district": "朝阳区", "street": "三里屯街道", "detail": "******"}
ONE_BUYER = {"name": "王**", "phone": "137****1111"}
NEVER = WindowPolicy(allowed=False)


def change(kind: str, **named: Any) -> Change:
    return Change(kind=ChangeKind(kind), **named)


def closing(node: str = "WH") -> Change:
    return change("node_closed", node=node)


def do(room: Room, wanted: Change, *, policy: WindowPolicy | None = None) -> SteeringReceipt:
    return steer(room, wanted, actor="lin", reason="a reason", policy=policy)


def sound(room: Room) -> None:
    report = verify(room.database)
    assert report.clean, [(check.name, check.examples) for check in report.checks if check.breaches]


def standing(room: Room) -> dict[str, list[tuple[str, str, str]]]:
    """Order number -> (parcel, node, carrier) of what stands planned for it."""
    found = room.database.read(
        "SELECT DISTINCT a.order_id, a.parcel_id, a.node, a.carrier FROM allocations a "
        "JOIN orders o ON o.order_id = a.order_id AND o.status = 'allocated' "
        "ANTI JOIN ended_allocations e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id ORDER BY ALL"
    )
    places: dict[str, list[tuple[str, str, str]]] = {}
    for name, *place in found.rows():
        places.setdefault(number_of(name), []).append(tuple(place))  # type: ignore[arg-type]
    return places


def nodes(room: Room) -> dict[str, list[str]]:
    return {number: [node for _, node, _ in places] for number, places in standing(room).items()}


def number_of(name: str) -> str:
    return name.removeprefix("douyin:").lstrip("N0")


def stuck(room: Room) -> list[tuple[str, str]]:
    """(order number, reason), in the order in which they were listed."""
    found = room.database.read("SELECT order_id, reason FROM stuck_orders ORDER BY version, order_id")
    return [(number_of(name), reason) for name, reason in found.rows()]


def parcel_of(room: Room, number: int, layer: str = "ambient") -> str:
    layers = dict(room.database.read("SELECT parcel_id, layer FROM parcels").rows())
    return next(parcel for parcel, _, _ in standing(room)[str(number)] if layers[parcel] == layer)


def upload(room: Room, parcel: str, *, picked_up: bool = False) -> None:
    at = room.now()
    receipt = record_waybills(room, [Waybill(parcel, f"SF-{parcel}", at, at if picked_up else None)], actor="wms")
    assert (receipt.recorded, receipt.faults) == (1, ())


def level(room: Room, node: str, sku: str) -> tuple[int, int, int]:
    [row] = room.database.read(
        "SELECT on_hand, reserved, quarantined FROM stock_balance WHERE node = $node AND sku = $sku",
        {"node": node, "sku": sku},
    ).rows()
    return row


@pytest.fixture
def planned(room: Room) -> Room:
    """Orders 1 (RICE), 2 (the kit), 3 (BERRY, chilled) in Shanghai from WH; 4 (RICE) in Beijing from DP."""
    take(room, order(1), order(2, ("FAMILY", 1)), order(3, ("BERRY", 1)), order(4, address=BEIJING))
    allocate_waiting(room)
    assert nodes(room) == {"1": ["WH"], "2": ["WH"], "3": ["WH"], "4": ["DP"]}
    return room


# --- nodes ---------------------------------------------------------------------------------------------------------


def test_a_closed_node_sends_its_orders_elsewhere_and_leaves_the_others_alone(planned: Room) -> None:
    before = standing(planned)
    done = do(planned, closing())
    assert nodes(planned) == {n: ["DP"] for n in "1234"}
    assert standing(planned)["4"] == before["4"], "same parcel as before"
    assert set(statuses(planned).values()) == {"allocated"}
    assert done.figures["orders_moved"] == done.figures["parcels_cancelled"] == 3
    assert level(planned, "WH", "RICE") == (500, 0, 0)
    sound(planned)


def test_the_preview_says_what_the_execution_does_and_writes_nothing(planned: Room) -> None:
    version = planned.database.data_version()
    seen = plan_steering(planned, closing()).figures()
    assert planned.database.data_version() == version
    assert do(planned, closing()).figures == seen


def test_orders_come_to_no_closed_node_until_it_opens_again(room: Room) -> None:
    do(room, closing())
    take(room, order(1))
    allocate_waiting(room)
    do(room, change("node_reopened", node="WH"))
    take(room, order(2))
    allocate_waiting(room)
    assert nodes(room) == {"1": ["DP"], "2": ["WH"]}
    sound(room)


def test_what_a_carrier_has_taken_left_before_the_node_closed(planned: Room) -> None:
    upload(planned, parcel_of(planned, 1), picked_up=True)
    do(planned, closing())
    assert nodes(planned)["1"] == ["WH"]
    assert stuck(planned) == []
    sound(planned)


def test_orders_without_another_way_go_back_to_waiting_and_say_why(planned: Room, clock: Clock) -> None:
    do(planned, closing("DP"))
    do(planned, closing("WH"))
    assert statuses(planned) == dict.fromkeys("1234", "reserved")
    assert {number for number, reason in stuck(planned) if reason == "back_to_waiting"} == set("1234")
    waiting = planned.database.read("FROM boards.unserved_orders")
    assert waiting.height == 4
    assert "nodes_full" in waiting["detail"][0]
    sound(planned)
    do(planned, change("node_reopened", node="WH"))
    clock.pass_(minutes=2)
    assert allocate_waiting(planned).served == 4
    assert nodes(planned) == {n: ["WH"] for n in "1234"}
    sound(planned)


def test_closing_a_closed_node_again_is_refused_unless_something_is_left_to_move(planned: Room) -> None:
    upload(planned, parcel_of(planned, 1))
    do(planned, closing(), policy=NEVER)
    assert stuck(planned) == [("1", WhyStuck.WAYBILL_UPLOADED)]
    with pytest.raises(NotAllowed, match="already"):
        do(planned, closing(), policy=NEVER)
    do(planned, closing())  # the policy allows edits by now
    assert nodes(planned)["1"] == ["DP"]
    with pytest.raises(NotAllowed, match="already"):
        do(planned, closing())
    sound(planned)


# --- the legal window ----------------------------------------------------------------------------------------------


def test_after_the_upload_an_order_moves_by_an_edit_with_its_risk_told(planned: Room) -> None:
    upload(planned, parcel_of(planned, 1))
    figures = do(planned, closing()).figures
    assert (figures["edits"], figures["orders_moved"]) == (1, 3)
    assert figures["edit_risk_cents"] == load_window_policy().edit_risk_cents(2_900)
    windows = planned.database.read("SELECT order_id, legal_window FROM reallocations")
    assert dict(windows.rows())[order_id(1)] == "edit"
    sound(planned)


def test_a_policy_against_edits_leaves_the_parcel_and_lists_it(planned: Room) -> None:
    upload(planned, parcel_of(planned, 1))
    figures = do(planned, closing(), policy=NEVER).figures
    assert (figures["orders_moved"], figures["not_possible"]) == (2, 1)
    assert nodes(planned) == {"1": ["WH"], "2": ["DP"], "3": ["DP"], "4": ["DP"]}
    sound(planned)


def test_after_the_scan_a_stopped_carrier_keeps_the_parcel_and_it_is_listed(planned: Room) -> None:
    upload(planned, parcel_of(planned, 1), picked_up=True)
    do(planned, change("carrier_stopped", carrier="CHEAP", region=""))
    assert stuck(planned) == [("1", WhyStuck.PICKED_UP)]
    assert {n: places[0][2] for n, places in standing(planned).items()} == {
        "1": "CHEAP", "2": "FAST", "3": "FAST", "4": "FAST",
    }  # fmt: skip
    sound(planned)


def test_what_a_stopped_carrier_has_delivered_is_listed_no_more(planned: Room) -> None:
    on_the_way, arrived = parcel_of(planned, 1), parcel_of(planned, 2)
    for parcel in (on_the_way, arrived):
        upload(planned, parcel, picked_up=True)

    def sign(parcel: str) -> None:
        event = {"waybill_no": f"SF-{parcel}", "scan": "signed", "at": planned.now().isoformat(), "said": ""}
        assert track(planned, parse_canonical_tracking([event]), actor="carrier").recorded == 1

    def listed() -> list[str]:
        return [number_of(name) for name in steering_screens.stuck_now(planned.database)["order_id"]]

    sign(arrived)
    do(planned, change("carrier_stopped", carrier="CHEAP", region=""))
    assert stuck(planned) == [("1", WhyStuck.PICKED_UP)]
    assert listed() == ["1"]
    sound(planned)
    sign(on_the_way)
    assert listed() == []
    sound(planned)


def test_a_part_that_has_left_keeps_the_rest_of_its_order_where_it_is(room: Room) -> None:
    """Ambient goods are on their way, and no other node has the chilled ones: the order cannot wait as a whole."""
    take(room, order(1, ("RICE", 1), ("BERRY", 1)), order(2, ("BERRY", 1)))
    allocate_waiting(room)
    upload(room, parcel_of(room, 1), picked_up=True)
    do(room, change("stock_counted", node="DP", lot="BERRY-1", units=0))
    before = standing(room)["1"]
    do(room, closing())
    assert statuses(room) == {"1": "allocated", "2": "reserved"}
    assert standing(room)["1"] == before
    assert stuck(room) == [("1", WhyStuck.PART_HAS_LEFT), ("2", WhyStuck.BACK_TO_WAITING)]
    sound(room)


def test_only_the_part_that_is_touched_is_planned_anew(room: Room) -> None:
    take(room, order(1, ("RICE", 1), ("BERRY", 1)))
    allocate_waiting(room)
    rice = parcel_of(room, 1)
    upload(room, rice, picked_up=True)
    do(room, closing())
    assert sorted(nodes(room)["1"]) == ["DP", "WH"]
    assert rice in {parcel for parcel, _, _ in standing(room)["1"]}
    sound(room)


# --- lots ----------------------------------------------------------------------------------------------------------


def test_of_a_shared_parcel_only_the_order_with_the_lot_leaves(room: Room) -> None:
    take(room, order(1, buyer=ONE_BUYER), order(2, ("OIL", 1), buyer=ONE_BUYER))
    allocate_waiting(room)
    [(shared, _, _)] = standing(room)["2"]
    do(room, change("lot_quarantined", lot="RICE-1"))
    assert statuses(room) == {"1": "reserved", "2": "allocated"}
    assert [parcel for parcel, _, _ in standing(room)["2"]] == [shared]
    assert room.database.read("SELECT status FROM parcels").rows() == [("planned",)]
    sound(room)


def test_a_quarantined_lot_takes_its_promises_off_the_shelf(planned: Room) -> None:
    """All rice is of one lot: 3 units are sold in the show; nothing is on offer any more, and 3 are short."""
    figures = do(planned, change("lot_quarantined", lot="RICE-1")).figures
    assert (figures["quarantined_delta"], figures["back_to_waiting"]) == (1000, 3)
    assert (figures["withdrawn_units"], figures["short_units"]) == (57, 3)
    assert pool(planned, "RICE") == (3, 3)
    assert pool(planned, "RICE", "shelf") == (0, 0)
    sound(planned)
    change_orders(planned, [OrderChange(order_id(1), "refunded", planned.now())], actor="test")
    assert pool(planned, "RICE") == (2, 2), "what is not there is not on offer again"
    sound(planned)


def test_a_released_lot_ships_again(planned: Room, clock: Clock) -> None:
    do(planned, change("lot_quarantined", lot="RICE-1"))
    figures = do(planned, change("lot_released", lot="RICE-1")).figures
    assert (figures["quarantined_delta"], figures["short_units"]) == (-1000, -3)
    clock.pass_(minutes=2)
    assert allocate_waiting(planned).served == 3
    sound(planned)


def test_goods_given_back_to_a_quarantined_lot_are_fenced(planned: Room) -> None:
    upload(planned, parcel_of(planned, 1))
    do(planned, change("lot_quarantined", lot="RICE-1"), policy=NEVER)
    assert level(planned, "WH", "RICE") == (500, 1, 499)
    change_orders(planned, [OrderChange(order_id(1), "refunded", planned.now())], actor="test")
    assert level(planned, "WH", "RICE") == (500, 0, 500)
    sound(planned)


# --- carriers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["", "31", "3101", "310104"])
def test_a_carrier_stops_in_a_region_and_serves_the_others(region: str, planned: Room) -> None:
    before = standing(planned)
    figures = do(planned, change("carrier_stopped", carrier="CHEAP", region=region)).figures
    carriers = {n: places[0][2] for n, places in standing(planned).items()}
    everywhere = region == ""
    assert carriers == {"1": "FAST", "2": "FAST", "3": "FAST", "4": "FAST" if everywhere else "CHEAP"}
    assert (standing(planned)["4"] == before["4"]) == (not everywhere)
    assert figures["extra_cents"] == 300 * (4 if everywhere else 3), "3 yuan more a parcel"
    take(planned, order(5), order(6, address=BEIJING))
    allocate_waiting(planned)
    assert standing(planned)["5"][0][2] == "FAST"
    assert standing(planned)["6"][0][2] == ("FAST" if everywhere else "CHEAP")
    sound(planned)


def test_a_carrier_that_resumes_takes_new_orders_and_the_old_ones_stay(planned: Room) -> None:
    do(planned, change("carrier_stopped", carrier="CHEAP", region="31"))
    moved = standing(planned)
    do(planned, change("carrier_resumed", carrier="CHEAP", region="31"))
    assert standing(planned) == moved
    take(planned, order(5))
    allocate_waiting(planned)
    assert standing(planned)["5"][0][2] == "CHEAP"
    sound(planned)


# --- counts --------------------------------------------------------------------------------------------------------


def test_a_count_that_finds_too_little_moves_the_orders_paid_last(room: Room) -> None:
    take(room, *(order(n, minute=n) for n in (1, 2, 3, 4)))
    allocate_waiting(room)
    figures = do(room, change("stock_counted", node="WH", lot="RICE-1", units=2)).figures
    assert nodes(room) == {"1": ["WH"], "2": ["WH"], "3": ["DP"], "4": ["DP"]}
    assert figures["on_hand_delta"] == -498
    assert level(room, "WH", "RICE") == (2, 2, 0)
    sound(room)


def test_a_count_does_not_look_for_what_a_carrier_has(room: Room) -> None:
    take(room, order(1), order(2, minute=2))
    allocate_waiting(room)
    upload(room, parcel_of(room, 2), picked_up=True)
    assert level(room, "WH", "RICE") == (499, 1, 0), "what a carrier scanned has left the books"
    do(room, change("stock_counted", node="WH", lot="RICE-1", units=498))
    assert level(room, "WH", "RICE") == (498, 1, 0)
    do(room, change("stock_counted", node="WH", lot="RICE-1", units=0))
    assert nodes(room) == {"1": ["DP"], "2": ["WH"]}
    assert level(room, "WH", "RICE") == (0, 0, 0)
    sound(room)


def test_a_count_that_finds_more_makes_it_free(planned: Room) -> None:
    assert do(planned, change("stock_counted", node="WH", lot="RICE-1", units=600)).figures["on_hand_delta"] == 100
    assert level(planned, "WH", "RICE")[0] == 600
    sound(planned)


def test_a_count_cannot_take_what_a_parcel_that_may_not_change_holds(planned: Room) -> None:
    upload(planned, parcel_of(planned, 1))
    upload(planned, parcel_of(planned, 2))
    do(planned, change("stock_counted", node="WH", lot="RICE-1", units=0), policy=NEVER)
    assert level(planned, "WH", "RICE") == (2, 2, 0)
    assert {reason for _, reason in stuck(planned)} == {WhyStuck.WAYBILL_UPLOADED}
    sound(planned)


# --- others act meanwhile ------------------------------------------------------------------------------------------


def test_an_order_cancelled_between_preview_and_execution_is_not_moved(planned: Room) -> None:
    assert plan_steering(planned, closing()).figures()["orders_moved"] == 3
    change_orders(planned, [OrderChange(order_id(1), "cancelled", planned.now())], actor="test")
    assert do(planned, closing()).figures["orders_moved"] == 2
    assert statuses(planned)["1"] == "cancelled"
    sound(planned)


def test_a_parcel_scanned_between_preview_and_execution_stays(planned: Room) -> None:
    plan_steering(planned, closing())
    upload(planned, parcel_of(planned, 1), picked_up=True)
    do(planned, closing())
    assert nodes(planned)["1"] == ["WH"]
    sound(planned)


def test_a_plan_made_before_a_node_closed_is_not_written_after_it(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    take(room, order(1), order(2, address=BEIJING))
    plan = allocate_orders.plan_batch

    def meanwhile(problem: Any, **_: object) -> Any:
        made = plan(problem)
        do(room, closing())
        do(room, change("carrier_stopped", carrier="CHEAP", region="11"))
        return made

    monkeypatch.setattr(allocate_orders, "plan_batch", meanwhile)
    assert allocate_waiting(room).served == 0
    assert statuses(room) == {"1": "reserved", "2": "reserved"}
    sound(room)


def test_a_moved_order_that_is_refunded_gives_back_what_it_holds_now(planned: Room) -> None:
    do(planned, closing())
    change_orders(planned, [OrderChange(order_id(2), "refunded", planned.now())], actor="test")
    assert level(planned, "WH", "OIL") == (500, 0, 0)
    assert level(planned, "DP", "OIL") == (500, 0, 0)
    sound(planned)


def test_two_moves_leave_one_standing_parcel_and_their_story(planned: Room) -> None:
    do(planned, closing("WH"))
    do(planned, change("node_reopened", node="WH"))
    do(planned, closing("DP"))
    assert nodes(planned)["1"] == ["WH"]
    moves = planned.database.read(
        "SELECT from_parcel, to_parcels FROM reallocations WHERE order_id = $o ORDER BY version", {"o": order_id(1)}
    ).rows()
    assert len(moves) == 2
    assert moves[0][1] == moves[1][0]
    sound(planned)


# --- refusals and the audit ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (closing("NOWHERE"), "There is no node 'NOWHERE'"),
        (change("lot_quarantined", lot="X"), "There is no lot 'X'"),
        (change("carrier_stopped", carrier="X", region=""), "There is no carrier 'X'"),
        (change("carrier_stopped", carrier="FAST", region="99"), "no division"),
    ],
)
def test_what_the_room_does_not_know_cannot_be_steered(room: Room, wanted: Change, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        do(room, wanted)


def test_a_reason_is_asked_for_and_a_change_that_stands_is_refused(room: Room) -> None:
    with pytest.raises(NotAllowed, match="Say why"):
        steer(room, closing(), actor="lin", reason=" ")
    for kind, named in (("node_reopened", {"node": "WH"}), ("lot_released", {"lot": "RICE-1"})):
        with pytest.raises(NotAllowed, match="already"):
            do(room, change(kind, **named))


def test_every_change_is_audited_with_who_why_and_what_it_moved(planned: Room) -> None:
    steer(planned, closing(), actor="lin", reason="flood in the hall")
    [(actor, verb, subject, detail)] = planned.database.read(
        "SELECT actor, verb, subject, detail FROM audit ORDER BY version DESC LIMIT 1"
    ).rows()
    assert (actor, verb, subject) == ("lin", "node_closed", "WH")
    assert "flood in the hall" in detail
    assert '"orders_moved":3' in detail
    story = planned.database.read("FROM boards.order_story($o)", {"o": order_id(1)})
    assert story.filter(pl.col("kind") == "allocated")["reason"].to_list() == ["", "moved: node WH was closed"]


# --- waybills ------------------------------------------------------------------------------------------------------


def test_bad_waybills_are_answered_in_sentences_and_the_good_ones_are_kept(planned: Room) -> None:
    one, two, three = (parcel_of(planned, n, "chilled" if n == 3 else "ambient") for n in (1, 2, 3))
    at, later = planned.now(), planned.now() + timedelta(hours=9)
    receipt = record_waybills(
        planned,
        [
            Waybill(one, "SF1", at),
            Waybill("nowhere", "SF2", at),
            Waybill(two, "SF1", at),
            Waybill(one, "SF9", at),
            Waybill(two, "SF2", later),
            Waybill(three, "SF3", at, OPENING - timedelta(days=1)),
            Waybill(one, "SF1", at),
            Waybill(one, "SF1", at, at),
            Waybill(one, "SF1", at, at + timedelta(minutes=3)),
        ],
        actor="wms",
    )
    assert (receipt.recorded, receipt.repeated, receipt.refused) == (2, 1, 6)
    told = {fault["row"]: fault["fault"] for fault in receipt.faults}
    for row, words in {
        2: "no parcel 'nowhere'", 3: f"belongs to parcel {one}", 4: "has waybill SF1 already", 5: "not come yet",
        6: "before its order was paid", 9: "was picked up at",
    }.items():  # fmt: skip
        assert words in told[row]
    sound(planned)


def test_a_waybill_for_a_parcel_that_its_order_has_left_is_refused(planned: Room) -> None:
    old = parcel_of(planned, 1)
    do(planned, closing())
    [fault] = record_waybills(planned, [Waybill(old, "SF1", planned.now())], actor="wms").faults
    assert "was cancelled" in fault["fault"]
