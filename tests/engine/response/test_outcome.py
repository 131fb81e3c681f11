"""What is said of an action: never an effect where there is none, none missed where there is one, and honest doubt."""

import numpy as np
import pytest

from engine.model.actions import Verdict
from engine.model.before_after import BeforeAfter
from engine.response.outcome import Measure, Outcome, against_elsewhere, counted
from engine.usecases.actions.action_policy import load_action_policy

RULES = load_action_policy().outcome
WORLDS = 400


def judged(rng: np.random.Generator, *, units: int, effect: float, lanes: int = 12, drift: float = 0.04) -> Outcome:
    """A touched lane and others, all of 12 % and with the same drift; the touched one with `effect` as well."""

    def lane(*, treated: bool) -> BeforeAfter:
        before, after = 0.12, 0.12 + drift + (effect if treated else 0.0)
        return BeforeAfter(treated, units, int(rng.binomial(units, before)), units, int(rng.binomial(units, after)))

    rows = [lane(treated=True), *(lane(treated=False) for _ in range(lanes))]
    return against_elsewhere(Measure.LATE_SHARE, rows, RULES)


def verdicts(*, units: int, effect: float, seed: int) -> dict[Verdict, float]:
    rng = np.random.default_rng(seed)
    found = [judged(rng, units=units, effect=effect).verdict for _ in range(WORLDS)]
    return {one: found.count(one) / WORLDS for one in Verdict}


def test_where_nothing_was_done_it_says_no_effect_nineteen_times_of_twenty() -> None:
    said = verdicts(units=1200, effect=0.0, seed=1)
    assert said[Verdict.NO_EFFECT] >= 0.92
    assert said[Verdict.WORKED] + said[Verdict.BACKFIRED] <= 0.08
    assert said[Verdict.CANNOT_TELL] <= 0.02


def test_an_effect_that_matters_is_found_with_its_sign() -> None:
    assert verdicts(units=800, effect=-0.10, seed=2)[Verdict.WORKED] >= 0.95
    assert verdicts(units=800, effect=0.10, seed=3)[Verdict.BACKFIRED] >= 0.95


def test_with_few_parcels_it_says_that_it_cannot_tell_rather_than_no_effect() -> None:
    said = verdicts(units=60, effect=-0.05, seed=4)
    assert said[Verdict.NO_EFFECT] == 0
    assert said[Verdict.CANNOT_TELL] >= 0.75


def test_the_interval_holds_the_truth_as_often_as_it_claims() -> None:
    rng = np.random.default_rng(5)
    told = [judged(rng, units=1500, effect=-0.04) for _ in range(WORLDS)]
    ranges = [(one.low, one.high) for one in told if one.low is not None and one.high is not None]
    assert len(ranges) > 0.9 * WORLDS
    held = sum(low <= -0.04 <= high for low, high in ranges) / len(ranges)
    assert 0.90 <= held <= 0.995


@pytest.mark.parametrize("rows", [[], [BeforeAfter(True, 0, 0, 0, 0)], [BeforeAfter(True, 90, 9, 90, 9)]])
def test_without_anything_to_compare_with_nothing_is_said(rows: list[BeforeAfter]) -> None:
    outcome = against_elsewhere(Measure.LATE_SHARE, rows, RULES)
    assert (outcome.verdict, outcome.effect, outcome.low) == (Verdict.CANNOT_TELL, None, None)


def test_a_count_says_what_stands_and_at_most_what_ever_was() -> None:
    sold = counted(Measure.UNITS_SOLD, standing=40, ever=45, of=100)
    assert (sold.verdict, sold.effect, sold.low, sold.high) == (Verdict.WORKED, 40, 40, 45)
    assert counted(Measure.UNITS_SOLD, standing=0, ever=0, of=100).verdict is Verdict.NO_EFFECT
    assert counted(Measure.UNITS_SHIPPED, standing=0, ever=0, of=9, known=False).verdict is Verdict.CANNOT_TELL
