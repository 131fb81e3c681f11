"""Says of every parcel under way when it will be picked up and signed for, and how likely it breaks which clause.

Made at the order, at the label and after every scan, and anew once a forecast is old, because waiting itself is news.
Parcels that have arrived, or are on no way any more, lose theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import polars as pl

from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.lane_tables import LaneTables, due_at, on_the_way, published_tables, tables_from
from engine.logistics.outlook import OnTheWay, chance_by, outlook
from engine.logistics.parcel_history import NEVER, Integers
from engine.logistics.reasons import reasons
from engine.model.frames import INSTANT, Contract, empty
from engine.model.tracking import Stage
from engine.rules.penalties import DELAY_CLAUSES, Clause
from engine.store import tables
from engine.store.database import Database
from engine.store.delay_screens import delay_parcels
from engine.store.transaction import Transaction
from engine.usecases.delay_policy import load_delay_policy
from engine.usecases.rules import RoomRules

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


_CHANCES: Contract = {
    "parcel_id": pl.String,
    "clause": pl.String,
    "deadline": INSTANT,
    "cents": pl.Int64,
    "chance": pl.Float64,
}


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
    model_id, learned = _speaking(database, policy)
    parcels = delay_parcels(database, now - timedelta(days=policy.room.history_days))
    under_way = parcels.filter(pl.col("stage").is_null() | ~pl.col("stage").is_in(_OVER)).with_columns(
        occasion=_occasion()
    )
    standing = database.read("SELECT parcel_id, made_at, occasion AS before, model_id FROM parcel_forecasts")
    over = standing.join(under_way, on="parcel_id", how="anti")["parcel_id"].to_list()
    waiting = under_way.filter(pl.col("picked_up_at").is_null())
    priced = database.read("SELECT DISTINCT parcel_id FROM clause_chances")
    settled = priced.join(waiting, on="parcel_id", how="anti")["parcel_id"].to_list()
    due = under_way.join(standing, on="parcel_id", how="left").filter(
        pl.col("made_at").is_null()
        | (pl.col("before") != pl.col("occasion"))
        | (pl.col("last_scan_at") > pl.col("made_at"))
        | (pl.col("model_id") != model_id)
        | (pl.col("made_at") <= now - timedelta(minutes=policy.room.refresh_minutes))
    )
    if due.is_empty() and not over and not settled:
        return ScoreRun(0, 0, model_id)
    made, way = _forecasts(due, learned, policy, now=now)
    chances = _chances(database, rules, due, way, learned, now=now)
    with database.transaction(actor=actor, verb="score_delays", subject=f"{made.height} parcels") as tx:
        _put(tx, tables.parcel_forecasts, made.with_columns(model_id=pl.lit(model_id)), _FORECAST)
        _put(tx, tables.clause_chances, chances, _CHANCE)
        _take_away(tx, tables.parcel_forecasts, over)
        _take_away(tx, tables.clause_chances, settled)
        tx.note(model=model_id, made=made.height, ended=len(over))
    return ScoreRun(made.height, len(over), model_id)


def _speaking(database: Database, policy: DelayPolicy) -> tuple[str, LaneTables]:
    """The champion, or the published days where there is none."""
    found = database.read("SELECT model_id, content FROM delay_models WHERE state = 'champion'")
    if found.is_empty():
        return PUBLISHED, published_tables(policy)
    [(model_id, content)] = found.rows()
    return model_id, tables_from(orjson.loads(content))


def _occasion() -> pl.Expr:
    return (
        pl.when(pl.col("picked_up_at").is_not_null())
        .then(pl.lit(Occasion.SCANNED.value))
        .when(pl.col("uploaded_at").is_not_null())
        .then(pl.lit(Occasion.LABELLED.value))
        .otherwise(pl.lit(Occasion.ORDERED.value))
    )


def _forecasts(
    parcels: pl.DataFrame, learned: LaneTables, policy: DelayPolicy, *, now: datetime
) -> tuple[pl.DataFrame, OnTheWay]:
    way = on_the_way(parcels, learned, policy)
    moment = np.full(len(parcels), int(now.timestamp() * 1000))
    seen = outlook(way, learned.legs, moment)
    frame = parcels.select(
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
        reasons=reasons(way, learned, published_tables(policy), seen, moment),
    )
    return frame, way


def _instants(moments: Integers) -> pl.Series:
    known = pl.Series(np.where(moments < NEVER, moments, -1))
    return pl.select(pl.when(known >= 0).then(known)).to_series().cast(pl.Datetime("ms", "UTC")).cast(INSTANT)


def _chances(
    database: Database, rules: RoomRules, parcels: pl.DataFrame, way: OnTheWay, learned: LaneTables, *, now: datetime
) -> pl.DataFrame:
    """Per parcel without a pick-up and clause that a late one breaks: deadline, chance, cents over its orders."""
    rows = parcels.with_row_index("row").select("row", "parcel_id", "uploaded_at", "picked_up_at")
    waiting = rows.filter(pl.col("picked_up_at").is_null())
    inside = database.read(
        "SELECT DISTINCT a.parcel_id, o.order_id, o.platform, o.paid_at, o.promise_at, o.amount_cents "
        "FROM boards.standing_picks AS a JOIN orders AS o USING (order_id)"
    ).join(waiting, on="parcel_id")
    parts = []
    for platform, ladder in rules.ladders_on(now.astimezone(ZoneInfo("Asia/Shanghai")).date()).items():
        hours = (pl.col("promise_at") - pl.col("paid_at")).dt.total_seconds() / 3600
        orders = inside.filter(pl.col("platform") == platform).with_columns(promise_hours=hours)
        orders = orders.with_columns(band=ladder.band_name())
        for clause in DELAY_CLAUSES:
            after = pl.duration(seconds=round(3600 * (ladder.rules[clause].after_hours or 0)))
            begins = "uploaded_at" if clause in (Clause.TRACE_TIMEOUT, Clause.TRACE_ANOMALY) else "promise_at"
            wait = pl.duration(seconds=0) if clause is Clause.LATE else after
            yuan = ladder.penalty(clause) if ladder.rules[clause].sourced else pl.lit(0.0)
            parts.append(
                orders.filter(pl.col(begins).is_not_null())
                .group_by("row", "parcel_id")
                .agg(deadline=(pl.col(begins) + wait).min(), cents=(yuan * 100).sum().cast(pl.Int64))
                .with_columns(clause=pl.lit(clause.value))
            )
    if not parts:
        return empty(_CHANCES)
    found = pl.concat(parts).sort("parcel_id", "clause")
    # A parcel may hold orders of several platforms: the earliest deadline counts, and all that it would cost.
    found = found.group_by("row", "parcel_id", "clause", maintain_order=True).agg(
        pl.col("deadline").min().cast(INSTANT), pl.col("cents").sum()
    )
    at = found["row"].to_numpy()
    moment = np.full(len(at), int(now.timestamp() * 1000))
    chance = chance_by(way.at(at), learned.legs.pick_up, found["deadline"].dt.epoch("ms").to_numpy(), moment)
    return found.drop("row").with_columns(chance=pl.Series(chance))


def _put(tx: Transaction, table: Any, frame: pl.DataFrame, key: tuple[str, ...]) -> None:
    rows = frame.with_columns(version=pl.lit(tx.version, dtype=pl.Int64))
    known = tx.matching(table, rows.select(key), *key)
    tx.append(table, rows.join(known, on=key, how="anti"))
    tx.amend(table, rows.join(known, on=key, how="semi"), on=key)


def _take_away(tx: Transaction, table: Any, parcel_ids: Sequence[str]) -> None:
    for start in range(0, len(parcel_ids), _AT_ONCE):
        tx.execute(table.delete().where(table.c.parcel_id.in_(parcel_ids[start : start + _AT_ONCE])))
