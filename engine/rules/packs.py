"""Which rules of a platform hold on a day? A pack is one version of them; versions follow each other without a gap.

data/rules/<platform>/<first day>.toml holds a version, exemptions.toml what notices took out of it, empty.toml says
that nothing is known of the platform. An order is judged by the version in force on the Beijing day of its payment.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from engine.errors import BadSetting, NotFound
from engine.model.toml_values import no_strangers, tables, value
from engine.rules.pack_parts import (
    AutoRefund,
    CliffRule,
    Exemption,
    PromiseRule,
    Transit,
    auto_refund_from,
    cliffs_from,
    exemption_from,
    near_expiry_from,
    promises_from,
    transit_from,
)
from engine.rules.penalties import Ladder, ladder_from

_PARTS = ("transit", "cliff", "promise", "near_expiry", "auto_refund", "effective_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """One version of a platform's rules. effective_until: its last Beijing day, None while it has no end."""

    ladder: Ladder
    effective_until: date | None
    transit: Transit
    cliffs: tuple[CliffRule, ...]
    promises: tuple[PromiseRule, ...]
    near_expiry: tuple[tuple[int, int], ...]
    auto_refund: AutoRefund
    exemptions: tuple[Exemption, ...] = ()

    @property
    def version(self) -> str:
        """Its name, as screens and replays call it."""
        return self.ladder.version

    def holds(self, day: date) -> bool:
        """Whether it is in force on a Beijing day."""
        return self.ladder.effective_from <= day and (self.effective_until is None or day <= self.effective_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRules:
    """A platform's versions, the oldest first. `empty`: why there is none, None where there are some."""

    platform: str
    versions: tuple[RulePack, ...]
    empty: str | None = None

    def on(self, day: date) -> RulePack | None:
        """The version in force on a Beijing day; None before the first and where nothing is known."""
        return next((pack for pack in self.versions if pack.holds(day)), None)

    def named(self, version: str) -> RulePack:
        """The version of this name. Raises NotFound with the names there are."""
        found = next((pack for pack in self.versions if pack.version == version), None)
        if found is None:
            known = ", ".join(pack.version for pack in self.versions) or "none"
            raise NotFound(f"There is no version {version!r} of the rules of {self.platform}; there are: {known}.")
        return found


def pack_from(parsed: Mapping[str, Any], *, file: str) -> RulePack:
    """The version in a parsed file; raises BadSetting with one sentence at what is missing, unknown or odd."""
    ladder = ladder_from({key: part for key, part in parsed.items() if key not in _PARTS}, file=file)
    until = value(parsed, "effective_until", date, file=file, where="") if "effective_until" in parsed else None
    if until is not None and until < ladder.effective_from:
        raise BadSetting(f"{file}: effective_until lies before effective_from.")
    return RulePack(
        ladder=ladder,
        effective_until=until,
        transit=transit_from(parsed, file=file),
        cliffs=cliffs_from(tables(parsed, "cliff", file=file) if "cliff" in parsed else (), file=file),
        promises=promises_from(tables(parsed, "promise", file=file), file=file),
        near_expiry=near_expiry_from(tables(parsed, "near_expiry", file=file), file=file),
        auto_refund=auto_refund_from(parsed, file=file),
    )


def exemptions_from(parsed: Mapping[str, Any], *, file: str) -> tuple[Exemption, ...]:
    """What notices took out; a file without any is a platform without any."""
    no_strangers(parsed, ["exemption"], file=file, where="")
    return tuple(exemption_from(one, file=file) for one in tables(parsed, "exemption", file=file)) if parsed else ()


def empty_from(parsed: Mapping[str, Any], *, platform: str, file: str) -> PlatformRules:
    """A platform of which nothing is known, and says why."""
    no_strangers(parsed, ["platform", "empty", "note"], file=file, where="")
    _named_after(value(parsed, "platform", str, file=file, where=""), platform, file=file)
    if not value(parsed, "empty", bool, file=file, where=""):
        raise BadSetting(f"{file}: empty is false; write a version beside it and remove this file.")
    return PlatformRules(platform=platform, versions=(), empty=value(parsed, "note", str, file=file, where=""))


def platform_from(packs: Mapping[str, RulePack], exemptions: Sequence[Exemption], *, platform: str) -> PlatformRules:
    """A platform's versions by the stem of their file; their days must meet, the last has no end."""
    for stem, pack in packs.items():
        _named_after(pack.ladder.platform, platform, file=f"{platform}/{stem}.toml")
        if pack.version != stem or pack.ladder.effective_from.isoformat() != stem:
            raise BadSetting(f"{platform}/{stem}.toml: version and effective_from must be the file's name, {stem}.")
    versions = sorted(packs.values(), key=lambda pack: pack.ladder.effective_from)
    for before, after in itertools.pairwise(versions):
        _meet(before, after, platform=platform)
    if versions and versions[-1].effective_until is not None:
        raise BadSetting(f"{platform}/{versions[-1].version}.toml: the last version must have no effective_until.")
    held = tuple(exemptions)
    return PlatformRules(platform=platform, versions=tuple(replace(pack, exemptions=held) for pack in versions))


def _meet(before: RulePack, after: RulePack, *, platform: str) -> None:
    """Every day belongs to one version."""
    wanted = after.ladder.effective_from - timedelta(days=1)
    until = before.effective_until
    if until == wanted:
        return
    kind = "overlap" if until is None or until > wanted else "leave a gap"
    raise BadSetting(
        f"{platform}/{before.version}.toml and {after.version}.toml {kind}: "
        f"the former must have effective_until = {wanted.isoformat()}."
    )


def _named_after(found: str, platform: str, *, file: str) -> None:
    if found != platform:
        raise BadSetting(f"{file}: platform is {found!r}, and the folder is named after {platform}.")
