"""The rules of the cold chain as they stand in data/rules/cold_chain.toml."""

import tomllib
from typing import Any

from engine.errors import BadSetting
from engine.logistics.cold_policy import ColdPolicy, policy_from
from engine.settings import DATA


def load_cold_policy() -> ColdPolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    path = DATA / "rules" / "cold_chain.toml"
    try:
        rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The rules of the cold chain in {path} cannot be read: {error}") from error
    return policy_from(rules)
