"""Which planned parcels of a node are picked together, and which of these waves must go now?

A wave is one route (carrier, destination area, temperature layer: cold rooms are walked apart), the earliest promise
first, cut by size and by the last day on which a pick-up still keeps the promise. Decides; writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from engine.floor.pickups import BEIJING, Timetable
from engine.floor.policy import WavePolicy, WaveReason


class Route(NamedTuple):
    """What may share a wave: `area` is an adcode prefix."""

    carrier: str
    area: str
    layer: str


class OpenParcel(NamedTuple):
    """A planned parcel in no wave; `due_at` is the earliest promise of its orders."""

    parcel_id: str
    route: Route
    due_at: datetime
    kg: float
    orders: int
    units: int


class Pressure(StrEnum):
    """How long a parcel can wait."""

    LATE = "late"  # the next pick-up comes after the promise
    PRESSED = "pressed"  # the last pick-up that keeps the promise is near
    EASY = "easy"


@dataclass(frozen=True, slots=True)
class Departure:
    """The pick-ups of one carrier at a node, seen from now.

    A promise before `leaves_at`, the first pick-up that a wave released now can make, is late; one before `relaxed_at`,
    the first pick-up outside the press time, has no later pick-up to wait for.
    """

    timetable: Timetable
    leaves_at: datetime
    relaxed_at: datetime

    def pressure(self, due_at: datetime) -> Pressure:
        """How long a parcel promised for `due_at` can wait."""
        if due_at < self.leaves_at:
            return Pressure.LATE
        return Pressure.PRESSED if due_at < self.relaxed_at else Pressure.EASY

    def last_day(self, due_at: datetime) -> int:
        """The Beijing day, as a number, of the last pick-up that keeps the promise; 0 where none does."""
        if due_at < self.leaves_at:
            return 0
        return self.timetable.last_until(due_at).astimezone(BEIJING).toordinal()


@dataclass(frozen=True, slots=True)
class Wave:
    """Parcels in the order of their slots, the earliest promise first, and why the wave is cut here."""

    route: Route
    parcels: tuple[OpenParcel, ...]
    due_at: datetime
    leaves_at: datetime
    reason: WaveReason

    @property
    def kg(self) -> float:
        """Weight of all parcels."""
        return sum(parcel.kg for parcel in self.parcels)


def departure(timetable: Timetable, policy: WavePolicy, *, now: datetime) -> Departure:
    """The pick-ups as they matter for waves released at `now`."""
    pressed_until = now + timedelta(minutes=policy.press_minutes)
    return Departure(
        timetable,
        leaves_at=timetable.first_from(now + timedelta(minutes=policy.lead_minutes)),
        relaxed_at=timetable.first_from(pressed_until + timedelta(microseconds=1)),
    )


def plan_waves(
    parcels: Sequence[OpenParcel], departures: Mapping[str, Departure], policy: WavePolicy
) -> tuple[Wave, ...]:
    """Every parcel in exactly one wave; the waves by urgency (earliest promise, then route).

    `departures`: by carrier, all those of `parcels`. Within a route parcels go by promise, then id. A wave ends
    where the next parcel does not fit (a parcel heavier than a whole wave goes alone), or where the next parcel can
    leave on a later day and the wave is no longer small.
    """
    by_route: dict[Route, list[OpenParcel]] = {}
    for parcel in parcels:
        by_route.setdefault(parcel.route, []).append(parcel)
    waves: list[Wave] = []
    for route, members in by_route.items():
        members.sort(key=lambda parcel: (parcel.due_at, parcel.parcel_id))
        waves.extend(_cut(route, members, departures[route.carrier], policy))
    return tuple(sorted(waves, key=lambda wave: (wave.due_at, wave.route, wave.parcels[0].parcel_id)))


def _cut(route: Route, parcels: Sequence[OpenParcel], leaving: Departure, policy: WavePolicy) -> list[Wave]:
    waves: list[Wave] = []
    taken: list[OpenParcel] = []
    kg = 0.0
    day = 0
    for parcel in parcels:
        full = len(taken) == policy.max_parcels or kg + parcel.kg > policy.max_kg
        that_day = leaving.last_day(parcel.due_at)
        if taken and (full or (that_day > day and len(taken) >= policy.min_parcels)):
            waves.append(_wave(route, taken, leaving, full=full))
            taken, kg = [], 0.0
        taken.append(parcel)
        kg += parcel.kg
        day = that_day if len(taken) == 1 else day
    # What fills a wave to the last slot needs no next parcel to be called full.
    full = len(taken) == policy.max_parcels or kg >= policy.max_kg
    waves.append(_wave(route, taken, leaving, full=full))
    return waves


def _wave(route: Route, parcels: Sequence[OpenParcel], leaving: Departure, *, full: bool) -> Wave:
    due_at = parcels[0].due_at
    reason = WaveReason.FULL if full else WaveReason.WAITING
    if leaving.pressure(due_at) is not Pressure.EASY:
        reason = WaveReason.PRESSED
    return Wave(route, tuple(parcels), due_at, leaving.leaves_at, reason)
