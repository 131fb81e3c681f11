"""The rules of the buyer's own page as they stand in data/rules/track.toml."""

from functools import cache

from engine.logistics.track_policy import TrackPolicy, policy_from
from engine.usecases.room.rule_files import RULES, parsed_rules


@cache
def track_policy() -> TrackPolicy:
    """Read once a process. Raises BadSetting with what would be right."""
    return policy_from(parsed_rules(RULES / "track.toml", "rules of the tracking page"))
