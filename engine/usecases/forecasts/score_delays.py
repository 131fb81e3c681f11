"""Says of every parcel under way when it will be picked up and signed for, and how likely it breaks which clause.

Made at the order, at the label and after every scan, and anew once a forecast is old, because waiting itself is news.
Parcels that have arrived, or are on no way any more, lose theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import orjson
import polars as pl

from engine.logistics.delay_model import DelayModel, Seen, model_from, published_model
from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.lane_tables import due_at, published_tables
from engine.logistics.outlook import Legs, outlook
from engine.logistics.parcel_history import NEVER, Integers
from engine.logistics.reasons import reasons
from engine.model.frames import INSTANT
from engine.model.tracking import Stage
from engine.store import tables
from engine.store.database import Database
from engine.store.screens.delays import delay_parcels
from engine.store.transaction import Transaction
from engine.usecases.allocation.offers_now import read_handover_times
from engine.usecases.forecasts.clause_chances import can_break, clause_chances
from engine.usecases.forecasts.delay_policy import load_delay_policy
from engine.usecases.forecasts.scheduled_pick_ups import by_schedule
from engine.usecases.forecasts.surroundings import around_parcels
from engine.usecases.room.rules import RoomRules

PUBLISHED = "published-days"
"""The model that speaks while no trained one wins: the tariffs' transit days and the policy's spread."""

_OVER = tuple(
    stage.value
    for stage in (Stage.SIGNED, Stage.REJECTED, Stage.RETURNING, Stage.RETURNED, Stage.CANCELLED, Stage.LOST)
)
_AT_ONCE = 5_000
"""Parcels deleted by one statement: a list that both databases still parse quickly."""

_FORECAST = ("parcel_id",)
_CHANCE = ("parcel_id", "clause")


class Occasion(StrEnum):
    """What a forecast knew of the parcel's way."""

    ORDERED = "ordered"
    LABELLED = "labelled"
    SCANNED = "scanned"


@dataclass(frozen=True, slots=True)
class ScoreRun:
    """Forecasts made, and taken away."""

    made: int
    ended: int
    model_id: str


def score_delays(database: Database, rules: RoomRules, *, now: datetime, actor: str) -> ScoreRun:
    """One round, in one commit where there is anything to write."""
    policy = load_delay_policy()
    model_id, learned = speaking(database, policy)
    parcels = delay_parcels(database, now - timedelta(days=policy.room.history_days))
    under_way = parcels.filter(pl.col("stage").is_null() | ~pl.col("stage").is_in(_OVER)).with_columns(
        occasion=_occasion()
    )
    standing = database.read("SELECT parcel_id, made_at, occasion AS before, model_id FROM parcel_forecasts")
    over = standing.join(under_way, on="parcel_id", how="anti")["parcel_id"].to_list()
    waiting = under_way.filter(can_break())
    priced = database.read("SELECT parcel_id, clause FROM clause_chances")
    settled = priced.join(waiting, on="parcel_id", how="anti")["parcel_id"].unique().to_list()
    due = under_way.join(standing, on="parcel_id", how="left").filter(
        pl.col("made_at").is_null()
        | (pl.col("before") != pl.col("occasion"))
        | (pl.col("last_scan_at") > pl.col("made_at"))
        | (pl.col("model_id") != model_id)
        | (pl.col("made_at") <= now - timedelta(minutes=policy.room.refresh_minutes))
    )
    if due.is_empty() and not over and not settled:
        return ScoreRun(0, 0, model_id)
    around = around_parcels(database, learned, due, parcels, policy, now=now)
    known, legs = learned.see(due, around, _moments(now, due), policy), learned.tables.legs
    if model_id == PUBLISHED:
        known, legs = _scheduled(database, rules, due, known, legs, now=now)
    made = _forecasts(due, known, legs, learned, policy, now=now)
    chances = clause_chances(database, rules, due, known.way, legs, learned, now=now)
    # A pick-up settles some clauses of a parcel and begins others.
    again = priced.join(due, on="parcel_id", how="semi").join(chances, on=["parcel_id", "clause"], how="anti")
    with database.transaction(actor=actor, verb="score_delays", subject=f"{made.height} parcels") as tx:
        _put(tx, tables.parcel_forecasts, made.with_columns(model_id=pl.lit(model_id)), _FORECAST)
        _take_away(tx, tables.clause_chances, again["parcel_id"].unique().to_list())
        _put(tx, tables.clause_chances, chances, _CHANCE)
        _take_away(tx, tables.parcel_forecasts, over)
        _take_away(tx, tables.clause_chances, settled)
        tx.note(model=model_id, made=made.height, ended=len(over))
    return ScoreRun(made.height, len(over), model_id)


def speaking(database: Database, policy: DelayPolicy) -> tuple[str, DelayModel]:
    """The champion, or the published days where there is none."""
    found = database.read("SELECT model_id, content FROM delay_models WHERE state = 'champion'")
    if found.is_empty():
        return PUBLISHED, published_model(policy)
    [(model_id, content)] = found.rows()
    return model_id, model_from(orjson.loads(content), policy)


def _occasion() -> pl.Expr:
    return (
        pl.when(pl.col("picked_up_at").is_not_null())
        .then(pl.lit(Occasion.SCANNED.value))
        .when(pl.col("uploaded_at").is_not_null())
        .then(pl.lit(Occasion.LABELLED.value))
        .otherwise(pl.lit(Occasion.ORDERED.value))
    )


def _scheduled(
    database: Database, rules: RoomRules, parcels: pl.DataFrame, known: Seen, legs: Legs, *, now: datetime
) -> tuple[Seen, Legs]:
    """Published days know nothing of vans and cut-offs: where the brand has a delay history, that one does."""
    times = read_handover_times(database, rules.allocation.lateness)
    if times is None:
        return known, legs
    way, legs = by_schedule(database, parcels, known.way, legs, times, now=now)
    return replace(known, way=way), legs


def _moments(now: datetime, parcels: pl.DataFrame) -> Integers:
    return np.full(len(parcels), int(now.timestamp() * 1000))


def _forecasts(
    parcels: pl.DataFrame, known: Seen, legs: Legs, learned: DelayModel, policy: DelayPolicy, *, now: datetime
) -> pl.DataFrame:
    moment = _moments(now, parcels)
    seen = outlook(known.way, legs, moment)
    speaks = replace(learned, tables=replace(learned.tables, legs=legs))
    return parcels.select(
        "parcel_id",
        "occasion",
        made_at=pl.lit(now).cast(INSTANT),
        late_pick_up=pl.Series(seen.late_pick_up),
        late_delivery=pl.Series(seen.late_delivery),
        pick_up_p50=_instants(seen.pick_up[:, 0]),
        pick_up_p90=_instants(seen.pick_up[:, 1]),
        eta_p10=_instants(seen.eta[:, 0]),
        eta_p50=_instants(seen.eta[:, 1]),
        eta_p90=_instants(seen.eta[:, 2]),
        due_at=due_at(parcels, policy).cast(INSTANT),
        reasons=reasons(known, speaks, published_tables(policy), seen, moment),
    )


def _instants(moments: Integers) -> pl.Series:
    known = pl.Series(np.where(moments < NEVER, moments, -1))
    return pl.select(pl.when(known >= 0).then(known)).to_series().cast(pl.Datetime("ms", "UTC")).cast(INSTANT)


def _put(tx: Transaction, table: Any, frame: pl.DataFrame, key: tuple[str, ...]) -> None:
    rows = frame.with_columns(version=pl.lit(tx.version, dtype=pl.Int64))
    known = tx.matching(table, rows.select(key), *key)
    tx.append(table, rows.join(known, on=key, how="anti"))
    tx.amend(table, rows.join(known, on=key, how="semi"), on=key)


def _take_away(tx: Transaction, table: Any, parcel_ids: Sequence[str]) -> None:
    for start in range(0, len(parcel_ids), _AT_ONCE):
        tx.execute(table.delete().where(table.c.parcel_id.in_(parcel_ids[start : start + _AT_ONCE])))
