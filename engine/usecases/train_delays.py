"""Learns how long parcels take from what the room has seen, tests it on the last weeks, and keeps it with its card.

The test is by time: tables as of the window's start judge, at the moment of payment, the parcels paid since. The model
speaks only while it wins there against the history of lanes and against published days; otherwise those speak.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import polars as pl

from engine.logistics.chance_quality import Quality, quality, reliability
from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.early_warning import lead_times
from engine.logistics.lane_tables import LaneTables, due_at, learn_tables, on_the_way, published_tables
from engine.logistics.late_chances import lane_baseline
from engine.logistics.outlook import late_at_payment
from engine.logistics.parcel_history import DAY, NEVER, Flags, Floats, parcel_history
from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.database import Database, as_json
from engine.store.delay_screens import delay_parcels
from engine.usecases.delay_policy import load_delay_policy

_LEAST_TESTED = 50
"""Parcels of the window: fewer tell nothing of a chance."""


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
    parcels = delay_parcels(database, now - timedelta(days=policy.room.history_days))
    arrived = int(parcels["signed_at"].is_not_null().sum())
    if arrived < policy.room.least_parcels or arrived == _newest(database):
        return Training(None, arrived)
    tested = _test(parcels, policy, now=now)
    if tested is None:
        return Training(None, arrived)
    card, champion = tested
    learned = learn_tables(parcels, _milliseconds(now), policy)
    figures = card["model"]
    with database.transaction(actor=actor, verb="train_delays", subject=f"{arrived} arrived parcels") as tx:
        model_id = f"tables-{tx.version}"
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


def _test(parcels: pl.DataFrame, policy: DelayPolicy, *, now: datetime) -> tuple[dict[str, Any], bool] | None:
    """The card of a model learned before the window and judged in it, and whether it wins. None: too few to judge."""
    cut, until = _milliseconds(now) - int(policy.room.win_days * DAY), _milliseconds(now)
    before = learn_tables(parcels, cut, policy)
    plain = published_tables(policy)
    due = parcels["ordered_at"].dt.epoch("ms").to_numpy(), due_at(parcels, policy).dt.epoch("ms").to_numpy()
    signed = parcels["signed_at"].dt.epoch("ms").fill_null(NEVER).to_numpy()
    lost = (signed == NEVER) & (due[1] + int(policy.calibration.lost_days * DAY) <= until)
    judged: Flags = (due[0] >= cut) & (due[1] <= until) & ~lost
    if judged.sum() < _LEAST_TESTED:
        return None
    late: Flags = (signed >= due[1])[judged]
    window = parcels.filter(pl.Series(judged))
    chance = _at_payment(window, before, policy)
    published = _at_payment(window, plain, policy)
    lanes = _lane_history(parcels, cut, policy)[judged[due[0] >= cut]]
    model, history, days = quality(chance, late), quality(lanes, late), quality(published, late)
    way = on_the_way(window, before, policy)
    card = {
        "model": model.as_dict(),
        "lane_history": history.as_dict(),
        "published_days": days.as_dict(),
        "reliability": [list(part) for part in reliability(chance, late)],
        "lead_times": [
            list(one) for one in lead_times(way, signed[judged], late, before.legs, alarm=policy.room.alarm_chance)
        ],
        "drift": float(chance.mean() - late.mean()),
        "window_days": policy.room.win_days,
        "alarm_chance": policy.room.alarm_chance,
        "groups": len(before.rows),
    }
    return card, _wins(model, history, days)


def _wins(model: Quality, history: Quality, days: Quality) -> bool:
    return model.brier < history.brier and model.brier < days.brier


def _at_payment(parcels: pl.DataFrame, learned: LaneTables, policy: DelayPolicy) -> Floats:
    way = on_the_way(parcels, learned, policy)
    return late_at_payment(way, learned.legs)


def _lane_history(parcels: pl.DataFrame, cut: int, policy: DelayPolicy) -> Floats:
    """The chance that the lanes' history gives each parcel paid from `cut` on, in the order of `parcels`."""
    frame = parcels.select(
        "parcel_id",
        "ordered_at",
        "picked_up_at",
        "origin",
        "destination",
        "carrier",
        # The end of a day is the start of the next: a history's promise is a moment within its day.
        promised_at=due_at(parcels, policy) - timedelta(seconds=1),
        # A signature before the payment is a slip of a clock; it counts as the shortest way there is.
        delivered_at=pl.when(pl.col("signed_at").is_not_null()).then(pl.max_horizontal("signed_at", "ordered_at")),
        seller="node",
        weight_kg="kg",
        value_yuan=pl.col("value_cents") / 100,
        distance_km=pl.lit(None, dtype=pl.Float64),
    )
    history = parcel_history(frame, called="the room's own parcels")
    # A history with zones counts in Beijing's clock.
    scored = lane_baseline(history, cut + _BEIJING_AHEAD, policy).frame(history)
    return (
        parcels.filter(pl.col("ordered_at").dt.epoch("ms") >= cut)
        .select("parcel_id")
        .join(scored, on="parcel_id", how="left", maintain_order="left")["probability"]
        .to_numpy()
    )


_BEIJING_AHEAD = 8 * 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _milliseconds(moment: datetime) -> int:
    return int(np.floor((moment - _EPOCH).total_seconds() * 1000))
