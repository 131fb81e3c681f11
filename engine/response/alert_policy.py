"""When the room alerts whom: thresholds with hysteresis, escalation, quiet hours, a budget, and what explains what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from engine.errors import BadSetting
from engine.model.alerts import Condition, Playbook, Severity
from engine.model.notices import StaffDesk
from engine.model.toml_values import member, no_strangers, table, value, within

FILE = "alerts.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Beijing hours in which only critical alerts are told; notices an hour and desk; minutes good before the end."""

    quiet_from: time
    quiet_until: time
    told_an_hour: int
    clear_minutes: float

    def __post_init__(self) -> None:
        within(self, FILE, {"told_an_hour": (1, 1000), "clear_minutes": (0, 1440)})

    def quiet(self, at: datetime) -> bool:
        """Whether this Beijing moment lies in the quiet hours, which may pass midnight."""
        hour = at.time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One condition; see the file. Less is worse where `critical_at` is below `raise_at`."""

    condition: Condition
    measure: str
    raise_at: float
    critical_at: float
    clear_at: float
    escalate_minutes: float
    desk: StaffDesk
    playbook: Playbook | None
    under: frozenset[Condition]

    def __post_init__(self) -> None:
        where = f"{FILE} [condition.{self.condition}]"
        if (self.clear_at >= self.raise_at) is not self.less_is_worse or self.clear_at == self.raise_at:
            raise BadSetting(f"{where}: clear_at is {self.clear_at:g}; it must lie on the good side of raise_at.")
        if not 1 <= self.escalate_minutes <= 7 * 1440:
            raise BadSetting(
                f"{where}: escalate_minutes is {self.escalate_minutes:g}; it must lie between 1 and 10080."
            )
        if self.condition in self.under:
            raise BadSetting(f"{where}: it stands in its own `under`.")

    @property
    def less_is_worse(self) -> bool:
        """Whether smaller numbers are worse, as of minutes that are left."""
        return self.critical_at < self.raise_at

    def severity(self, measure: float) -> Severity | None:
        """How bad this is; None: not bad enough to be raised."""
        if self._at_least(measure, self.critical_at):
            return Severity.CRITICAL
        return Severity.WARNING if self._at_least(measure, self.raise_at) else None

    def good(self, measure: float) -> bool:
        """Whether an alert that stands may begin to end."""
        return measure >= self.clear_at if self.less_is_worse else measure <= self.clear_at

    def _at_least(self, measure: float, limit: float) -> bool:
        return measure <= limit if self.less_is_worse else measure >= limit


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """All of it: a rule for each condition."""

    habits: Habits
    rules: Mapping[Condition, Rule]


def alert_policy_from(parsed: Mapping[str, Any]) -> AlertPolicy:
    """The policy of a parsed TOML: every condition, and nothing else. Raises BadSetting."""
    no_strangers(parsed, ["habits", "condition"], file=FILE, where="")
    conditions = table(parsed, "condition", file=FILE)
    no_strangers(conditions, list(Condition), file=FILE, where=" [condition]")
    return AlertPolicy(
        _habits(table(parsed, "habits", file=FILE)),
        {one: _rule(one, table(conditions, one, file=FILE)) for one in Condition},
    )


def _habits(found: Mapping[str, Any]) -> Habits:
    where = " [habits]"
    no_strangers(found, ["quiet_from", "quiet_until", "told_an_hour", "clear_minutes"], file=FILE, where=where)
    return Habits(
        quiet_from=_hour(found, "quiet_from"),
        quiet_until=_hour(found, "quiet_until"),
        told_an_hour=value(found, "told_an_hour", int, file=FILE, where=where),
        clear_minutes=value(found, "clear_minutes", float, file=FILE, where=where),
    )


def _hour(found: Mapping[str, Any], key: str) -> time:
    said = value(found, key, str, file=FILE, where=" [habits]")
    try:
        return time.fromisoformat(said)
    except ValueError:
        raise BadSetting(f"{FILE} [habits]: {key} is {said!r}; write an hour such as 23:30.") from None


_NUMBERS = ("raise_at", "critical_at", "clear_at", "escalate_minutes")


def _rule(condition: Condition, found: Mapping[str, Any]) -> Rule:
    where = f" [condition.{condition}]"
    no_strangers(found, [*_NUMBERS, "measure", "desk", "playbook", "under"], file=FILE, where=where)
    under = found.get("under")
    if not isinstance(under, list) or not set(under) <= set(Condition):
        raise BadSetting(
            f"{FILE}{where}: under is {under!r}; it must be a list of conditions, empty where nothing explains it."
        )
    plan = value(found, "playbook", str, file=FILE, where=where)
    return Rule(
        condition=condition,
        measure=value(found, "measure", str, file=FILE, where=where),
        **{name: float(value(found, name, float, file=FILE, where=where)) for name in _NUMBERS},
        desk=member(found, "desk", StaffDesk, file=FILE, where=where),
        playbook=member(found, "playbook", Playbook, file=FILE, where=where) if plan else None,
        under=frozenset(Condition(one) for one in under),
    )
