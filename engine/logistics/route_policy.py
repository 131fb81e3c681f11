"""The knobs of routes (data/rules/routes.toml): how riders travel, how many there are, what one can take."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.model.knobs import no_other, numbers, within

FILE = "routes.toml"


class RiderKind(StrEnum):
    """Kinds of carriers whose stops the room puts in order itself."""

    OWN_RIDER = "own_rider"
    STORE_CLERK = "store_clerk"
    CROWD_RIDER = "crowd_rider"


@dataclass(frozen=True, slots=True, kw_only=True)
class WayPolicy:
    """Road metres a straight metre, hours, minutes, VROOM's exploration level."""

    detour: float
    horizon_hours: float
    lead_minutes: float
    solve_level: int

    def __post_init__(self) -> None:
        limits = {"detour": (1, 3), "horizon_hours": (1, 48), "lead_minutes": (0, 240), "solve_level": (0, 5)}
        within(FILE, "way", self, limits)


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
        within(FILE, "riders", self, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePolicy:
    """All of it."""

    way: WayPolicy
    riders: Mapping[RiderKind, RiderPolicy]


def policy_from(rules: Mapping[str, Any]) -> RoutePolicy:
    """A RoutePolicy from the parsed TOML, which must hold every setting and nothing else. Raises BadSetting."""
    no_other(rules, ("way", *RiderKind), file=FILE)
    riders = {kind: numbers(RiderPolicy, rules, kind.value, file=FILE) for kind in RiderKind}
    return RoutePolicy(way=numbers(WayPolicy, rules, "way", file=FILE), riders=riders)
