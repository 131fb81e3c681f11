"""Drift is told where a population changed, and not where chance or the season did."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from engine.logistics.circumstances import ROAD, Circumstances
from engine.logistics.drift import DriftState, calibration_drift, drifts, stability
from engine.usecases.forecasts.delay_policy import load_delay_policy

POLICY = load_delay_policy().drift
COUNT = 6_000


def looked(*, carriers: tuple[float, float], rain: float, backlog: float) -> dict[str, DriftState]:
    """States of 1,000 recent parcels of 6,000, whose carriers, rain and backlog are as given."""
    draw = np.random.default_rng(11)
    recent = np.arange(COUNT) >= 5_000
    first = draw.random(COUNT) < np.where(recent, carriers[1], carriers[0])
    columns = np.full((COUNT, len(ROAD)), np.nan)
    names = list(ROAD)
    columns[:, names.index("rain_there")] = draw.exponential(np.where(recent, rain, 1.0))
    columns[:, names.index("backlog")] = draw.normal(np.where(recent, backlog, 3.0), 1.0)
    nothing = np.zeros(COUNT)
    road = Circumstances(columns, nothing, nothing, nothing, pl.Series([None] * COUNT, dtype=pl.String))
    parcels = pl.DataFrame(
        {"carrier": np.where(first, "A", "B"), "node": ["WH"] * COUNT, "destination": ["410102"] * COUNT}
    )
    promised, chances = draw.choice([4.0, 5.0], COUNT), draw.beta(2, 8, COUNT)
    found = drifts(parcels, promised, road, chances, recent, POLICY)
    return {one.what: one.state for one in found}


def test_the_same_population_is_calm_and_what_nobody_knew_is_not_watched() -> None:
    states = looked(carriers=(0.5, 0.5), rain=1.0, backlog=3.0)
    assert set(states) == {"carrier", "node", "area", "promise", "chance", "rain_there", "backlog"}
    assert set(states.values()) == {DriftState.CALM}


def test_another_mix_of_carriers_and_a_full_node_alarm_and_a_wet_week_is_only_watched() -> None:
    states = looked(carriers=(0.8, 0.3), rain=4.0, backlog=5.0)
    assert states["carrier"] is DriftState.ALARM
    assert states["backlog"] is DriftState.ALARM
    assert states["rain_there"] is DriftState.WATCH
    assert states["node"] is DriftState.CALM


def test_the_index_is_free_of_chance_and_chances_that_are_off_are_told_of() -> None:
    draw = np.random.default_rng(5)
    indices = []
    for _ in range(200):
        codes, recent = draw.integers(0, 10, 600), np.arange(600) >= 400
        indices.append(stability(codes, recent))
    assert np.mean(indices) < 0.02, "without the correction it would be 0.07"
    assert stability(np.array([0, 0, 1, 1] * 200), np.array([True, False, True, False] * 200)) == pytest.approx(0.0)
    assert [calibration_drift(off, 900, POLICY).state.value for off in (0.01, -0.05, 0.2)] == ["calm", "watch", "alarm"]
    few = replace(POLICY, least_parcels=COUNT)
    assert drifts(pl.DataFrame(), np.zeros(9), None, np.zeros(9), np.arange(9) > 5, few) == []
