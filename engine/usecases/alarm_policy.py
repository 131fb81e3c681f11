"""The rules of alarms as they stand in data/rules/alarms.toml."""

import tomllib
from functools import cache
from typing import Any

from engine.errors import BadSetting
from engine.rules.alarm_policy import FILE, AlarmPolicy, policy_from
from engine.settings import DATA


@cache
def load_alarm_policy() -> AlarmPolicy:
    """Read once a process. Raises BadSetting with what would be right."""
    path = DATA / "rules" / FILE
    try:
        rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The rules of alarms in {path} cannot be read: {error}") from error
    return policy_from(rules)
