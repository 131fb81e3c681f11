"""The rules of riders as they stand in data/rules/couriers.toml."""

from engine.logistics.courier_policy import CourierPolicy, policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_courier_policy() -> CourierPolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    return policy_from(parsed_rules(RULES / "couriers.toml", "rules of riders"))
