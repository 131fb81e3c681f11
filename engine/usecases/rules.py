"""Reads the rules of allocation: the policy, and the penalty ladder of every platform that has one (data/rules/)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import BadSetting
from engine.model.states import Platform
from engine.rules.penalties import Ladder, ladder_from
from engine.rules.policy import FILE, AllocationRules, rules_from
from engine.settings import DATA

RULES = DATA / "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRules:
    """What the room allocates by. A platform without a ladder is absent from `ladders`: its penalties are not known."""

    allocation: AllocationRules
    ladders: Mapping[str, Ladder]


def load_rules(folder: Path = RULES) -> RoomRules:
    """The rules in `folder`; raises BadSetting with one sentence at the first thing that is wrong."""
    allocation = rules_from(_parsed(folder / FILE))
    ladders: dict[str, Ladder] = {}
    for platform in Platform:
        path = folder / f"{platform}.toml"
        if not path.exists():
            continue
        ladder = ladder_from(_parsed(path), file=path.name)
        if ladder.platform != platform:
            raise BadSetting(f"{path.name}: platform is {ladder.platform!r}, and the file is named after {platform}.")
        ladders[platform.value] = ladder
    return RoomRules(allocation=allocation, ladders=ladders)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The rules in {path} cannot be read: {error}") from error
