"""Offers to wait from proposal to answer, on both databases: orders stay out of allocation, promises stay reachable."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import orjson
import pytest

from engine.allocation.problem import Problem
from engine.errors import BadRequest, NotAllowed, NotFound
from engine.store.screens import room as screens
from engine.usecases.allocation import allocate_orders
from engine.usecases.allocation import propose_delays as proposals
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.answer_delays import DelayAnswer, answer_delays
from engine.usecases.allocation.delay_records import stagger_policy
from engine.usecases.allocation.propose_delays import WhyNothing, propose_delays
from engine.usecases.allocation.review_delays import approve_delays, close_delays, reject_delays
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.room.receipts import AnswersReceipt
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.certified import certified, use_planner
from tests.worlds import Clock, order, statuses, take

ORDERS = range(1, 61)


@pytest.fixture
def tight(room: Room, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A round was planned and says that WH is dear; sixty more orders wait, of which 6 % are three."""
    use_planner(monkeypatch, certified())
    take(room, order(99, ("GRAIN", 1)))
    allocate_waiting(room)
    take(room, *(order(n, ("GRAIN", 1)) for n in ORDERS))
    yield room
    assert verify(room.database).clean, [c for c in verify(room.database).checks if c.breaches]


def offers(room: Room) -> dict[str, dict[str, object]]:
    frame = room.database.read("SELECT * FROM delay_offers ORDER BY offer_id")
    return {row["offer_id"]: row for row in frame.iter_rows(named=True)}


def states(room: Room) -> list[str]:
    return [str(offer["state"]) for offer in offers(room).values()]


def answer(room: Room, offer_id: str, what: str) -> AnswersReceipt:
    return answer_delays(room, [DelayAnswer(offer_id, what, room.now())], actor="api:gateway")


def asked(room: Room) -> tuple[str, str]:
    """An approved offer and its order."""
    propose_delays(room, actor="test")
    approve_delays(room, list(offers(room)), actor="test")
    first = next(iter(offers(room).values()))
    return str(first["offer_id"]), str(first["order_id"])


def promise(room: Room, order: str) -> datetime:
    return room.database.read("SELECT promise_at FROM orders WHERE order_id = $o", {"o": order}).item()  # type: ignore[no-any-return]


# --- proposing -----------------------------------------------------------------------------------------------------


def test_offers_are_proposed_where_a_certificate_says_that_capacity_is_dear(tight: Room, clock: Clock) -> None:
    run = propose_delays(tight, actor="test")
    assert (run.looked_at, run.offered, run.nothing) == (60, 5, None), "shares of 60: three, one and one"
    found = next(iter(offers(tight).values()))
    assert (found["state"], found["hold_until"], found["tier"]) == ("proposed", None, "day")
    assert found["price_cents"] == 1400, "12 yuan for the node and 2 for the carrier"
    assert orjson.loads(str(found["bottlenecks"])) == [["capacity", "CHEAP", 2.0, 1], ["throughput", "WH", 12.0, 1]]
    assert found["promise_after"] == found["promise_before"] + timedelta(hours=24)  # type: ignore[operator]
    [audit] = tight.database.read("SELECT detail FROM audit WHERE verb = 'propose_delays'")["detail"]
    assert orjson.loads(audit)["offered"] == 5


def test_a_proposal_alone_keeps_nothing_from_being_allocated(tight: Room) -> None:
    propose_delays(tight, actor="test")
    assert allocate_waiting(tight).served == 60
    assert close_delays(tight) == len(offers(tight))
    assert set(states(tight)) == {"withdrawn"}


def test_nobody_is_asked_twice(tight: Room) -> None:
    first = propose_delays(tight, actor="test").offered
    again = propose_delays(tight, actor="test")
    assert (again.offered, again.nothing) == (0, WhyNothing.NOBODY_CHOSEN)
    assert again.passed_over["asked_before"] == first


def test_what_is_proposed_already_counts_as_relief(tight: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = stagger_policy()
    tiers = tuple(replace(tier, max_share=1.0) for tier in policy.tiers)
    # 2 % of the 60 parcels through WH are 1.2: four at 0.35 are expected to relieve it.
    few = replace(policy, relief_share=0.02, max_share_of_orders=1.0, tiers=tiers)
    monkeypatch.setattr(proposals, "stagger_policy", lambda: few)
    assert propose_delays(tight, actor="test").offered == 4
    again = propose_delays(tight, actor="test")
    assert (again.offered, again.passed_over) == (0, {"asked_before": 4, "relieved": 56})


def test_without_a_certificate_there_is_nothing_to_go_by(room: Room) -> None:
    take(room, order(1))
    assert propose_delays(room, actor="test").nothing is WhyNothing.NO_CERTIFICATE
    assert room.database.last_version("propose_delays") == 0


def test_old_prices_say_nothing_about_now(tight: Room, clock: Clock) -> None:
    clock.pass_(minutes=16)
    assert propose_delays(tight, actor="test").nothing is WhyNothing.OLD_CERTIFICATE


def test_a_bottleneck_cheaper_than_the_compensation_is_left_as_it_is(
    tight: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_planner(
        monkeypatch, certified({"throughput": {"WH": 1.0}, "capacity": {"CHEAP": 1.9}, "stock": {"WH|RICE": 90.0}})
    )
    take(tight, order(98, ("GRAIN", 1)))
    allocate_waiting(tight, limit=1)
    run = propose_delays(tight, actor="test")
    assert (run.nothing, run.dearest_yuan) == (WhyNothing.NOTHING_DEAR, pytest.approx(2.9))


def test_where_nobody_waits_nobody_is_asked(tight: Room) -> None:
    allocate_waiting(tight)
    assert propose_delays(tight, actor="test").nothing is WhyNothing.NOBODY_WAITS


def test_chilled_goods_are_never_asked_to_wait(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    use_planner(monkeypatch, certified({"throughput": {"WH": 150.0}}))
    take(room, order(99, ("GRAIN", 1)))
    allocate_waiting(room)
    take(room, *(order(n, ("BERRY", 1)) for n in ORDERS))
    run = propose_delays(room, actor="test")
    assert (run.offered, run.passed_over) == (0, {"layer": 60})


# --- approving -----------------------------------------------------------------------------------------------------


def test_an_approved_order_stays_out_of_allocation_until_its_buyer_declines(tight: Room) -> None:
    offer, held = asked(tight)
    count = len(offers(tight))
    assert allocate_waiting(tight).orders == 60 - count
    assert answer(tight, offer, "declined").applied == 1
    assert allocate_waiting(tight).orders == 1
    assert tight.database.read("SELECT status FROM orders WHERE order_id = $o", {"o": held}).item() == "allocated"


def test_an_offer_that_ran_out_frees_its_order_although_nobody_closed_it(tight: Room, clock: Clock) -> None:
    _offer, held = asked(tight)
    allocate_waiting(tight)
    clock.pass_(hours=12)
    assert promise(tight, held) - clock.at >= timedelta(hours=24), "a whole day is left to keep the promise"
    assert allocate_waiting(tight).orders == len(offers(tight))
    close_delays(tight)
    assert set(states(tight)) == {"withdrawn"}, "planned before anybody closed it"


def test_what_ran_out_is_closed_once(tight: Room, clock: Clock) -> None:
    asked(tight)
    clock.pass_(hours=12)
    assert close_delays(tight) == len(offers(tight))
    assert set(states(tight)) == {"expired"}
    before = tight.database.data_version()
    assert close_delays(tight) == 0
    assert tight.database.data_version() == before


def test_an_order_planned_meanwhile_is_closed_and_the_rest_goes_through(tight: Room, clock: Clock) -> None:
    propose_delays(tight, actor="test")
    first, *rest = offers(tight).values()
    change_orders(tight, [OrderChange(str(first["order_id"]), "refunded", clock.at)], actor="test")
    review = approve_delays(tight, list(offers(tight)), actor="test")
    assert (review.done, review.gone) == (len(rest), 1)
    assert states(tight) == ["withdrawn"] + ["approved"] * len(rest)


def test_a_buyer_who_would_have_no_time_to_answer_is_not_asked(tight: Room, clock: Clock) -> None:
    propose_delays(tight, actor="test")
    clock.pass_(hours=11)
    assert approve_delays(tight, list(offers(tight)), actor="test").done == 0
    assert set(states(tight)) == {"expired"}


def test_rejecting_wants_a_reason_and_ends_the_offer(tight: Room) -> None:
    propose_delays(tight, actor="test")
    ids = list(offers(tight))
    with pytest.raises(NotAllowed, match="Say why"):
        reject_delays(tight, ids, actor="test", reason=" ")
    assert reject_delays(tight, ids, actor="test", reason="a holiday").done == len(ids)
    with pytest.raises(NotAllowed, match="is rejected already"):
        approve_delays(tight, ids, actor="test")
    with pytest.raises(NotFound, match="no offer d0-0"):
        approve_delays(tight, ["d0-0"], actor="test")
    with pytest.raises(NotAllowed, match="at least one"):
        approve_delays(tight, [], actor="test")


def test_an_approval_during_planning_is_respected_by_the_plan(tight: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    propose_delays(tight, actor="test")
    plan = certified()

    def meanwhile(problem: Problem, **_: object) -> object:
        made = plan(problem)
        approve_delays(tight, list(offers(tight)), actor="test")
        return made

    monkeypatch.setattr(allocate_orders, "plan_batch", meanwhile)
    assert allocate_waiting(tight).served == 60 - len(offers(tight))
    assert set(states(tight)) == {"approved"}


# --- answering -----------------------------------------------------------------------------------------------------


def test_accepting_moves_the_promise_owes_the_compensation_and_returns_the_order_in_time(
    tight: Room, clock: Clock
) -> None:
    offer, held = asked(tight)
    before = promise(tight, held)
    clock.pass_(hours=2)
    assert answer(tight, offer, "accepted").applied == 1
    assert promise(tight, held) == before + timedelta(hours=24)
    assert tight.database.read("SELECT offer_id, order_id, cents, form FROM delay_compensations").rows() == [
        (offer, held, 300, "coupon")
    ]
    assert tight.database.read("SELECT promise_before, promise_after, actor FROM promise_moves").rows() == [
        (before, before + timedelta(hours=24), "api:gateway")
    ]
    assert [kind for kind in screens.order_story(tight.database, held)["kind"] if kind.startswith("delay_")] == [
        "delay_approved",
        "delay_accepted",
    ]
    clock.pass_(hours=12)
    allocate_waiting(tight)
    assert statuses(tight)[held.removeprefix("douyin:N").lstrip("0")] == "reserved"
    clock.pass_(hours=10)  # 24 h after the offer
    assert promise(tight, held) - clock.at == before - (clock.at - timedelta(hours=24)), "as much time as there was"
    allocate_waiting(tight)
    assert statuses(tight)[held.removeprefix("douyin:N").lstrip("0")] == "allocated"


def test_an_answer_repeated_in_any_order_changes_nothing_more(tight: Room) -> None:
    offer, _held = asked(tight)
    told = [DelayAnswer(offer, what, tight.now()) for what in ("sent", "accepted", "accepted", "sent")]
    receipt = answer_delays(tight, told, actor="api:gateway")
    assert (receipt.read, receipt.applied, receipt.repeated, receipt.refused) == (4, 2, 2, ())
    before = tight.database.data_version()
    assert answer_delays(tight, told[1:], actor="api:gateway").repeated == 3
    assert tight.database.data_version() == before
    refused = answer(tight, offer, "declined").refused
    assert refused == ({"offer_id": offer, "error": f"{offer} is accepted already: it cannot become declined."},)


def test_a_refused_answer_says_why_and_does_not_stop_its_neighbours(tight: Room, clock: Clock) -> None:
    propose_delays(tight, actor="test")
    first, second = list(offers(tight))[:2]
    approve_delays(tight, [first], actor="test")
    told = [DelayAnswer(o, "accepted", clock.at) for o in ("nobody", second, first)]
    receipt = answer_delays(tight, told, actor="api:gateway")
    assert receipt.applied == 1
    assert [r["error"] for r in receipt.refused] == [
        "There is no offer nobody.",
        f"{second} is not approved yet: no buyer can have answered it.",
    ]
    assert receipt.read == receipt.applied + receipt.repeated + len(receipt.refused)


def test_an_acceptance_that_comes_too_late_or_for_an_order_gone_is_refused(tight: Room, clock: Clock) -> None:
    asked(tight)
    late, gone = list(offers(tight).values())[:2]
    change_orders(tight, [OrderChange(str(gone["order_id"]), "cancelled", clock.at)], actor="test")
    assert "has moved on (cancelled)" in answer(tight, str(gone["offer_id"]), "accepted").refused[0]["error"]
    clock.pass_(hours=12)
    assert "ran out at" in answer(tight, str(late["offer_id"]), "accepted").refused[0]["error"]
    assert tight.database.read("SELECT count(*) FROM promise_moves").item() == 0


def test_an_answer_is_one_of_three_words() -> None:
    with pytest.raises(BadRequest, match="sent, accepted, declined"):
        DelayAnswer("d1-1", "maybe", datetime.fromisoformat("2026-11-11T12:00:00+00:00"))


def test_the_gateway_is_shown_what_may_be_answered_and_no_more(tight: Room, clock: Clock) -> None:
    propose_delays(tight, actor="test")
    assert screens.delays_to_ask(tight.database, clock.at).is_empty(), "nothing is approved"
    approve_delays(tight, list(offers(tight)), actor="test")
    shown = screens.delays_to_ask(tight.database, clock.at)
    assert shown["offer_id"].to_list() == list(offers(tight))
    assert not {"buyer", "address", "phone"} & set(shown.columns)
    answer(tight, shown["offer_id"][0], "sent")
    assert screens.delays_to_ask(tight.database, clock.at)["state"].to_list()[-1] == "sent", "still to ask come first"
    answer(tight, shown["offer_id"][0], "declined")
    assert screens.delays_to_ask(tight.database, clock.at).height == shown.height - 1
    assert screens.delays_to_ask(tight.database, clock.at + timedelta(hours=12)).is_empty()


def test_results_count_silence_only_where_somebody_was_asked(tight: Room, clock: Clock) -> None:
    asked(tight)
    first, _second = list(offers(tight))[:2]
    answer(tight, first, "sent")
    clock.pass_(hours=12)
    close_delays(tight)
    row = screens.delay_results(tight.database).row(0, named=True)
    assert (row["offers"], row["silent"], row["lapsed"], row["owed_cents"]) == (3, 1, 2, 0)


def test_answers_correct_what_the_next_offers_expect(tight: Room, clock: Clock) -> None:
    asked(tight)
    first, second = list(offers(tight))[:2]
    answer(tight, first, "accepted")
    answer(tight, second, "accepted")
    take(tight, *(order(n, ("GRAIN", 1)) for n in range(61, 96)))
    propose_delays(tight, actor="test")
    newest = {o["tier"]: o["acceptance"] for o in offers(tight).values() if o["state"] == "proposed"}
    assert newest["day"] == pytest.approx((0.35 * 40 + 2) / 42)
