"""The knobs of the cold chain (data/rules/cold_chain.toml, which gives every unit and reason)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.knobs import no_other, numbers, within
from engine.model.states import Layer

FILE = "cold_chain.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorPolicy:
    """Degrees that can be, minutes ahead of our clock, minutes that are a gap, and what is a stuck sensor."""

    lowest_c: float
    highest_c: float
    ahead_minutes: float
    gap_minutes: float
    stuck_readings: float
    stuck_minutes: float

    def __post_init__(self) -> None:
        limits = {"lowest_c": (-273.0, 0.0), "highest_c": (0.0, 500.0), "ahead_minutes": (0.0, 1440.0)}
        limits |= {"gap_minutes": (0.1, 1440.0), "stuck_readings": (2.0, 1e6), "stuck_minutes": (1.0, 1e6)}
        within(FILE, "sensor", self, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPolicy:
    """Limits of one layer in degrees C and percent; when passing one is an excursion, and when that has ended."""

    low_c: float
    high_c: float
    max_humidity: float
    over_minutes: float
    degree_minutes: float
    margin: float
    clear_minutes: float

    def __post_init__(self) -> None:
        limits = {"low_c": (-100.0, 60.0), "max_humidity": (1.0, 100.0), "over_minutes": (0.0, 10_000.0)}
        limits |= {"degree_minutes": (0.1, 1e6), "margin": (0.0, 20.0), "clear_minutes": (0.0, 10_000.0)}
        within(FILE, "layer", self, limits)
        within(FILE, "layer", self, {"high_c": (self.low_c, 100.0)})


@dataclass(frozen=True, slots=True)
class ColdPolicy:
    """All of it, by layer."""

    sensor: SensorPolicy
    layers: Mapping[str, LayerPolicy]


def policy_from(rules: Mapping[str, Any]) -> ColdPolicy:
    """A ColdPolicy from the parsed TOML: a table for every layer. Raises BadSetting."""
    no_other(rules, ("sensor", *Layer), file=FILE)
    sensor = numbers(SensorPolicy, rules, "sensor", file=FILE)
    return ColdPolicy(sensor, {layer.value: numbers(LayerPolicy, rules, layer, file=FILE) for layer in Layer})
