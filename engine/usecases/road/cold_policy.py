"""The rules of the cold chain as they stand in data/rules/cold_chain.toml."""

from engine.logistics.cold_policy import ColdPolicy, policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_cold_policy() -> ColdPolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    return policy_from(parsed_rules(RULES / "cold_chain.toml", "rules of the cold chain"))
