"""The knobs of the floor (data/rules/floor.toml): how large a wave is, when it goes, how packaging is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, TypeVar

from engine.errors import BadSetting

FILE = "floor.toml"

P = TypeVar("P")


class WaveReason(StrEnum):
    """Why a wave is cut where it is, the most urgent that applies."""

    PRESSED = "pressed"  # holds a parcel that must go now, or is late already
    FULL = "full"  # the next parcel does not fit
    WAITING = "waiting"  # room for more, and in no hurry


def _in(section: str, name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadSetting(f"{FILE} [{section}] {name} is {value}: it must lie between {low:g} and {high:g}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePolicy:
    """Sizes in parcels and kg, times in minutes; `automatic`: reasons for which the job releases a wave itself."""

    max_parcels: int = 48
    max_kg: float = 400.0
    min_parcels: int = 12
    lead_minutes: float = 45.0
    press_minutes: float = 180.0
    automatic: tuple[WaveReason, ...] = (WaveReason.PRESSED,)

    def __post_init__(self) -> None:
        _in("wave", "max_parcels", self.max_parcels, 1, 1000)
        _in("wave", "max_kg", self.max_kg, 1, 5000)
        _in("wave", "min_parcels", self.min_parcels, 1, self.max_parcels)
        _in("wave", "lead_minutes", self.lead_minutes, 0, 24 * 60)
        _in("wave", "press_minutes", self.press_minutes, self.lead_minutes, 48 * 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaPolicy:
    """Digits of the destination's adcode that make one route: 2 province, 4 city, 6 district."""

    parcel_digits: int = 2
    local_digits: int = 6

    def __post_init__(self) -> None:
        for name in ("parcel_digits", "local_digits"):
            if getattr(self, name) not in (2, 4, 6):
                raise BadSetting(f"{FILE} [area] {name} is {getattr(self, name)}: it must be 2, 4 or 6.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkPolicy:
    """Metres from bay to bay along an aisle, and from aisle to aisle across."""

    bay_m: float = 1.4
    aisle_m: float = 4.0

    def __post_init__(self) -> None:
        _in("walk", "bay_m", self.bay_m, 0.1, 20)
        _in("walk", "aisle_m", self.aisle_m, 0.1, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagingPolicy:
    """Weights in units, shares from 0 to 1, money in yuan; data/rules/floor.toml explains each."""

    prior_units: float = 200.0
    unknown_share: float = 0.05
    unknown_units: float = 20.0
    interval: float = 0.90
    max_damage_share: float = 0.08
    complaint_yuan: float = 12.0
    fill: float = 0.85

    def __post_init__(self) -> None:
        _in("packaging", "prior_units", self.prior_units, 1, 1_000_000)
        _in("packaging", "unknown_share", self.unknown_share, 0.0001, 0.9999)
        _in("packaging", "unknown_units", self.unknown_units, 1, 1_000_000)
        _in("packaging", "interval", self.interval, 0.5, 0.999)
        _in("packaging", "max_damage_share", self.max_damage_share, 0, 1)
        _in("packaging", "complaint_yuan", self.complaint_yuan, 0, 10_000)
        _in("packaging", "fill", self.fill, 0.1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorPolicy:
    """All of it."""

    wave: WavePolicy = field(default_factory=WavePolicy)
    area: AreaPolicy = field(default_factory=AreaPolicy)
    walk: WalkPolicy = field(default_factory=WalkPolicy)
    packaging: PackagingPolicy = field(default_factory=PackagingPolicy)


_SECTIONS: dict[str, type] = {
    "wave": WavePolicy,
    "area": AreaPolicy,
    "walk": WalkPolicy,
    "packaging": PackagingPolicy,
}


def policy_from(rules: Mapping[str, Any]) -> FloorPolicy:
    """A FloorPolicy from the parsed TOML; what is left out keeps its default. Raises BadSetting."""
    for name, knobs in rules.items():
        if name not in _SECTIONS or not isinstance(knobs, Mapping):
            raise BadSetting(f"{FILE} has a section nobody reads: [{name}].")
    made: dict[str, Any] = {name: _section(name, kind, rules.get(name, {})) for name, kind in _SECTIONS.items()}
    return FloorPolicy(**made)


def _section(name: str, kind: type[P], knobs: Mapping[str, Any]) -> P:
    known = {f.name: f.type for f in fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for knob, value in knobs.items():
        if knob not in known:
            raise BadSetting(f"{FILE} [{name}] has a setting nobody reads: {knob}.")
        values[knob] = _reasons(value) if knob == "automatic" else _number(name, knob, value, whole=known[knob] is int)
    return kind(**values)


def _number(section: str, knob: str, value: Any, *, whole: bool) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise BadSetting(
            f"{FILE} [{section}] {knob} is {value!r}: it must be {'a whole number' if whole else 'a number'}."
        )
    return value if whole else float(value)


def _reasons(value: Any) -> tuple[WaveReason, ...]:
    allowed = [reason.value for reason in (WaveReason.PRESSED, WaveReason.FULL)]
    if not isinstance(value, list) or any(reason not in allowed for reason in value):
        raise BadSetting(f"{FILE} [wave] automatic is {value!r}: it must be a list of {', '.join(allowed)}, or empty.")
    return tuple(WaveReason(reason) for reason in dict.fromkeys(value))
