"""How likely does each parcel break which clause, and what would it cost? For the forecasts; decides by what is known.

Before the pick-up the clauses of a late one; after it, where the carrier has hubs, those of the way, under the names of
their clocks: no scan in a hub in time, and a gap in transit. Deadlines are the rule pack's of the day.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from engine.logistics.delay_model import DelayModel
from engine.logistics.outlook import Legs, OnTheWay, chance_by
from engine.logistics.scan_gaps import After
from engine.model.clocks import Clock
from engine.model.frames import INSTANT, Contract, conform, empty
from engine.model.tracking import Stage
from engine.rules.clocks import CLAUSE_OF, gap_limit
from engine.rules.packs import RulePack
from engine.rules.penalties import DELAY_CLAUSES, Clause, Ladder
from engine.store.database import Database
from engine.usecases.room.rules import RoomRules

CHANCES: Contract = {
    "parcel_id": pl.String,
    "clause": pl.String,
    "deadline": INSTANT,
    "cents": pl.Int64,
    "chance": pl.Float64,
}
_PRICED: Contract = {
    "row": pl.UInt32,
    "parcel_id": pl.String,
    "clause": pl.String,
    "deadline": INSTANT,
    "cents": pl.Int64,
}
ON_THE_WAY = (Clock.NO_HUB, Clock.NO_HUB_LONG, Clock.GAP)


def can_break() -> pl.Expr:
    """Whether a parcel (picked_up_at, first_hub_at, stage, has_hubs) has a clause left that these chances are about."""
    in_transit = pl.col("stage") == Stage.IN_TRANSIT.value
    on_the_way = pl.col("has_hubs") & (pl.col("first_hub_at").is_null() | in_transit).fill_null(value=False)
    return pl.col("picked_up_at").is_null() | on_the_way


def clause_chances(
    database: Database,
    rules: RoomRules,
    parcels: pl.DataFrame,
    way: OnTheWay,
    legs: Legs,
    model: DelayModel,
    *,
    now: datetime,
) -> pl.DataFrame:
    """CHANCES of `parcels` (columns of the view delay_parcels), the cents over all orders of each."""
    rows = parcels.with_row_index("row").filter(can_break())
    inside = database.read(
        "SELECT DISTINCT a.parcel_id, o.order_id, o.platform, o.paid_at, o.promise_at, o.amount_cents "
        "FROM boards.standing_picks AS a JOIN orders AS o USING (order_id)"
    ).join(rows.drop("promise_at"), on="parcel_id")
    day = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    priced: list[pl.DataFrame] = []
    for platform, platform_rules in rules.platforms.items():
        pack = platform_rules.on(day) or next(iter(platform_rules.versions), None)
        orders = inside.filter(pl.col("platform") == platform)
        if pack is not None and not orders.is_empty():
            hours = (pl.col("promise_at") - pl.col("paid_at")).dt.total_seconds() / 3600
            orders = orders.with_columns(promise_hours=hours).with_columns(band=pack.ladder.band_name())
            priced += [*_before_pick_up(orders, pack.ladder), *_on_the_way(orders, pack)]
    if not priced:
        return empty(CHANCES)
    found = pl.concat(priced).sort("parcel_id", "clause")
    # A parcel may hold orders of several platforms: the earliest deadline counts, and all that it would cost.
    found = found.group_by("row", "parcel_id", "clause", maintain_order=True).agg(
        pl.col("deadline").min(), pl.col("cents").sum()
    )
    told = [_waiting(found, way, legs, now=now), *_moving(found, parcels, model, now=now)]
    return conform(pl.concat(told).sort("parcel_id", "clause"), CHANCES)


def _before_pick_up(orders: pl.DataFrame, ladder: Ladder) -> Sequence[pl.DataFrame]:
    parts = []
    waiting = orders.filter(pl.col("picked_up_at").is_null())
    for clause in DELAY_CLAUSES:
        after = pl.duration(seconds=round(3600 * (ladder.rules[clause].after_hours or 0)))
        begins = "uploaded_at" if clause in (Clause.TRACE_TIMEOUT, Clause.TRACE_ANOMALY) else "promise_at"
        wait = pl.duration(seconds=0) if clause is Clause.LATE else after
        parts.append(_priced(waiting, ladder, clause, clause.value, pl.col(begins) + wait))
    return parts


def _on_the_way(orders: pl.DataFrame, pack: RulePack) -> Sequence[pl.DataFrame]:
    carried = orders.filter(pl.col("has_hubs") & pl.col("picked_up_at").is_not_null())
    unseen = carried.filter(pl.col("first_hub_at").is_null())
    moving = carried.filter(pl.col("stage") == Stage.IN_TRANSIT.value)
    no_hub, no_hub_long = (
        pl.col("picked_up_at") + pl.duration(seconds=round(3600 * hours))
        for hours in (pack.transit.no_hub_hours, pack.transit.no_hub_long_hours)
    )
    deadlines = {
        Clock.NO_HUB: (unseen, no_hub),
        Clock.NO_HUB_LONG: (unseen, no_hub_long),
        Clock.GAP: (moving, pl.col("last_scan_at") + gap_limit(pack.transit)),
    }
    return [
        _priced(of, pack.ladder, CLAUSE_OF[clock], clock.value, deadline) for clock, (of, deadline) in deadlines.items()
    ]


def _priced(orders: pl.DataFrame, ladder: Ladder, clause: Clause, name: str, deadline: pl.Expr) -> pl.DataFrame:
    yuan = ladder.penalty(clause) if ladder.rules[clause].sourced else pl.lit(0.0)
    found = (
        orders.with_columns(deadline=deadline, yuan=yuan)
        .filter(pl.col("deadline").is_not_null())
        .group_by("row", "parcel_id")
        .agg(pl.col("deadline").min().cast(INSTANT), cents=(pl.col("yuan") * 100).sum().cast(pl.Int64))
        .with_columns(clause=pl.lit(name))
    )
    return conform(found, _PRICED)


def _waiting(found: pl.DataFrame, way: OnTheWay, legs: Legs, *, now: datetime) -> pl.DataFrame:
    of = found.filter(~pl.col("clause").is_in([clock.value for clock in ON_THE_WAY]))
    at = of["row"].to_numpy()
    moment = np.full(len(at), int(now.timestamp() * 1000))
    chance = chance_by(way.at(at), legs.pick_up, of["deadline"].dt.epoch("ms").to_numpy(), moment)
    return of.drop("row").with_columns(chance=pl.Series(chance, dtype=pl.Float64)).select(list(CHANCES))


def _moving(found: pl.DataFrame, parcels: pl.DataFrame, model: DelayModel, *, now: datetime) -> Sequence[pl.DataFrame]:
    told = []
    for clock in ON_THE_WAY:
        of = found.filter(pl.col("clause") == clock.value)
        after, since = (After.HUB, "last_scan_at") if clock is Clock.GAP else (After.PICK_UP, "picked_up_at")
        place = of["row"].to_numpy()
        about = parcels[place].select("carrier", since, area=pl.col("destination").str.head(2))
        chance = model.gaps.chance(
            after,
            about,
            about[since].dt.epoch("ms").to_numpy(),
            of["deadline"].dt.epoch("ms").to_numpy(),
            int(now.timestamp() * 1000),
        )
        told.append(of.drop("row").with_columns(chance=pl.Series(chance, dtype=pl.Float64)).select(list(CHANCES)))
    return told
