"""Waves: the earliest promise first, cut by size and by the last good day; every parcel in exactly one."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.floor.pickups import timetable
from engine.floor.policy import WavePolicy, WaveReason
from engine.floor.waves import Departure, OpenParcel, Pressure, Route, departure, plan_waves
from tests.reference.floor import waves_of_route

NOW = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)  # 20:00 in Beijing
POLICY = WavePolicy(max_parcels=4, max_kg=50, min_parcels=2, lead_minutes=45, press_minutes=180)
TO_SICHUAN = Route("ZTO", "51", "ambient")
EVENING = timetable("22:30", "08:00-23:30")
RIDERS = timetable(None, "08:00-22:00")


def parcel(name: str, hours: float, *, kg: float = 5.0, route: Route = TO_SICHUAN) -> OpenParcel:
    return OpenParcel(name, route, NOW + timedelta(hours=hours), kg, 1, 1)


def leaving(policy: WavePolicy = POLICY, *, now: datetime = NOW) -> dict[str, Departure]:
    return {"ZTO": departure(EVENING, policy, now=now), "OWN": departure(RIDERS, policy, now=now)}


def planned(*parcels: OpenParcel, policy: WavePolicy = POLICY) -> list[tuple[str, WaveReason]]:
    waves = plan_waves(parcels, leaving(policy), policy)
    return [("".join(p.parcel_id for p in wave.parcels), wave.reason) for wave in waves]


# Pick-ups: tonight 22:30 (in 2.5 h), tomorrow 22:30 (in 26.5 h).


def test_the_earliest_promise_is_picked_first() -> None:
    assert planned(parcel("c", 50), parcel("a", 30), parcel("b", 40)) == [("abc", WaveReason.WAITING)]


def test_a_wave_ends_where_the_wall_is_full() -> None:
    parcels = [parcel(name, 30 + i) for i, name in enumerate("abcdef")]
    assert planned(*parcels) == [("abcd", WaveReason.FULL), ("ef", WaveReason.WAITING)]


def test_a_wave_ends_where_the_cage_is_full() -> None:
    assert planned(parcel("a", 30, kg=30), parcel("b", 31, kg=20), parcel("c", 32, kg=1)) == [
        ("ab", WaveReason.FULL),
        ("c", WaveReason.WAITING),
    ]


def test_a_parcel_heavier_than_a_wave_goes_alone() -> None:
    assert planned(parcel("a", 30, kg=70), parcel("b", 31)) == [("a", WaveReason.FULL), ("b", WaveReason.WAITING)]


def test_what_must_go_now_is_not_held_up_by_what_can_wait() -> None:
    # Promised for tonight and tomorrow noon: both must make the pick-up of tonight.
    assert planned(parcel("a", 3), parcel("b", 16), parcel("c", 30), parcel("d", 30)) == [
        ("ab", WaveReason.PRESSED),
        ("cd", WaveReason.WAITING),
    ]


def test_a_small_urgent_wave_is_filled_up_with_what_could_wait() -> None:
    assert planned(parcel("a", 3), parcel("c", 30), parcel("d", 30)) == [
        ("ac", WaveReason.PRESSED),
        ("d", WaveReason.WAITING),
    ]


def test_a_late_parcel_goes_at_once() -> None:
    assert planned(parcel("a", 1)) == [("a", WaveReason.PRESSED)]


def test_routes_and_cold_rooms_are_walked_apart() -> None:
    routes = [TO_SICHUAN, Route("ZTO", "51", "chilled"), Route("ZTO", "52", "ambient"), Route("OWN", "51", "ambient")]
    waves = plan_waves([parcel(str(i), 30, route=r) for i, r in enumerate(routes)], leaving(), POLICY)
    assert sorted(wave.route for wave in waves) == sorted(routes)


def test_pressure_counts_pick_ups_and_not_hours() -> None:
    tonight = leaving()["ZTO"]
    assert [tonight.pressure(NOW + timedelta(hours=h)) for h in (2, 2.5, 26, 26.5)] == [
        Pressure.LATE, Pressure.PRESSED, Pressure.PRESSED, Pressure.EASY,
    ]  # fmt: skip
    riding = leaving()["OWN"]  # until 22:00 tonight, again from 08:00
    assert [riding.pressure(NOW + timedelta(hours=h)) for h in (0.5, 1, 11, 12, 14)] == [
        Pressure.LATE, Pressure.PRESSED, Pressure.PRESSED, Pressure.EASY, Pressure.EASY,
    ]  # fmt: skip


HOURS = st.integers(0, 80).map(lambda half: half / 2)
PARCELS = st.lists(
    st.tuples(st.sampled_from(["ZTO", "OWN"]), st.sampled_from(["51", "52"]), HOURS, st.integers(1, 40)), max_size=30
).map(
    lambda rows: [
        parcel(f"{i:02d}", hours, kg=half / 2, route=Route(carrier, area, "ambient"))
        for i, (carrier, area, hours, half) in enumerate(rows)
    ]
)
POLICIES = st.builds(
    lambda parcels, least, kg: WavePolicy(
        max_parcels=parcels, min_parcels=min(least, parcels), max_kg=kg, lead_minutes=45, press_minutes=180
    ),
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(1, 60),
)


@given(PARCELS, POLICIES)
def test_every_parcel_is_in_exactly_one_wave_and_no_wave_is_too_large(
    parcels: list[OpenParcel], policy: WavePolicy
) -> None:
    waves = plan_waves(parcels, leaving(policy), policy)
    assert Counter(p for wave in waves for p in wave.parcels) == Counter(parcels)
    for wave in waves:
        assert len(wave.parcels) <= policy.max_parcels
        assert wave.kg <= policy.max_kg or len(wave.parcels) == 1
        assert {p.route for p in wave.parcels} == {wave.route}


@given(PARCELS, POLICIES)
def test_waves_are_those_that_a_patient_clerk_would_cut(parcels: list[OpenParcel], policy: WavePolicy) -> None:
    found: dict[Route, list[list[str]]] = {}
    for wave in plan_waves(parcels, leaving(policy), policy):
        found.setdefault(wave.route, []).append([p.parcel_id for p in wave.parcels])
    for route in {p.route for p in parcels}:
        own = [p for p in parcels if p.route == route]
        times = {"ZTO": EVENING, "OWN": RIDERS}[route.carrier]
        ready = NOW + timedelta(minutes=policy.lead_minutes)
        days = {}
        for p in own:
            last = times.last_until(p.due_at)
            days[p.due_at] = last.astimezone(UTC).timestamp() // 86400 if last >= ready else 0
        expected = waves_of_route(
            own, days, max_parcels=policy.max_parcels, max_kg=policy.max_kg, min_parcels=policy.min_parcels
        )
        assert sorted(found[route]) == sorted(expected)


@given(HOURS, st.integers(0, 24 * 60))
def test_pressed_means_that_the_last_good_pick_up_is_within_the_press_time(hours: float, at: int) -> None:
    now = NOW + timedelta(minutes=at)
    due = now + timedelta(hours=hours)
    for times in (EVENING, RIDERS):
        leaves = departure(times, POLICY, now=now)
        last = times.last_until(due)
        expected = Pressure.PRESSED if last <= now + timedelta(minutes=180) else Pressure.EASY
        if last < now + timedelta(minutes=45):
            expected = Pressure.LATE
        assert leaves.pressure(due) is expected
