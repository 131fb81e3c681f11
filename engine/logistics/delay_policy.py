"""Which numbers decide how delays are learned? Every knob, checked at the start; the reasons stand in the TOML file."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine.errors import BadSetting
from engine.logistics.circumstance_policy import FILE, CircumstancePolicy, DriftPolicy
from engine.model.knobs import numbers

__all__ = ["FILE", "DelayPolicy", "delay_policy_from"]


@dataclass(frozen=True, slots=True)
class TablePolicy:
    """Knobs of the life tables."""

    windows_days: tuple[float, ...]
    step: float  # of the natural logarithm of the relative age
    lowest: float
    highest: float
    borrowed_wide: float  # parcels
    borrowed_lane: float  # parcels


@dataclass(frozen=True, slots=True)
class ExpectationPolicy:
    """Knobs of the expected duration."""

    recent_days: float
    borrowed_wide: float  # parcels
    borrowed_lane: float
    borrowed_seller: float
    seller_share: float
    ridge: float
    trees: int
    leaves: int
    leaf_parcels: int
    learning_rate: float
    refit_days: float
    least_parcels: int


@dataclass(frozen=True, slots=True)
class CalibrationPolicy:
    """Knobs of the last correction of the chances."""

    least_parcels: int
    parcels: int
    pull: float
    lost_days: float


@dataclass(frozen=True, slots=True)
class RoomPolicy:
    """What the room learns from, when it believes its model, and what it says before it has one."""

    win_days: float
    history_days: float
    least_parcels: int
    usual_days: float
    pick_up_days: float
    door_days: float
    first_hub_days: float
    hub_gap_days: float
    lost_gap_days: float
    spread: float  # standard deviation of the natural log of a duration
    refresh_minutes: float
    alarm_chance: float


@dataclass(frozen=True, slots=True)
class DelayPolicy:
    """How the room learns how long parcels take; raises BadSetting where a number makes no sense."""

    table: TablePolicy
    expectation: ExpectationPolicy
    calibration: CalibrationPolicy
    room: RoomPolicy
    circumstances: CircumstancePolicy
    drift: DriftPolicy

    def __post_init__(self) -> None:
        table, expectation = self.table, self.expectation
        if not table.windows_days or any(a >= b for a, b in pairwise((0.0, *table.windows_days))):
            raise BadSetting(f"{FILE}: windows_days must be numbers above 0 in rising order.")
        if not (0.01 <= table.step <= 1 and -5 <= table.lowest < 0 < table.highest <= 5):
            raise BadSetting(
                f"{FILE}: step must lie between 0.01 and 1, lowest between -5 and 0, highest between 0 and 5."
            )
        for name, found in (
            ("borrowed_wide", table.borrowed_wide),
            ("borrowed_lane", table.borrowed_lane),
            ("borrowed_wide", expectation.borrowed_wide),
            ("borrowed_lane", expectation.borrowed_lane),
            ("borrowed_seller", expectation.borrowed_seller),
            ("recent_days", expectation.recent_days),
            ("ridge", expectation.ridge),
            ("refit_days", expectation.refit_days),
            ("learning_rate", expectation.learning_rate),
            ("pull", self.calibration.pull),
            ("lost_days", self.calibration.lost_days),
            ("win_days", self.room.win_days),
            ("history_days", self.room.history_days),
            ("usual_days", self.room.usual_days),
            ("pick_up_days", self.room.pick_up_days),
            ("door_days", self.room.door_days),
            ("first_hub_days", self.room.first_hub_days),
            ("hub_gap_days", self.room.hub_gap_days),
            ("lost_gap_days", self.room.lost_gap_days),
            ("spread", self.room.spread),
            ("refresh_minutes", self.room.refresh_minutes),
        ):
            if not 0 < found <= 1e6:
                raise BadSetting(f"{FILE}: {name} is {found:g}; it must be above 0.")
        if not 0 <= expectation.seller_share <= 1:
            raise BadSetting(f"{FILE}: seller_share is {expectation.seller_share:g}; it must lie between 0 and 1.")
        if min(expectation.trees, expectation.leaf_parcels, expectation.least_parcels) < 1 or expectation.leaves < 2:
            raise BadSetting(f"{FILE}: trees, leaf_parcels and least_parcels must be at least 1, leaves at least 2.")
        if not 0 < self.room.alarm_chance < 1 or self.room.least_parcels < 1:
            raise BadSetting(f"{FILE} [room]: alarm_chance must lie between 0 and 1, least_parcels be at least 1.")
        if min(self.calibration.least_parcels, self.calibration.parcels) < 1:
            raise BadSetting(f"{FILE}: least_parcels and parcels of [calibration] must be at least 1.")


def delay_policy_from(rules: Mapping[str, Any]) -> DelayPolicy:
    """The policy in parsed TOML. Raises BadSetting with what would be right."""
    return DelayPolicy(
        table=_part(TablePolicy, rules, "table"),
        expectation=_part(ExpectationPolicy, rules, "expectation"),
        calibration=_part(CalibrationPolicy, rules, "calibration"),
        room=_part(RoomPolicy, rules, "room"),
        circumstances=numbers(CircumstancePolicy, rules, "circumstances", file=FILE),
        drift=numbers(DriftPolicy, rules, "drift", file=FILE),
    )


def _part(cls: Any, rules: Mapping[str, Any], name: str) -> Any:
    found = rules.get(name)
    if not isinstance(found, Mapping):
        raise BadSetting(f"{FILE}: the table [{name}] is missing.")
    kinds = cls.__annotations__
    strange = sorted(set(found) ^ set(kinds))
    if strange:
        missing = strange[0] in kinds
        raise BadSetting(f"{FILE} [{name}]: {strange[0]} is {'missing' if missing else 'a setting nobody reads'}.")
    return cls(**{key: _value(found[key], kind, f"{FILE} [{name}]: {key}") for key, kind in kinds.items()})


def _value(found: Any, kind: Any, where: str) -> Any:
    if kind is int and type(found) is int:
        return found
    if kind is float and type(found) in (int, float):
        return float(found)
    if kind == tuple[float, ...] and isinstance(found, list) and all(type(one) in (int, float) for one in found):
        return tuple(float(one) for one in found)
    words = {int: "a whole number", float: "a number"}.get(kind, "a list of numbers")
    raise BadSetting(f"{where} is {found!r}; it must be {words}.")
