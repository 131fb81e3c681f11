"""In which order do the riders of one store visit their stops? VROOM decides; this says what it is asked and checks it.

Pure: stops, shifts and a policy in, routes with times and the unserved with a reason out. Times are whole seconds after
the start of the plan. Distances are straight lines times a detour factor: the room has no road map.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import vroom

from engine.logistics.route_policy import RiderPolicy, WayPolicy

EARTH_M = 6_371_000.0
LATE_PRIORITY, USUAL_PRIORITY = 100, 10
"""Of VROOM's 0 to 100: when not everybody can be served, whoever was promised an earlier hour is."""

Matrix = npt.NDArray[np.float64]


class WhyMissed(StrEnum):
    """Why a stop is in no route, the plainest first."""

    NO_PLACE = "no_place"  # nobody knows where it is
    TOO_FAR = "too_far"  # beyond the riders' radius
    TOO_HEAVY = "too_heavy"  # for one rider
    NO_SHIFT = "no_shift"  # nobody works within the plan's hours
    NOT_IN_TIME = "not_in_time"  # no rider who works can be there before it is due
    NO_ROOM = "no_room"  # riders, hours and bags are full with others


@dataclass(frozen=True, slots=True)
class Stop:
    """One parcel to bring. `due`: seconds after the start, negative when its promise has passed already."""

    parcel_id: str
    lon: float | None
    lat: float | None
    kg: float
    due: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop on a route: seconds after the start at which the rider comes, and road metres from the stop before."""

    stop: Stop
    arrival: int
    metres: float


@dataclass(frozen=True, slots=True)
class Route:
    """One tour from the store and back within a shift."""

    rider: int  # 1, 2, 3 ... of the store
    leaves: int
    back: int
    metres: float  # the way back included
    visits: tuple[Visit, ...]

    @property
    def kg(self) -> float:
        """What the rider carries."""
        return sum(visit.stop.kg for visit in self.visits)


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """Every stop is in one route, or missed for one reason."""

    routes: tuple[Route, ...]
    missed: tuple[tuple[Stop, WhyMissed], ...]


def plan_routes(
    store: tuple[float, float],
    stops: Sequence[Stop],
    shifts: Sequence[tuple[int, int]],
    riders: RiderPolicy,
    way: WayPolicy,
) -> RoutePlan:
    """Routes of all riders of one kind at a store (longitude, latitude) over `shifts`, seconds after the start each."""
    apart = {stop.parcel_id: why for stop in stops if (why := _outright(store, stop, shifts, riders))}
    able = [stop for stop in stops if stop.parcel_id not in apart]
    routes: tuple[Route, ...] = ()
    if able:
        metres = road_metres(np.array([store, *((stop.lon, stop.lat) for stop in able)], dtype=np.float64), way)
        seconds = np.ceil(metres / (riders.speed_kmh / 3.6))
        apart |= _hopeless(able, seconds, shifts, riders)
        routes = _solved(able, metres, seconds, shifts, riders, way)
    served = {visit.stop.parcel_id for route in routes for visit in route.visits}
    missed = [(stop, apart.get(stop.parcel_id, WhyMissed.NO_ROOM)) for stop in stops if stop.parcel_id not in served]
    return RoutePlan(routes, tuple(missed))


def road_metres(points: Matrix, way: WayPolicy) -> Matrix:
    """Metres between every two of (longitude, latitude): great circles times the detour."""
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    metres: Matrix = 2 * EARTH_M * np.arcsin(np.sqrt(half)) * way.detour
    return metres


def _outright(
    store: tuple[float, float], stop: Stop, shifts: Sequence[tuple[int, int]], riders: RiderPolicy
) -> WhyMissed | None:
    """What no order of stops could change."""
    if stop.lon is None or stop.lat is None:
        return WhyMissed.NO_PLACE
    straight = road_metres(np.array([store, (stop.lon, stop.lat)]), _STRAIGHT)[0, 1]
    if straight > riders.radius_km * 1000:
        return WhyMissed.TOO_FAR
    if stop.kg > riders.most_kg:
        return WhyMissed.TOO_HEAVY
    return None if shifts else WhyMissed.NO_SHIFT


_STRAIGHT = WayPolicy(detour=1.0, horizon_hours=1, lead_minutes=0, solve_level=0)


def _hopeless(
    stops: Sequence[Stop], seconds: Matrix, shifts: Sequence[tuple[int, int]], riders: RiderPolicy
) -> dict[str, WhyMissed]:
    """Stops that not even a rider who leaves at once, for them alone, reaches in time and comes back from."""
    service = riders.service_minutes * 60
    return {
        stop.parcel_id: WhyMissed.NOT_IN_TIME
        for n, stop in enumerate(stops, start=1)
        if not any(
            (stop.due < 0 or start + seconds[0, n] <= stop.due) and start + 2 * seconds[0, n] + service <= end
            for start, end in shifts
        )
    }


def _solved(
    stops: Sequence[Stop],
    metres: Matrix,
    seconds: Matrix,
    shifts: Sequence[tuple[int, int]],
    riders: RiderPolicy,
    way: WayPolicy,
) -> tuple[Route, ...]:
    problem = vroom.Input()
    problem.set_durations_matrix("car", seconds.astype(np.uint32))
    last = max(end for _, end in shifts)
    for number, (start, end) in enumerate((shift for shift in shifts for _ in range(riders.riders)), start=1):
        problem.add_vehicle(
            vroom.Vehicle(
                number,
                start=0,
                end=0,
                capacity=[round(riders.most_kg * 1000), riders.most_stops],
                time_window=vroom.TimeWindow(start, end),
            )
        )
    for number, stop in enumerate(stops, start=1):
        late = stop.due < 0  # its promise has passed: bring it first, but it can come at any hour
        problem.add_job(
            vroom.Job(
                number,
                location=number,
                default_service=round(riders.service_minutes * 60),
                delivery=[round(stop.kg * 1000), 1],
                priority=LATE_PRIORITY if late else USUAL_PRIORITY,
                time_windows=[vroom.TimeWindow(0, last if late else min(stop.due, last))],
            )
        )
    # One thread: the room's other work shares the cores.
    found = problem.solve(exploration_level=way.solve_level, nb_threads=1)
    return _read(found.routes.to_dict("records"), stops, metres, riders)


def _earliest_first(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """Stops at one and the same place by their promise: to the solver they are all alike, to the buyers they are not.

    Nobody comes too late by it: of two visits in time, the one that is due first takes the earlier of their hours.
    """
    runs: list[list[Visit]] = []
    for visit in visits:
        if runs and visit.metres == 0:
            runs[-1].append(visit)
        else:
            runs.append([visit])
    return tuple(
        replace(slot, stop=stop)
        for run in runs
        for slot, stop in zip(run, sorted((v.stop for v in run), key=lambda s: (s.due, s.parcel_id)), strict=True)
    )


def _read(
    steps: Sequence[dict[str, Any]], stops: Sequence[Stop], metres: Matrix, riders: RiderPolicy
) -> tuple[Route, ...]:
    tours: dict[int, list[dict[str, Any]]] = {}
    for step in steps:
        tours.setdefault(int(step["vehicle_id"]), []).append(step)
    routes = []
    for vehicle, tour in sorted(tours.items()):
        places = [int(step["location_index"]) for step in tour]
        legs = [0.0, *(float(metres[a, b]) for a, b in pairwise(places))]
        visits = _earliest_first(
            Visit(stops[place - 1], int(step["arrival"]) + int(step["waiting_time"]), leg)
            for step, place, leg in zip(tour, places, legs, strict=True)
            if step["type"] == "job"
        )
        routes.append(
            Route(
                (vehicle - 1) % riders.riders + 1, int(tour[0]["arrival"]), int(tour[-1]["arrival"]), sum(legs), visits
            )
        )
    return tuple(routes)
