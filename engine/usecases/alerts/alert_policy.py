"""The rules of alerts as they stand in data/rules/alerts.toml."""

from functools import cache

from engine.response.alert_policy import FILE, AlertPolicy, alert_policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


@cache
def load_alert_policy() -> AlertPolicy:
    """Read once a process. Raises BadSetting with what would be right."""
    return alert_policy_from(parsed_rules(RULES / FILE, "rules of alerts"))
