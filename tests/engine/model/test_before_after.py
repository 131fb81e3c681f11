"""Did a change help? Right about what is there, silent about what is not, and honest where little is known."""

from dataclasses import replace

import numpy as np
import pytest

from engine.model.before_after import BeforeAfter, EffectPolicy, EffectVerdict, effect_of

POLICY = EffectPolicy(weeks=4, min_units=60, interval=0.9, worth=0.02)


def lanes(rng: np.random.Generator, *, after: float, wander: float, units: int, others: int = 8) -> list[BeforeAfter]:
    """One changed lane and untouched ones around a share of 10 %, each of which wanders by itself."""
    rows = []
    for n in range(others + 1):
        shares = np.clip(0.10 + rng.normal(0, wander, 2), 0.001, 0.999)
        moved = shares[1] * (after if n == 0 else 1.0)
        rows.append(
            BeforeAfter(n == 0, units, int(rng.binomial(units, shares[0])), units, int(rng.binomial(units, moved)))
        )
    return rows


@pytest.mark.parametrize("wander", [0.0, 0.02])
def test_where_nothing_changed_a_tenth_at_most_is_said_to_have_changed(wander: float) -> None:
    rng = np.random.default_rng(5)
    said = [effect_of(lanes(rng, after=1.0, wander=wander, units=500), POLICY).verdict for _ in range(400)]
    wrong = sum(v in (EffectVerdict.BETTER, EffectVerdict.WORSE) for v in said) / 400
    assert wrong < 0.15, "0.10 by the interval; its spread is itself estimated from eight lanes"


def test_what_halved_is_found_and_what_everybody_did_is_taken_away() -> None:
    rng = np.random.default_rng(6)
    found = [effect_of(lanes(rng, after=0.4, wander=0.0, units=800), POLICY) for _ in range(60)]
    assert sum(one.verdict is EffectVerdict.BETTER for one in found) >= 55
    assert np.mean([one.effect for one in found]) == pytest.approx(-0.06, abs=0.01)
    trend = [BeforeAfter(n == 0, 1000, 100, 1000, 50) for n in range(4)]
    assert effect_of(trend, POLICY).effect == pytest.approx(0.0, abs=0.001), "all halved: that was not the change"


def test_it_says_no_effect_only_where_one_that_matters_is_ruled_out_and_too_few_where_there_are_too_few() -> None:
    many = [BeforeAfter(n == 0, 20_000, 1000, 20_000, 1000) for n in range(4)]
    assert effect_of(many, POLICY).verdict is EffectVerdict.NO_EFFECT
    some = [replace(row, before=300, bad_before=15, after=300, bad_after=15) for row in many]
    assert effect_of(some, POLICY).verdict is EffectVerdict.UNCLEAR
    few = [replace(row, before=59, bad_before=30, after=500, bad_after=0) for row in many]
    assert effect_of(few, POLICY).verdict is EffectVerdict.TOO_FEW
    none = effect_of([BeforeAfter(True, 100, 5, 0, 0)], POLICY)
    assert (none.verdict, none.effect, none.treated) == (EffectVerdict.TOO_FEW, None, (0.05, None))
