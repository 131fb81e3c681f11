"""Open parcels of a node become waves: gather, let the floor plan, write what still stands in one commit.

An operator releases what they choose; the job releases, node by node, only waves whose reason the policy lists. At the
end of an evening everything everywhere may go at once.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.floor.policy import FloorPolicy, WaveReason
from engine.floor.waves import Departure, OpenParcel, Route, Wave, plan_waves
from engine.model.frames import INSTANT
from engine.model.states import OrderStatus
from engine.store import tables
from engine.store.database import Database
from engine.store.screens import floor as floor_screens
from engine.store.transaction import Transaction
from engine.usecases.floor.floor_work import area_digits, departures, open_work
from engine.usecases.orders.change_orders import standing_only

Placed = tuple[str, Wave]
"""A node, and a wave of it."""


@dataclass(frozen=True, slots=True)
class Release:
    """What went to the floor, and how many parcels of the node stay open."""

    wave_ids: tuple[str, ...] = ()
    parcels: int = 0
    left: int = 0


def release_waves(
    database: Database,
    node: str,
    policy: FloorPolicy,
    *,
    actor: str,
    routes: Collection[Route] | None = None,
    reasons: Collection[WaveReason] = tuple(WaveReason),
) -> Release:
    """Release open work of `node`: of the chosen routes (None: all), waves cut for one of `reasons`.

    Raises NotFound for a node that is none, NotAllowed when there is nothing of that kind to release.
    """
    release = release_open(database, node, policy, actor=actor, routes=routes, reasons=reasons)
    if not release.wave_ids:
        raise NotAllowed(f"Nothing of what was chosen is open at {node} any more: somebody was faster, or it can wait.")
    return release


def release_open(
    database: Database,
    node: str,
    policy: FloorPolicy,
    *,
    actor: str,
    routes: Collection[Route] | None = None,
    reasons: Collection[WaveReason] = tuple(WaveReason),
) -> Release:
    """The same, content with nothing to release. Raises NotFound."""
    if database.read("SELECT count(*) FROM nodes WHERE node = $node", {"node": node}).item() == 0:
        raise NotFound(f"There is no node {node}.")
    return _release(database, node, policy, actor=actor, routes=routes, reasons=reasons)


def release_due(database: Database, policy: FloorPolicy, *, actor: str) -> list[Release]:
    """Release, at every node, what the policy lets go by itself; one commit a node. Empty: nothing was due."""
    reasons = policy.wave.automatic
    work = open_work(database, policy, now=database.now())
    if WaveReason.FULL not in reasons:
        work = work.filter(pl.col("late") + pl.col("pressed") > 0)
    if not reasons or work.is_empty():
        return []
    releases = [
        _release(database, node, policy, actor=actor, routes=None, reasons=reasons)
        for node in work["node"].unique(maintain_order=True)
    ]
    return [release for release in releases if release.wave_ids]


def release_everywhere(database: Database, policy: FloorPolicy, *, actor: str) -> Release:
    """Release all open work of all nodes in one commit, a wave still being one node's."""
    planned = _planned(database, None, policy, now=database.now())
    return _write_release(database, planned, actor=actor, subject=f"{len({node for node, _ in planned})} nodes")


def planned_waves(database: Database, node: str, policy: FloorPolicy, *, now: datetime) -> tuple[Wave, ...]:
    """All open parcels of a node, cut into the waves that a release would make at `now`."""
    return tuple(wave for _, wave in _planned(database, node, policy, now=now))


def _planned(database: Database, node: str | None, policy: FloorPolicy, *, now: datetime) -> list[Placed]:
    digits = area_digits(database, policy)
    columns = ("node", "parcel_id", "carrier", "adcode", "layer", "due_at", "kg", "orders", "units")
    open_at: dict[str, list[OpenParcel]] = defaultdict(list)
    for where, parcel_id, carrier, adcode, layer, *rest in (
        floor_screens.open_parcels(database, node).select(columns).iter_rows()
    ):
        open_at[where].append(OpenParcel(parcel_id, Route(carrier, adcode[: digits[carrier]], layer), *rest))
    leaving: dict[str, dict[str, Departure]] = defaultdict(dict)
    for (where, carrier), found in departures(database, policy, now=now, node=node).items():
        leaving[where][carrier] = found
    return [
        (where, wave)
        for where, parcels in sorted(open_at.items())
        for wave in plan_waves(parcels, leaving[where], policy.wave)
    ]


def _release(
    database: Database,
    node: str,
    policy: FloorPolicy,
    *,
    actor: str,
    routes: Collection[Route] | None,
    reasons: Collection[WaveReason],
) -> Release:
    planned = planned_waves(database, node, policy, now=database.now())
    chosen = [(node, wave) for wave in planned if wave.reason in reasons and (routes is None or wave.route in routes)]
    release = _write_release(database, chosen, actor=actor, subject=node)
    return replace(release, left=sum(len(wave.parcels) for wave in planned) - release.parcels)


def _write_release(database: Database, chosen: Sequence[Placed], *, actor: str, subject: str) -> Release:
    """What still stands of the waves, in one commit; `left` is not known here."""
    if not chosen:
        return Release()
    with database.transaction(actor=actor, verb="release_waves", subject=subject) as tx:
        inside, totals = _standing(tx, [wave for _, wave in chosen])
        wave_ids = _write(tx, chosen, inside, totals)
        tx.note(waves=len(wave_ids), parcels=inside.height, first=wave_ids[:1])
    return Release(tuple(wave_ids), inside.height)


def _standing(tx: Transaction, waves: Sequence[Wave]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What of the planned waves still stands, now that nobody else can write.

    Returns (wave number, parcel_id, slot) and (wave number, parcels, orders, units, kg). Between planning and this
    transaction an order may have been cancelled, and somebody else may have released the same parcels.
    """
    planned = pl.DataFrame(
        [(number, parcel.parcel_id, parcel.kg) for number, wave in enumerate(waves) for parcel in wave.parcels],
        schema={"wave": pl.Int64, "parcel_id": pl.String, "kg": pl.Float64},
        orient="row",
    )
    keys = planned.select("parcel_id")
    taken = tx.matching(tables.wave_parcels, keys, "parcel_id")
    goods = standing_only(tx, tx.matching(tables.allocations, keys, "parcel_id", "order_id", "qty"))
    status = tx.matching(tables.orders, goods.select("order_id").unique(), "order_id", "status")
    live = goods.join(status.filter(pl.col("status") == OrderStatus.ALLOCATED), on="order_id")
    going = tx.matching(tables.parcels, keys, "parcel_id", "status").filter(pl.col("status") == "planned")
    inside = (
        planned.join(taken, on="parcel_id", how="anti", maintain_order="left")
        .join(going, on="parcel_id", how="semi", maintain_order="left")
        .join(live, on="parcel_id", how="semi", maintain_order="left")
        .with_columns(slot=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("wave"))
    )
    weights = inside.group_by("wave").agg(parcels=pl.len().cast(pl.Int64), kg=pl.col("kg").sum())
    counts = (
        inside.join(live, on="parcel_id")
        .group_by("wave")
        .agg(orders=pl.col("order_id").n_unique().cast(pl.Int64), units=pl.col("qty").sum().cast(pl.Int64))
    )
    return inside.select("wave", "parcel_id", "slot"), weights.join(counts, on="wave").sort("wave")


def _write(tx: Transaction, placed: Sequence[Placed], inside: pl.DataFrame, totals: pl.DataFrame) -> list[str]:
    """The waves that kept a parcel, under ids of this commit; returns the ids."""
    if totals.is_empty():
        return []
    kept = totals["wave"].to_list()
    ids = {number: f"w{tx.version}-{place:03d}" for place, number in enumerate(kept, start=1)}
    waves = [wave for _, wave in placed]
    rows = [
        (number, ids[number], placed[number][0], *waves[number].route, waves[number].reason.value) for number in kept
    ]
    times = {
        "due_at": pl.Series([waves[number].due_at for number in kept], dtype=INSTANT),
        "leaves_at": pl.Series([waves[number].leaves_at for number in kept], dtype=INSTANT),
    }
    named = pl.DataFrame(rows, schema=["wave", "wave_id", "node", "carrier", "area", "layer", "reason"], orient="row")
    tx.append(
        tables.waves,
        named.with_columns(
            **times,
            released_at=pl.lit(tx.at).dt.cast_time_unit("us"),
            released_by=pl.lit(tx.actor),
        )
        .join(totals, on="wave")
        .drop("wave"),
        stamp=True,
    )
    tx.append(
        tables.wave_parcels,
        inside.join(named.select("wave", "wave_id"), on="wave").select("parcel_id", "wave_id", "slot"),
        stamp=True,
    )
    return [ids[number] for number in kept]
