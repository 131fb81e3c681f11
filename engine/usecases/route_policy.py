"""The rules of routes as they stand in data/rules/routes.toml."""

import tomllib
from typing import Any

from engine.errors import BadSetting
from engine.logistics.route_policy import RoutePolicy, policy_from
from engine.settings import DATA


def load_route_policy() -> RoutePolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    path = DATA / "rules" / "routes.toml"
    try:
        rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The rules of routes in {path} cannot be read: {error}") from error
    return policy_from(rules)
