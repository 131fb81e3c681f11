"""The rules of learning delays as they stand in data/rules/delays.toml."""

import tomllib

from engine.errors import BadSetting
from engine.logistics.delay_policy import FILE, DelayPolicy, delay_policy_from
from engine.settings import DATA


def load_delay_policy() -> DelayPolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    path = DATA / "rules" / FILE
    try:
        rules = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The rules of learning delays in {path} cannot be read: {error}") from error
    return delay_policy_from(rules)
