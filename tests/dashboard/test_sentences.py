"""What the engine says reaches a Chinese reader in Chinese: tried with what it really says, not with a list of it."""

import re
from collections.abc import Callable
from datetime import date

import pytest

from dashboard import sentences
from dashboard.wording import words
from engine.allocation.plan import Alternative, WhyNot
from engine.allocation.steering import Change, ChangeKind
from engine.errors import WarRoomError
from engine.orders.holds import HoldPolicy, HoldWatch, Suspect
from engine.store import tables
from engine.store.database import as_json
from engine.store.screens import room as screens
from engine.usecases.orders import review_holds, review_quarantine
from engine.usecases.room.room import Room
from engine.usecases.steering.steer import steer
from engine.usecases.stock.top_up_pool import top_up_pool
from tests.worlds import SHOW, Clock, order, order_id, small_room, take

ZH, EN = words("zh"), words("en")
MINUTE = 60_000_000


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Room:
    return small_room(duckdb_url, clock)


def in_chinese(text: str) -> bool:
    """Chinese beyond what a value quoted from the data brings along."""
    return bool(re.search(r"[一-龥]", re.sub(r"「.*?」", "", text))) and not re.search(
        r"\b(the|is|was|of|must)\b", text
    )


def suspect(**changes: object) -> Suspect:
    plain = {
        "buyer": "b", "address": "a", "city": "上海市", "district": "d", "street": "s", "created_us": 0,
        "paid_us": MINUTE, "amount_cents": 3000, "list_cents": 3000, "units": 1,
    }  # fmt: skip
    return Suspect(**(plain | changes))  # type: ignore[arg-type]


def test_every_reason_to_hold_an_order_is_known() -> None:
    watch = HoldWatch(HoldPolicy(buyer_orders=1, address_orders=1))
    watch.remember("b", "a", 0)
    odd = [
        suspect(),
        suspect(district="", buyer="x", address=""),
        suspect(street="", buyer="y", address=""),
        suspect(district="", street="", buyer="z", address=""),
        suspect(amount_cents=1, buyer="p", address=""),
        suspect(amount_cents=9_000_000, units=99, buyer="q", address=""),
        suspect(paid_us=100 * 60 * MINUTE, buyer="r", address=""),
    ]
    told = [reason for each in odd for reason in watch.examine(each, now_us=MINUTE)]
    seen = {reason.rule for reason in told}
    assert seen >= {"same_buyer", "same_address", "vague_address", "amount_low", "amount_high", "units_high"}
    assert seen >= {"paid_late", "paid_ahead"}
    for reason in told:
        assert in_chinese(sentences.said(ZH, reason.detail)), reason.detail
        assert sentences.said(EN, reason.detail) == reason.detail
        assert ZH.of("rule", reason.rule) != reason.rule


def test_every_fault_of_a_row_is_known(room: Room) -> None:
    bad = [
        {"order_no": "1"},
        {"order_no": None},
        {"status": "teleported"},
        {"paid_at": None},
        {"paid_at": "soon"},
        {"paid_at": "2031-01-01T00:00:00+08:00"},
        {"created_at": "1999-01-01T00:00:00+08:00"},
        {"address": {"province": "Atlantis", "city": "x"}},
        {"address": {}},
        {"show_id": "nowhere"},
        {"lines": []},
        {"lines": [7]},
        {"lines": [{"sku": "NOPE", "qty": "x", "amount_yuan": "-3"}]},
        {"lines": [{"sku": None, "qty": None, "amount_yuan": None}]},
        {"anchor": "x" * 10_000},
    ]
    take(room, *(order(n, **change) for n, change in enumerate(bad, start=1)))
    rows = screens.quarantine_queue(room.database)
    assert rows.height == len(bad)
    for fault in rows["fault"]:
        for part in sentences.faults(ZH, fault):
            assert in_chinese(part), part
    room.close()


def test_reasons_for_selling_nothing_are_known(room: Room) -> None:
    take(room, order(1, ("OIL", 90)), order(2, ("GIFT", 1)), order(3, status="refunded"))
    for number in (1, 2, 3):
        [told] = sentences.reasons(ZH, screens.order_head(room.database, order_id(number))["reason"].item())
        assert in_chinese(told), told
    room.close()


@pytest.mark.parametrize(
    "act",
    [
        lambda room: review_holds.release_hold(room, [order_id(1)], actor="a", reason=""),
        lambda room: review_holds.release_hold(room, [], actor="a", reason="x"),
        lambda room: review_holds.release_hold(room, [order_id(1)], actor="a", reason="x"),
        lambda room: review_holds.cancel_held(room, [order_id(9)], actor="a", reason="x"),
        lambda room: review_quarantine.drop_row(room, "none", actor="a", reason="x"),
        lambda room: review_quarantine.drop_row(room, "none", actor="a", reason=""),
        lambda room: top_up_pool(room, SHOW, "RICE", 0, actor="a", reason="x"),
        lambda room: top_up_pool(room, SHOW, "RICE", 1_000_000, actor="a", reason="x"),
        lambda room: top_up_pool(room, SHOW, "GIFT", 1, actor="a", reason="x"),
    ],
)
def test_every_refusal_that_a_click_can_meet_is_known(act: Callable[[Room], object], room: Room) -> None:
    take(room, order(1))
    with pytest.raises(WarRoomError) as refused:
        act(room)
    assert in_chinese(sentences.said(ZH, str(refused.value))), str(refused.value)
    room.close()


CHANGES = [
    Change(kind=ChangeKind.NODE_CLOSED, node="WH"),
    Change(kind=ChangeKind.LOT_QUARANTINED, lot="RICE-1"),
    Change(kind=ChangeKind.CARRIER_STOPPED, carrier="CHEAP", region=""),
    Change(kind=ChangeKind.CARRIER_STOPPED, carrier="CHEAP", region="31"),
    Change(kind=ChangeKind.STOCK_COUNTED, node="WH", lot="RICE-1", units=0),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.told)
def test_what_steering_does_to_an_order_is_known(change: Change) -> None:
    for told in (f"moved: {change.told}", f"waits again: {change.told}"):
        said = sentences.said(ZH, told)
        assert in_chinese(said), said


@pytest.mark.parametrize(
    "change",
    [
        Change(kind=ChangeKind.NODE_REOPENED, node="WH"),
        Change(kind=ChangeKind.LOT_RELEASED, lot="RICE-1"),
        Change(kind=ChangeKind.CARRIER_RESUMED, carrier="CHEAP", region=""),
        Change(kind=ChangeKind.NODE_CLOSED, node="NOWHERE"),
        Change(kind=ChangeKind.LOT_QUARANTINED, lot="NONE"),
        Change(kind=ChangeKind.CARRIER_STOPPED, carrier="NOBODY", region=""),
        Change(kind=ChangeKind.CARRIER_STOPPED, carrier="CHEAP", region="99"),
        Change(kind=ChangeKind.STOCK_COUNTED, node="WH", lot="RICE-9", units=1),
    ],
    ids=lambda change: change.told,
)
def test_every_refusal_to_steer_is_known(change: Change, room: Room) -> None:
    with room.database.transaction(actor="test", verb="a lot that lies nowhere") as tx:
        tx.execute(tables.lots.insert().values(lot="RICE-9", sku="RICE", produced_on=date(2026, 11, 1), supplier="S"))
    for reason in ("", "x"):
        with pytest.raises(WarRoomError) as refused:
            steer(room, change, actor="a", reason=reason)
        assert in_chinese(sentences.said(ZH, str(refused.value))), str(refused.value)
    room.close()


def test_what_stands_cannot_be_done_again_and_that_is_known(room: Room) -> None:
    for change in CHANGES[:4]:
        steer(room, change, actor="a", reason="x")
        with pytest.raises(WarRoomError) as refused:
            steer(room, change, actor="a", reason="x")
        assert in_chinese(sentences.said(ZH, str(refused.value))), str(refused.value)
    room.close()


def test_what_is_not_known_is_shown_as_it_stands() -> None:
    assert sentences.said(ZH, "Something new happened.") == "Something new happened."
    assert sentences.faults(ZH, "a thing; another") == ["a thing", "another"]


def test_two_faults_do_not_pass_for_one() -> None:
    text = 'qty is "0": a quantity must be a whole number of at least 1; province is empty: where should the parcel go?'
    assert sentences.faults(ZH, text) == ["qty 为「0」：数量须为不小于 1 的整数", "province 为空：该发往哪里？"]


def test_a_fault_that_holds_the_joint_stays_whole() -> None:
    [told] = sentences.faults(ZH, 'status is "paid": but paid_at is empty; was the order paid or not?')
    assert told == "status 为「paid」：但 paid_at 为空，到底付了没有？"


def test_nodes_passed_over_are_named_and_worded() -> None:
    kept = '{"rejected": ["WH-1: short_of_stock (RICE-5: 1 of 2)", "gibberish"]}'
    told = sentences.passed_over(ZH, kept, nodes={"WH-1": "华东仓"}, carriers={})
    assert [(other.place, other.words, other.figures) for other in told] == [
        ("华东仓", "库存不足", "RICE-5：有 1 件，需 2 件"),
        ("gibberish", "—", ""),
    ]
    assert [(other.carrier, other.yuan_more) for other in told] == [("—", None)] * 2


FIGURES = {
    WhyNot.SHORT_OF_STOCK: ("RICE-5: 0 left of 12", "RICE-5: 1 of 2"),
    WhyNot.NODE_FULL: ("all 40 parcels given away", "0 of 1 parcels"),
    WhyNot.CARRIERS_FULL: ("all 40 parcels given away", "ambient, chilled"),
    WhyNot.SHARES_FULL: ("60% of the parcels at most", "frozen"),
    WhyNot.LATER_IN_ORDER: ("1659 km",),
    WhyNot.NO_OFFER: ("chilled",),
    WhyNot.NEAR_EXPIRY: ("RICE-5",),
    WhyNot.WRONG_LAYER: ("RICE-5",),
    WhyNot.DEARER: ("",),
    WhyNot.KEPT_FOR_LATER: ("",),
}


@pytest.mark.parametrize("why", list(WhyNot))
def test_every_reason_against_a_node_is_told_in_both_languages(why: WhyNot) -> None:
    for figures in FIGURES[why]:
        kept = as_json({"rejected": [Alternative("WH-1", "ZTO", 3.17, why, figures)._asdict()]})
        for t in (ZH, EN):
            [told] = sentences.passed_over(t, kept, nodes={"WH-1": "华东仓"}, carriers={"ZTO": "中通"})
            assert (told.place, told.carrier, told.yuan_more) == ("华东仓", "中通", 3.17)
            assert f"why_not.{why}" in t.texts
            assert in_chinese(told.words) == (t is ZH)
            if t is EN:
                assert told.figures == figures
            elif figures and figures != "RICE-5":  # a code is a code in every language
                assert in_chinese(told.figures), figures


def test_the_total_of_a_parcel_is_known_when_all_its_parts_are() -> None:
    parts = {"handling_yuan": 1.2, "fixed_yuan": 3.0, "weight_yuan": 2.5, "late_yuan": 0.3}
    parcel = {"node": "WH-1", "carrier": "ZTO", "layer": "ambient", "kg": 5.0, "orders": 2, **parts}
    known, unknown = sentences.costs(as_json({"costs": [parcel, parcel | {"late_yuan": None}]}))
    assert known.total == pytest.approx(7.0)
    assert unknown.total is None
    assert sentences.costs('{"why":"nearest"}') == [], "rooms of old did not keep it"
