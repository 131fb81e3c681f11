"""Trails and arrivals: the same in whatever order they come, and as a slow reference has them; rules checked."""

import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadSetting
from engine.logistics.courier_policy import policy_from
from engine.logistics.eta import STOPS, arrivals
from engine.logistics.trails import Fix, Track, followed
from engine.settings import DATA
from engine.usecases.riders.courier_policy import load_courier_policy
from tests.reference.couriers import where

POLICY = load_courier_policy()
SHIPPED: dict[str, Any] = tomllib.loads((DATA / "rules" / "couriers.toml").read_text(encoding="utf-8"))
NOON = datetime(2026, 11, 11, 4, 0, tzinfo=UTC)
START = NOON.timestamp()


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2000), st.integers(0, 60), st.integers(0, 60)),
        min_size=1,
        max_size=40,
        unique_by=lambda step: step[0],
    ),
    st.randoms(use_true_random=False),
    st.integers(1, 7),
)
def test_where_a_rider_is_depends_on_positions_and_not_on_their_order(
    steps: list[tuple[int, int, int]], random: Any, batch: int
) -> None:
    points = [(121.4 + 0.0007 * east, 31.2 + 0.0007 * north, START + at) for at, east, north in steps]
    expected = where(points, POLICY)
    random.shuffle(points)
    track: Track | None = None
    for i in range(0, len(points), batch):
        track = followed(track, [Fix(*point) for point in points[i : i + batch]], POLICY)
    assert track is not None
    assert (tuple(track.now), [tuple(fix) for fix in track.trail]) == (expected[0], expected[1])
    assert track.speed_kmh == (None if expected[2] is None else pytest.approx(expected[2], rel=1e-3))


def stop(courier: str, seq: int, lon: float, **more: Any) -> dict[str, Any]:
    rider = {"rider_lon": 121.4, "rider_lat": 31.2, "heard_at": NOON, "speed_kmh": 20.0}
    return {"task_id": f"{courier}-{seq}", "courier": courier, "seq": seq, "lon": lon, "lat": 31.2, "due_at": None,
            **rider, **more}  # fmt: skip


def timed(*stops: dict[str, Any], now: datetime = NOON) -> dict[str, dict[str, Any]]:
    frame = pl.DataFrame(list(stops), schema=dict(STOPS))
    found = arrivals(frame, POLICY.speed, POLICY.eta, now=now)
    return {row["task_id"]: row for row in found.iter_rows(named=True)}


def test_stops_are_reached_one_after_the_other_with_time_at_each_door() -> None:
    found = timed(stop("a", 2, 121.42), stop("a", 1, 121.41), stop("b", 1, 121.41))
    leg = 0.9511 * POLICY.eta.detour / 20 * 60  # 0.01 degrees of longitude at 31.2 north, in minutes
    minutes = {name: (row["eta"] - NOON).total_seconds() / 60 for name, row in found.items()}
    assert minutes["a-1"] == pytest.approx(leg, rel=1e-3)
    assert minutes["a-2"] == pytest.approx(2 * leg + POLICY.eta.stop_minutes, rel=1e-3)
    assert minutes["b-1"] == pytest.approx(leg, rel=1e-3)


def test_a_slow_rider_arrives_later_a_crawling_one_is_given_the_least_speed_and_nobody_arrives_in_the_past() -> None:
    eta = {kmh: timed(stop("a", 1, 121.41, speed_kmh=kmh))["a-1"]["eta"] for kmh in (30.0, None, 6.0, 0.5)}
    assert eta[30.0] < eta[None] < eta[6.0] == eta[0.5]
    later = NOON + timedelta(hours=1)
    assert timed(stop("a", 1, 121.41), now=later)["a-1"]["eta"] == later


def test_a_stop_is_late_when_its_time_is_after_what_was_promised_and_unknown_without_a_rider() -> None:
    unheard = {"rider_lon": None, "rider_lat": None, "heard_at": None, "speed_kmh": None}
    found = timed(
        stop("a", 1, 121.41, due_at=NOON + timedelta(minutes=1)),
        stop("b", 1, 121.41, due_at=NOON + timedelta(hours=1)),
        stop("c", 1, 121.41, due_at=NOON, **unheard),
    )
    assert [found[f"{c}-1"]["late"] for c in "abc"] == [True, False, False]
    assert found["c-1"]["eta"] is None


@pytest.mark.parametrize(
    ("section", "change", "sentence"),
    [
        ("eta", {"detour": 0.5}, r"couriers.toml \[eta\] detour is 0.5: it must lie between 1 and 5"),
        ("eta", {"detour": float("nan")}, r"detour is nan"),
        ("eta", {"detours": 1}, r"\[eta\] has a setting nobody reads: detours"),
        ("speed", {"usual_kmh": 2}, r"usual_kmh is 2: it must lie between 6 and 200"),
        ("trail", {"minutes": True}, r"minutes is True: it must be a number"),
        ("map", {"late_chance": "x"}, r"late_chance is 'x': it must be a number"),
    ],
)
def test_a_wrong_number_is_one_sentence_that_names_it(section: str, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        policy_from({**SHIPPED, section: {**SHIPPED[section], **change}})


def test_a_missing_number_and_a_strange_table_are_named() -> None:
    with pytest.raises(BadSetting, match=r"\[trail\] does not say step_seconds"):
        policy_from({**SHIPPED, "trail": {"minutes": 3}})
    with pytest.raises(BadSetting, match=r"a section nobody reads: \[trails\]"):
        policy_from({**SHIPPED, "trails": {}})
    with pytest.raises(BadSetting, match=r"has no table \[trail\]"):
        policy_from({k: v for k, v in SHIPPED.items() if k != "trail"})
