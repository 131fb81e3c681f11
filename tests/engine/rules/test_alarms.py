"""When a cause becomes an alarm and when it is over: with a clock that the test moves, and parcels that flicker."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadSetting
from engine.model.alarms import ALARM_TRANSITIONS, AlarmState, Desk, Watch
from engine.model.clocks import TIMED
from engine.model.tracking import Stage
from engine.rules.alarm_policy import AlarmPolicy, policy_from
from engine.rules.alarms import Alarm, Cause, Pressure, Step, pressures, settle
from engine.settings import DATA
from tests.engine.rules.test_clock_book import book
from tests.engine.rules.test_clocks import NOW, ago, moving, row, up


def parsed() -> dict[str, Any]:
    return tomllib.loads((DATA / "rules" / "alarms.toml").read_text(encoding="utf-8"))


POLICY = policy_from(parsed())
CAUSE = Cause(Watch.NO_PICK_UP, "ZTO", "WH")
RULE = POLICY.rules[Watch.NO_PICK_UP]  # raised at 10, cleared below 5 for 15 minutes


class Desktop:
    """A simulated room: presses on one cause, minute by minute, and keeps what became of its alarms."""

    def __init__(self, policy: AlarmPolicy = POLICY) -> None:
        self.policy, self.now, self.number = policy, NOW, 0
        self.open: dict[str, Alarm] = {}
        self.told: list[AlarmState] = []

    def press(self, orders: int, pressing: int = 0, *, minutes: float = 1) -> None:
        behind = {CAUSE: Pressure(orders=orders, pressing=pressing, cents=300 * orders, next_at=None)}
        for step in settle(list(self.open.values()), behind if orders else {}, self.policy, now=self.now):
            self._take(step)
        self.now += timedelta(minutes=minutes)

    def _take(self, step: Step) -> None:
        if step.alarm is None:
            self.number += 1
            alarm = Alarm(alarm_id=str(self.number), cause=step.cause, state=step.to, quiet_since=None)
            self.told.append(step.to)
        else:
            alarm = replace(step.alarm, state=step.to, quiet_since=step.quiet_since)
            if step.to is not step.alarm.state:
                assert step.to in ALARM_TRANSITIONS[step.alarm.state]
                self.told.append(step.to)
        self.open[alarm.alarm_id] = alarm
        if alarm.state is AlarmState.CLEARED:
            del self.open[alarm.alarm_id]


def test_parcels_that_flicker_around_the_limit_are_one_alarm() -> None:
    desk = Desktop()
    for minute in range(600):
        desk.press(10 if minute % 2 else 9)
    assert desk.told == [AlarmState.RAISED]


def test_a_single_parcel_that_comes_and_goes_is_one_alarm_where_one_is_enough() -> None:
    one = replace(RULE, raise_orders=1, clear_orders=1)
    desk = Desktop(replace(POLICY, rules={**POLICY.rules, Watch.NO_PICK_UP: one}))
    for minute in range(300):
        desk.press(int(minute % 14 == 0))  # gone for 13 of 14 minutes: less than the quiet time
    assert desk.told == [AlarmState.RAISED]


def test_an_alarm_is_over_after_the_quiet_minutes_and_comes_again_as_another() -> None:
    desk = Desktop()
    desk.press(12)
    for _ in range(15):
        desk.press(4)
    assert desk.told == [AlarmState.RAISED]
    desk.press(4)
    assert desk.told == [AlarmState.RAISED, AlarmState.CLEARED]
    desk.press(9)
    assert len(desk.told) == 2, "less than what raises it"
    desk.press(10)
    assert desk.told[2:] == [AlarmState.RAISED]
    assert desk.number == 2


def test_what_presses_is_escalated_once_and_does_not_calm_down() -> None:
    desk = Desktop()
    for pressing in (0, 9, 10, 3, 10, 0):
        desk.press(12, pressing)
    assert desk.told == [AlarmState.RAISED, AlarmState.ESCALATED]
    other = Desktop()
    other.press(12, 12)
    assert other.told == [AlarmState.ESCALATED], "what presses from the first is not raised first"


@settings(max_examples=60)
@given(counts=st.lists(st.integers(0, 15), max_size=120))
def test_between_two_alarms_of_a_cause_lie_the_quiet_minutes(counts: list[int]) -> None:
    desk = Desktop()
    quiet = 0
    for count in counts:
        before = len(desk.told)
        desk.press(count)
        for state in desk.told[before:]:
            if state is AlarmState.CLEARED:
                assert quiet >= POLICY.quiet_minutes
        quiet = quiet + 1 if count < RULE.clear_orders else 0
    assert len(desk.open) <= 1


# --- what stands behind a cause -----------------------------------------------------------------------------


def behind(*rows: dict[str, Any]) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """(watch, carrier, place) -> (orders, pressing, cents)."""
    found = pressures(book(*rows), POLICY, now=NOW)
    return {(c.watch.value, c.carrier, c.place): (p.orders, p.pressing, p.cents) for c, p in found.items()}


def at(one: dict[str, Any], carrier: str = "ZTO", node: str = "WH") -> dict[str, Any]:
    return one | {"carrier": carrier, "node": node}


def test_parcels_of_one_node_and_carrier_are_one_cause_before_the_pick_up() -> None:
    found = behind(at(up(19)), at(up(23)), at(up(25)), at(up(17)), at(up(20), "SF"))
    assert found["no_pick_up", "ZTO", "WH"] == (3, 2, 900), "19 h warns, 23 h presses, 25 h is broken and still open"
    assert found["no_pick_up", "SF", "WH"] == (1, 0, 300)
    assert found["floor_no_pick_up", "ZTO", "WH"] == (1, 0, 0), "the customer's 24 h, counted from the upload"


def test_parcels_of_one_lane_are_one_cause_on_the_road() -> None:
    found = behind(at(moving(40)), at(moving(46), node="OTHER"), at(moving(13, destination="440111")))
    assert found["gap", "ZTO", "31>33"] == (2, 1, 600)
    assert ("gap", "ZTO", "31>44") not in found, "72 h are far away"
    assert found["floor_no_scan", "ZTO", "31>44"] == (1, 0, 0)


def test_what_came_too_late_or_ended_needs_nobody_any_more() -> None:
    assert ("no_pick_up", "ZTO", "WH") not in behind(at(up(30, picked_up_at=ago(2), stage=Stage.PICKED_UP.value)))
    assert behind(at(row(promise_at=ago(1), paid_at=ago(49), closed_at=ago(0.5)))) == {}


def test_an_order_without_a_plan_has_a_cause_of_its_own() -> None:
    assert behind(row(promise_at=ago(-1), paid_at=ago(47)))["late", "", ""] == (1, 1, 0)


# --- the policy ---------------------------------------------------------------------------------------------


def test_every_watch_has_its_rule_and_every_timed_clock_its_watch() -> None:
    assert set(POLICY.rules) == set(Watch)
    assert {clock.value for clock in TIMED} < {watch.value for watch in Watch}
    assert set(ALARM_TRANSITIONS) == set(AlarmState)
    floors = [POLICY.rules[watch] for watch in (Watch.FLOOR_NO_PICK_UP, Watch.FLOOR_NO_SCAN)]
    assert [(f.after_hours, f.desk) for f in floors] == [(24, Desk.WAREHOUSE), (12, Desk.CUSTOMER_SERVICE)]


Spoil = Callable[[dict[str, Any]], object]
FAULTS: dict[str, tuple[Spoil, str]] = {
    "no clocks": (lambda r: r.pop("clock"), "there is no [[clock]] in it."),
    "a clock too few": (lambda r: r["clock"].pop(), "gap is missing."),
    "a clock twice": (lambda r: r["clock"].append(r["clock"][0]), "late stands there twice."),
    "a floor among the clocks": (lambda r: r["clock"][0].update(clock="floor_no_scan"), "this is a floor"),
    "a clock among the floors": (lambda r: r["floor"][0].update(floor="late"), "this is a clock"),
    "escalated before it warns": (lambda r: r["clock"][0].update(escalate_minutes=400), "escalate_minutes is 400"),
    "cleared above what raises": (lambda r: r["clock"][0].update(clear_orders=21), "clear_orders is 21"),
    "a desk that is nobody's": (lambda r: r["clock"][0].update(desk="nobody"), "desk is 'nobody'; it must be one of"),
    "hours that fall": (lambda r: r["watch"].update(t_minus_hours=[3, 1]), "t_minus_hours is [3, 1]"),
    "a slip of the pen": (lambda r: r["watch"].update(quiet=1), "has a setting nobody reads: quiet."),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_policy_with_one_thing_wrong_is_refused_with_a_sentence(fault: str) -> None:
    spoil, sentence = FAULTS[fault]
    rules = parsed()
    spoil(rules)
    with pytest.raises(BadSetting) as caught:
        policy_from(rules)
    assert str(caught.value).startswith("alarms.toml")
    assert sentence in str(caught.value)
