"""Buyers are asked to wait only where it saves money, only those who may be, and never so that a promise breaks."""

import tomllib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.allocation.stagger_policy import StaggerPolicy, policy_from
from engine.allocation.staggering import (
    ORDERS,
    USAGE,
    DelayChoice,
    DelayHistory,
    WhyNotAsked,
    acceptance,
    choose_delays,
)
from engine.errors import BadSetting
from engine.settings import DATA
from tests.reference import staggering as reference

NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
RULES = tomllib.loads((DATA / "rules" / "stagger.toml").read_text(encoding="utf-8"))
POLICY = policy_from(RULES)
NODE, CARRIER = ("throughput", "WH"), ("capacity", "ZTO")


def order(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "order_id": f"o{number:03}", "buyer": f"b{number}", "promise_at": NOW + timedelta(hours=48),
        "layers": ["ambient"], "categories": ["rice"], "shelf_life_days": 365,
    } | changes  # fmt: skip


def choose(
    orders: list[dict[str, Any]],
    usage: list[tuple[str, str, str, int]] | None = None,
    *,
    policy: StaggerPolicy = POLICY,
    history: DelayHistory | None = None,
    price: float = 10.0,
    relief: float = 1000.0,
    **places: Any,
) -> DelayChoice:
    passing = usage if usage is not None else [(o["order_id"], *NODE, 1) for o in orders]
    return choose_delays(
        pl.DataFrame(orders, schema=ORDERS),
        pl.DataFrame(passing, schema=USAGE, orient="row"),
        prices=places.get("prices", {NODE: price}),
        relief=places.get("reliefs", {NODE: relief, CARRIER: relief}),
        history=history or DelayHistory(waiting=1000),
        policy=policy,
        now=NOW,
    )


def test_the_best_tier_is_the_one_with_the_greatest_expected_saving() -> None:
    [offer] = choose([order(1)]).offers
    assert offer.tier.name == "day"
    assert offer.saving_yuan == pytest.approx(0.35 * (10 - 3))
    assert offer.bottlenecks == (("throughput", "WH", 10.0, 1),)


def test_a_dearer_tier_is_offered_where_more_people_take_it() -> None:
    eager = DelayHistory(waiting=1000, answers={"two_days": (60, 0)})
    [offer] = choose([order(1)], history=eager).offers
    assert offer.tier.name == "two_days"
    assert offer.acceptance == pytest.approx((0.35 * 40 + 60) / 100)


def test_nothing_is_offered_where_the_compensation_costs_more_than_the_bottleneck() -> None:
    for price in (0.0, 2.99, 3.0):
        choice = choose([order(1)], price=price)
        assert choice.offers == ()
        assert choice.passed_over == {"o001": WhyNotAsked.NOT_WORTH_IT}


def test_prices_of_node_and_carrier_add_up() -> None:
    both = [("o001", *NODE, 1), ("o001", *CARRIER, 1)]
    [offer] = choose([order(1)], both, prices={NODE: 2.5, CARRIER: 2.5}).offers
    assert offer.price_yuan == 5.0


def test_asking_stops_when_the_bottleneck_is_expected_to_be_relieved() -> None:
    choice = choose([order(n) for n in range(10)], relief=1.0)
    assert len(choice.offers) == 3, "three at 0.35 are the first that make a whole parcel"
    assert Counter(choice.passed_over.values()) == {WhyNotAsked.RELIEVED: 7}
    assert choice.unrelieved == {}


def test_what_could_not_be_relieved_is_told() -> None:
    assert choose([order(1)], relief=1.0).unrelieved == {NODE: pytest.approx(0.65)}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"layers": ["ambient", "chilled"]}, WhyNotAsked.LAYER),
        ({"layers": ["frozen"]}, WhyNotAsked.LAYER),
        ({"categories": ["fresh", "rice"]}, WhyNotAsked.CATEGORY),
        ({"shelf_life_days": 89}, WhyNotAsked.SHELF_LIFE),
        ({"promise_at": NOW + timedelta(hours=24, minutes=59)}, WhyNotAsked.PROMISE_TOO_NEAR),
        ({"promise_at": NOW - timedelta(hours=1)}, WhyNotAsked.PROMISE_TOO_NEAR),
    ],
)
def test_goods_that_spoil_and_promises_that_are_near_do_not_wait(changes: dict[str, Any], why: WhyNotAsked) -> None:
    choice = choose([order(1, **changes), order(2)], price=500.0)
    assert [offer.order_id for offer in choice.offers] == ["o002"]
    assert choice.passed_over == {"o001": why}


def test_goods_without_a_shelf_life_and_promises_just_far_enough_may_wait() -> None:
    just = NOW + timedelta(hours=25)
    assert (
        len(choose([order(1, shelf_life_days=None), order(2, shelf_life_days=90), order(3, promise_at=just)]).offers)
        == 3
    )


def test_an_order_is_asked_once_and_a_buyer_is_left_in_peace() -> None:
    history = DelayHistory(waiting=1000, asked_orders=frozenset({"o001"}), of_buyer={"b2": 1})
    choice = choose([order(1), order(2), order(3), order(4, buyer="b3")], history=history)
    assert [offer.order_id for offer in choice.offers] == ["o003"]
    assert choice.passed_over == {
        "o001": WhyNotAsked.ASKED_BEFORE, "o002": WhyNotAsked.BUYER_QUIET, "o004": WhyNotAsked.BUYER_QUIET,
    }  # fmt: skip


def test_a_full_tier_gives_way_to_the_next_and_shares_are_never_exceeded() -> None:
    history = DelayHistory(waiting=50, running={"day": 2})
    choice = choose([order(n) for n in range(20)], history=history)
    # 10 % of 50 are 5, 2 of them taken; 6 % are 3 for "day", 3 % are 1 for "two_days", 2 % are 1 for "three_days".
    assert [offer.tier.name for offer in choice.offers] == ["day", "two_days", "three_days"]
    assert set(choice.passed_over.values()) == {WhyNotAsked.SHARE_FULL}


def test_an_unanswered_offer_ends_early_enough_and_an_accepted_one_keeps_its_slack() -> None:
    near, far = choose([order(1, promise_at=NOW + timedelta(hours=30)), order(2)]).offers[::-1]
    assert near.expires_at == NOW + timedelta(hours=6), "30 h less the day that the promise needs"
    assert far.expires_at == NOW + timedelta(hours=12)
    for offer in (near, far):
        assert offer.promise_after - offer.ship_from == offer.promise_before - NOW
        assert offer.ship_from - NOW == timedelta(hours=offer.tier.extra_hours)


def test_answers_correct_the_prior_and_outweigh_it_in_the_end() -> None:
    tier = POLICY.tiers[0]
    assert acceptance(tier, (0, 0)) == tier.acceptance
    assert acceptance(tier, (0, 1)) < tier.acceptance < acceptance(tier, (1, 0))
    assert acceptance(tier, (90_000, 10_000)) == pytest.approx(0.9, abs=1e-3)


def test_no_orders_and_no_prices_are_no_trouble() -> None:
    assert choose([]).offers == ()
    assert choose([order(1)], prices={}).passed_over == {"o001": WhyNotAsked.NOT_WORTH_IT}
    assert choose([order(1)], prices={NODE: -50.0}).offers == ()
    assert choose([order(1)], [("o001", "stock", "WH|RICE", 1)], prices={("stock", "WH|RICE"): 90.0}).offers == ()


# --- against the slow reference ------------------------------------------------------------------------------------

MOSTLY = 8
"""So many times likelier is an order that may be asked, in each respect, than one that may not: else few ever are."""


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual] * MOSTLY + list(others))


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(0, 12))
    orders = [
        order(
            n,
            buyer=f"b{draw(st.integers(0, 8))}",
            layers=draw(mostly(["ambient"], ["chilled"], ["ambient", "frozen"])),
            categories=[draw(mostly("rice", "oil", "fresh"))],
            shelf_life_days=draw(mostly(365, None, 30)),
            promise_at=NOW + timedelta(hours=draw(mostly(48, -5, 24, 25, 30, 72))),
        )
        for n in range(count)
    ]
    places = [NODE, CARRIER, ("throughput", "DP"), ("share", "ZTO")]
    usage = [
        (o["order_id"], *place, draw(st.integers(0, 2)))
        for o in orders
        for place in draw(st.sets(st.sampled_from(places)))
    ]
    policy = replace(
        POLICY,
        max_share_of_orders=draw(mostly(1.0, 0.0, 0.1, 0.5)),
        least_saving_yuan=draw(st.sampled_from([0.0, 0.5, 2.0])),
        buyer_offers=draw(st.integers(1, 2)),
        tiers=tuple(
            replace(
                tier,
                max_share=draw(st.sampled_from([0.0, 0.1, 0.5, 1.0, 1.0])),
                compensation_yuan=draw(st.integers(1, 1000)) / 100,
                acceptance=draw(st.integers(1, 99)) / 100,
            )
            for tier in POLICY.tiers
        ),
    )
    tiers = [tier.name for tier in POLICY.tiers]
    history = DelayHistory(
        waiting=draw(mostly(30, 0, 10)),
        asked_orders=frozenset(draw(st.sets(st.sampled_from([f"o{n:03}" for n in range(12)]), max_size=3))),
        running=draw(st.dictionaries(st.sampled_from(tiers), st.integers(0, 2))),
        of_buyer=draw(st.dictionaries(st.sampled_from([f"b{n}" for n in range(9)]), st.integers(0, 2), max_size=2)),
        answers=draw(st.dictionaries(st.sampled_from(tiers), st.tuples(st.integers(0, 60), st.integers(0, 60)))),
    )
    return {
        "orders": orders,
        "usage": usage,
        "prices": {place: draw(st.integers(-500, 3000)) / 100 for place in places},
        "relief": {place: draw(mostly(6.0, 0.0, 0.4, 1.0, 2.5)) for place in places},
        "policy": policy,
        "history": history,
    }


@given(world=worlds())
def test_the_choice_is_the_reference_s_choice_and_keeps_every_limit(world: dict[str, Any]) -> None:
    policy, history = world["policy"], world["history"]
    choice = choose(
        world["orders"], world["usage"], policy=policy, history=history, prices=world["prices"], reliefs=world["relief"]
    )
    expected = reference.offers(
        world["orders"],
        world["usage"],
        prices=world["prices"],
        relief=world["relief"],
        history=history,
        policy=policy,
        now=NOW,
    )
    assert [(o.order_id, o.tier.name, o.saving_yuan) for o in choice.offers] == [
        (order_id, tier, pytest.approx(saving)) for order_id, tier, saving in expected
    ]
    # What must hold whatever both of them think.
    asked = [offer.order_id for offer in choice.offers]
    assert len(set(asked)) == len(asked)
    assert set(asked).isdisjoint(choice.passed_over)
    assert set(asked) | set(choice.passed_over) == {o["order_id"] for o in world["orders"]}
    by_id = {o["order_id"]: o for o in world["orders"]}
    for offer in choice.offers:
        assert offer.saving_yuan > 0
        assert offer.price_yuan > offer.tier.compensation_yuan
        assert by_id[offer.order_id]["layers"] == ["ambient"]
        assert offer.expires_at <= offer.decide_by < offer.promise_before
        assert offer.expires_at > NOW
    buyers = Counter(by_id[order_id]["buyer"] for order_id in asked)
    assert all(n + history.of_buyer.get(b, 0) <= policy.buyer_offers for b, n in buyers.items())
    running = sum(history.running.values())
    assert not asked or len(asked) + running <= policy.max_share_of_orders * history.waiting + 1e-6
    assert list(choice.offers) == sorted(choice.offers, key=lambda offer: -offer.saving_yuan)


# --- the rules file ------------------------------------------------------------------------------------------------


def changed(section: str, **values: Any) -> dict[str, Any]:
    if section == "tier":
        return RULES | {"tier": [RULES["tier"][0] | values, *RULES["tier"][1:]]}
    return RULES | {section: RULES[section] | values}


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (changed("who_may_wait", layers=["ambient", "chilled"]), "chilled and frozen goods never wait"),
        (changed("who_may_wait", layers=["tepid"]), "no temperature layer"),
        (changed("who_may_wait", categories="rice"), "must be a list of texts"),
        (changed("limits", max_share_of_orders=1.5), "between 0 and 1"),
        (changed("limits", max_share_of_orders=float("nan")), "between 0 and 1"),
        (changed("limits", buyer_offers=True), "a whole number"),
        (changed("limits", colour="red"), "nobody reads: colour"),
        (changed("time", answer_hours=0.5), "shorter than least_answer_minutes"),
        (changed("tier", extra_hours=12), "relieves nothing"),
        (changed("tier", compensation_yuan=0), "between 0.01 and 1000"),
        (changed("tier", form="hug"), "coupon, cash"),
        (changed("tier", name="two_days"), "one name"),
        (changed("tier", zh=" "), "zh is empty"),
        (RULES | {"tier": []}, "no \\[\\[tier\\]\\]"),
        (RULES | {"tier": RULES["tier"][0]}, "write every tier"),
        ({k: v for k, v in RULES.items() if k != "time"}, "lacks \\[time\\]"),
        (RULES | {"weather": {}}, "nobody reads: \\[weather\\]"),
        (RULES | {"bottleneck": {"relief_share": 0.1}}, "lacks told_parcels"),
    ],
)
def test_a_wrong_rule_is_refused_in_one_sentence(rules: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSetting, match=told):
        policy_from(rules)


def test_a_tier_is_found_by_its_name() -> None:
    assert POLICY.tier("day") is POLICY.tiers[0]
    assert POLICY.tier("week") is None
