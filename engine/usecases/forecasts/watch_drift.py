"""Holds the week's parcels against those that the model learned from, and keeps what has moved.

One look a day is kept, and one whenever a thing changes its state; a look at an empty or young room is none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from engine.logistics.drift import Drift, DriftState, calibration_drift, drifts
from engine.logistics.outlook import late_at_payment
from engine.logistics.parcel_history import DAY
from engine.store import tables
from engine.store.database import Database
from engine.store.screens.delays import delay_parcels, trained_models
from engine.store.screens.weather import delay_drift_now
from engine.usecases.forecasts.delay_policy import load_delay_policy
from engine.usecases.forecasts.score_delays import speaking
from engine.usecases.forecasts.surroundings import around_parcels

EVERY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class DriftLook:
    """Things watched and how many of them alarm; `kept`: whether the look was written."""

    watched: int
    alarms: int
    kept: bool


def watch_drift(database: Database, *, now: datetime, actor: str) -> DriftLook:
    """One look, in one commit where it is kept."""
    found = _look(database, now=now)
    alarms = sum(one.state is DriftState.ALARM for one in found)
    before = delay_drift_now(database)
    states = {one.what: one.state.value for one in found}
    old = not before.is_empty() and now - before["looked_at"][0] < EVERY
    if not found or (old and dict(before.select("what", "state").rows()) == states):
        return DriftLook(len(found), alarms, kept=False)
    with database.transaction(actor=actor, verb="watch_drift", subject=f"{len(found)} things") as tx:
        rows = pl.DataFrame(
            {
                "what": [one.what for one in found],
                "figure": [one.figure for one in found],
                "parcels": [one.parcels for one in found],
                "state": [one.state.value for one in found],
            }
        )
        look = rows.with_columns(look_id=pl.lit(f"d{tx.version}"), looked_at=pl.lit(tx.at).dt.cast_time_unit("us"))
        tx.append(tables.delay_drift, look, stamp=True)
        tx.note(alarms=[one.what for one in found if one.state is DriftState.ALARM])
    return DriftLook(len(found), alarms, kept=True)


def _look(database: Database, *, now: datetime) -> list[Drift]:
    policy = load_delay_policy()
    parcels = delay_parcels(database, now - timedelta(days=policy.room.history_days))
    if parcels.is_empty():
        return []
    _, model = speaking(database, policy)
    ordered = parcels["ordered_at"].dt.epoch("ms").to_numpy()
    moment = int(now.timestamp() * 1000)
    around = around_parcels(database, model, parcels, parcels, policy, now=now)
    seen = model.see(parcels, around, ordered, policy)
    recent = ordered >= moment - int(policy.drift.days * DAY)
    promised = np.round((seen.way.due - seen.way.paid) / DAY, 1)
    chances = late_at_payment(seen.way, model.tables.legs)
    found = drifts(parcels, promised, seen.road, chances, recent, policy.drift)
    newest = trained_models(database).head(1).to_dicts()
    if newest:
        found.append(calibration_drift(newest[0]["drift"], newest[0]["tested"], policy.drift))
    return found
