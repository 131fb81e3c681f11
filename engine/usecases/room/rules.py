"""Reads the rules in data/rules/: how allocation decides, and what every platform asks, version by version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.errors import BadSetting
from engine.model.states import Platform
from engine.rules.packs import PlatformRules, RulePack, empty_from, exemptions_from, pack_from, platform_from
from engine.rules.penalties import Ladder
from engine.rules.policy import FILE, AllocationRules, rules_from
from engine.usecases.room.rule_files import RULES, parsed_rules

EXEMPTIONS, EMPTY = "exemptions", "empty"
"""Files of a platform's folder that are no version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRules:
    """What the room allocates and judges by. A platform without a folder is absent: nothing is known of its rules."""

    allocation: AllocationRules
    platforms: Mapping[str, PlatformRules]

    @property
    def ladders(self) -> Mapping[str, Ladder]:
        """The newest penalty ladder of every platform that has one, in force or still to come."""
        return {name: rules.versions[-1].ladder for name, rules in self.platforms.items() if rules.versions}

    def ladders_on(self, day: date) -> dict[str, Ladder]:
        """The ladders in force on a Beijing day; before a platform's first version that first one, which says when
        it takes effect."""
        found: dict[str, Ladder] = {}
        for name, rules in self.platforms.items():
            pack: RulePack | None = rules.on(day) or next(iter(rules.versions), None)
            if pack is not None:
                found[name] = pack.ladder
        return found

    def near_expiry_on(self, day: date) -> tuple[tuple[int, int], ...] | None:
        """The strictest near-expiry table of a day: stock is allocated for all platforms alike. None: none is known.

        Strictest: the most days left at each shelf life that any platform's table names.
        """
        packs = [pack for rules in self.platforms.values() if (pack := rules.on(day)) is not None]
        lives = sorted({life for pack in packs for life, _ in pack.near_expiry}, reverse=True)
        limits = tuple(
            (life, max(next(left for at, left in pack.near_expiry if life >= at) for pack in packs)) for life in lives
        )
        return limits or None


def load_rules(folder: Path = RULES) -> RoomRules:
    """The rules in `folder`; raises BadSetting with one sentence at the first thing that is wrong."""
    allocation = rules_from(parsed_rules(folder / FILE, "rules"))
    found = {platform.value: _platform(folder / platform, platform.value) for platform in Platform}
    return RoomRules(allocation=allocation, platforms={name: rules for name, rules in found.items() if rules})


def _platform(folder: Path, platform: str) -> PlatformRules | None:
    files = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    parsed = {stem: parsed_rules(path, "rules") for stem, path in files.items()}
    named = {stem: f"{platform}/{stem}.toml" for stem in files}
    if EMPTY in parsed:
        if len(parsed) > 1:
            raise BadSetting(f"{named[EMPTY]}: there are rules beside it; remove it.")
        return empty_from(parsed[EMPTY], platform=platform, file=named[EMPTY])
    exemptions = exemptions_from(parsed.pop(EXEMPTIONS, {}), file=f"{platform}/{EXEMPTIONS}.toml")
    if not parsed:
        return None
    packs = {stem: pack_from(rules, file=named[stem]) for stem, rules in parsed.items()}
    return platform_from(packs, exemptions, platform=platform)
