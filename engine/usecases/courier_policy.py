"""The rules of riders as they stand in data/rules/couriers.toml."""

import tomllib
from typing import Any

from engine.errors import BadSetting
from engine.logistics.courier_policy import CourierPolicy, policy_from
from engine.settings import DATA


def load_courier_policy() -> CourierPolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    path = DATA / "rules" / "couriers.toml"
    try:
        rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The rules of riders in {path} cannot be read: {error}") from error
    return policy_from(rules)
