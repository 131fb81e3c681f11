"""Learns how long parcels take from what the room has seen, tests it on the last weeks, and keeps it with its card.

The test is by time (delay_trial.py). The model speaks only while it wins there against the history of lanes and against
published days; otherwise those speak. Weather, hubs and the like are used only while the model that knows of them beats
the one that does not.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import orjson
import polars as pl

from engine.logistics.delay_model import learn_model, learn_plain
from engine.logistics.delay_trial import CIRCUMSTANCES, trial
from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.database import Database, as_json
from engine.store.screens.delays import delay_parcels, scan_gaps
from engine.usecases.forecasts.delay_policy import load_delay_policy
from engine.usecases.forecasts.surroundings import surroundings

GAP_DAYS = 30
"""Scans of so many days tell how long it is to the next one: a parcel has five to ten of them, so weeks are plenty."""


@dataclass(frozen=True, slots=True)
class Training:
    """What came of it. `model_id` is None where there was too little to learn from."""

    model_id: str | None
    arrived: int
    tested: int = 0
    champion: bool = False


def train_delays(database: Database, *, now: datetime, actor: str) -> Training:
    """Train, test and keep one model in one commit; nothing where too few parcels have arrived, or no more."""
    policy = load_delay_policy()
    since = now - timedelta(days=policy.room.history_days)
    parcels = delay_parcels(database, since)
    arrived = int(parcels["signed_at"].is_not_null().sum())
    if arrived < policy.room.least_parcels or arrived == _newest(database):
        return Training(None, arrived)
    around, moment = surroundings(database, parcels, policy, since=since), _milliseconds(now)
    tested = trial(parcels, around, policy, now=moment)
    if tested is None:
        return Training(None, arrived)
    gaps = scan_gaps(database, now - timedelta(days=GAP_DAYS))
    richer = learn_model(parcels, gaps, around(moment), moment, policy) if tested.kind == CIRCUMSTANCES else None
    learned = richer or learn_plain(parcels, gaps, moment, policy)
    card, champion, figures = tested.card, tested.wins, tested.card["model"]
    with database.transaction(actor=actor, verb="train_delays", subject=f"{arrived} arrived parcels") as tx:
        model_id = f"{tested.kind}-{tx.version}"
        # A retired model keeps its card; its tables would add some megabytes a day and nobody reads them again.
        tx.execute(tables.delay_models.update().values(state="retired", content="{}"))
        at = pl.lit(tx.at).cast(INSTANT)
        paid = parcels.filter(pl.col("signed_at").is_not_null())["ordered_at"]
        row = pl.DataFrame(
            {
                "model_id": [model_id],
                "state": ["champion" if champion else "challenger"],
                "learned_from": [paid.min()],
                "learned_until": [paid.max()],
                "parcels": [arrived],
                "tested": [figures["parcels"]],
                "brier": [figures["brier"]],
                "baseline_brier": [card["lane_history"]["brier"]],
                "drift": [card["drift"]],
                "card": [as_json(card)],
                "content": [orjson.dumps(learned.as_content()).decode()],
            },
            schema_overrides={"learned_from": INSTANT, "learned_until": INSTANT},
        )
        tx.append(tables.delay_models, row.with_columns(trained_at=at), stamp=True)
        tx.note(model=model_id, champion=champion, brier=figures["brier"])
    return Training(model_id, arrived, figures["parcels"], champion)


def _newest(database: Database) -> int | None:
    """Arrived parcels that the newest model has learned from; with no more of them there is nothing to learn."""
    found = database.read("SELECT parcels FROM delay_models ORDER BY version DESC LIMIT 1")
    return None if found.is_empty() else int(found.item())


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _milliseconds(moment: datetime) -> int:
    return int(np.floor((moment - _EPOCH).total_seconds() * 1000))
