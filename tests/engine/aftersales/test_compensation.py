"""The cheapest allowed remedy, how bad a text is, and what makes a claim odd; no database."""

import copy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.aftersales.abuse import BuyerPast, abuse_of
from engine.aftersales.compensation import Case, Given, allowed, decide
from engine.aftersales.compensation_policy import policy_from
from engine.aftersales.severity import severity_of
from engine.errors import BadSetting
from engine.model.compensation import (
    CHARGED,
    COMPENSATION_TRANSITIONS,
    STANDING,
    AbuseSignal,
    CompensationState,
    Remedy,
    Severity,
    WhyManager,
)
from engine.model.roles import Role
from engine.model.tickets import Claim, Complaint
from engine.usecases.room.rule_files import RULES, parsed_rules
from tests.reference.making_good import cheapest_slowly

PARSED = parsed_rules(RULES / "compensation.toml", "rules of compensation")
POLICY = policy_from(PARSED)
FIRST = abuse_of(BuyerPast(orders=1, claims=1, dear_claims=0, same_text=0, early=False), POLICY.abuse)
TEXT = {Severity.SMALL: "外箱有点瘪", Severity.SERIOUS: "瓶子碎了", Severity.HEALTH: "吃了拉肚子"}


def case(**changes: Any) -> Case:
    plain = {"complaint": Complaint.DAMAGED, "claim": Claim.WORDS, "text": TEXT[Severity.SMALL], "value_cents": 4990,
             "goods_cents": 3000, "freight_cents": 800}  # fmt: skip
    return Case(**(plain | changes))  # type: ignore[arg-type]


def chosen(one: Case, *, given: Given = Given(0, 0)) -> Any:  # noqa: B008
    return decide(one, FIRST, given, POLICY)


@given(
    st.sampled_from(Complaint),
    st.sampled_from(Severity),
    st.sampled_from(Claim),
    st.integers(0, 50_000),
    st.integers(0, 30_000),
    st.integers(0, 5_000),
)
@example(Complaint.WRONG_ITEM, Severity.SERIOUS, Claim.RETURN, 10_000, 9_000, 900)
def test_of_all_that_is_allowed_the_least_expected_cost_is_chosen(
    complaint: Complaint, severity: Severity, claim: Claim, value: int, goods: int, freight: int
) -> None:
    one = case(complaint=complaint, claim=claim, text=TEXT[severity], value_cents=value, goods_cents=goods,
               freight_cents=freight)  # fmt: skip
    found = chosen(one)
    assert found.judged.severity is severity
    remedy, total = cheapest_slowly(
        PARSED, complaint=complaint, severity=severity, claim=claim, value=value, goods=goods, freight=freight
    )
    assert (found.best.remedy if found.best else None) == remedy
    if found.best:
        assert found.best.total == pytest.approx(total)
        assert {option.remedy for option in found.options} == set(allowed(one, severity, POLICY))


def test_small_damage_gets_a_coupon_of_five_to_ten_yuan_and_goods_that_broke_are_sent_again_or_paid_back() -> None:
    assert [chosen(case(value_cents=v)).best.cost_cents for v in (500, 4990, 30_000)] == [500, 700, 1000]
    assert chosen(case()).best.remedy is Remedy.COUPON
    assert chosen(case(text="全碎了，油洒了一地")).best.remedy in (Remedy.RESHIP, Remedy.REFUND)
    assert chosen(case(complaint=Complaint.OTHER, text="发票呢")).best is None, "money is no answer: a person decides"


@pytest.mark.parametrize(
    ("text", "severity", "words"),
    [
        ("瓶子没有碎，就是外箱压扁了", Severity.SMALL, ("压扁", "外箱")),
        ("没碎。但是漏油", Severity.SERIOUS, ("漏油",)),
        ("还没,碎的", Severity.SERIOUS, ("碎",)),  # a comma ends what a negator denies
        ("孩子吃了住院", Severity.HEALTH, ("住院",)),
        ("没有发霉", Severity.SMALL, ()),
        ("", Severity.SMALL, ()),
        ("😡" * 3000 + "碎", Severity.SMALL, ()),  # beyond what is read
    ],
)
def test_the_gravest_word_that_is_not_denied_counts(text: str, severity: Severity, words: tuple[str, ...]) -> None:
    found = severity_of(text, Complaint.DAMAGED, Claim.WORDS, refund_share=None, wording=POLICY.wording)
    assert (found.severity, set(found.words)) == (severity, set(words))


def test_without_words_whoever_asks_nearly_all_back_cannot_use_the_goods() -> None:
    for share, severity in ((0.79, Severity.SMALL), (0.8, Severity.SERIOUS), (None, Severity.SMALL)):
        found = severity_of("", Complaint.DAMAGED, Claim.REFUND, refund_share=share, wording=POLICY.wording)
        assert found.severity is severity


def test_a_manager_must_agree_to_what_is_dear_odd_grave_or_too_often() -> None:
    odd = abuse_of(BuyerPast(orders=4, claims=4, dear_claims=4, same_text=1, early=True), POLICY.abuse)
    assert (odd.score, {why.signal for why in odd.why}) == (100, set(AbuseSignal))
    dear = case(text="全碎了", value_cents=9900, goods_cents=6000)
    assert decide(dear, odd, Given(3, 0), POLICY).why_manager == (
        WhyManager.AMOUNT, WhyManager.ABUSE, WhyManager.BUYER_LIMIT)  # fmt: skip
    assert decide(case(text="吃坏肚子"), FIRST, Given(0, 0), POLICY).why_manager[-1] is WhyManager.HEALTH
    assert chosen(case()).approver is Role.OPERATOR
    assert chosen(case(), given=Given(0, 5_900)).approver is Role.MANAGER, "59 yuan and a coupon are more than 60"


def test_a_rate_of_claims_is_odd_only_where_there_are_orders_enough_to_tell() -> None:
    for orders, claims, odd in ((1, 1, False), (2, 2, False), (3, 3, True), (12, 3, False)):
        past = BuyerPast(orders=orders, claims=claims, dear_claims=0, same_text=0, early=False)
        assert bool(abuse_of(past, POLICY.abuse).why) is odd, (orders, claims)


def test_states_are_a_table_that_charges_only_between_a_yes_and_a_failure() -> None:
    assert set(COMPENSATION_TRANSITIONS) == set(CompensationState)
    assert CHARGED < STANDING
    for state, following in COMPENSATION_TRANSITIONS.items():
        if following & {CompensationState.SENT, CompensationState.PAID, CompensationState.FAILED}:
            assert state in CHARGED, "nothing is paid that nobody approved"


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("value", "coupon_redeemed"), 1.5, r"\[value\] coupon_redeemed is 1.5"),
        (("value", "luck"), 1, "a setting nobody reads: luck"),
        (("content", "small", "hug"), 1, r"content.small\] must say exactly"),
        (("claims", "refund"), ["hug"], r"claims\] refund is"),
        (("severity", "near"), True, "near is True"),
        (("severity", "unsaid", "damaged"), "awful", r"severity.unsaid\] damaged"),
        (("budget",), None, r"no table \[budget\]"),
    ],
)
def test_a_wrong_rule_is_told_in_one_sentence(path: tuple[str, ...], value: object, says: str) -> None:
    rules = copy.deepcopy(dict(PARSED))
    at: Any = rules
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(BadSetting, match=says):
        policy_from(rules)
