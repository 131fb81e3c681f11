"""What anchors promise on air binds orders there and to come, on both databases; a mistake can be taken back."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.errors import BadRequest, NotAllowed, NotFound, WarRoomError
from engine.store.screens import room as screens
from engine.usecases.clocks.log_promise import PromiseReceipt, SpokenPromise, log_promise
from engine.usecases.clocks.withdraw_promise import withdraw_promise
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.worlds import OPENING, SHOW, Clock, order, order_id, take


def promises(room: Room) -> dict[str, float]:
    """Order number -> hours from payment to promise."""
    found = room.database.read("SELECT order_no, epoch(promise_at - paid_at) / 3600 FROM orders").rows()
    return {number.lstrip("N0"): round(hours, 3) for number, hours in found}


def said(room: Room, **changes: Any) -> PromiseReceipt:
    plain = {"show_id": SHOW, "words": "今晚下单，24小时内发货", "said_at": room.now(), "hours": 24.0}
    return log_promise(room, SpokenPromise(**(plain | changes)), actor="lin")


def paid(minutes: float) -> str:
    return (OPENING + timedelta(minutes=minutes)).isoformat()


@pytest.fixture
def heard(room: Room) -> Room:
    """Half an hour into the show: order 1 paid after 10 minutes, 2 after 20, 3 (oil) after 25, all with 48 h."""
    take(
        room,
        order(1, paid_at=paid(10)),
        order(2, paid_at=paid(20)),
        order(3, ("OIL", 1), paid_at=paid(25)),
    )
    assert set(promises(room).values()) == {48}
    return room


def sound(room: Room) -> bool:
    return verify(room.database).clean


def test_a_promise_binds_who_paid_after_it_and_who_comes_later(heard: Room, clock: Clock) -> None:
    receipt = said(heard, said_at=OPENING + timedelta(minutes=15))
    assert receipt.moved == 2
    assert promises(heard) == {"1": 48, "2": 24, "3": 24}
    clock.pass_(minutes=5)
    take(heard, order(4, paid_at=paid(32)), order(5, paid_at=paid(33), show_id="shelf"))
    assert promises(heard) == {"1": 48, "2": 24, "3": 24, "4": 24, "5": 48}
    assert sound(heard)
    moves = heard.database.read("SELECT order_id, offer_id, actor FROM promise_moves ORDER BY order_id").rows()
    assert {offer for _, offer, _ in moves} == {f"spoken:{receipt.promise_id}"}
    assert [actor for _, _, actor in moves][:2] == ["lin", "lin"]


def test_a_promise_for_one_code_leaves_the_others_alone(heard: Room) -> None:
    assert said(heard, sku="OIL", whole_show=True).moved == 1
    take(heard, order(4, paid_at=paid(29)), order(6, ("RICE", 1), ("OIL", 1), paid_at=paid(29)))
    assert promises(heard) == {"1": 48, "2": 48, "3": 24, "4": 48, "6": 24}
    assert sound(heard)


def test_the_shortest_promise_binds_and_a_longer_one_moves_nothing(heard: Room) -> None:
    assert said(heard, whole_show=True, hours=72.0).moved == 0
    first = said(heard, whole_show=True, hours=24.0)
    second = said(heard, whole_show=True, hours=12.0, sku="RICE")
    assert (first.moved, second.moved) == (3, 2)
    assert promises(heard) == {"1": 12, "2": 12, "3": 24}
    withdraw_promise(heard, second.promise_id, reason="misheard", actor="lin")
    assert promises(heard) == {"1": 24, "2": 24, "3": 24}, "the other one still stands"
    withdraw_promise(heard, first.promise_id, reason="misheard", actor="lin")
    assert promises(heard) == {"1": 48, "2": 48, "3": 48}
    take(heard, order(4, paid_at=paid(29)))
    assert promises(heard)["4"] == 48
    assert sound(heard)


def test_a_promise_for_a_moment_is_that_moment_for_everybody(heard: Room) -> None:
    noon = datetime.fromisoformat("2026-11-12T04:00:00+00:00")
    said(heard, hours=None, moment=noon, whole_show=True)
    assert set(heard.database.read("SELECT promise_at FROM orders")["promise_at"]) == {noon}
    assert sound(heard)


def test_ended_orders_keep_what_they_promised(heard: Room, clock: Clock) -> None:
    change_orders(heard, [OrderChange(order_id(2), "cancelled", clock.at)], actor="test")
    said(heard, whole_show=True)
    assert promises(heard) == {"1": 24, "2": 48, "3": 24}
    assert sound(heard)


def test_every_word_is_audited_and_part_of_the_orders_story(heard: Room) -> None:
    receipt = said(heard, whole_show=True)
    withdraw_promise(heard, receipt.promise_id, reason="misheard", actor="wu")
    audit = heard.database.read("SELECT actor, verb, detail FROM audit ORDER BY version DESC LIMIT 2").rows()
    assert [(actor, verb) for actor, verb, _ in audit] == [("wu", "withdraw_promise"), ("lin", "log_promise")]
    assert '"moved":3' in audit[0][2]
    kinds = screens.order_story(heard.database, order_id(1))["kind"].to_list()
    assert kinds.count("promise_moved") == 2


REFUSALS: list[tuple[dict[str, Any], type[WarRoomError], str]] = [
    ({"show_id": "nowhere"}, NotFound, "There is no show 'nowhere'."),
    ({"sku": "NOPE"}, NotFound, "The brand sells nothing under the code 'NOPE'."),
    ({"hours": None}, BadRequest, "either so many hours from payment, or by a moment"),
    ({"hours": 0.0}, BadRequest, "must be above 0"),
    ({"hours": 10_000.0}, BadRequest, "up to 720"),
    ({"words": " "}, BadRequest, "the words are the proof"),
    ({"said_at": OPENING + timedelta(hours=3)}, BadRequest, "a time that has not come yet"),
    ({"said_at": datetime(2026, 11, 11)}, BadRequest, "a time without a zone"),  # noqa: DTZ001
    ({"hours": None, "moment": OPENING}, BadRequest, "a moment before it was made"),
]


def test_a_promise_that_makes_no_sense_is_refused_and_nothing_moves(heard: Room) -> None:
    before = heard.database.data_version()
    for changes, kind, sentence in REFUSALS:
        with pytest.raises(kind, match=sentence):
            said(heard, **changes)
    assert heard.database.data_version() == before
    assert set(promises(heard).values()) == {48}


def test_what_stands_already_is_not_logged_twice_and_what_is_gone_not_withdrawn_twice(heard: Room) -> None:
    one = said(heard, said_at=OPENING + timedelta(minutes=15))
    with pytest.raises(NotAllowed, match=rf"stands already, as {one.promise_id}\."):
        said(heard, said_at=OPENING + timedelta(minutes=15))
    withdraw_promise(heard, one.promise_id, reason="misheard", actor="lin")
    with pytest.raises(NotAllowed, match="is withdrawn already"):
        withdraw_promise(heard, one.promise_id, reason="misheard", actor="lin")
    with pytest.raises(NotFound, match="There is no promise 's0'"):
        withdraw_promise(heard, "s0", reason="misheard", actor="lin")
    with pytest.raises(BadRequest, match="Say why"):
        withdraw_promise(heard, one.promise_id, reason=" ", actor="lin")
