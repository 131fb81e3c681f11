"""Does the delay model see late parcels coming? Rolling origins on real orders, beside the lane history and a default.

The default is what scikit-learn gives without a thought: gradient boosting on what is known of the parcel itself.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from engine.bench.delay_scoring import run_scoring
from engine.bench.delay_weather import run_weather
from engine.bench.measure import BenchFailed
from engine.bench.olist import olist_history
from engine.logistics.chance_quality import quality, reliability
from engine.logistics.late_chances import lane_baseline, late_chances, resolved_by
from engine.logistics.parcel_history import MEASURES, NEVER, Floats, ParcelHistory, parcel_history
from engine.usecases.forecasts.delay_policy import load_delay_policy

ORIGINS = (
    ("2017-06-01", "2017-09-01"),
    ("2017-09-01", "2017-12-01"),
    ("2017-10-01", "2018-01-01"),
    ("2017-12-01", "2018-03-01"),
)
"""Trained before the first day, tested on what was ordered from then until the second; the last is published."""

WORLD, WORLD_SEEDS = 12_000, (1, 2, 3)
"""Parcels of a world in which weather and hubs make parcels late, and the worlds looked at."""


def run_delay(*, olist: Path, parcels: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Figures of the model, the lane baseline and the default for each of ORIGINS; seconds for so many parcels.

    Raises BenchFailed.
    """
    policy = load_delay_policy()
    history = parcel_history(olist_history(olist), called="Olist")
    rounds: list[dict[str, Any]] = []
    for first, last in ORIGINS:
        start, end = _milliseconds(first), _milliseconds(last)
        began = time.perf_counter()
        known = _before(history, end)
        scored = late_chances(known, start, policy)
        seconds = time.perf_counter() - began
        arrived = history.delivered[scored.rows] < NEVER
        late = history.late[scored.rows][arrived]
        if not 0 < late.sum() < len(late):
            raise BenchFailed(f"Between {first} and {last} there are no late parcels to rank.")
        chances = {
            "model": scored.chance,
            "lane_baseline": lane_baseline(known, start, policy).chance,
            "sklearn_default": _default(known, start, lost_days=policy.calibration.lost_days),
        }
        figures = {name: quality(chance[arrived], late).as_dict() for name, chance in chances.items()}
        rounds.append(
            {
                "train_before": first,
                "test_until": last,
                "seconds": round(seconds, 2),
                **figures,
                "reliability": [
                    [round(said, 4), round(was, 4), n] for said, was, n in reliability(scored.chance[arrived], late)
                ],
            }
        )
        say(f"{first}..{last}: " + ", ".join(f"{k} AUC {v['auc']:.3f} AP {v['ap']:.3f}" for k, v in figures.items()))
    mean = {
        name: {key: round(float(np.mean([r[name][key] for r in rounds])), 4) for key in ("auc", "ap", "brier", "ece")}
        for name in chances
    }
    return {
        "bench": "delay",
        "orders": len(history),
        "mean": mean,
        "origins": rounds,
        "weather_worlds": [run_weather(parcels=WORLD, policy=policy, say=say, seed=seed) for seed in WORLD_SEEDS],
        "scoring": run_scoring(parcels=parcels, say=say),
    }


def _milliseconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def _before(history: ParcelHistory, end: int) -> ParcelHistory:
    """The history without what was ordered at or after `end`."""
    kept = history.ordered < end
    return ParcelHistory(
        parcel_id=history.parcel_id.filter(kept),
        ordered=history.ordered[kept],
        due=history.due[kept],
        picked_up=history.picked_up[kept],
        delivered=history.delivered[kept],
        names={name: codes[kept] for name, codes in history.names.items()},
        measures={name: values[kept] for name, values in history.measures.items()},
        zoned=history.zoned,
    )


def _default(history: ParcelHistory, start: int, *, lost_days: float) -> Floats:
    """Chances of the parcels ordered from `start` on: scikit-learn's own settings on static columns."""
    names = [history.names[name].astype(np.float64) for name in ("origin", "destination")]
    measures = [v for name, v in history.measures.items() if name not in MEASURES or np.isfinite(v).any()]
    columns = np.column_stack([*names, *measures, (history.due - history.ordered).astype(np.float64)])
    learned = resolved_by(history, start, lost_days=lost_days)
    model = HistGradientBoostingClassifier(random_state=0).fit(columns[learned], history.late[learned])
    chance: Floats = model.predict_proba(columns[history.ordered >= start])[:, 1]
    return chance
