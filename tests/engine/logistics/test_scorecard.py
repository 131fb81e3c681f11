"""Partners are compared over the same lanes: planted paradoxes are undone, intervals hold what they promise."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from engine.logistics.scorecard import lane_model, standardised, standardised_hours
from tests.reference.scorecard import adjusted_slowly

PRIOR = 20.0


def cells(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["partner", "lane", "parcels", "good"], orient="row")


def scores(counted: pl.DataFrame) -> dict[str, dict[str, float]]:
    found = standardised(lane_model(counted, prior_parcels=PRIOR), interval=0.9)
    return {row["partner"]: row for row in found.iter_rows(named=True)}


@settings(max_examples=60, deadline=None)
@given(
    easy=st.floats(0.93, 0.97),
    harder=st.floats(0.20, 0.45),
    better=st.floats(0.06, 0.12),
    skew=st.integers(5, 9),
    parcels=st.integers(400, 4000),
)
def test_a_better_carrier_given_the_hard_lanes_is_still_the_better(
    easy: float, harder: float, better: float, skew: int, parcels: int
) -> None:
    few, many = parcels // skew, parcels
    hard = easy - harder
    counted = cells(
        ("good", "easy", few, round(few * min(easy + better / 3, 1.0))),
        ("good", "hard", many, round(many * (hard + better))),
        ("bad", "easy", many, round(many * easy)),
        ("bad", "hard", few, round(few * hard)),
    )
    found = scores(counted)
    assert found["good"]["raw"] < found["bad"]["raw"], "the paradox is planted"
    assert found["good"]["adjusted"] > found["bad"]["adjusted"]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_fast_fit_finds_what_a_general_optimiser_finds(data: st.DataObject) -> None:
    partners, lanes = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    rows = []
    for p in range(partners):
        for lane in range(lanes):
            parcels = data.draw(st.integers(0, 300))
            if parcels:
                rows.append((f"p{p}", f"l{lane}", parcels, data.draw(st.integers(0, parcels))))
    if not rows:
        rows = [("p0", "l0", 1, 1)]
    found = scores(cells(*rows))
    slow = adjusted_slowly(rows, prior_parcels=PRIOR)
    assert {name: row["adjusted"] for name, row in found.items()} == pytest.approx(slow, abs=1e-4)
    for row in found.values():
        assert 0 <= row["low"] <= row["adjusted"] <= row["high"] <= 1


def test_the_interval_holds_the_truth_as_often_as_it_says_and_the_raw_share_does_not() -> None:
    rng = np.random.default_rng(7)
    held = raw_held = told = 0
    for _ in range(120):
        partners, lanes, size = 4, 10, 400
        mix = rng.dirichlet(np.full(lanes, 0.4), partners)
        parcels = np.stack([rng.multinomial(size, one) for one in mix])
        effect = rng.normal(0, 0.5, partners)[:, None] + rng.normal(0, 0.7, lanes)
        truth = expit(2.2 + effect + rng.normal(0, 0.25, (partners, lanes)))
        good = rng.binomial(parcels, truth)
        rows = [
            (f"p{p}", f"l{lane}", int(parcels[p, lane]), int(good[p, lane]))
            for p in range(partners)
            for lane in range(lanes)
            if parcels[p, lane]
        ]
        in_mix = truth @ (parcels.sum(axis=0) / parcels.sum())
        for name, row in scores(cells(*rows)).items():
            share = in_mix[int(name[1:])]
            told += 1
            held += row["low"] <= share <= row["high"]
            raw_held += abs(row["raw"] - share) <= 1.645 * (row["raw"] * (1 - row["raw"]) / size) ** 0.5
    assert 0.87 <= held / told <= 0.96
    assert raw_held / told < 0.75


def test_a_partner_of_few_parcels_gets_a_wide_interval_and_no_perfect_share() -> None:
    found = scores(cells(("big", "a", 5000, 4500), ("big", "b", 5000, 4600), ("new", "a", 4, 4)))
    assert found["new"]["raw"] == 1.0
    assert found["new"]["adjusted"] < 0.97
    assert found["new"]["high"] - found["new"]["low"] > 5 * (found["big"]["high"] - found["big"]["low"])
    assert found["new"]["overlap"] == pytest.approx(5004 / 10004)


def test_hours_are_of_the_same_mix_too() -> None:
    near, far = [10.0] * 90, [50.0] * 10
    mine = [("near", "a", h) for h in near] + [("far", "a", 48.0)] * 10
    theirs = [("near", "b", 9.0)] * 10 + [("far", "b", h) for h in far * 9]
    timed = pl.DataFrame(
        [(p, lane, h) for lane, p, h in mine + theirs], schema=["partner", "lane", "hours"], orient="row"
    )
    found = {row["partner"]: row for row in standardised_hours(timed).iter_rows(named=True)}
    assert (found["a"]["p50_hours"], found["a"]["p90_hours"]) == (10.0, 48.0), "of the mix, half is near"
    assert (found["b"]["p50_hours"], found["b"]["p90_hours"]) == (9.0, 50.0)
