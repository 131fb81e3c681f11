"""How long does a forecast of every parcel under way take? Beside boosted trees of the size that `evaluate` learns.

The trees are given as many parcels and features as small as a model of the same question would need: it is the plainest
way of scoring each parcel by itself.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier

from engine.logistics.delay_model import DelayModel, Seen
from engine.logistics.lane_tables import learn_tables, on_the_way, published_tables
from engine.logistics.outlook import outlook
from engine.logistics.reasons import reasons
from engine.logistics.scan_gaps import usual_gaps
from engine.model.frames import INSTANT
from engine.usecases.forecasts.delay_policy import load_delay_policy

_START = datetime(2026, 9, 1, tzinfo=UTC)
_LEARNED = 20_000
_ROUNDS = 3


def run_scoring(*, parcels: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds for `parcels` forecasts with quantiles, with reasons as well, and for the trees; the best of three."""
    policy = load_delay_policy()
    now = _START + timedelta(days=60)
    past, present = _parcels(_LEARNED, days=60, seed=1), _parcels(parcels, days=3, seed=2, first=57)
    moment = np.full(parcels, int(now.timestamp() * 1000))
    learned = learn_tables(past, int(moment[0]), policy)
    present = present.with_columns(signed_at=pl.lit(None, dtype=INSTANT))
    columns = np.random.default_rng(3).normal(size=(parcels, 12))
    trees = HistGradientBoostingClassifier(max_iter=policy.expectation.trees, random_state=0)
    trees.fit(columns[:_LEARNED], columns[:_LEARNED, 0] + columns[:_LEARNED, 1] > 1)
    best: dict[str, float] = {}

    def timed(name: str, run: Callable[[], object]) -> object:
        began = time.perf_counter()
        made = run()
        best[name] = min(best.get(name, np.inf), time.perf_counter() - began)
        return made

    for _ in range(_ROUNDS):
        way = on_the_way(present, learned, policy)
        bare, model = Seen(way, None, {}, {}, None), DelayModel(learned, usual_gaps(policy))
        seen = outlook(way, learned.legs, moment)
        timed("forecasts", lambda: outlook(on_the_way(present, learned, policy), learned.legs, moment))
        timed("reasons", lambda: reasons(bare, model, published_tables(policy), seen, moment))  # noqa: B023 - run at once
        timed("trees", lambda: trees.predict_proba(columns))
    found = {f"{name}_seconds": round(seconds, 2) for name, seconds in best.items()}
    say(f"{parcels} parcels: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in best.items()))
    return {"parcels": parcels, "groups": len(learned.rows), **found}


def _parcels(count: int, *, days: int, seed: int, first: int = 0) -> pl.DataFrame:
    """Parcels of three carriers from ten origins to 300 cities, paid over `days` from day `first` on."""
    draw = np.random.default_rng(seed)
    paid = np.sort(draw.uniform(first, first + days, count))
    pick, road = draw.lognormal(-0.7, 0.6, count), draw.lognormal(1.0, 0.4, count)
    until = first + days

    def at(day: np.typing.NDArray[np.float64]) -> pl.Series:
        known = pl.Series(np.where(day < until, day * 86_400_000_000, np.nan)).fill_nan(None).cast(pl.Int64)
        return (known + int(_START.timestamp() * 1e6)).cast(INSTANT)

    city = draw.integers(11, 66, count) * 100 + draw.integers(1, 7, count)
    origin = draw.integers(0, 10, count)
    return pl.DataFrame(
        {
            "parcel_id": pl.int_range(count, eager=True).cast(pl.String),
            "ordered_at": at(paid),
            "promise_at": at(paid).dt.offset_by("2d"),
            "picked_up_at": at(paid + pick),
            "arrived_at": at(paid + pick + 0.8 * road),
            "signed_at": at(paid + pick + road),
            "destination": pl.Series(city).cast(pl.String) + "00",
            "origin": (pl.Series(origin) + 40).cast(pl.String) + "0100",
            "carrier": pl.Series(draw.integers(0, 3, count)).cast(pl.String),
            "days": pl.Series(np.where(origin < 5, 2.0, 3.0)),
        }
    )
