"""The rules of the floor as they stand in data/rules/floor.toml."""

import tomllib
from typing import Any

from engine.errors import BadSetting
from engine.floor.policy import FloorPolicy, policy_from
from engine.settings import DATA


def load_floor_policy() -> FloorPolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    path = DATA / "rules" / "floor.toml"
    try:
        rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The rules of the floor in {path} cannot be read: {error}") from error
    return policy_from(rules)
