"""Reservation through the whole use case, on both databases: nothing lost, nothing twice, nothing oversold."""

from collections.abc import Iterator

import pytest

from engine.errors import NotAllowed, NotEnoughStock, NotFound
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.orders.change_orders import ChangeReceipt, OrderChange, change_orders
from engine.usecases.orders.ingest_orders import ingest_requests
from engine.usecases.orders.intake_desk import IntakeRequest
from engine.usecases.orders.review_holds import cancel_held, release_hold
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from engine.usecases.stock.top_up_pool import free_units, top_up_pool
from tests.worlds import SHOW, Clock, order, order_id, pool, reopened, statuses, take


@pytest.fixture(autouse=True)
def every_invariant_holds_at_the_end(room: Room) -> Iterator[None]:
    yield
    broken = [check for check in verify(room.database).checks if check.breaches]
    assert broken == []


def refund(number: int, room: Room, kind: str = "refunded") -> ChangeReceipt:
    return change_orders(room, [OrderChange(order_id(number), kind, room.now(), "buyer asked")], actor="test")


def test_a_paid_order_takes_its_units_from_the_shows_pool(room: Room) -> None:
    receipt = take(room, order(1, ("RICE", 2)))
    assert (receipt.accepted, receipt.reserved) == (1, 1)
    assert pool(room, "RICE") == (10, 2)


def test_an_order_outside_every_show_is_served_from_the_shelf(room: Room) -> None:
    take(room, order(1, minute=-60))
    assert pool(room, "RICE", "shelf") == (50, 1)
    assert pool(room, "RICE") == (10, 0)


def test_a_kit_takes_each_of_its_components(room: Room) -> None:
    take(room, order(1, ("FAMILY", 3)))
    assert [pool(room, code)[1] for code in ("RICE", "OIL", "GRAIN")] == [3, 6, 3]


def test_an_order_is_reserved_whole_or_not_at_all(room: Room) -> None:
    receipt = take(room, order(1, ("RICE", 1), ("OIL", 11)))
    assert receipt.sold_out == 1
    assert [pool(room, code)[1] for code in ("RICE", "OIL")] == [0, 0]


def test_a_sku_in_a_kit_and_alone_counts_once_with_the_sum(room: Room) -> None:
    receipt = take(room, order(1, ("FAMILY", 4), ("OIL", 3)))
    assert receipt.sold_out == 1, "4 kits need 8 oil, and 3 more do not fit into a pool of 10"
    assert pool(room, "OIL") == (10, 0)


def test_the_last_unit_goes_to_the_earliest_payment_in_a_batch(room: Room) -> None:
    take(room, order(2, ("RICE", 10), minute=2), order(1, ("RICE", 10), minute=1))
    assert statuses(room) == {"1": "reserved", "2": "sold_out"}


def test_a_small_order_still_fits_after_a_large_one_did_not(room: Room) -> None:
    take(room, order(1, ("RICE", 9), minute=1), order(2, ("RICE", 2), minute=2), order(3, ("RICE", 1), minute=3))
    assert statuses(room) == {"1": "reserved", "2": "sold_out", "3": "reserved"}


def test_a_late_event_does_not_take_stock_from_an_order_already_answered(room: Room) -> None:
    take(room, order(2, ("RICE", 10), minute=5))
    take(room, order(1, ("RICE", 1), minute=1))
    assert statuses(room) == {"1": "sold_out", "2": "reserved"}


def test_a_province_may_not_order_more_than_its_quota(room: Room) -> None:
    for number in range(1, 4):
        take(room, order(number, ("GRAIN", 1)))
    with room.database.transaction(actor="test", verb="narrow") as tx:
        tx.execute(tables.quota_balance.update().where(tables.quota_balance.c.province == "上海市").values(quantity=4))
    take(room, order(4, ("GRAIN", 1)), order(5, ("GRAIN", 1)))
    assert statuses(room)["4"] == "reserved"
    assert statuses(room)["5"] == "sold_out"
    refund(1, room)
    take(room, order(6, ("GRAIN", 1)), order(7, ("GRAIN", 1)))
    assert (statuses(room)["6"], statuses(room)["7"]) == ("reserved", "sold_out"), "a refund gives one place back"


def test_the_same_order_again_is_a_duplicate_wherever_it_comes_from(room: Room) -> None:
    first = take(room, order(1), order(1))
    again = take(room, order(1))
    assert (first.accepted, first.duplicate, again.accepted, again.duplicate) == (1, 1, 0, 1)
    assert pool(room, "RICE") == (10, 1)


def test_requests_that_wait_together_share_a_commit_and_keep_their_own_counts(room: Room) -> None:
    one = IntakeRequest("canonical", "a", [order(1), order(2), order(2)])
    two = IntakeRequest("canonical", "b", [order(3), order(4, status="unpaid", paid_at=None), order(5, ("NO", 1))])
    before = room.database.data_version()
    first, second = ingest_requests(room, [one, two])
    assert room.database.data_version() == before + 1
    assert (first.read, first.accepted, first.duplicate) == (3, 2, 1)
    assert (second.read, second.accepted, second.unpaid, second.quarantined) == (3, 1, 1, 1)
    assert second.faults[0]["row"] == 3, "a row is counted in its own request"


def test_two_requests_about_one_order_are_two_steps(room: Room) -> None:
    one = IntakeRequest("canonical", "a", [order(1), order(2)])
    two = IntakeRequest("canonical", "b", [order(2), order(3)])
    first, second = ingest_requests(room, [one, two])
    assert (first.accepted, first.duplicate) == (2, 0)
    assert (second.accepted, second.duplicate) == (1, 1)


def test_a_bad_request_does_not_spoil_its_neighbour(room: Room) -> None:
    good = IntakeRequest("canonical", "a", [order(1)])
    quarrel = IntakeRequest("canonical", "b", [order(1, ("OIL", 2))])
    first, second = ingest_requests(room, [good, quarrel])
    assert first.accepted == 1
    assert second.quarantined == 1, "the number is taken by other lines"
    assert statuses(room) == {"1": "reserved"}


def test_a_number_that_comes_back_with_other_lines_is_quarantined_and_not_swallowed(room: Room) -> None:
    take(room, order(1))
    receipt = take(room, order(1, ("OIL", 5)))
    assert receipt.quarantined == 1
    assert "other lines" in receipt.faults[0]["fault"]
    assert room.database.read("SELECT state, format FROM quarantine").rows() == [("open", "canonical")]


def test_a_bad_row_sent_twice_waits_once(room: Room) -> None:
    bad = order(1, ("NO-SUCH-SKU", 1))
    assert take(room, bad).quarantined == 1
    assert take(room, bad).duplicate == 1
    assert room.database.read("SELECT count(*) FROM quarantine").item() == 1


def test_an_unpaid_order_waits_and_is_taken_once_paid(room: Room) -> None:
    unpaid = order(1, status="unpaid", paid_at=None)
    assert take(room, unpaid).unpaid == 1
    assert take(room, unpaid).duplicate == 1
    assert pool(room, "RICE") == (10, 0)
    assert take(room, order(1)).accepted == 1
    assert take(room, unpaid).duplicate == 1, "an old row about a paid order changes nothing"
    assert statuses(room) == {"1": "reserved"}


@pytest.mark.parametrize("kind", ["refunded", "cancelled"])
def test_a_cancelled_or_refunded_order_gives_its_stock_back_once(room: Room, kind: str) -> None:
    take(room, order(1, ("FAMILY", 2)))
    for _ in range(3):
        refund(1, room, kind)
    assert [pool(room, code)[1] for code in ("RICE", "OIL", "GRAIN")] == [0, 0, 0]
    assert statuses(room) == {"1": kind}
    take(room, order(2, ("RICE", 10)))
    assert statuses(room)["2"] == "reserved", "the returned units can be sold again"


def test_a_refund_that_a_later_export_brings_gives_the_stock_back(room: Room) -> None:
    take(room, order(1, ("RICE", 3)))
    receipt = take(room, order(1, ("RICE", 3), status="refunded"))
    assert (receipt.duplicate, receipt.changed) == (1, 1)
    assert pool(room, "RICE") == (10, 0)
    again = take(room, order(1, ("RICE", 3), status="refunded"))
    assert (again.duplicate, again.changed) == (1, 0)


def test_a_cancellation_that_overtakes_its_order_waits_for_it(room: Room) -> None:
    assert refund(1, room, "cancelled").early == 1
    assert refund(1, room, "cancelled").early == 0, "told again, it waits once"
    receipt = take(room, order(1))
    assert (receipt.accepted, receipt.reserved) == (1, 0)
    assert statuses(room) == {"1": "cancelled"}
    assert pool(room, "RICE") == (10, 0)


def test_a_held_order_keeps_its_stock_until_somebody_decides(room: Room) -> None:
    take(room, order(1, ("RICE", 2), address={"province": "上海市", "city": "上海市", "district": "徐汇区"}))
    assert statuses(room) == {"1": "held"}
    assert pool(room, "RICE") == (10, 2)
    release_hold(room, [order_id(1)], actor="小王", reason="called the buyer")
    assert statuses(room) == {"1": "reserved"}
    assert pool(room, "RICE") == (10, 2)
    with pytest.raises(NotAllowed, match="not held any more"):
        release_hold(room, [order_id(1)], actor="小李", reason="again")


def test_cancelling_a_held_order_frees_its_stock(room: Room) -> None:
    take(room, order(1, ("RICE", 2), address={"province": "上海市", "city": "上海市", "district": "徐汇区"}))
    cancel_held(room, [order_id(1)], actor="小王", reason="scalper")
    assert statuses(room) == {"1": "cancelled"}
    assert pool(room, "RICE") == (10, 0)
    assert room.database.read("SELECT actor, reason FROM order_events").rows() == [("小王", "scalper")]


def test_a_decision_on_several_holds_is_all_or_none(room: Room) -> None:
    vague = {"province": "上海市", "city": "上海市", "district": "徐汇区"}
    take(room, order(1, address=vague), order(2))
    with pytest.raises(NotAllowed):
        release_hold(room, [order_id(1), order_id(2)], actor="小王", reason="fine")
    with pytest.raises(NotFound):
        release_hold(room, [order_id(1), order_id(99)], actor="小王", reason="fine")
    with pytest.raises(NotAllowed, match="why"):
        release_hold(room, [order_id(1)], actor="小王", reason="  ")
    assert statuses(room) == {"1": "held", "2": "reserved"}


def test_the_sixth_order_of_one_buyer_within_an_hour_is_held(room: Room) -> None:
    buyer = {"name": "黄**", "phone": "138****0000"}
    take(room, *(order(n, ("GRAIN", 1), minute=n, buyer=buyer) for n in range(1, 7)))
    assert statuses(room) == {**{str(n): "reserved" for n in range(1, 6)}, "6": "held"}


def test_after_a_restart_the_gate_remembers_everything(room: Room, room_url: str, clock: Clock) -> None:
    buyer = {"name": "黄**", "phone": "138****0000"}
    take(room, *(order(n, ("GRAIN", 1), minute=n, buyer=buyer) for n in range(1, 6)), order(7, ("RICE", 9)))
    take(room, order(8, status="unpaid", paid_at=None))
    refund(9, room)
    again = reopened(room, room_url, clock)
    try:
        receipt = take(
            again,
            order(1, ("GRAIN", 1), minute=1, buyer=buyer),
            order(6, ("GRAIN", 1), minute=6, buyer=buyer),
            order(8, status="unpaid", paid_at=None),
            order(9),
            order(10, ("RICE", 2)),
        )
        assert (receipt.duplicate, receipt.held, receipt.sold_out, receipt.accepted) == (2, 1, 1, 3)
        assert statuses(again)["9"] == "refunded"
        assert verify(again.database).clean
    finally:
        again.close()
    room.database = _reopen(room_url, clock)


def test_a_pool_is_topped_up_only_from_units_that_nobody_claims(room: Room) -> None:
    assert free_units(room, "RICE") == 1000 - 10 - 50
    top_up_pool(room, SHOW, "RICE", 5, actor="小王", reason="selling fast")
    assert pool(room, "RICE") == (15, 0)
    assert free_units(room, "RICE") == 935
    take(room, order(1, ("RICE", 15)))
    assert statuses(room) == {"1": "reserved"}, "the gate knows of the top-up"
    with pytest.raises(NotEnoughStock, match="935 units are free"):
        top_up_pool(room, SHOW, "RICE", 936, actor="小王", reason="all of it")
    with pytest.raises(NotFound):
        top_up_pool(room, SHOW, "GIFT", 1, actor="小王", reason="no pool")
    with pytest.raises(NotAllowed):
        top_up_pool(room, SHOW, "RICE", 0, actor="小王", reason="nothing")


def test_a_commit_that_fails_takes_nothing_and_the_gate_recovers(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    take(room, order(1))
    with monkeypatch.context() as broken:
        broken.setattr(Transaction, "note", _fail)
        with pytest.raises(OSError, match="the disk is gone"):
            take(room, order(2, ("RICE", 9)))
    assert pool(room, "RICE") == (10, 1)
    receipt = take(room, order(2, ("RICE", 9)), order(3))
    assert (receipt.accepted, receipt.reserved, receipt.sold_out) == (2, 1, 1)


def _fail(*_: object, **__: object) -> None:
    raise OSError("the disk is gone")


def _reopen(url: str, clock: Clock) -> Database:
    return Database.open(url, now=clock)
