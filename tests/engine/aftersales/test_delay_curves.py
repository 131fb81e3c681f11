"""Complaints wait as the chains of stages say, and what the days show of a delay corrects the shape, from the past."""

import numpy as np
import pytest

from engine.aftersales.delay_curves import AGES, CURVES, SHAPES, DelayCurves
from engine.aftersales.waiting_exposure import WaitingExposure
from tests.reference.batches import waiting_slowly


@pytest.mark.parametrize("curve", [0, 1, 6, 9])
def test_units_wait_as_in_a_chain_of_stages(curve: int) -> None:
    units = [100.0, 0.0, 30.0, 7.0, 0.0, 0.0, 0.0, 0.0]
    waiting = WaitingExposure(keys=2, columns=1)
    found = []
    for amount in units:
        waiting.add_day(np.array([[amount], [2 * amount]]))
        found.append(waiting.of(SHAPES[[curve]])[:, 0])
    slow = np.array(waiting_slowly(units, *CURVES[curve]))
    assert np.array(found) == pytest.approx(np.stack([slow, 2 * slow], axis=1), rel=1e-3, abs=1e-3)


def test_every_shape_is_a_whole() -> None:
    assert SHAPES.sum(axis=1) == pytest.approx(1.0)
    assert (SHAPES >= 0).all()


def taught(true: np.ndarray, *, days: int, guard: int = 2) -> DelayCurves:
    """Lots that follow each other, waves of deliveries, complaints drawn from the true delay."""
    chance = np.random.default_rng(5)
    curves, keys, rate = DelayCurves(1), 30, 0.02
    waiting = WaitingExposure(keys, 1)
    for day in range(days):
        units = np.zeros((keys, 1))
        units[(day // 4 + np.arange(8)) % keys, 0] = 3000 * (3.0 if day % 7 == 2 else 1.0)
        waiting.add_day(units)
        mean = rate * waiting.of(curves.by_age)
        came = chance.poisson(rate * (true @ waiting.by_age[:, :, 0]))[:, None].astype(float)
        curves.learn_day(came, waiting.by_age[:, :, 0].copy(), mean, keep=0.98, guard=guard)
    return curves


def test_a_delay_that_is_no_shape_is_learned_by_age() -> None:
    true = np.zeros(AGES)
    true[[0, 1, 2, 5]] = [0.05, 0.25, 0.2, 0.5]  # a second hump on the fifth day: no chain has that
    learned = taught(true, days=42).by_age[0]
    shape_off = np.abs(SHAPES - true).sum(axis=1).min()
    assert np.abs(learned - true).sum() < 0.25 * shape_off
    assert learned.sum() == pytest.approx(1.0)


def test_days_under_guard_teach_nothing_yet() -> None:
    true = SHAPES[6]
    one, other = taught(true, days=20), taught(true, days=20, guard=2)
    flood = np.full((30, 1), 5000.0)
    other.learn_day(flood, np.ones((AGES, 30)), np.ones((30, 1)), keep=0.98, guard=3)
    assert (one.by_age == other.by_age).all()
