"""Closed sets are complete wherever they are used: a new state cannot be forgotten in a table, a wording, a drawing."""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Table

from engine.model.actions import ACTION_TRANSITIONS, ActionState, Desk, Reversibility, Verdict
from engine.model.actions import OPEN as OPEN_ACTIONS
from engine.model.cold_chain import WATCH_TRANSITIONS, WatchState
from engine.model.courier_tasks import TASK_TRANSITIONS, TaskState
from engine.model.delays import ASKING, DELAY_TRANSITIONS, OPEN, DelayState
from engine.model.roles import Role
from engine.model.states import HOLDS_POOL, ORDER_TRANSITIONS, OrderStatus
from engine.store import tables

ROOT = Path(__file__).parents[2]


def test_every_order_status_has_its_transitions() -> None:
    assert set(ORDER_TRANSITIONS) == set(OrderStatus)


def test_an_order_that_gave_everything_back_goes_nowhere_else() -> None:
    for status in OrderStatus:
        if not ORDER_TRANSITIONS[status]:
            assert status not in HOLDS_POOL


def test_the_orders_table_allows_exactly_the_statuses_there_are() -> None:
    checks = [str(c.sqltext) for c in tables.orders.constraints if isinstance(c, CheckConstraint)]
    [allowed] = [check for check in checks if check.startswith("status IN")]
    assert set(re.findall(r"'(\w+)'", allowed)) == {status.value for status in OrderStatus}


def test_every_order_status_has_a_word_in_both_languages() -> None:
    for language in ("zh", "en"):
        words = tomllib.loads((ROOT / "dashboard" / "locale" / f"{language}.toml").read_text(encoding="utf-8"))
        flat = repr(words)
        for status in OrderStatus:
            assert status.value in flat, f"{language}.toml has no word for {status.value}"


DRAWN: dict[str, Mapping[StrEnum, frozenset[StrEnum]]] = {
    "engine/model/states.py": ORDER_TRANSITIONS,
    "engine/model/actions.py": ACTION_TRANSITIONS,
}
"""The transition tables that the README draws, each by the file that its drawing names."""


def test_the_readme_draws_each_table_of_transitions_as_it_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    seen = []
    for before, drawing in re.findall(r"([^\n]+)\n+```mermaid\nstateDiagram-v2\n(.*?)```", readme, re.DOTALL):
        [file] = re.findall(r"`(engine/model/\w+\.py)`", before)
        drawn = set(re.findall(r"^\s*(\w+) --> (\w+)$", drawing, re.MULTILINE))
        assert drawn == {(one.value, to.value) for one, following in DRAWN[file].items() for to in following}, file
        seen.append(file)
    assert sorted(seen) == sorted(DRAWN)


def test_every_state_of_an_action_has_its_transitions_and_open_ones_lead_somewhere() -> None:
    assert set(ACTION_TRANSITIONS) == set(ActionState)
    assert {state for state, following in ACTION_TRANSITIONS.items() if following} - OPEN_ACTIONS == {
        ActionState.EXECUTED
    }
    assert all(ACTION_TRANSITIONS[state] for state in OPEN_ACTIONS)


@pytest.mark.parametrize(
    ("table", "column", "members"),
    [
        (tables.actions, "state", set(ActionState)),
        (tables.actions, "reversibility", set(Reversibility)),
        (tables.actions, "desk", set(Desk)),
        (tables.actions, "approver", set(Role) - {Role.ANALYST}),
        (tables.action_outcomes, "verdict", set(Verdict)),
    ],
)
def test_the_tables_of_actions_allow_exactly_the_members_there_are(
    table: Table, column: str, members: set[StrEnum]
) -> None:
    checks = [str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)]
    [allowed] = [check for check in checks if check.startswith(f"{column} IN")]
    assert set(re.findall(r"'(\w+)'", allowed)) == {member.value for member in members}


def test_every_state_of_a_delay_offer_has_its_transitions_and_open_ones_lead_somewhere() -> None:
    assert set(DELAY_TRANSITIONS) == set(DelayState)
    assert {state for state, following in DELAY_TRANSITIONS.items() if following} == OPEN > ASKING


def test_only_an_approved_offer_can_be_answered() -> None:
    for state, following in DELAY_TRANSITIONS.items():
        if following & {DelayState.ACCEPTED, DelayState.DECLINED, DelayState.SENT}:
            assert state in ASKING


def test_the_table_of_delay_offers_allows_exactly_the_states_there_are() -> None:
    checks = [str(c.sqltext) for c in tables.delay_offers.constraints if isinstance(c, CheckConstraint)]
    [allowed] = [check for check in checks if check.startswith("state IN")]
    assert set(re.findall(r"'(\w+)'", allowed)) == {state.value for state in DelayState}


def test_a_watched_limit_and_a_riders_stop_have_their_transitions_and_their_tables_allow_exactly_their_states() -> None:
    assert set(WATCH_TRANSITIONS) == set(WatchState)
    assert set(TASK_TRANSITIONS) == set(TaskState)
    for table, states in ((tables.cold_probes, WatchState), (tables.courier_tasks, TaskState)):
        checks = [str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)]
        [allowed] = [check for check in checks if check.startswith("state IN")]
        assert set(re.findall(r"'(\w+)'", allowed)) == {state.value for state in states}
