"""Reads one TOML file of rules, for whoever knows what must stand in it."""

import tomllib
from pathlib import Path
from typing import Any

from engine.errors import BadSetting
from engine.settings import DATA

RULES = DATA / "rules"


def parsed_rules(path: Path, called: str) -> dict[str, Any]:
    """What the file says. Raises BadSetting with one sentence that names the file by what it is `called`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The {called} in {path} cannot be read: {error}") from error
