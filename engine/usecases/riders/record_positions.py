"""Positions of couriers as phones or a middleware report them: repeated, late and in whatever datum.

A row that cannot be true is answered with its sentence and not stored; the others are. Repeating a row changes
nothing, and where a courier is now does not depend on the order in which rows arrive.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import polars as pl

from engine.errors import BadRequest
from engine.logistics.courier_policy import CourierPolicy
from engine.logistics.trails import Fix, Track, followed
from engine.model.datum import Datum, to_wgs84
from engine.model.frames import INSTANT, Contract
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.riders.courier_policy import load_courier_policy
from engine.usecases.riders.nearest_city import cities_at
from engine.usecases.room.receipts import RowsReceipt
from engine.usecases.room.workplace import Workplace

DIGITS = 6
"""Decimals of a degree that are kept: 0.1 m."""


@dataclass(frozen=True, slots=True)
class Position:
    """`courier` was at `lon`, `lat` of `datum` at `at`; `node`: that it works for; speed km/h, accuracy m."""

    courier: str
    at: datetime
    lon: float
    lat: float
    datum: str = Datum.WGS84
    node: str | None = None
    speed_kmh: float | None = None
    accuracy_m: float | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise BadRequest(f"A position of {self.courier} has a time without a zone.")


_ROWS: Contract = {
    "courier": pl.String,
    "event_time": INSTANT,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "datum": pl.String,
    "node": pl.String,
    "speed_kmh": pl.Float64,
    "accuracy_m": pl.Float64,
}
_KNOWN = ("courier", "node", "event_time", "lon", "lat", "trail")


def record_positions(work: Workplace, positions: Sequence[Position], *, actor: str) -> RowsReceipt:
    """Store what is new and true, and move the couriers, in one commit."""
    policy = load_courier_policy()
    nodes = work.made_once("node_codes", lambda: frozenset(work.database.read("SELECT node FROM nodes")["node"]))
    with work.database.transaction(actor=actor, verb="record_positions", subject=f"{len(positions)} positions") as tx:
        faults, good = [], []
        for row, position in enumerate(positions, start=1):
            fault = _fault(position, nodes, policy, now=tx.at)
            if fault is None:
                good.append(position)
            else:
                faults.append({"row": row, "courier": position.courier, "fault": fault})
        rows = _in_wgs84(good).unique(["courier", "event_time"], keep="first", maintain_order=True)
        known = tx.matching(tables.courier_now, rows.select("courier").unique(), *_KNOWN)
        fresh = _unseen(tx, rows, known)
        _append(tx, fresh)
        _move(work, tx, fresh, known, policy)
        repeated = len(good) - fresh.height
        tx.note(recorded=fresh.height, repeated=repeated, refused=len(faults))
    return RowsReceipt(len(positions), fresh.height, repeated, len(faults), tuple(faults))


def _fault(position: Position, nodes: frozenset[str], policy: CourierPolicy, *, now: datetime) -> str | None:
    """What is wrong with a row, in a sentence."""
    name, rules = position.courier, policy.position
    if position.datum not in set(Datum):
        return f"The datum of {name} is {position.datum!r}: it must be one of {', '.join(Datum)}."
    if not (-180.0 <= position.lon <= 180.0 and -90.0 <= position.lat <= 90.0):
        return f"{name} is at {position.lon:g}, {position.lat:g}: longitude and latitude in degrees, in this order."
    if position.lon == 0.0 and position.lat == 0.0:
        return f"{name} is at 0, 0: that is a phone without a fix, not a place."
    if position.at > now + timedelta(minutes=rules.ahead_minutes):
        return f"The position of {name} has a time that has not come yet: a clock is wrong."
    if position.at < now - timedelta(hours=rules.keep_hours):
        return f"The position of {name} is older than the {rules.keep_hours:g} h that positions are kept."
    if position.node is not None and position.node not in nodes:
        return f"There is no node {position.node!r}."
    for value, unit in ((position.speed_kmh, "km/h"), (position.accuracy_m, "m")):
        if value is not None and not 0.0 <= value < math.inf:
            return f"{name} reports {value:g} {unit}: it must not be below zero."
    return None


def _in_wgs84(positions: Sequence[Position]) -> pl.DataFrame:
    frame = pl.DataFrame(
        [(p.courier, p.at, p.lon, p.lat, str(p.datum), p.node, p.speed_kmh, p.accuracy_m) for p in positions],
        schema=dict(_ROWS),
        orient="row",
    )
    parts = []
    for datum in Datum:
        part = frame.with_row_index("row").filter(pl.col("datum") == datum.value)
        lon, lat = to_wgs84(part["lon"].to_numpy(), part["lat"].to_numpy(), datum)
        parts.append(part.with_columns(lon=pl.Series(lon).round(DIGITS), lat=pl.Series(lat).round(DIGITS)))
    return pl.concat(parts).sort("row").drop("row")


def _unseen(tx: Transaction, rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Rows not stored yet. What is newer than all that is known of its courier needs no look at the facts."""
    seen = known.select("courier", newest="event_time")
    old = rows.join(seen, on="courier").filter(pl.col("event_time") <= pl.col("newest"))
    if old.is_empty():
        return rows
    stored = tx.frame(
        "SELECT courier, event_time FROM courier_positions WHERE event_time >= :first AND event_time <= :last",
        {"courier": pl.String, "event_time": INSTANT},
        {"first": old["event_time"].min(), "last": old["event_time"].max()},
    )
    return rows.join(stored, on=["courier", "event_time"], how="anti", maintain_order="left")


def _append(tx: Transaction, fresh: pl.DataFrame) -> None:
    now = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.courier_positions, fresh.with_columns(ingest_time=now), stamp=True)


def _move(work: Workplace, tx: Transaction, fresh: pl.DataFrame, known: pl.DataFrame, policy: CourierPolicy) -> None:
    """The current state of every courier that something new is known of."""
    before = {row["courier"]: row for row in known.iter_rows(named=True)}
    fixes: dict[str, list[Fix]] = defaultdict(list)
    nodes: dict[str, tuple[datetime, str]] = {}
    for courier, at, lon, lat, _, node, *_rest in fresh.iter_rows():
        fixes[courier].append(Fix(lon, lat, at.timestamp()))
        if node is not None and (courier not in nodes or at >= nodes[courier][0]):
            nodes[courier] = (at, node)
    moved = []
    for courier, new in fixes.items():
        old = before.get(courier)
        track = followed(_track(old) if old else None, new, policy)
        node = nodes[courier][1] if courier in nodes else old["node"] if old else None
        trail = orjson.dumps([list(fix) for fix in track.trail]).decode()
        at = datetime.fromtimestamp(track.now.at, UTC)
        moved.append((courier, node, at, track.now.lon, track.now.lat, track.speed_kmh, trail))
    schema: Contract = {
        "courier": pl.String, "node": pl.String, "event_time": INSTANT, "lon": pl.Float64, "lat": pl.Float64,
        "speed_kmh": pl.Float64, "trail": pl.String,
    }  # fmt: skip
    state = pl.DataFrame(moved, schema=dict(schema), orient="row").with_columns(
        ingest_time=pl.lit(tx.at).dt.cast_time_unit("us"), version=pl.lit(tx.version, dtype=pl.Int64)
    )
    cities = cities_at(work, state["lon"].to_numpy().astype(np.float64), state["lat"].to_numpy().astype(np.float64))
    state = state.with_columns(city=pl.Series(cities, dtype=pl.String))
    is_known = pl.col("courier").is_in(list(before))
    tx.amend(tables.courier_now, state.filter(is_known), on=("courier",))
    tx.append(tables.courier_now, state.filter(~is_known))


def _track(row: Mapping[str, Any]) -> Track:
    trail = tuple(Fix(*point) for point in orjson.loads(row["trail"]))
    return Track(Fix(row["lon"], row["lat"], row["event_time"].timestamp()), trail, None)
