"""The open stops of a store's own people become routes: gather, let the logistics plan, write the plan in one commit.

A stop is where its parcel's courier task says; without one, the seat of its district, because addresses are masked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from engine.errors import NotFound
from engine.logistics.route_policy import RiderKind, RoutePolicy
from engine.logistics.routes import Route, RoutePlan, Stop, plan_routes
from engine.model.frames import INSTANT
from engine.rules.hours import WorkingHours, beijing_minutes
from engine.store import tables
from engine.store.database import Database
from engine.store.screens import routes as route_screens
from engine.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Planned:
    """What was planned for a node; routes == 0 and missed == 0: it has no open stop."""

    routes: int
    stops: int
    missed: int
    metres: float


@dataclass(frozen=True, slots=True)
class _Share:
    """The plan of one carrier, and when its parcels are due."""

    carrier: str
    plan: RoutePlan
    due: dict[str, datetime]


def plan_node_routes(database: Database, node: str, policy: RoutePolicy, *, actor: str) -> Planned:
    """Plan the routes of `node` now; the plan before it no longer counts. Raises NotFound for a node that is none."""
    places = database.read("SELECT lon, lat FROM nodes WHERE node = $node", {"node": node})
    if places.is_empty():
        raise NotFound(f"There is no node {node}.")
    start = (database.now() + timedelta(minutes=policy.way.lead_minutes)).replace(second=0, microsecond=0)
    rows = route_screens.rider_stops(database, node)
    shares = [
        _share(str(carrier), part, places.row(0), policy, start)
        for (carrier,), part in rows.group_by("carrier", maintain_order=True)
    ]
    with database.transaction(actor=actor, verb="plan_routes", subject=node) as tx:
        planned = _write(tx, node, shares, start)
        tx.note(routes=planned.routes, stops=planned.stops, missed=planned.missed, metres=round(planned.metres))
    return planned


def shifts(hours: str, start: datetime, policy: RoutePolicy) -> list[tuple[int, int]]:
    """The carrier's working windows from `start` to the end of the horizon, in seconds after `start`."""
    work, begin = WorkingHours.parse(hours), beijing_minutes(start)
    end = begin + policy.way.horizon_hours * 60
    found, at = [], begin
    while at < end:
        opens = float(work.next_working(np.array([at]))[0])
        if opens >= end:
            break
        minute = opens % 1440
        closes = min(end, opens - minute + next(to for since, to in work.windows if since <= minute < to))
        found.append((round((opens - begin) * 60), round((closes - begin) * 60)))
        at = closes
    return found


def _share(
    carrier: str, part: pl.DataFrame, store: tuple[float, float], policy: RoutePolicy, start: datetime
) -> _Share:
    stops = [
        Stop(parcel_id, lon, lat, kg, round((due - start).total_seconds()))
        for parcel_id, lon, lat, kg, due in part.select("parcel_id", "lon", "lat", "kg", "due_at").iter_rows()
    ]
    riders = policy.riders[RiderKind(part["kind"][0])]
    plan = plan_routes(store, stops, shifts(part["hours"][0], start, policy), riders, policy.way)
    return _Share(carrier, plan, dict(part.select("parcel_id", "due_at").iter_rows()))


def _write(tx: Transaction, node: str, shares: Sequence[_Share], start: datetime) -> Planned:
    tours = [
        (f"r{tx.version}-{n}", share, route)
        for n, (share, route) in enumerate(((s, r) for s in shares for r in s.plan.routes), start=1)
    ]
    missed = [
        (stop.parcel_id, share.carrier, why.value, share.due[stop.parcel_id])
        for share in shares
        for stop, why in share.plan.missed
    ]
    stops = sum(len(route.visits) for _, _, route in tours)
    if tours or missed or _stands(tx, node):
        plan = pl.DataFrame({"node": [node], "routes": [len(tours)], "stops": [stops], "missed": [len(missed)]})
        moments = {
            "planned_at": pl.lit(tx.at).dt.cast_time_unit("us"),
            "starts_at": pl.lit(start).dt.cast_time_unit("us"),
        }
        tx.append(tables.route_plans, plan.with_columns(planned_by=pl.lit(tx.actor), **moments), stamp=True)
    tx.append(tables.rider_routes, _routes(node, tours, start), stamp=True)
    tx.append(tables.route_stops, _visits(tours, start), stamp=True)
    schema: dict[str, Any] = {"parcel_id": pl.String, "carrier": pl.String, "reason": pl.String, "due_at": INSTANT}
    tx.append(tables.route_misses, pl.DataFrame(missed, schema=schema, orient="row"), stamp=True)
    return Planned(len(tours), stops, len(missed), sum(route.metres for _, _, route in tours))


def _stands(tx: Transaction, node: str) -> bool:
    """Whether an older plan must be shown to be over."""
    return bool(tx.rows("SELECT version FROM route_plans WHERE node = :node LIMIT 1", {"node": node}))


def _routes(node: str, tours: Sequence[tuple[str, _Share, Route]], start: datetime) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (route_id, node, share.carrier, route.rider, start + timedelta(seconds=route.leaves),
             start + timedelta(seconds=route.back), route.metres, route.kg, len(route.visits))
            for route_id, share, route in tours
        ],
        schema={
            "route_id": pl.String, "node": pl.String, "carrier": pl.String, "rider": pl.Int32, "leaves_at": INSTANT,
            "back_at": INSTANT, "metres": pl.Float64, "kg": pl.Float64, "stops": pl.Int64,
        },
        orient="row",
    )  # fmt: skip


def _visits(tours: Sequence[tuple[str, _Share, Route]], start: datetime) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (route_id, seq, visit.stop.parcel_id, visit.stop.lon, visit.stop.lat,
             start + timedelta(seconds=visit.arrival), share.due[visit.stop.parcel_id], visit.metres, visit.stop.kg)
            for route_id, share, route in tours
            for seq, visit in enumerate(route.visits, start=1)
        ],
        schema={
            "route_id": pl.String, "seq": pl.Int32, "parcel_id": pl.String, "lon": pl.Float64, "lat": pl.Float64,
            "arrives_at": INSTANT, "due_at": INSTANT, "metres": pl.Float64, "kg": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
