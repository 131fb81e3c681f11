"""The evidence for a burst is what the definition says, whatever the chunks; a buyer counts once."""

import math
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.aftersales.evidence import Evidence
from engine.aftersales.streams import DAY_US, complaints_of, universe_of
from engine.model.incidents import COMPLAINTS, EXPOSURE, Level
from tests.reference.batches import fresh_slowly, statistic_slowly

RATIOS = (1.6, 3.2, 8.0)
moments = st.lists(st.tuples(st.integers(0, 2), st.integers(1, DAY_US - 1)), min_size=1, max_size=25, unique=True)


@settings(max_examples=60, deadline=None)
@given(told=moments, cut=st.integers(0, 25), rates=st.tuples(*[st.floats(0.01, 200.0)] * 3))
def test_the_statistic_is_its_definition_in_one_chunk_or_two(
    told: list[tuple[int, int]], cut: int, rates: tuple[float, float, float]
) -> None:
    told = sorted(told, key=lambda one: one[1])
    stream = np.array([one for one, _ in told])
    time = np.array([at for _, at in told])
    clock = (time / DAY_US) ** 0.7  # any rising clock
    rate, weight = np.array(rates), np.array([1e-3, 1e-4, 1e-5])
    evidence = Evidence.none_yet(3, RATIOS, at=0)
    found: dict[int, np.ndarray] = {}
    for part in (np.arange(min(cut, len(told))), np.arange(min(cut, len(told)), len(told))):
        scan = evidence.scan(part, stream[part], time[part], clock[part], rate, weight)
        evidence.keep(scan, len(told))
        found |= {int(event): scan.log[:, column] for column, event in enumerate(scan.event)}
    for one in range(3):
        mine = np.flatnonzero(stream == one)
        for row, ratio in enumerate(RATIOS):
            slow = statistic_slowly(
                time[mine].tolist(), clock[mine].tolist(), start=0, ratio=ratio, rate=rates[one], weight=weight[one]
            )
            for event, expected in zip(mine, slow, strict=True):
                assert found[int(event)][row] == pytest.approx(max(math.log(expected), -700), abs=1e-6)


def test_its_expectation_while_nothing_is_wrong_is_the_weight_that_ran() -> None:
    chance = np.random.default_rng(11)
    streams, days, rate, weight = 4000, 5, 2.0, 0.01
    evidence = Evidence.none_yet(streams, RATIOS, at=0)
    for day in range(days):
        count = chance.poisson(rate, streams)
        stream = np.repeat(np.arange(streams), count)
        time = day * DAY_US + chance.integers(0, DAY_US, len(stream))
        order = np.argsort(time, kind="stable")
        stream, time = stream[order], time[order]
        clock = time / DAY_US - day
        scan = evidence.scan(
            np.arange(len(time)), stream, time, clock, np.full(streams, rate), np.full(streams, weight)
        )
        evidence.keep(scan, len(time))
        evidence.tick(
            at=(day + 1) * DAY_US,
            clock=1.0,
            rate=np.full(streams, rate),
            weight=np.full(streams, weight),
            midnight=True,
        )
    mild = np.exp(evidence.log[0])  # the steeper ratios have rare and huge values: their mean of 4000 says nothing
    assert mild.mean() == pytest.approx(days * weight, rel=0.25)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.sampled_from(["x", "y", None]), st.integers(0, 30)), min_size=1, max_size=30
    )
)
def test_a_buyer_counts_once_until_long_silent(told: list[tuple[str, str | None, int]]) -> None:
    told = sorted(told, key=lambda one: one[2])
    day = datetime(2026, 11, 1)  # noqa: DTZ001 - complaints are on the clock of the exposure's days
    frame = pl.DataFrame(
        [(day + timedelta(days=at), sku, None, None, None, None, "quality", buyer) for sku, buyer, at in told],
        schema=dict(COMPLAINTS),
        orient="row",
    )
    exposure = pl.DataFrame([(day.date(), "A", None, None, None, None, 1.0)], schema=dict(EXPOSURE), orient="row")
    numbered = complaints_of(frame, universe_of(exposure, frame), again_days=7)
    assert numbered.fresh[Level.SKU].tolist() == fresh_slowly(told, 7)
