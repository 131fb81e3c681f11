"""The rules of complaint batches as they stand in data/rules/batches.toml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.aftersales.batch_policy import (
    FILE,
    BatchRules,
    BuyerRules,
    ExcessRules,
    ExposureRules,
    FloorRules,
    IncidentRules,
    LearningRules,
    LikelyRules,
    ResponseRules,
    TopicRules,
)
from engine.model.toml_values import no_strangers, part
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_batch_rules(folder: Path = RULES) -> BatchRules:
    """Read and checked anew at each call. Raises BadSetting with what would be right."""
    return batch_rules_from(parsed_rules(folder / FILE, "rules of complaint batches"))


def batch_rules_from(parsed: Mapping[str, Any]) -> BatchRules:
    """The rules of a parsed TOML: every setting, and no other."""
    no_strangers(
        parsed,
        ["test", "likely", "floor", "learning", "exposure", "buyers", "incident", "topics", "response"],
        file=FILE,
        where="",
    )
    return BatchRules(
        test=part(ExcessRules, parsed, "test", file=FILE),
        likely=part(LikelyRules, parsed, "likely", file=FILE),
        floor=part(FloorRules, parsed, "floor", file=FILE),
        learning=part(LearningRules, parsed, "learning", file=FILE),
        exposure=part(ExposureRules, parsed, "exposure", file=FILE),
        buyers=part(BuyerRules, parsed, "buyers", file=FILE),
        incident=part(IncidentRules, parsed, "incident", file=FILE),
        topics=part(TopicRules, parsed, "topics", file=FILE),
        response=part(ResponseRules, parsed, "response", file=FILE),
    )
