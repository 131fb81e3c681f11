"""Complaints still to come: none where all have told, more where many are on the road, and a range that holds them."""

import numpy as np
import pytest

from engine.aftersales.further import further_complaints, has_told


def test_the_delay_curve_starts_on_the_day_and_ends() -> None:
    told = has_told(np.array([0.0, 1.0, 5.0, 60.0]), stages=1, mean_days=2.0)
    assert 0 < told[0] < 0.5
    assert list(told) == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert has_told(np.array([0.0, 2.0]), stages=1, mean_days=0.0).tolist() == [0.5, 1.0]


def test_nothing_is_to_come_where_nobody_has_goods_any_more() -> None:
    assert further_complaints(9, np.array([]), np.array([]), waiting=0, stages=1, mean_days=2.0).none


def test_the_range_holds_what_comes() -> None:
    chance = np.random.default_rng(3)
    inside, worlds, rate, mean_days = 0, 400, 0.05, 2.0
    for _ in range(worlds):
        age = chance.uniform(0, 10, 400)
        told = has_told(age, stages=1, mean_days=mean_days)
        so_far = int(chance.poisson(rate * told).sum())
        come = int(chance.poisson(rate * (1 - told)).sum() + chance.poisson(rate * 300))
        further = further_complaints(so_far, np.ones(400), age, waiting=300, stages=1, mean_days=mean_days)
        inside += further.low <= come <= further.high
    assert 0.87 <= inside / worlds <= 0.97
