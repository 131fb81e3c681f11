"""The cost of every upload moment is what adding up all possible worlds gives, and moves the way the rules say."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rules.upload_costs import UploadStakes, UploadWorld, upload_costs
from tests.reference.upload_timing import NEVER, Parcel, expected

AUTO, STOP, INSTANTS = 4, 2, 12


def world_of(parcels: list[Parcel], *, auto: int = AUTO, consent: float = 0.5, stop: int = STOP) -> UploadWorld:
    return UploadWorld(
        waiting=np.array([1 - np.cumsum(p.pick_up) for p in parcels]),
        unasked=np.array([1 - np.cumsum(p.request) for p in parcels]),
        moments=INSTANTS - auto - stop,
        auto=auto,
        stop=stop,
        consent=consent,
    )


def stakes_of(parcels: list[Parcel], *, earliest: int = 0) -> UploadStakes:
    def each(name: str, kind: type) -> Any:
        return np.array([getattr(p, name) for p in parcels], dtype=kind)

    money = ("refund", "shipped_anyway", "late", "beyond", "timeout", "anomaly")
    times = ("promise", "beyond_at", "timeout_after", "anomaly_after")
    return UploadStakes(
        **{name: each(name, np.float64) for name in money},
        **{name: each(name, np.int64) for name in times},
        earliest=np.full(len(parcels), earliest),
    )


def shares(weights: list[int]) -> list[float]:
    """P(at instant j); the last weight is that of never."""
    return [w / (sum(weights) + 1) for w in weights[:-1]]


def chances(*, now: int) -> st.SearchStrategy[list[float]]:
    """Of a pick-up or a request at each instant; at the first only up to the weight `now`."""
    later = st.lists(st.integers(0, 9), min_size=INSTANTS, max_size=INSTANTS)
    return st.tuples(st.integers(0, now), later).map(lambda both: shares([both[0], *both[1]]))


yuan = st.floats(0, 100)
parcels = st.builds(
    Parcel,
    pick_up=chances(now=0),
    request=chances(now=9),
    refund=yuan,
    shipped_anyway=yuan,
    late=yuan,
    beyond=yuan,
    timeout=yuan,
    anomaly=yuan,
    promise=st.integers(-2, INSTANTS + 3),
    beyond_at=st.integers(-2, INSTANTS + 3),
    timeout_after=st.integers(1, AUTO),
    anomaly_after=st.integers(1, AUTO),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(parcels, min_size=1, max_size=3), st.sampled_from([0.0, 0.4, 1.0]), st.integers(0, 3))
def test_every_moment_costs_what_all_possible_worlds_cost_on_average(
    some: list[Parcel], consent: float, stop: int
) -> None:
    world = world_of(some, consent=consent, stop=stop)
    costs = upload_costs(world, stakes_of(some))
    for row, parcel in enumerate(some):
        for moment in (*range(world.moments), NEVER):
            told = expected(parcel, moment, auto=AUTO, consent=consent, stop=stop)
            column = -1 if moment == NEVER else moment
            for name, value in told.items():
                assert getattr(costs, name)[row, column] == pytest.approx(value, abs=1e-9), (name, moment)


QUIET = Parcel([0.0] * INSTANTS, [0.0] * INSTANTS, *[0.0] * 6, promise=INSTANTS, beyond_at=INSTANTS,
               timeout_after=2, anomaly_after=4)  # fmt: skip


def changed(**what: Any) -> Parcel:
    return Parcel(**{**{f: getattr(QUIET, f) for f in QUIET.__dataclass_fields__}, **what})


def test_with_refunds_alone_the_upload_is_now_and_with_clauses_alone_it_is_the_scan() -> None:
    steady = [0.0, *[0.05] * (INSTANTS - 1)]
    regret = changed(pick_up=steady, request=[0.05] * INSTANTS, refund=9.0)
    strict = changed(pick_up=steady, timeout=3.0, anomaly=7.0)
    costs = upload_costs(world_of([regret, strict]), stakes_of([regret, strict])).total
    assert np.argmin(costs[0]) == 0
    assert np.all(np.diff(costs[0]) >= -1e-12)
    assert np.argmin(costs[1]) == costs.shape[1] - 1
    assert costs[1, -1] == 0


def test_nothing_is_uploaded_before_it_is_paid() -> None:
    costs = upload_costs(world_of([QUIET]), stakes_of([QUIET], earliest=3)).total
    assert np.isinf(costs[0, :3]).all()
    assert np.isfinite(costs[0, 3:]).all()
