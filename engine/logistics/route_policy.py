"""The knobs of routes (data/rules/routes.toml): how riders travel, how many there are, what one can take."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

from engine.errors import BadSetting

FILE = "routes.toml"
P = TypeVar("P")


class RiderKind(StrEnum):
    """Kinds of carriers whose stops the room puts in order itself."""

    OWN_RIDER = "own_rider"
    STORE_CLERK = "store_clerk"
    CROWD_RIDER = "crowd_rider"


def _within(section: str, policy: object, limits: Mapping[str, tuple[float, float]]) -> None:
    for name, (low, high) in limits.items():
        value = getattr(policy, name)
        if not low <= value <= high:
            raise BadSetting(f"{FILE} [{section}] {name} is {value}: it must lie between {low:g} and {high:g}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WayPolicy:
    """Road metres a straight metre, hours, minutes, VROOM's exploration level."""

    detour: float
    horizon_hours: float
    lead_minutes: float
    solve_level: int

    def __post_init__(self) -> None:
        limits = {"detour": (1, 3), "horizon_hours": (1, 48), "lead_minutes": (0, 240), "solve_level": (0, 5)}
        _within("way", self, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiderPolicy:
    """Riders at a store at a time, and what one of them can do; data/rules/routes.toml explains each."""

    riders: int
    speed_kmh: float
    service_minutes: float
    most_stops: int
    most_kg: float
    radius_km: float

    def __post_init__(self) -> None:
        limits = {
            "riders": (1, 200),
            "speed_kmh": (1, 80),
            "service_minutes": (0, 60),
            "most_stops": (1, 500),
            "most_kg": (1, 2000),
            "radius_km": (0.1, 50),
        }
        _within("riders", self, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePolicy:
    """All of it."""

    way: WayPolicy
    riders: Mapping[RiderKind, RiderPolicy]


def policy_from(rules: Mapping[str, Any]) -> RoutePolicy:
    """A RoutePolicy from the parsed TOML, which must hold every setting and nothing else. Raises BadSetting."""
    known = {"way", *RiderKind}
    strange = sorted(set(rules) - known)
    if strange:
        raise BadSetting(f"{FILE} has a section nobody reads: [{strange[0]}].")
    riders = {kind: _section(RiderPolicy, kind.value, rules) for kind in RiderKind}
    return RoutePolicy(way=_section(WayPolicy, "way", rules), riders=riders)


def _section(cls: type[P], name: str, rules: Mapping[str, Any]) -> P:
    found = rules.get(name)
    if not isinstance(found, Mapping):
        raise BadSetting(f"{FILE}: the table [{name}] is missing.")
    kinds: dict[str, Any] = {field.name: field.type for field in fields(cls)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for knob in found:
        if knob not in kinds:
            raise BadSetting(f"{FILE} [{name}] has a setting nobody reads: {knob}.")
    for knob, kind in kinds.items():
        value = found.get(knob)
        if isinstance(value, bool) or not isinstance(value, int if kind is int else (int, float)):
            raise BadSetting(
                f"{FILE} [{name}] {knob} is {value!r}: it must be {'a whole number' if kind is int else 'a number'}."
            )
        values[knob] = kind(value)
    return cls(**values)
