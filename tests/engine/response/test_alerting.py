"""Alerts: one a cause, no flicker on the edge, root causes first, and nobody is told more than a person reads."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadSetting
from engine.model.alerts import ALERT_TRANSITIONS, AlertState, Condition, Severity
from engine.response.alert_policy import alert_policy_from
from engine.response.alerting import Alert, Finding, Step, settle_alerts
from engine.settings import DATA

PARSED: dict[str, Any] = tomllib.loads((DATA / "rules" / "alerts.toml").read_text(encoding="utf-8"))
POLICY = alert_policy_from(PARSED)
NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
BACKLOG = POLICY.rules[Condition.NODE_BACKLOG]


class Room:
    """Settles moment after moment, as the use case does."""

    def __init__(self) -> None:
        self.alerts: dict[str, Alert] = {}
        self.told: list[Step] = []
        self.ids = (f"w{n}" for n in count(1))
        self.now = NOW

    def look(self, *findings: Finding, minutes: float = 1, quiet: bool = False, told: int = 0) -> list[Step]:
        self.now += timedelta(minutes=minutes)
        standing = [alert for alert in self.alerts.values() if alert.state is not AlertState.CLEARED]
        budget = {rule.desk.value: told for rule in POLICY.rules.values()}
        steps = settle_alerts(standing, findings, POLICY, now=self.now, quiet=quiet, told=budget, new_ids=self.ids)
        for step in steps:
            before = self.alerts.get(step.alert.alert_id)
            if before is not None and before.state is not step.alert.state:
                assert step.alert.state in ALERT_TRANSITIONS[before.state]
            self.alerts[step.alert.alert_id] = step.alert
        self.told += [step for step in steps if step.tell]
        return steps

    @property
    def open(self) -> list[Alert]:
        return [alert for alert in self.alerts.values() if alert.state is not AlertState.CLEARED]


def backlog(hours: float, node: str = "WH") -> Finding:
    return Finding(condition=Condition.NODE_BACKLOG, cause=(("node", node),), measure=hours)


def clause(node: str = "WH", yuan: float = 5.0) -> Finding:
    return Finding(
        condition=Condition.CLAUSE_AT_RISK, cause=(("carrier", "ZTO"), ("node", node), ("watch", "late")), measure=yuan
    )


def test_a_cause_is_one_alert_until_it_was_good_for_some_minutes() -> None:
    room = Room()
    for hours in (13, 11, 13, 10.5, 12):  # around the edge: between clear and raise it stands
        room.look(backlog(hours))
    assert [alert.alert_id for alert in room.open] == ["w1"]
    assert len(room.told) == 1
    room.look(backlog(3), minutes=1)
    assert room.open
    room.look(backlog(3), minutes=POLICY.habits.clear_minutes)
    assert not room.open
    room.look(backlog(13))
    assert [alert.alert_id for alert in room.open] == ["w2"], "what comes again is a new alert"


def test_what_is_no_longer_found_is_good() -> None:
    room = Room()
    room.look(backlog(13))
    room.look()
    room.look(minutes=POLICY.habits.clear_minutes)
    assert not room.open


def test_what_gets_worse_is_told_again_and_opens_what_somebody_had_taken() -> None:
    room = Room()
    room.look(backlog(13))
    room.alerts["w1"] = replace(room.alerts["w1"], state=AlertState.ACKNOWLEDGED)
    room.look(backlog(30))
    assert (room.open[0].state, room.open[0].severity) == (AlertState.OPEN, Severity.CRITICAL)
    assert [step.reason for step in room.told] == ["raised", "worse"]


def test_what_nobody_takes_escalates_and_what_somebody_took_does_not() -> None:
    room = Room()
    room.look(backlog(13), backlog(13, "DP"))
    [taken] = [alert for alert in room.open if alert.cause == (("node", "DP"),)]
    room.alerts[taken.alert_id] = replace(taken, state=AlertState.ACKNOWLEDGED)
    room.look(backlog(13), backlog(13, "DP"), minutes=BACKLOG.escalate_minutes)
    assert sorted(alert.state for alert in room.open) == [AlertState.ACKNOWLEDGED, AlertState.ESCALATED]


def test_an_effect_stands_under_its_cause_and_rings_nobody() -> None:
    room = Room()
    room.look(backlog(13), clause(), clause("DP"))
    root = next(alert for alert in room.open if alert.condition is Condition.NODE_BACKLOG)
    under = {
        dict(alert.cause)["node"]: alert.under for alert in room.open if alert.condition is Condition.CLAUSE_AT_RISK
    }
    assert under == {"WH": root.alert_id, "DP": None}
    assert {step.alert.cause for step in room.told} == {root.cause, clause("DP").cause}


def test_quiet_hours_and_the_budget_silence_warnings_but_nothing_critical() -> None:
    room = Room()
    room.look(backlog(13), quiet=True)
    room.look(backlog(13), backlog(13, "DP"), told=POLICY.habits.told_an_hour)
    assert [alert.silence for alert in room.open] == ["quiet_hours", "budget"]
    assert room.told == []
    room.look(backlog(30), backlog(13, "DP"), quiet=True, told=POLICY.habits.told_an_hour)
    assert [step.alert.severity for step in room.told] == [Severity.CRITICAL]


def test_less_is_worse_where_the_rule_says_so() -> None:
    rule = POLICY.rules[Condition.STOCK_OUT_AHEAD]
    assert [rule.severity(minutes) for minutes in (25, 20, 5, 0)] == [
        None,
        Severity.WARNING,
        Severity.CRITICAL,
        Severity.CRITICAL,
    ]
    assert [rule.good(minutes) for minutes in (25, 31)] == [False, True]


@settings(max_examples=60)
@given(st.lists(st.lists(st.tuples(st.sampled_from("ABC"), st.floats(0, 40)), max_size=3), max_size=15))
def test_there_is_never_more_than_one_alert_a_cause_and_none_while_all_is_good(
    story: list[list[tuple[str, float]]],
) -> None:
    room = Room()
    for moment in story:
        findings = {node: backlog(hours, node) for node, hours in moment}
        steps = room.look(*findings.values())
        causes = [alert.cause for alert in room.open]
        assert len(causes) == len(set(causes))
        for step in steps:
            if step.raised:
                assert step.finding is not None
                assert step.finding.measure >= BACKLOG.raise_at
    room.look()
    room.look(minutes=POLICY.habits.clear_minutes)
    assert not room.open


def changed(condition: str, **values: Any) -> dict[str, Any]:
    rules = {**PARSED["condition"], condition: {**PARSED["condition"][condition], **values}}
    return {**PARSED, "condition": rules}


@pytest.mark.parametrize(
    ("parsed", "sentence"),
    [
        (changed("node_backlog", clear_at=13), "clear_at is 13; it must lie on the good side"),
        (changed("node_backlog", under=["node_backlog"]), "stands in its own"),
        (changed("node_backlog", under=["rain"]), "must be a list of conditions"),
        (changed("node_backlog", desk="cellar"), "desk is 'cellar'"),
        (changed("node_backlog", playbook="pray"), "playbook is 'pray'"),
        (changed("node_backlog", rase_at=1), "nobody reads: rase_at"),
        ({**PARSED, "habits": {**PARSED["habits"], "quiet_from": "late"}}, "write an hour"),
        ({**PARSED, "habits": {**PARSED["habits"], "told_an_hour": 0}}, "told_an_hour is 0"),
        ({**PARSED, "condition": {}}, r"\[stock_out_ahead\] is missing"),
    ],
)
def test_a_wrong_rule_stops_the_start_with_one_sentence(parsed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        alert_policy_from(parsed)
