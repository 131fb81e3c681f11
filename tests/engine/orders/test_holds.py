"""When a paid order waits for a person: every rule at its boundary, the memory of buyers and doors, the rule file."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from engine.errors import BadSetting
from engine.orders.holds import MINUTE, HoldPolicy, HoldWatch, Suspect, policy_from
from engine.settings import DATA

NOW = 1_000_000 * MINUTE
HOUR = 60 * MINUTE
QUIET = Suspect(
    buyer="王**|138****0001",
    address="上海市/上海市/浦东新区/张江镇/1号",
    city="上海市",
    district="浦东新区",
    street="张江镇",
    created_us=NOW - MINUTE,
    paid_us=NOW,
    amount_cents=9_900,
    list_cents=9_900,
    units=2,
)
POLICY = HoldPolicy(
    buyer_orders=3,
    buyer_minutes=60,
    address_orders=4,
    address_minutes=30,
    cities_without_districts=frozenset({"东莞市"}),
)


def rules(suspect: Suspect, policy: HoldPolicy = POLICY) -> list[str]:
    return [reason.rule for reason in HoldWatch(policy).examine(suspect, NOW)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        # Vague address: no district where the city has districts, or no street.
        ({"district": ""}, ["vague_address"]),
        ({"street": ""}, ["vague_address"]),
        ({"district": "", "street": ""}, ["vague_address"]),
        ({"district": "", "city": "东莞市"}, []),
        ({"district": "", "street": "", "city": "东莞市"}, ["vague_address"]),
        # Amount: under 30 % of the list price, over 5,000 yuan; a list price of 0 is unknown.
        ({"amount_cents": 2_969}, ["amount_low"]),
        ({"amount_cents": 2_970}, []),
        ({"amount_cents": 0, "list_cents": 0}, []),
        ({"amount_cents": 500_000, "list_cents": 500_000}, []),
        ({"amount_cents": 500_001, "list_cents": 500_001}, ["amount_high"]),
        # Units: over 50.
        ({"units": 50}, []),
        ({"units": 51}, ["units_high"]),
        # Payment: over 72 h after the order, over 10 minutes in the future.
        ({"created_us": NOW - 72 * HOUR}, []),
        ({"created_us": NOW - 72 * HOUR - 1}, ["paid_late"]),
        ({"paid_us": NOW + 10 * MINUTE}, []),
        ({"paid_us": NOW + 10 * MINUTE + 1}, ["paid_ahead"]),
        # Several at once come in a fixed order.
        (
            {"street": "", "amount_cents": 1, "units": 99, "created_us": NOW - 99 * HOUR},
            ["vague_address", "amount_low", "units_high", "paid_late"],
        ),
    ],
)
def test_each_rule_holds_from_its_boundary_on(changed: dict[str, Any], expected: list[str]) -> None:
    assert rules(QUIET._replace(**changed)) == expected


@pytest.mark.parametrize(
    ("off", "changed"),
    [
        ({"vague_address": False}, {"district": "", "street": ""}),
        ({"min_share_of_list": None}, {"amount_cents": 1}),
        ({"max_amount_cents": None}, {"amount_cents": 10**9}),
        ({"max_units": None}, {"units": 10**6}),
        ({"max_hours_after_order": None}, {"created_us": 0}),
        ({"max_minutes_ahead": None}, {"paid_us": NOW + HOUR}),
    ],
)
def test_a_rule_that_is_off_holds_nothing(off: dict[str, Any], changed: dict[str, Any]) -> None:
    assert rules(QUIET._replace(**changed)) != []
    assert rules(QUIET._replace(**changed), replace(POLICY, **off)) == []


def held(watch: HoldWatch, *suspects: Suspect) -> list[list[str]]:
    return [[reason.rule for reason in watch.examine(suspect, NOW)] for suspect in suspects]


def bought(paid_us: int, *, buyer: str = QUIET.buyer, address: str = "") -> Suspect:
    return QUIET._replace(buyer=buyer, address=address, paid_us=paid_us, created_us=paid_us)


def test_three_orders_of_a_buyer_are_let_through_and_the_fourth_waits() -> None:
    assert held(HoldWatch(POLICY), *[bought(NOW)] * 5) == [[], [], [], ["same_buyer"], ["same_buyer"]]


def test_a_buyer_is_forgiven_when_the_window_has_passed() -> None:
    watch = HoldWatch(POLICY)
    held(watch, *[bought(NOW - 60 * MINUTE)] * 3)
    assert held(watch, bought(NOW)) == [["same_buyer"]]
    watch = HoldWatch(POLICY)
    held(watch, *[bought(NOW - 60 * MINUTE - 1)] * 3)
    assert held(watch, bought(NOW)) == [[]]


def test_later_payments_do_not_count_against_an_earlier_one_that_arrives_late() -> None:
    watch = HoldWatch(POLICY)
    held(watch, *[bought(NOW)] * 3)
    assert held(watch, bought(NOW - 1)) == [[]]


def test_other_buyers_do_not_count() -> None:
    watch = HoldWatch(POLICY)
    assert held(watch, *[bought(NOW, buyer=f"{n}") for n in range(9)]) == [[]] * 9


def test_one_door_with_many_buyers_waits_from_the_fifth_order() -> None:
    watch = HoldWatch(POLICY)
    door = [bought(NOW, buyer=f"{n}", address="1号仓") for n in range(6)]
    assert held(watch, *door) == [[], [], [], [], ["same_address"], ["same_address"]]


def test_a_masked_address_is_no_door() -> None:
    watch = HoldWatch(POLICY)
    assert held(watch, *[bought(NOW, buyer=f"{n}", address="") for n in range(9)]) == [[]] * 9


def test_a_held_order_counts_against_the_next_one() -> None:
    watch = HoldWatch(replace(POLICY, buyer_orders=1))
    vague = bought(NOW)._replace(street="")
    assert held(watch, vague, bought(NOW)) == [["vague_address"], ["same_buyer"]]


def test_what_was_decided_before_a_restart_is_remembered() -> None:
    watch = HoldWatch(POLICY)
    for _ in range(3):
        watch.remember(QUIET.buyer, "", NOW)
    assert held(watch, bought(NOW)) == [["same_buyer"]]


def test_repeat_rules_that_are_off_let_everyone_through() -> None:
    watch = HoldWatch(replace(POLICY, buyer_orders=None, address_orders=None))
    assert held(watch, *[bought(NOW, address="1号仓")] * 30) == [[]] * 30


def test_the_memory_of_old_buyers_is_dropped_and_that_of_recent_ones_kept() -> None:
    watch = HoldWatch(POLICY)
    for n in range(200_000):
        watch.remember(f"old {n}", "", NOW - 61 * MINUTE)
    held(watch, *[bought(NOW)] * 3)
    assert len(watch._buyers) == 1
    assert held(watch, bought(NOW)) == [["same_buyer"]]


def test_reasons_say_how_much_and_what_is_let_through() -> None:
    [low] = HoldWatch(POLICY).examine(QUIET._replace(amount_cents=990), NOW)
    assert low.detail == "paid ¥9.90, 10% of the list price"
    [vague] = HoldWatch(POLICY).examine(QUIET._replace(district="", street=""), NOW)
    assert vague.detail == "the address has no district and no street"
    watch = HoldWatch(POLICY)
    held(watch, *[bought(NOW)] * 3)
    [again] = watch.examine(bought(NOW), NOW)
    assert again.detail == "3 earlier orders of this buyer within 60 min; 3 are let through"


def test_the_shipped_rule_file_is_read_as_written() -> None:
    shipped = policy_from(tomllib.loads((DATA / "rules" / "holds.toml").read_text(encoding="utf-8")))
    assert (shipped.buyer_orders, shipped.address_orders) == (5, 8)
    assert shipped.max_amount_cents == 500_000
    assert "东莞市" in shipped.cities_without_districts


def test_an_empty_rule_file_switches_every_rule_off() -> None:
    policy = policy_from({})
    wild = QUIET._replace(district="", street="", amount_cents=10**9, units=10**6, created_us=0, paid_us=NOW + HOUR)
    watch = HoldWatch(policy)
    assert held(watch, *[wild] * 20) == [[]] * 20


@pytest.mark.parametrize(
    ("rule_file", "complaint"),
    [
        ("[scalpers]\norders = 3", "a rule nobody knows: [scalpers]"),
        ("units = 3", "a rule nobody knows: [units]"),
        ("[units]\nlimit = 3", "a setting nobody reads: limit"),
        ('[units]\nmax_units = "50"', "max_units is '50'"),
        ("[units]\nmax_units = true", "max_units is True"),
        ("[units]\nmax_units = 0", "max_units is 0; it must be at least 1"),
        ("[amount]\nmax_yuan = 0", "max_amount_cents is 0"),
        ("[amount]\nmin_share_of_list = 1.0", "between 0 and 1"),
        ("[amount]\nmin_share_of_list = 0", "between 0 and 1"),
        ("[same_buyer]\norders = 5\nminutes = 0", "buyer_minutes must lie between 1 minute and a week"),
        ("[same_address]\norders = 5\nminutes = 10081", "address_minutes must lie between 1 minute and a week"),
    ],
)
def test_a_wrong_rule_file_is_refused_with_a_sentence(rule_file: str, complaint: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        policy_from(tomllib.loads(rule_file))
    assert complaint in str(refusal.value)
