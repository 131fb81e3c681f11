"""The rules of learning delays as they stand in data/rules/delays.toml."""

from engine.logistics.delay_policy import FILE, DelayPolicy, delay_policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_delay_policy() -> DelayPolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    return delay_policy_from(parsed_rules(RULES / FILE, "rules of learning delays"))
