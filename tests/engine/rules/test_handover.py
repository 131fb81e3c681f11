"""Delay counts become probabilities: the closest lane, leaning on its carrier as far as it is thin."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.intake.brand import DELAY_HISTORY
from engine.rules.handover import BUCKETS, EDGES, HandoverTimes, handover_times
from engine.rules.policy import LatenessPolicy
from tests.engine.rules.test_hours import at
from tests.reference import waiting

POLICY = LatenessPolicy(
    lane_prior_parcels=200,
    carrier_prior_parcels=500,
    tail_half_life_hours=24,
    upload_lead_hours=2,
    late_order_yuan=1,
)
PUNCTUAL = (95, 3, 1, 1, 0, 0, 0, 0)
SLOW = (50, 10, 10, 10, 5, 10, 3, 2)


def history(*rows: tuple[str, str, str, str, tuple[int, ...]]) -> pl.DataFrame:
    """(carrier, origin, weekdays, hours, parcels by bucket)."""
    return pl.DataFrame(
        [(c, o, w, h, sum(counts), *counts) for c, o, w, h, counts in rows], schema=dict(DELAY_HISTORY), orient="row"
    )


def times(*rows: tuple[str, str, str, str, tuple[int, ...]]) -> HandoverTimes:
    made = handover_times(history(*rows), POLICY)
    assert made is not None
    return made


def later(made: HandoverTimes, carrier: str, origin: str, hours: float, moment: np.ndarray | None = None) -> float:
    pick_up = np.array([float(at("12:00") if moment is None else moment)])
    [[found]] = made.later_than(made.row_of([carrier], [origin], pick_up), np.array([[hours]])).tolist()
    return float(found)


def test_a_brand_without_a_history_has_no_probabilities() -> None:
    assert handover_times(history(), POLICY) is None
    assert handover_times(history(("A", "*", "*", "*", (0,) * 8)), POLICY) is None


def test_the_longest_origin_wins_then_hours_then_weekdays() -> None:
    counts = tuple(1000 * c for c in PUNCTUAL)
    made = times(
        ("A", "*", "*", "*", counts),
        ("A", "31", "*", "*", counts),
        ("A", "31", "1-5", "*", counts),
        ("A", "31", "*", "18:00-23:59", counts),
        ("A", "31", "6-7", "18:00-23:59", counts),
        ("A", "3101", "*", "*", counts),
    )

    def row(origin: str, moment: np.ndarray) -> int:
        return int(made.row_of(["A"], [origin], np.array([float(moment)]))[0])

    wednesday, saturday = 11, 14
    assert row("330100", at("12:00")) == 0
    assert row("310230", at("12:00", saturday)) == 1
    assert row("310230", at("12:00", wednesday)) == 2
    assert row("310230", at("18:00", wednesday)) == 3
    assert row("310230", at("23:59", wednesday)) == 2, "the end of the hours is outside"
    assert row("310230", at("20:00", saturday)) == 4
    assert row("310104", at("20:00", saturday)) == 5
    assert row("310230", np.array(np.inf)) == 1, "a pair that never meets has no weekday"


def test_a_thin_lane_leans_on_its_carrier_and_a_stranger_on_everybody() -> None:
    made = times(
        ("GOOD", "*", "*", "*", tuple(1000 * c for c in PUNCTUAL)),
        ("GOOD", "31", "*", "*", tuple(c // 10 for c in SLOW)),  # eight parcels, half of them late
        ("BAD", "*", "*", "*", tuple(1000 * c for c in SLOW)),
    )
    good, thin, bad = (later(made, c, o, 0) for c, o in (("GOOD", "44"), ("GOOD", "31"), ("BAD", "44")))
    assert good == pytest.approx(0.05, abs=0.005)
    assert bad == pytest.approx(0.50, abs=0.005)
    assert good < thin < good + 0.03, "eight parcels say little"
    assert good < later(made, "UNKNOWN", "44", 0) < bad


def test_a_lane_as_large_as_its_prior_counts_half() -> None:
    everybody = (0, 0, 0, 0, 0, 0, 0, 100_000)
    made = times(("A", "*", "*", "*", everybody), ("A", "31", "*", "*", (200, 0, 0, 0, 0, 0, 0, 0)))
    assert later(made, "A", "31", 0) == pytest.approx(0.5, abs=0.002)


def test_inside_a_bucket_parcels_are_spread_and_beyond_the_last_they_halve() -> None:
    made = times(("A", "*", "*", "*", (0, 100, 0, 0, 0, 0, 0, 100)))
    assert later(made, "A", "*", -0.01) == 1.0
    assert later(made, "A", "*", 0) == pytest.approx(1.0)
    assert later(made, "A", "*", 1) == pytest.approx(0.75)
    assert later(made, "A", "*", 2) == pytest.approx(0.5)
    assert later(made, "A", "*", 48) == pytest.approx(0.5)
    assert later(made, "A", "*", 72) == pytest.approx(0.25)
    assert later(made, "A", "*", 96) == pytest.approx(0.125)


counts = st.lists(st.integers(0, 500), min_size=8, max_size=8).map(tuple)


@given(
    rows=st.dictionaries(
        st.tuples(st.sampled_from("ABC"), st.sampled_from(["*", "31", "3101", "44"])), counts, min_size=1, max_size=8
    ),
    carrier=st.sampled_from("ABCX"),
    origin=st.sampled_from(["310104", "310230", "440100", "110101"]),
    hours=st.one_of(st.floats(-10, 200), st.sampled_from(EDGES)),
)
def test_every_probability_is_that_of_parcels_counted_one_by_one(
    rows: dict[tuple[str, str], tuple[int, ...]], carrier: str, origin: str, hours: float
) -> None:
    made = handover_times(history(*((c, o, "*", "*", n) for (c, o), n in rows.items())), POLICY)
    everybody = [sum(n[i] for n in rows.values()) for i in range(len(BUCKETS))]
    if not sum(everybody):
        assert made is None
        return
    assert made is not None
    expected: list[float] = [float(n) for n in everybody]
    own = [n for (c, _), n in rows.items() if c == carrier]
    if own:
        expected = waiting.shrunk([sum(n[i] for n in own) for i in range(len(BUCKETS))], everybody, 500)
        fitting = [o for c, o in rows if c == carrier and (o == "*" or origin.startswith(o))]
        if fitting:
            lane = rows[carrier, max(fitting, key=lambda o: 0 if o == "*" else len(o))]
            expected = waiting.shrunk(lane, expected, 200)
    assert later(made, carrier, origin, hours) == pytest.approx(
        waiting.still_out(expected, hours, half_life=24), abs=1e-9
    )


@given(counts=counts, hours=st.lists(st.floats(-5, 300), min_size=2, max_size=20))
def test_a_longer_wait_is_never_likelier(counts: tuple[int, ...], hours: list[float]) -> None:
    made = times(("A", "*", "*", "*", (1, *counts[1:])))
    chances = [later(made, "A", "310104", h) for h in sorted(hours)]
    assert all(0 <= chance <= 1 for chance in chances)
    assert all(a >= b - 1e-12 for a, b in pairwise(chances))
