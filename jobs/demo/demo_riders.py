"""Riders of the demo: they ride from their stores to buyers' districts and back, seeded, at speeds that riders have.

They are seen through the same use cases as real ones, and every stop they make is a parcel that the room has planned
for a rider of that store; without parcels they ride home and wait. Streets are bent lines: the demo knows no map.
"""

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.model.courier_tasks import TaskState
from engine.usecases.riders.assign_tasks import Task
from engine.usecases.riders.record_positions import Position

PARCELS_A_TOUR = (2, 6)
"""Parcels that a box on an e-bike holds when the rider leaves."""
DOOR_SECONDS = (60.0, 200.0)
STREET_KMH = (12.0, 22.0)
AROUND_KM = 1.1
"""Standard deviation of a door around the seat of its district."""
_KM = 111.2


class Point(NamedTuple):
    """Degrees, WGS-84."""

    lon: float
    lat: float


class Work(NamedTuple):
    """A planned parcel that waits for a rider."""

    parcel_id: str
    district: Point
    place: str


@dataclass(frozen=True, slots=True)
class Leg:
    """From one point to the next between two moments; standing where both are the same. `ends`: a task done then."""

    start: datetime
    end: datetime
    origin: Point
    goal: Point
    ends: Task | None = None

    def at(self, now: datetime) -> Point:
        """Where on it a rider is."""
        whole = (self.end - self.start).total_seconds()
        part = min(max((now - self.start).total_seconds() / whole, 0.0), 1.0) if whole else 1.0
        return Point(*(a + part * (b - a) for a, b in zip(self.origin, self.goal, strict=True)))


@dataclass(slots=True)
class Rider:
    """One rider: store, legs still to ride."""

    name: str
    node: str
    home: Point
    dice: random.Random
    here: Point
    legs: list[Leg] = field(default_factory=list)

    def idle(self) -> bool:
        """Whether the rider waits for work."""
        return not self.legs

    def ride(self, goals: Sequence[tuple[Point, float, Task | None]], start: datetime) -> None:
        """Plan legs to each goal in turn, with seconds to stand there and what is then done."""
        here, now = self.here, start
        for goal, stand, task in goals:
            corner = Point(goal.lon, here.lat) if self.dice.random() < 0.5 else Point(here.lon, goal.lat)
            middle = Point(*((a + b) / 2 for a, b in zip(here, corner, strict=True)))
            for step in (middle, corner, goal):
                took = timedelta(hours=kilometres(here, step) / self.dice.uniform(*STREET_KMH))
                self.legs.append(Leg(now, now + took, here, step))
                here, now = step, now + took
            self.legs.append(Leg(now, now + timedelta(seconds=stand), here, here, task))
            now += timedelta(seconds=stand)

    def move(self, now: datetime) -> list[Task]:
        """Ride up to `now`; returns what was done on the way."""
        done = []
        while self.legs and self.legs[0].end <= now:
            leg = self.legs.pop(0)
            self.here = leg.goal
            if leg.ends is not None:
                done.append(ended(leg.ends, leg.end))
        if self.legs:
            self.here = self.legs[0].at(now)
        return done


class RiderShow:
    """All riders of a demo. Deterministic for a seed, the moments of its steps and the work that it is given."""

    def __init__(self, stores: Sequence[tuple[str, Point]], *, riders: int, seed: int, start: datetime) -> None:
        dice = random.Random(seed)  # noqa: S311 - a show, no secret
        self._riders = []
        for number in range(riders if stores else 0):
            node, home = stores[number % len(stores)]
            own = random.Random(dice.random())  # noqa: S311
            rider = Rider(f"R-{number + 1:03d}", node, home, own, around(home, 2.0, own))
            rider.ride([(home, 20.0, None)], start)
            self._riders.append(rider)

    def step(self, now: datetime, work: Mapping[str, Sequence[Work]]) -> tuple[list[Position], list[Task]]:
        """Everybody rides up to `now`; who is idle takes what waits at the store. Positions, and tasks that changed."""
        tasks: list[Task] = []
        waiting = {node: list(parcels) for node, parcels in work.items()}
        for rider in self._riders:
            tasks += rider.move(now)
            parcels = waiting.get(rider.node, [])
            if rider.idle() and parcels:
                load = rider.dice.randint(*PARCELS_A_TOUR)
                tasks += self._leave(rider, parcels[:load], now)
                del parcels[:load]
        return [_seen(rider, now) for rider in self._riders], tasks

    def wants(self) -> set[str]:
        """Stores with an idle rider."""
        return {rider.node for rider in self._riders if rider.idle()}

    def _leave(self, rider: Rider, parcels: Iterable[Work], now: datetime) -> Iterator[Task]:
        doors = {work.parcel_id: around(work.district, AROUND_KM, rider.dice) for work in parcels}
        places = {work.parcel_id: work.place for work in parcels}
        goals: list[tuple[Point, float, Task | None]] = []
        given, here = [], rider.here
        for seq in range(1, len(doors) + 1):
            parcel = min(doors, key=lambda name: kilometres(here, doors[name]))
            here = doors.pop(parcel)
            task = Task(
                f"{rider.name}-{parcel}", rider.name, now, seq, parcel_id=parcel, lon=here.lon, lat=here.lat,
                place=places[parcel],
            )  # fmt: skip
            given.append(task)
            goals.append((here, rider.dice.uniform(*DOOR_SECONDS), task))
        rider.ride([*goals, (rider.home, 60.0, None)], now + timedelta(seconds=30))
        yield from given


def ended(task: Task, at: datetime) -> Task:
    """The task as it ends at the door."""
    return Task(task.task_id, task.courier, at, task.seq, TaskState.DONE, task.parcel_id, task.lon, task.lat)


def around(point: Point, km: float, dice: random.Random) -> Point:
    """A point scattered around another."""
    north, east = dice.gauss(0, km) / _KM, dice.gauss(0, km) / _KM
    return Point(point.lon + east / math.cos(math.radians(point.lat)), point.lat + north)


def kilometres(one: Point, other: Point) -> float:
    """Straight line over a few kilometres."""
    east = (other.lon - one.lon) * math.cos(math.radians(one.lat))
    return _KM * math.hypot(other.lat - one.lat, east)


def _seen(rider: Rider, now: datetime) -> Position:
    here = around(rider.here, 0.004, rider.dice)  # a phone's GPS is some metres off
    return Position(rider.name, now, here.lon, here.lat, node=rider.node, accuracy_m=8.0)
