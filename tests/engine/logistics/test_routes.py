"""Routes against trying everything: as short, in time, and honest about what no tour takes."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadSetting
from engine.logistics.route_policy import RiderKind, RiderPolicy, policy_from
from engine.logistics.routes import RoutePlan, Stop, WhyMissed, plan_routes, road_metres
from engine.usecases.riders.route_policy import load_route_policy
from tests.reference.routes import nearest_first, shortest

STORE = (120.16, 30.25)
POLICY = load_route_policy()
WAY = POLICY.way
ONE = RiderPolicy(riders=1, speed_kmh=18, service_minutes=4, most_stops=50, most_kg=500, radius_km=8)
DAY = 10 * 3600

places = st.tuples(st.floats(-0.03, 0.03), st.floats(-0.03, 0.03))
"""Degrees off the store: within 4.5 km."""


def stop(n: int, dx: float, dy: float, *, due: int = DAY, kg: float = 5.0) -> Stop:
    return Stop(f"p{n}", STORE[0] + dx, STORE[1] + dy, kg, due)


def seconds_of(stops: list[Stop], riders: RiderPolicy) -> np.ndarray:
    points = np.array([STORE, *((one.lon, one.lat) for one in stops)], dtype=np.float64)
    return np.ceil(road_metres(points, WAY) / (riders.speed_kmh / 3.6))


def travelled(plan: RoutePlan, stops: list[Stop], riders: RiderPolicy) -> float:
    """Seconds on the way, recounted from the order of the stops alone."""
    place, seconds = {one.parcel_id: n for n, one in enumerate(stops, start=1)}, seconds_of(stops, riders)
    total = 0.0
    for route in plan.routes:
        way = [0, *(place[visit.stop.parcel_id] for visit in route.visits), 0]
        total += sum(seconds[a, b] for a, b in pairwise(way))
    return total


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(places, st.integers(600, 7200)), min_size=1, max_size=6, unique_by=lambda one: one[0]))
def test_one_rider_goes_the_shortest_way_that_keeps_every_promise(drawn: list[tuple[tuple[float, float], int]]) -> None:
    stops = [stop(n, *at, due=due) for n, (at, due) in enumerate(drawn)]
    best = shortest(
        seconds_of(stops, ONE), [one.due for one in stops], start=0, end=DAY, service=round(ONE.service_minutes * 60)
    )
    plan = plan_routes(STORE, stops, [(0, DAY)], ONE, WAY)
    served = [visit for route in plan.routes for visit in route.visits]
    assert sorted(one.parcel_id for one in stops) == sorted(
        [visit.stop.parcel_id for visit in served] + [one.parcel_id for one, _ in plan.missed]
    )
    assert all(visit.arrival <= visit.stop.due for visit in served)
    if best is None:
        assert plan.missed, "not everybody can be served in time"
    else:
        assert plan.missed == ()
        assert travelled(plan, stops, ONE) == best


@settings(max_examples=15, deadline=None)
@given(st.lists(places, min_size=8, max_size=25, unique=True))
def test_a_plan_is_never_longer_than_always_going_to_the_nearest(drawn: list[tuple[float, float]]) -> None:
    stops = [stop(n, *at) for n, at in enumerate(drawn)]
    plan = plan_routes(STORE, stops, [(0, DAY)], ONE, WAY)
    assert plan.missed == ()
    assert travelled(plan, stops, ONE) <= nearest_first(seconds_of(stops, ONE))


def test_every_reason_for_missing_a_stop_is_given() -> None:
    riders = replace(ONE, most_stops=2, most_kg=20)
    plan = plan_routes(
        STORE,
        [
            Stop("nowhere", None, None, 5, DAY),
            stop(1, 0.2, 0),
            stop(2, 0.001, 0, kg=21),
            stop(3, 0.03, 0, due=60),
            stop(4, 0.001, 0.001),
            stop(5, 0.001, 0.002),
            stop(6, 0.001, 0.003),
        ],
        [(0, 3600)],
        riders,
        WAY,
    )
    told = {one.parcel_id: why for one, why in plan.missed}
    [crowded] = set(told) & {"p4", "p5", "p6"}
    assert told == {
        "nowhere": WhyMissed.NO_PLACE, "p1": WhyMissed.TOO_FAR, "p2": WhyMissed.TOO_HEAVY,
        "p3": WhyMissed.NOT_IN_TIME, crowded: WhyMissed.NO_ROOM,
    }  # fmt: skip
    assert [why for _, why in plan_routes(STORE, [stop(1, 0, 0.01)], [], ONE, WAY).missed] == [WhyMissed.NO_SHIFT]


def test_what_is_late_already_goes_first_when_there_is_not_room_for_all() -> None:
    riders = replace(ONE, most_stops=1)
    stops = [stop(1, 0.001, 0), stop(2, 0.02, 0.02, due=-600)]
    plan = plan_routes(STORE, stops, [(0, DAY)], riders, WAY)
    assert [visit.stop.parcel_id for route in plan.routes for visit in route.visits] == ["p2"]


def test_at_one_door_the_earlier_promise_comes_first() -> None:
    stops = [stop(n, 0.01, 0.01, due=9000 - 500 * n) for n in range(5)]
    [route] = plan_routes(STORE, stops, [(0, DAY)], ONE, WAY).routes
    assert [visit.stop.due for visit in route.visits] == sorted(one.due for one in stops)
    assert [visit.arrival for visit in route.visits] == sorted(visit.arrival for visit in route.visits)


def test_bags_shifts_and_riders_are_limits() -> None:
    riders = RiderPolicy(riders=2, speed_kmh=11, service_minutes=4, most_stops=3, most_kg=12, radius_km=3)
    stops = [stop(n, 0.001 * n, 0.001) for n in range(12)]
    plan = plan_routes(STORE, stops, [(0, 5400), (14_400, 25_200)], riders, WAY)
    assert len(plan.routes) == 4, "two clerks, two windows"
    for route in plan.routes:
        assert len(route.visits) <= 2, "two parcels of 5 kg and no third in 12 kg"
        assert route.kg <= riders.most_kg
        assert any(start <= route.leaves and route.back <= end for start, end in [(0, 5400), (14_400, 25_200)])
    assert {why for _, why in plan.missed} == {WhyMissed.NO_ROOM}


@pytest.mark.parametrize(
    ("section", "knob", "value"),
    [("way", "detour", 0.5), ("store_clerk", "radius_km", -1), ("own_rider", "riders", 2.5), ("way", "solve_level", 9),
     ("crowd_rider", "most_kg", True), ("way", "wings", 1)],
)  # fmt: skip
def test_a_wrong_number_of_a_route_stops_the_start(section: str, knob: str, value: object) -> None:
    good = {
        "way": {"detour": 1.3, "horizon_hours": 10, "lead_minutes": 5, "solve_level": 3},
        **{
            kind.value: {
                "riders": 1, "speed_kmh": 18, "service_minutes": 4, "most_stops": 20, "most_kg": 100, "radius_km": 8,
            }
            for kind in RiderKind
        },
    }  # fmt: skip
    assert policy_from(good).way.detour == 1.3
    good[section] = {**good[section], knob: value}
    with pytest.raises(BadSetting, match=knob):
        policy_from(good)
