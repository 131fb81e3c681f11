"""What the delay model's page needs to know: which model speaks, its card, and the parcels it warns of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.store.database import Database
from engine.store.screens import delays as delay_screens
from engine.store.screens import weather as weather_screens
from engine.usecases.forecasts.delay_policy import load_delay_policy


@dataclass(frozen=True, slots=True)
class ModelCard:
    """`newest`: the last trained model's row, None before the first; `card`: its figures."""

    stamp: Stamp
    newest: dict[str, Any] | None
    card: dict[str, Any]
    models: pl.DataFrame
    figures: pl.DataFrame  # one row a forecaster: who, parcels, late, auc, ap, brier, ece
    matters: pl.DataFrame  # one row a circumstance, the strongest first; empty without effects
    drift: pl.DataFrame
    clauses: pl.DataFrame
    least_for_effects: int
    totals: dict[str, Any]
    threatened: pl.DataFrame
    least_parcels: int


def model_card(database: Database, as_of: datetime) -> ModelCard:
    """Ask everything the page shows."""
    models = delay_screens.trained_models(database)
    newest = models.row(0, named=True) if models.height else None
    card = orjson.loads(newest["card"]) if newest else {}
    # Cards from before circumstances were learned know of one candidate only.
    candidates = card.get("candidates") or ({"tables": card["model"]} if "model" in card else {})
    tried = {**candidates, **{who: card[who] for who in ("lane_history", "published_days") if who in card}}
    policy = load_delay_policy()
    return ModelCard(
        stamp=stamp(database, as_of),
        newest=newest,
        card=card,
        models=models,
        figures=pl.DataFrame([{"who": who, **figures} for who, figures in tried.items()]),
        matters=pl.DataFrame(card.get("matters", [])),
        drift=weather_screens.delay_drift_now(database),
        clauses=delay_screens.clause_outlook(database),
        least_for_effects=policy.circumstances.least_parcels,
        totals=delay_screens.forecast_totals(database).row(0, named=True),
        threatened=delay_screens.threatened_parcels(database, as_of),
        least_parcels=policy.room.least_parcels,
    )
