"""Where goods break too often, proposes what to do: the packing material, or the carrier, whose change saves most.

Gathers what is known of the route, lets packing judge the materials and after-sales the yuan, and writes proposals; an
operator puts them in force. One that is no longer over its limit is withdrawn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from engine.aftersales.improvement import Choice, Judged, Trouble, best, judge
from engine.aftersales.returns import over_limit, rates
from engine.floor.damage import DamageHistory
from engine.floor.packaging import Content, advise
from engine.floor.policy import PackagingPolicy
from engine.model.frames import INSTANT
from engine.model.improvements import ImprovementKind, ImprovementState
from engine.store import tables
from engine.store.database import Database, as_json
from engine.store.screens import returns as returns_screens
from engine.store.transaction import Transaction
from engine.usecases.floor.floor_policy import load_floor_policy
from engine.usecases.floor.packing_knowledge import history, materials
from engine.usecases.making_good.improvement_records import COLUMNS, Move, move_improvements
from engine.usecases.making_good.returns_policy import returns_policy

Row = Mapping[str, Any]
MONTH_DAYS = 30.0


@dataclass(frozen=True, slots=True)
class ImprovementRun:
    """Routes over their limit, changes proposed, and proposals withdrawn."""

    over: int
    proposed: int
    withdrawn: int


def propose_improvements(database: Database, *, actor: str, now: datetime) -> ImprovementRun:
    """One look at every route; nothing is written where nothing is new."""
    policy = returns_policy()
    since = now - timedelta(days=policy.look.window_days)
    cells = returns_screens.goods_outcomes(database, since, now, now - timedelta(days=policy.look.settle_days))
    over = over_limit(cells, policy)
    standing = database.read(f"SELECT {', '.join(COLUMNS)}, state_at FROM improvements")
    quiet = now - timedelta(days=policy.improve.again_days)
    busy = standing.filter(
        (pl.col("state") == ImprovementState.PROPOSED.value)
        | (pl.col("state").is_in(["approved", "rejected"]) & (pl.col("state_at") > quiet))
    )
    route = ["sku", "carrier", "area"]
    fresh = over.join(busy, on=route, how="anti", maintain_order="left").unique(
        route, keep="first", maintain_order=True
    )
    gone = standing.filter(pl.col("state") == ImprovementState.PROPOSED.value).join(over, on=route, how="anti")
    found = list(_found(database, fresh, cells, now=now)) if not fresh.is_empty() else []
    if not found and gone.is_empty():
        return ImprovementRun(over.height, 0, 0)
    with database.transaction(actor=actor, verb="propose_improvements", subject=f"{over.height} routes") as tx:
        written = _write(tx, found)
        move_improvements(tx, [Move(row, ImprovementState.WITHDRAWN, "below") for row in gone.to_dicts()])
        tx.note(over=over.height, proposed=written, withdrawn=gone.height)
    return ImprovementRun(over.height, written, gone.height)


def _found(
    database: Database, routes: pl.DataFrame, cells: pl.DataFrame, *, now: datetime
) -> Iterator[tuple[Row, tuple[Judged, ...], Judged]]:
    policy, packaging = returns_policy(), load_floor_policy().packaging
    costs = returns_screens.route_costs(database, now - timedelta(days=policy.look.window_days))
    prices = {(carrier, area): (parcels, yuan) for carrier, area, parcels, yuan in costs.iter_rows()}
    known = [material for material, _ in materials(database)]
    past = DamageHistory(history(database), packaging)
    goods = {
        row["sku"]: row
        for row in database.read("SELECT sku, layer, packaging, weight_kg, volume_l, cost_cents FROM skus").to_dicts()
    }
    by_carrier = rates(cells, ("sku", "area", "carrier"), "damaged", policy.rates)
    for row in routes.iter_rows(named=True):
        parcels, freight = prices.get((row["carrier"], row["area"]), (0, 0.0))
        trouble = Trouble(
            share=row["drawn"],
            qty=row["units"] / row["parcels"],
            cost_yuan=goods[row["sku"]]["cost_cents"] / 100,
            event_yuan=packaging.complaint_yuan + freight,
            parcels_month=row["parcels"] * MONTH_DAYS / policy.look.window_days,
        )
        choices = [
            *_materials(row, goods[row["sku"]], trouble, known, past, packaging),
            *_carriers(row, by_carrier, prices, weight=min(1.0, row["parcels"] / parcels) if parcels else 0.0),
        ]
        judged = judge(trouble, choices, policy.improve)
        chosen = best(judged, policy.improve)
        if chosen is not None:
            yield row, judged, chosen


def _materials(
    row: Row, sku: Row, trouble: Trouble, known: list[Any], past: DamageHistory, policy: PackagingPolicy
) -> Iterator[Choice]:
    """Other materials that can hold the usual parcel. This article breaks more often than goods of its packaging do; a
    better material is expected to save it the same share of that as it saves all of them."""
    if row["material"] == "":
        return
    content = Content(
        row["sku"], max(1, round(trouble.qty)), sku["weight_kg"], sku["volume_l"], sku["packaging"], trouble.cost_yuan
    )
    advice = advise(
        [content], layer=sku["layer"], carrier=row["carrier"], area=row["area"],
        again_yuan=trouble.event_yuan - policy.complaint_yuan, materials=known, history=past, policy=policy,
    )  # fmt: skip
    options = {option.material: option for option in advice.options}
    now = options.get(row["material"])
    if now is None:
        return
    for option in advice.options:
        if option.material != now.material and option.rate.share < now.rate.share:
            yield Choice(
                kind=ImprovementKind.PACKAGING,
                subject=option.material,
                share_after=trouble.share * option.rate.share / now.rate.share,
                extra_yuan=option.material_yuan - now.material_yuan,
            )


def _carriers(
    row: Row, by_carrier: pl.DataFrame, prices: Mapping[tuple[str, str], tuple[int, float]], *, weight: float
) -> Iterator[Choice]:
    """Other carriers that take this article there, with a share of their own that is known well enough."""
    others = by_carrier.filter(
        pl.col("sku") == row["sku"],
        pl.col("area") == row["area"],
        pl.col("carrier") != row["carrier"],
        ~pl.col("small"),
    )
    for other in others.iter_rows(named=True):
        mine, theirs = prices.get((row["carrier"], row["area"])), prices.get((other["carrier"], row["area"]))
        if mine is not None and theirs is not None and other["drawn"] < row["drawn"]:
            yield Choice(
                kind=ImprovementKind.SURCHARGE,
                subject=other["carrier"],
                share_after=other["drawn"],
                extra_yuan=theirs[1] - mine[1],
                weight=weight,
            )


def _write(tx: Transaction, found: list[tuple[Row, tuple[Judged, ...], Judged]]) -> int:
    if not found:
        return 0
    rows = [_kept(row, judged, chosen, f"m{tx.version}-{n}") for n, (row, judged, chosen) in enumerate(found, start=1)]
    now = pl.lit(tx.at).dt.cast_time_unit("us").cast(INSTANT)
    schema = dict.fromkeys(
        ("improvement_id", "kind", "sku", "carrier", "area", "material", "instead", "options"), pl.String
    )
    frame = pl.DataFrame(rows, schema_overrides={**schema, "surcharge_cents": pl.Int64})
    return tx.append(
        tables.improvements,
        frame.with_columns(proposed_at=now, state=pl.lit(ImprovementState.PROPOSED.value), state_at=now),
        stamp=True,
    )


def _kept(row: Row, judged: tuple[Judged, ...], chosen: Judged, improvement_id: str) -> dict[str, Any]:
    packaging = chosen.choice.kind is ImprovementKind.PACKAGING
    return {
        "improvement_id": improvement_id,
        "kind": chosen.choice.kind.value,
        "sku": row["sku"],
        "carrier": row["carrier"],
        "area": row["area"],
        "material": chosen.choice.subject if packaging else None,
        "surcharge_cents": None if packaging else max(1, round(100 * chosen.surcharge_yuan)),
        "instead": None if packaging else chosen.choice.subject,
        "units": row["units"],
        "damaged": row["hits"],
        "share": row["drawn"],
        "low": row["low"],
        "high": row["high"],
        "limit_share": row["limit"],
        "share_after": chosen.choice.share_after,
        "saving_cents": round(100 * chosen.saving_month),
        "options": as_json(
            [(j.choice.kind, j.choice.subject, j.choice.share_after, round(100 * j.saving_month)) for j in judged]
        ),
    }
