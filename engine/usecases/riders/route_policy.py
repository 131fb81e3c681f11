"""The rules of routes as they stand in data/rules/routes.toml."""

from engine.logistics.route_policy import RoutePolicy, policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_route_policy() -> RoutePolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    return policy_from(parsed_rules(RULES / "routes.toml", "rules of routes"))
