"""The rules of actions as they stand in data/rules/actions.toml."""

from engine.response.approval import FILE, ActionPolicy, action_policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_action_policy() -> ActionPolicy:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    return action_policy_from(parsed_rules(RULES / FILE, "rules of actions"))
