"""The rules of the floor as they stand in data/rules/floor.toml."""

from engine.floor.policy import FloorPolicy, policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_floor_policy() -> FloorPolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    return policy_from(parsed_rules(RULES / "floor.toml", "rules of the floor"))
