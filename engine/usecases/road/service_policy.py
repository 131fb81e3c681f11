"""The service standards as they stand in data/rules/service_standards.toml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import BadSetting
from engine.logistics.standards import FILE, Evidence, Standards, StandardShares, StepHours, SwitchRules, Tier
from engine.model.toml_values import no_strangers, part, tables, value
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_standards(folder: Path = RULES) -> Standards:
    """Read and checked anew at each call, about a millisecond. Raises BadSetting with what would be right."""
    return standards_from(parsed_rules(folder / FILE, "service standards"))


def standards_from(parsed: Mapping[str, Any]) -> Standards:
    """The standards of a parsed TOML: every setting, and no other."""
    no_strangers(parsed, ["evidence", "sop", "standard", "switch", "tier"], file=FILE, where="")
    return Standards(
        evidence=part(Evidence, parsed, "evidence", file=FILE),
        sop=part(StepHours, parsed, "sop", file=FILE),
        standard=part(StandardShares, parsed, "standard", file=FILE),
        switch=part(SwitchRules, parsed, "switch", file=FILE),
        tiers=tuple(_tier(one) for one in tables(parsed, "tier", file=FILE)),
    )


def _tier(parsed: Mapping[str, Any]) -> Tier:
    where = f" [[tier]] {parsed.get('name', '')}".rstrip()
    kinds = {"name": str, "zh": str, "en": str, "hours": float, "on_time": float}
    no_strangers(parsed, [*kinds, "provinces"], file=FILE, where=where)
    provinces = parsed.get("provinces")
    if not isinstance(provinces, list) or not all(isinstance(one, str) for one in provinces):
        raise BadSetting(f'{FILE}{where}: provinces is {provinces!r}; it must be a list of texts such as "31".')
    read = {key: value(parsed, key, kind, file=FILE, where=where) for key, kind in kinds.items()}
    return Tier(provinces=tuple(provinces), **read)
