"""The rules of returns, changes and ratings as they stand in data/rules/returns.toml."""

from functools import cache

from engine.aftersales.returns_policy import ReturnsPolicy, policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


@cache
def returns_policy() -> ReturnsPolicy:
    """Read once a process. Raises BadSetting."""
    return policy_from(parsed_rules(RULES / "returns.toml", "rules of returns"))
