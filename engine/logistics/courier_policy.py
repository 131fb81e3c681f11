"""The knobs of riders on the map (data/rules/couriers.toml, which gives every unit and reason)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.knobs import no_other, numbers, within

FILE = "couriers.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionPolicy:
    """Minutes ahead of our clock, hours a position is kept, days a silent courier is."""

    ahead_minutes: float
    keep_hours: float
    forget_days: float

    def __post_init__(self) -> None:
        limits = {"ahead_minutes": (0, 24 * 60), "keep_hours": (1, 24 * 366), "forget_days": (1, 3660)}
        within(FILE, "position", self, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPolicy:
    """Minutes of way behind a rider, seconds between its points."""

    minutes: float
    step_seconds: float

    def __post_init__(self) -> None:
        within(FILE, "trail", self, {"minutes": (1, 24 * 60), "step_seconds": (1, 3600)})


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedPolicy:
    """Minutes of trail that count, and km/h: standing below, usual, at least, at most."""

    window_minutes: float
    moving_kmh: float
    usual_kmh: float
    least_kmh: float
    most_kmh: float

    def __post_init__(self) -> None:
        limits = {"window_minutes": (1.0, 24 * 60.0), "moving_kmh": (0.0, 20.0), "least_kmh": (1.0, 200.0)}
        within(FILE, "speed", self, limits)
        within(FILE, "speed", self, {"usual_kmh": (self.least_kmh, 200.0), "most_kmh": (self.usual_kmh, 300.0)})


@dataclass(frozen=True, slots=True, kw_only=True)
class EtaPolicy:
    """Road kilometres a straight kilometre, minutes at a stop."""

    detour: float
    stop_minutes: float

    def __post_init__(self) -> None:
        within(FILE, "eta", self, {"detour": (1, 5), "stop_minutes": (0, 240)})


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPolicy:
    """Minutes after which a rider is grey; forecast chance from which a parcel counts as late."""

    silent_minutes: float
    late_chance: float

    def __post_init__(self) -> None:
        within(FILE, "map", self, {"silent_minutes": (0.5, 24 * 60), "late_chance": (0.01, 1)})


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierPolicy:
    """All of it."""

    position: PositionPolicy
    trail: TrailPolicy
    speed: SpeedPolicy
    eta: EtaPolicy
    map: MapPolicy


def policy_from(rules: Mapping[str, Any]) -> CourierPolicy:
    """A CourierPolicy from the parsed TOML. Raises BadSetting."""
    no_other(rules, ("position", "trail", "speed", "eta", "map"), file=FILE)
    return CourierPolicy(
        position=numbers(PositionPolicy, rules, "position", file=FILE),
        trail=numbers(TrailPolicy, rules, "trail", file=FILE),
        speed=numbers(SpeedPolicy, rules, "speed", file=FILE),
        eta=numbers(EtaPolicy, rules, "eta", file=FILE),
        map=numbers(MapPolicy, rules, "map", file=FILE),
    )
