"""Decides what becomes of alerts: raised, worse, folded under their root cause, escalated, cleared; who is told.

One alert a cause. It stays while the cause is anything but good (hysteresis), and ends after it was good for some
minutes. What another alert explains stands on that one's card and rings nobody. Knows no clock and no database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from engine.model.actions import ActionKind
from engine.model.alerts import AlertState, Condition, Severity
from engine.response.alert_policy import AlertPolicy

Cause = tuple[tuple[str, str], ...]
"""(dimension, value) pairs, sorted: (("carrier", "ZTO"), ("node", "WH-EAST"))."""


class Proposal(NamedTuple):
    """An action that would answer a finding: its kind, its parameters, and why, in a sentence."""

    kind: ActionKind
    params: Mapping[str, Any]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something looked at now, good or bad. `measure`: in the unit of the condition's rule. orders and cents at stake.
    facts: what its sentence names. proposes: the action that would answer it, where one would."""

    condition: Condition
    cause: Cause
    measure: float
    orders: int = 0
    cents: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    proposes: Proposal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One that stands."""

    alert_id: str
    condition: Condition
    cause: Cause
    raised_at: datetime
    state: AlertState
    state_at: datetime
    severity: Severity
    under: str | None = None
    quiet_since: datetime | None = None
    silence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What becomes of one: `alert` as it stands after this moment, `finding` behind it (None: nothing was found any
    more). raised, moved: whether it is new, or changed its state or severity. tell: whether its desk hears of it."""

    alert: Alert
    finding: Finding | None
    raised: bool = False
    moved: bool = False
    tell: bool = False
    reason: str = ""


def settle_alerts(
    standing: Sequence[Alert],
    findings: Iterable[Finding],
    policy: AlertPolicy,
    *,
    now: datetime,
    quiet: bool,
    told: Mapping[str, int],
    new_ids: Iterable[str],
) -> list[Step]:
    """The steps of this moment, one for each alert that stands or begins.

    quiet: whether these are quiet hours. told: notices of the last hour by desk, which the budget counts. new_ids: ids
    for alerts that begin, taken in order.
    """
    ids = iter(new_ids)
    found = {(one.condition, one.cause): one for one in findings}
    steps = [_continued(alert, found.pop((alert.condition, alert.cause), None), policy, now) for alert in standing]
    for finding in sorted(found.values(), key=lambda one: (one.condition, one.cause)):
        severity = policy.rules[finding.condition].severity(finding.measure)
        if severity is None:
            continue
        alert = Alert(
            alert_id=next(ids), condition=finding.condition, cause=finding.cause, raised_at=now, state=AlertState.OPEN,
            state_at=now, severity=severity,
        )  # fmt: skip
        steps.append(Step(alert=alert, finding=finding, raised=True, moved=True, tell=True, reason="raised"))
    return _ring(_folded(steps, policy), policy, quiet=quiet, told=told)


def _continued(alert: Alert, finding: Finding | None, policy: AlertPolicy, now: datetime) -> Step:
    rule = policy.rules[alert.condition]
    if finding is None or rule.good(finding.measure):
        since = alert.quiet_since or now
        if now - since >= timedelta(minutes=policy.habits.clear_minutes):
            ended = replace(alert, state=AlertState.CLEARED, state_at=now, quiet_since=since)
            return Step(alert=ended, finding=finding, moved=True, reason="good again")
        return Step(alert=replace(alert, quiet_since=since), finding=finding)
    severity = rule.severity(finding.measure) or Severity.WARNING  # between clear and raise: it stands as a warning
    kept = replace(alert, severity=severity, quiet_since=None)
    if severity is Severity.CRITICAL and alert.severity is Severity.WARNING:
        # Somebody took a smaller thing: it is open again. What was escalated stays so.
        state = AlertState.OPEN if alert.state is AlertState.ACKNOWLEDGED else alert.state
        at = now if state is not alert.state else alert.state_at
        return Step(
            alert=replace(kept, state=state, state_at=at), finding=finding, moved=True, tell=True, reason="worse"
        )
    if alert.state is AlertState.OPEN and now - alert.state_at >= timedelta(minutes=rule.escalate_minutes):
        up = replace(kept, state=AlertState.ESCALATED, state_at=now)
        return Step(alert=up, finding=finding, moved=True, tell=True, reason="nobody took it")
    return Step(alert=kept, finding=finding, moved=severity is not alert.severity, reason="less bad")


def _folded(steps: list[Step], policy: AlertPolicy) -> list[Step]:
    """Each under the first alert that explains it: its condition is named, and its cause is a part of this one's."""
    roots = [step.alert for step in steps if step.alert.state is not AlertState.CLEARED]
    folded = []
    for step in steps:
        explained = policy.rules[step.alert.condition].under
        under = next(
            (
                root.alert_id
                for root in roots
                if root.condition in explained and root.cause and set(root.cause) <= set(step.alert.cause)
            ),
            None,
        )
        folded.append(replace(step, alert=replace(step.alert, under=under)))
    return folded


def _ring(steps: list[Step], policy: AlertPolicy, *, quiet: bool, told: Mapping[str, int]) -> list[Step]:
    """Who is told: nobody of what is explained, of warnings in quiet hours, or of warnings beyond the budget."""
    spent = dict(told)
    rung = []
    worst_first = sorted(steps, key=lambda step: step.alert.severity is not Severity.CRITICAL)
    for step in worst_first:
        desk = policy.rules[step.alert.condition].desk.value
        critical = step.alert.severity is Severity.CRITICAL
        silence = None
        if step.alert.under is not None:
            silence = "under"
        elif quiet and not critical:
            silence = "quiet_hours"
        elif not critical and spent.get(desk, 0) >= policy.habits.told_an_hour:
            silence = "budget"
        if not step.tell:
            rung.append(step)
            continue
        if silence is None:
            spent[desk] = spent.get(desk, 0) + 1
        rung.append(replace(step, tell=silence is None, alert=replace(step.alert, silence=silence)))
    return rung
