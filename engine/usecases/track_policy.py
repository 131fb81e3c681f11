"""The rules of the buyer's own page as they stand in data/rules/track.toml."""

import tomllib
from functools import cache
from typing import Any

from engine.errors import BadSetting
from engine.logistics.track_policy import TrackPolicy, policy_from
from engine.settings import DATA


@cache
def track_policy() -> TrackPolicy:
    """Read once a process. Raises BadSetting with what would be right."""
    path = DATA / "rules" / "track.toml"
    try:
        rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The rules of the tracking page in {path} cannot be read: {error}") from error
    return policy_from(rules)
