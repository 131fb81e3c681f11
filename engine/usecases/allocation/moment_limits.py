"""What can still leave each node, and what can each carrier still take, before the promises of this batch?

Gathers what is planned, and hands it to the queues of engine/rules. The room does not track pick-ups yet, so a planned
parcel is taken to leave at its node's and its carrier's rate. The master data gives nodes no hours of their own: they
pack around the clock, and what they pack leaves in the hours of the carriers that collect there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.clock import BEIJING
from engine.model.frames import INSTANT
from engine.rules.hours import DAY, WorkingHours, beijing_minutes
from engine.rules.policy import LimitPolicy
from engine.rules.queues import backlogs, room_until_promises
from engine.store.database import Database
from engine.usecases.allocation.offer_sheet import OfferSheet

Floats = npt.NDArray[np.float64]

HOUR = 60
BUCKET = 10
"""Minutes in which planned parcels are counted together: at a node that sends 6,000 an hour, at most 1,000 parcels are
placed up to ten minutes too early."""

MOST_PROMISES = 12
"""So many promises of a batch are kept apart at most; more are put together, each group due as its earliest."""


@dataclass(frozen=True, slots=True)
class Promises:
    """When the batch's orders are due: `due` in Beijing minutes, rising, and how many `orders` at each."""

    due: Floats
    orders: Floats

    @property
    def latest(self) -> float:
        """The last of them."""
        return float(self.due[-1])

    def postponed(self, lost: npt.NDArray[np.bool_], *, until: float) -> "Promises":
        """The same with those that cannot be kept due at `until` instead."""
        due, group = np.unique(np.where(lost, until, self.due), return_inverse=True)
        return Promises(due=due, orders=np.bincount(group, weights=self.orders).astype(np.float64))


@dataclass(frozen=True, slots=True)
class Limits:
    """The problem's node and carrier frames at a moment, and what the offers need of it.

    `ready`: per node of the sheet, when a parcel planned now is packed (Beijing minutes). `open_pairs`: pairs whose
    carrier still collects at the node before the last promise.
    """

    nodes: pl.DataFrame
    carriers: pl.DataFrame
    ready: Floats
    open_pairs: npt.NDArray[np.bool_]


def promises_of(orders: pl.DataFrame, policy: LimitPolicy, *, now: float) -> Promises:
    """The promises of `orders` (promise: f64 Beijing minutes), by the hour, the earlier hour counting.

    A promise that is past, or too near to be kept, would allow nothing to leave any more; but the order shall still
    ship. It counts as due after the policy's horizon.
    """
    promise = orders["promise"].to_numpy()
    hopeless = promise < now + policy.tight_hours * HOUR
    due = np.where(hopeless, now + policy.horizon_hours * HOUR, promise)
    hours = np.unique(due // HOUR)
    if len(hours) > MOST_PROMISES:
        hours = hours[np.arange(MOST_PROMISES) * len(hours) // MOST_PROMISES]
    group = np.searchsorted(hours, due // HOUR, side="right") - 1
    return Promises(due=hours * HOUR, orders=np.bincount(group, minlength=len(hours)).astype(np.float64))


def limits_now(
    database: Database,
    sheet: OfferSheet,
    promises: Promises,
    policy: LimitPolicy,
    *,
    now: datetime,
    freed: Sequence[str] = (),
) -> Limits:
    """Throughput of every node and capacity of every carrier until the batch's promises.

    `freed`: parcels that count as not planned.
    """
    at = beijing_minutes(now)
    since = now - timedelta(hours=policy.look_back_hours)
    planned = _planned(database, since=since, freed=freed)
    last = _last_departures(sheet, promises)
    lost = np.logical_not((last > at).any(axis=0))
    if lost.any():
        # Nobody collects anywhere before that promise: as hopeless as one that is past.
        promises = promises.postponed(lost, until=at + policy.horizon_hours * HOUR)
        last = _last_departures(sheet, promises)
    nodes = database.read(
        "SELECT node, kind, adcode AS region, lat, lon, cutoff, layers, throughput_per_hour FROM nodes ORDER BY node"
    )
    per_minute = nodes["throughput_per_hour"].to_numpy() / HOUR
    rates = nodes.select(key="node", per_minute=pl.col("throughput_per_hour") / HOUR)
    waiting = _per_row(backlogs(_queue(planned, rates, now=at)), nodes["node"])
    before = np.repeat(waiting[:, None], len(promises.due), axis=1)
    if waiting.any() and _promised_later(database, since=since, than=promises.due[0]):
        queue = _queue(_planned_by_promise(database, since=since, freed=freed), rates, now=at)
        before = np.column_stack([_per_row(backlogs(queue, due_by=due), nodes["node"]) for due in promises.due])
    # Nodes x promises: what leaves until the last departure, less what must be gone by then already.
    left = per_minute[:, None] * np.maximum(last - at, 0) - before
    ready = at + np.divide(waiting, per_minute, out=np.zeros_like(waiting), where=per_minute > 0)
    return Limits(
        nodes=nodes.select(
            "node",
            "kind",
            "region",
            "lat",
            "lon",
            throughput=pl.Series(room_until_promises(left, due=promises.orders)),
            layers=pl.col("layers").str.split("|"),
            cutoff_at=pl.Series([next_cutoff(cutoff, now=now) for cutoff in nodes["cutoff"]], dtype=INSTANT),
        ),
        carriers=_carriers(database, planned, orders=float(promises.orders.sum()), latest=promises.latest, now=at),
        ready=ready,
        open_pairs=_open_pairs(sheet, until=promises.latest, now=at),
    )


def next_cutoff(cutoff: str | None, *, now: datetime) -> datetime | None:
    """The next time a carrier collects at a node whose last collection of the day is at `cutoff` (HH:MM, Beijing)."""
    if cutoff is None:
        return None
    local = now.astimezone(BEIJING)
    hour, minute = (int(part) for part in cutoff.split(":"))
    today = datetime.combine(local.date(), time(hour, minute), tzinfo=BEIJING)
    return today if today > local else today + timedelta(days=1)


def _planned(database: Database, *, since: datetime, freed: Sequence[str]) -> pl.DataFrame:
    """Parcels planned since then: node, carrier, begun (start of their BUCKET, f64 Beijing minutes), parcels."""
    return database.read(
        """
        SELECT node, carrier, (epoch_us(planned_at) // (60000000 * $bucket) * $bucket + 480)::DOUBLE AS begun,
               count(*) AS parcels
        FROM parcels WHERE status = 'planned' AND planned_at > $since
          AND parcel_id NOT IN (SELECT unnest($freed::VARCHAR[]))
        GROUP BY ALL
        """,
        {"bucket": BUCKET, "since": since, "freed": list(freed)},
    )


def _promised_later(database: Database, *, since: datetime, than: float) -> bool:
    """Is anything planned whose promise is later than `than`, so that it can stand back? Rarely, while all promises are
    alike; asking takes a millisecond, telling them apart 50 at 65,000 parcels."""
    [(latest,)] = database.read(
        "SELECT max(promise_at) FROM orders WHERE status = 'allocated' AND promise_at > $since", {"since": since}
    ).rows()
    return latest is not None and beijing_minutes(latest) // HOUR > than // HOUR


def _planned_by_promise(database: Database, *, since: datetime, freed: Sequence[str]) -> pl.DataFrame:
    """The same, and due: the earliest promise in the parcel by the hour before (f64 Beijing minutes)."""
    return database.read(
        """
        SELECT node, carrier, begun, due, count(*) AS parcels
        FROM (
            SELECT any_value(p.node) AS node, any_value(p.carrier) AS carrier,
                   (epoch_us(any_value(p.planned_at)) // (60000000 * $bucket) * $bucket + 480)::DOUBLE AS begun,
                   (epoch_us(min(o.promise_at)) // 3600000000 * 60 + 480)::DOUBLE AS due
            FROM parcels p
            JOIN boards.standing_picks a ON a.parcel_id = p.parcel_id
            JOIN orders o ON o.order_id = a.order_id
            WHERE p.status = 'planned' AND p.planned_at > $since
              AND p.parcel_id NOT IN (SELECT unnest($freed::VARCHAR[]))
            GROUP BY p.parcel_id
        )
        GROUP BY ALL
        """,
        {"bucket": BUCKET, "since": since, "freed": list(freed)},
    )


def _queue(planned: pl.DataFrame, rates: pl.DataFrame, *, now: float) -> pl.DataFrame:
    """Planned parcels as the queues of their nodes."""
    return planned.rename({"node": "key"}).join(rates, on="key").with_columns(since=now - pl.col("begun"))


def _last_departures(sheet: OfferSheet, promises: Promises) -> Floats:
    """Nodes x promises: the last moment before the promise at which anybody collects there."""
    by_schedule = np.array([hours.last_working(promises.due) for hours in sheet.schedules])
    last = np.full((len(sheet.nodes), len(promises.due)), -np.inf)
    if len(by_schedule):
        np.maximum.at(last, sheet.pairs["node_row"].to_numpy(), by_schedule[sheet.schedule])
    return last


def _open_pairs(sheet: OfferSheet, *, until: float, now: float) -> npt.NDArray[np.bool_]:
    """Which pairs of node and carrier have working time left."""
    ahead = [hours.between(np.array(now), np.array(until)) > 0 for hours in sheet.schedules]
    return np.array(ahead, dtype=np.bool_)[sheet.schedule]


def _carriers(database: Database, planned: pl.DataFrame, *, orders: float, latest: float, now: float) -> pl.DataFrame:
    """Parcels each carrier can still take, and the shares of this batch that keep it to its agreed share of everything.

    A day of capacity goes from one closing to the next. A parcel carrier's is what its vans hold: as long as one still
    comes, all that is left of the day's. Riders and clerks are people: theirs is what remains of their hours before the
    closing, or the last promise if that is sooner, less what waits for them already.
    """
    found = database.read(
        "SELECT carrier, capacity_per_day, min_share, max_share, max_km, hours FROM carriers ORDER BY carrier"
    )
    left: list[int] = []
    taken: list[float] = []
    for carrier, per_day, max_km, hours in found.select("carrier", "capacity_per_day", "max_km", "hours").iter_rows():
        of_carrier = planned.filter(pl.col("carrier") == carrier)
        taken.append(float(of_carrier["parcels"].sum()))
        left.append(
            _left_of(WorkingHours.parse(hours), per_day, of_carrier, people=max_km is not None, latest=latest, now=now)
        )
    shares = {
        name: pl.Series(shares_left(found[name].to_numpy(), np.array(taken), orders))
        for name in ("min_share", "max_share")
    }
    return found.select("carrier", **shares, capacity=pl.Series(left, dtype=pl.Int64))


def shares_left(agreed: Floats, taken: Floats, orders: float) -> Floats:
    """By carrier, the share of a batch of so many orders that brings it to its agreed share of everything planned.

    `agreed`: 0 to 1; `taken`: its parcels planned before. A contract speaks of the day's parcels: held to it order by
    order, a batch of three would have to break three of them. A parcel an order is counted on.
    """
    if orders <= 0:
        return agreed
    left: Floats = np.clip((agreed * (taken.sum() + orders) - taken) / orders, 0.0, 1.0)
    return left


def _left_of(
    hours: WorkingHours, per_day: int, planned: pl.DataFrame, *, people: bool, latest: float, now: float
) -> int:
    start = np.array(now)
    closing = float(hours.next_closing(start))
    since_closing = planned.filter(pl.col("begun") + BUCKET > closing - DAY)["parcels"].sum()
    left = float(per_day - since_closing)
    if people:
        per_minute = per_day / hours.per_day
        worked = hours.between(planned["begun"].to_numpy(), start)
        waiting = backlogs(planned.with_columns(key="carrier", since=pl.Series(worked), per_minute=pl.lit(per_minute)))
        ahead = float(hours.between(start, np.array(min(closing, latest))))
        left = min(left, per_minute * ahead - float(waiting["waiting"].sum()))
    return max(int(left + 1e-9), 0)


def _per_row(queues: pl.DataFrame, keys: pl.Series) -> Floats:
    """The waiting parcels of each key, nought where nothing waits."""
    return (
        keys.to_frame("key")
        .join(queues, on="key", how="left", maintain_order="left")["waiting"]
        .fill_null(0.0)
        .to_numpy()
    )
