"""Value times reversibility says who may approve; what is wrong in the rules stops the start with one sentence."""

import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadSetting
from engine.model.actions import ActionKind, Reversibility
from engine.model.roles import Role
from engine.response.approval import action_policy_from, may_approve
from engine.response.preview import Impossible, Level, Preview, differences, preview_json, preview_of
from engine.settings import DATA
from engine.usecases.room.rule_files import RULES

SHIPPED = (RULES / "actions.toml").read_text(encoding="utf-8")
POLICY = action_policy_from(tomllib.loads(SHIPPED))
CENTS = st.integers(0, 10**11)


@given(st.sampled_from(list(Reversibility)), CENTS, CENTS)
def test_more_at_stake_never_needs_less_of_a_role(reversibility: Reversibility, one: int, other: int) -> None:
    low, high = sorted((one, other))
    needed = POLICY.approver(high, reversibility)
    assert may_approve(needed, POLICY.approver(low, reversibility))
    assert may_approve(Role.ADMIN, needed)
    assert not may_approve(Role.ANALYST, needed)


@given(CENTS)
def test_what_can_be_taken_back_never_needs_more_of_a_role_than_what_cannot(cents: int) -> None:
    full, until, none = (POLICY.approver(cents, one) for one in Reversibility)
    assert may_approve(none, until)
    assert may_approve(until, full)


def test_every_kind_can_be_named_in_a_chat_in_both_languages() -> None:
    words = tomllib.loads((DATA / "notices" / "words.toml").read_text(encoding="utf-8"))["what"]
    assert {kind.value for kind in ActionKind} <= set(words)


def test_as_shipped_nothing_goes_without_a_person() -> None:
    for kind in ActionKind:
        assert not any(POLICY.autonomous(kind, cents, one) for one in Reversibility for cents in (0, 1, 10**9))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda rules: rules["kind"].pop("close_node"), r"the table \[close_node\] is missing"),
        (lambda rules: rules["kind"].update(dance={}), r"\[kind\] has a setting nobody reads: dance"),
        (lambda rules: rules["approval"]["full"].update(manager_yuan=1.0), "must not be below"),
        (lambda rules: rules["approval"]["none"].update(operator_yuan="much"), "it must be a number"),
        (lambda rules: rules["kind"]["close_node"].update(expires_minutes=0), "expires_minutes is 0"),
        (lambda rules: rules["outcome"].update(interval=1.0), "interval is 1; it must lie between"),
    ],
)
def test_a_wrong_rule_is_told_in_one_sentence(spoil: Callable[[dict[str, Any]], object], words: str) -> None:
    rules = tomllib.loads(SHIPPED)
    spoil(rules)
    with pytest.raises(BadSetting, match=words):
        action_policy_from(rules)


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(-9, 9)),
    st.dictionaries(st.sampled_from("abc"), st.integers(-9, 9)),
)
def test_every_figure_that_is_not_as_promised_is_named_once(promised: dict[str, int], happened: dict[str, int]) -> None:
    apart = differences(promised, happened)
    assert {one.figure for one in apart} == {n for n in "abc" if promised.get(n, 0) != happened.get(n, 0)}
    assert len(apart) == len({one.figure for one in apart})


def test_a_preview_comes_back_from_the_table_as_it_went_in() -> None:
    seen = Preview(
        orders=3, stake_cents=5, cost_cents=-2, gain_cents=None, on_time=(0.5, 0.75), levels=(Level("a", "b", 1, 2),),
        impossible=(Impossible(4, "why"),), promised={"x": 1}, inputs="f",
    )  # fmt: skip
    assert preview_of(preview_json(seen)) == seen
