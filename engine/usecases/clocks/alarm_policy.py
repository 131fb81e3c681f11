"""The rules of alarms as they stand in data/rules/alarms.toml."""

from functools import cache

from engine.rules.alarm_policy import FILE, AlarmPolicy, policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


@cache
def load_alarm_policy() -> AlarmPolicy:
    """Read once a process. Raises BadSetting with what would be right."""
    return policy_from(parsed_rules(RULES / FILE, "rules of alarms"))
