"""The excursion machine: as a slow scan finds them, by its table of transitions; what a bad sensor says left out."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadSetting
from engine.logistics.cold_chain import Probe, Reading, told
from engine.logistics.cold_policy import policy_from
from engine.model.cold_chain import WATCH_TRANSITIONS, Breach, SensorFault, WatchState
from engine.settings import DATA
from engine.usecases.road.cold_policy import load_cold_policy
from tests.reference.cold_chain import excursions

POLICY = load_cold_policy()
CHILLED = POLICY.layers["chilled"]
SHIPPED: dict[str, Any] = tomllib.loads((DATA / "rules" / "cold_chain.toml").read_text(encoding="utf-8"))

steps = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 3, 5, 8, 14, 15, 16, 40]), st.sampled_from([-30, -2, 0, 4, 9.4, 9.6, 10, 11, 14, 40])
    ),
    min_size=1,
    max_size=80,
)


def line(values: list[tuple[int, float]]) -> list[Reading]:
    """Readings so many minutes after one another; no two the same, so that none is stuck."""
    at, out = 1e9, []
    for n, (minutes, celsius) in enumerate(values):
        at += 60.0 * minutes
        out.append(Reading(at, float(celsius), 50.0 + 0.001 * n))
    return out


@settings(max_examples=200, deadline=None)
@given(steps, st.lists(st.integers(1, 30), max_size=10))
def test_excursions_are_those_that_a_slow_scan_finds_however_readings_are_cut(
    values: list[tuple[int, float]], cuts: list[int]
) -> None:
    readings = line(values)
    found: dict[tuple[Breach, float], Any] = {}
    probe, left = Probe(), readings
    for cut in [*cuts, len(readings)]:
        seen, (probe, _, more) = probe, told(probe, left[:cut], "chilled", POLICY)
        found |= more
        left = left[cut:]
        assert probe.newest is None or seen.newest is None or probe.newest >= seen.newest
    for breach, excess in ((Breach.WARM, lambda c: c - CHILLED.high_c), (Breach.COLD, lambda c: CHILLED.low_c - c)):
        expected = excursions([(r.at, excess(r.celsius)) for r in readings], CHILLED, POLICY.sensor.gap_minutes)
        ours = [e for e in found.values() if e.breach is breach]
        assert [(e.started_at, e.alarm_at, e.ended_at) for e in ours] == [one[:3] for one in expected]
        for excursion, (*_, minutes, degrees, peak) in zip(ours, expected, strict=True):
            assert excursion.minutes == pytest.approx(minutes)
            assert excursion.degree_minutes == pytest.approx(degrees)
            assert excess(excursion.peak) == pytest.approx(peak)


@settings(max_examples=100, deadline=None)
@given(steps)
def test_the_machine_moves_only_as_its_table_says(values: list[tuple[int, float]]) -> None:
    probe = Probe()
    for reading in line(values):
        before = {breach: watch.state for breach, watch in probe.watches.items()}
        probe, _, _ = told(probe, [reading], "chilled", POLICY)
        for breach, watch in probe.watches.items():
            assert watch.state is before[breach] or watch.state in WATCH_TRANSITIONS[before[breach]]


def story(*values: tuple[int, float]) -> list[tuple[float | None, float]]:
    """End and degree minutes of the warm excursions of a chilled probe."""
    _, _, found = told(Probe(), line(list(values)), "chilled", POLICY)
    return [(e.ended_at, round(e.degree_minutes, 1)) for e in found.values()]


def test_a_door_that_opens_shortly_is_no_excursion_and_one_that_stays_open_is() -> None:
    assert story((1, 5), (5, 12), (5, 12), (2, 5)) == []
    assert story((1, 5), (5, 12), (5, 12), (5, 12), (5, 12)) == [(None, 30.0)]


def test_far_too_warm_counts_at_once_and_an_end_needs_the_margin_for_a_while() -> None:
    assert story((1, 5), (1, 40), (2, 40)) == [(None, 60.0)]
    assert story((1, 5), (1, 40), (2, 40), (5, 9.8), (12, 9.8)) == [(None, 135.0)], "inside, but not by the margin"
    [(ended, _)] = story((1, 5), (1, 40), (2, 40), (5, 9), (12, 9))
    assert ended == 1e9 + 60 * 9


def test_what_a_broken_sensor_says_is_left_out_and_told_apart() -> None:
    odd = [Reading(1e9, 5.0, None), Reading(1e9 + 60, 999.0, None), Reading(1e9 + 120, 5.1, 140.0)]
    probe, faults, found = told(Probe(), odd, "chilled", POLICY)
    assert faults == [None, SensorFault.IMPOSSIBLE, SensorFault.IMPOSSIBLE]
    assert (probe.celsius, found, probe.state) == (5.0, {}, WatchState.INSIDE)
    stuck = [Reading(1e9 + 300.0 * n, 12.0, 60.0) for n in range(62)]
    probe, faults, found = told(Probe(), stuck, "chilled", POLICY)
    assert faults[:59] == [None] * 59
    assert set(faults[59:]) == {SensorFault.STUCK}
    assert probe.fault is SensorFault.STUCK
    assert len(found) == 1, "it was open before the sensor stuck, and nobody knows that it ended"
    probe, faults, _ = told(probe, [Reading(1e9 + 300.0 * 62, 12.1, 60.0)], "chilled", POLICY)
    assert (faults, probe.gaps) == ([None], 1), "while it stuck nothing was known"


@pytest.mark.parametrize(
    ("section", "change", "sentence"),
    [
        ("chilled", {"high_c": -1}, r"cold_chain.toml \[layer\] high_c is -1: it must lie between 0 and 100"),
        ("sensor", {"gap_minutes": 0}, r"\[sensor\] gap_minutes is 0"),
        ("frozen", {"low": 1}, r"\[frozen\] has a setting nobody reads: low"),
    ],
)
def test_a_wrong_number_is_one_sentence(section: str, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        policy_from({**SHIPPED, section: {**SHIPPED[section], **change}})


def test_every_layer_has_its_limits() -> None:
    with pytest.raises(BadSetting, match=r"has no table \[frozen\]"):
        policy_from({k: v for k, v in SHIPPED.items() if k != "frozen"})
    with pytest.raises(BadSetting, match=r"nobody reads: \[cool\]"):
        policy_from({**SHIPPED, "cool": {}})
