"""What each board needs to know, asked together: one frozen value a board. Asks only; caching is reads.py's matter."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from engine.store.database import Database
from engine.store.screens import room as screens
from engine.store.screens import steering as steering_screens


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a board was asked, at which data version, and the newest event and ingest of each feed."""

    as_of: datetime
    version: int
    ingested: dict[str, datetime | None]

    def age(self, feed: str, now: datetime) -> float | None:
        """Seconds since anything of `feed` came in; None if nothing ever did."""
        at = self.ingested.get(feed)
        return None if at is None else max((now - at).total_seconds(), 0.0)


def stamp(database: Database, as_of: datetime) -> Stamp:
    """The stamp of what is asked now. The version is read first: what follows is at least as new."""
    version = database.data_version()
    feeds = screens.feed_ages(database)
    return Stamp(as_of, version, dict(zip(feeds["feed"], feeds["ingest_time"], strict=True)))


@dataclass(frozen=True, slots=True)
class Overview:
    """The wall."""

    stamp: Stamp
    totals: dict[str, int]
    road: dict[str, int]
    status: pl.DataFrame
    minutes: pl.DataFrame  # order_pulse by minute
    pulse: pl.DataFrame  # the same, in buckets of `pulse_seconds`
    pulse_seconds: int
    promises: pl.DataFrame
    pools: pl.DataFrame
    provinces: pl.DataFrame
    waiting: dict[str, object]
    held_by_rule: pl.DataFrame
    nodes: pl.DataFrame
    carriers: pl.DataFrame
    invariants: pl.DataFrame
    shows: pl.DataFrame


def overview(database: Database, as_of: datetime) -> Overview:
    """Ask everything the wall shows."""
    made = stamp(database, as_of)
    minutes = screens.order_pulse(database, as_of)
    seconds = pulse_seconds(minutes)
    return Overview(
        stamp=made,
        totals=screens.day_totals(database, as_of).row(0, named=True),
        road=screens.road_totals(database, as_of).row(0, named=True),
        status=screens.orders_by_status(database),
        minutes=minutes,
        pulse=minutes if seconds == 60 else screens.order_pulse(database, as_of, seconds=seconds),
        pulse_seconds=seconds,
        promises=screens.promise_clock(database, as_of),
        pools=screens.pool_paces(database, as_of),
        provinces=screens.orders_by_province(database),
        waiting=screens.waiting_for_review(database).row(0, named=True),
        held_by_rule=screens.held_by_rule(database),
        nodes=screens.node_load(database),
        carriers=screens.carrier_mix(database),
        invariants=screens.invariant_states(database),
        shows=screens.show_phases(database, as_of),
    )


def pulse_seconds(minutes: pl.DataFrame) -> int:
    """Buckets for the pulse: 10 s while the orders of the window span 20 minutes or less, else a minute."""
    busy = minutes.filter(pl.col("orders") > 0)
    if busy.is_empty():
        return 60
    span = minutes["bucket"][-1] - busy["bucket"][0]
    return 10 if span.total_seconds() <= 20 * 60 else 60


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders board."""

    stamp: Stamp
    by_show: pl.DataFrame
    provinces: pl.DataFrame
    sold: pl.DataFrame
    latest: pl.DataFrame
    unserved: pl.DataFrame
    batches: pl.DataFrame
    promises: pl.DataFrame
    shows: pl.DataFrame


def orders(database: Database, as_of: datetime) -> Orders:
    """Ask everything the orders board shows."""
    return Orders(
        stamp=stamp(database, as_of),
        by_show=screens.orders_by_show(database),
        provinces=screens.orders_by_province(database),
        sold=screens.sold_today(database, as_of),
        latest=screens.latest_orders(database),
        unserved=screens.unserved_orders(database),
        batches=screens.latest_batches(database),
        promises=screens.promise_clock(database, as_of),
        shows=screens.show_phases(database, as_of),
    )


@dataclass(frozen=True, slots=True)
class Inventory:
    """The inventory board."""

    stamp: Stamp
    pools: pl.DataFrame
    skus: pl.DataFrame
    lots: pl.DataFrame
    free: pl.DataFrame


def inventory(database: Database, as_of: datetime) -> Inventory:
    """Ask everything the inventory board shows."""
    return Inventory(
        stamp=stamp(database, as_of),
        pools=screens.pool_clocks(database, as_of),
        skus=screens.sku_stock(database, as_of),
        lots=screens.lot_stock(database, as_of),
        free=screens.free_outside_pools(database, as_of),
    )


@dataclass(frozen=True, slots=True)
class Network:
    """The network page."""

    stamp: Stamp
    nodes: pl.DataFrame
    carriers: pl.DataFrame
    stock: pl.DataFrame  # lot_stock
    lots: pl.DataFrame  # under quarantine
    stuck: pl.DataFrame
    edits: pl.DataFrame
    shortages: pl.DataFrame
    log: pl.DataFrame
    divisions: pl.DataFrame


def network(database: Database, as_of: datetime) -> Network:
    """Ask everything the network page shows."""
    return Network(
        stamp=stamp(database, as_of),
        nodes=steering_screens.steered_nodes(database, as_of),
        carriers=steering_screens.steered_carriers(database, as_of),
        stock=screens.lot_stock(database, as_of),
        lots=steering_screens.quarantined_lots(database),
        stuck=steering_screens.stuck_now(database),
        edits=steering_screens.platform_edits(database),
        shortages=steering_screens.shortages(database),
        log=steering_screens.steering_log(database),
        divisions=steering_screens.divisions(database),
    )


@dataclass(frozen=True, slots=True)
class Review:
    """The review desk."""

    stamp: Stamp
    waiting: dict[str, object]
    holds: pl.DataFrame
    rules: pl.DataFrame
    quarantine: pl.DataFrame


def review(database: Database, as_of: datetime) -> Review:
    """Ask everything the review desk shows."""
    return Review(
        stamp=stamp(database, as_of),
        waiting=screens.waiting_for_review(database).row(0, named=True),
        holds=screens.hold_queue(database),
        rules=screens.held_by_rule(database),
        quarantine=screens.quarantine_queue(database),
    )


@dataclass(frozen=True, slots=True)
class System:
    """The engine room."""

    stamp: Stamp
    feeds: pl.DataFrame
    invariants: pl.DataFrame
    jobs: pl.DataFrame
    runs: pl.DataFrame
    audit: pl.DataFrame
    totals: dict[str, int]


def system(database: Database, as_of: datetime) -> System:
    """Ask everything the system page shows."""
    return System(
        stamp=stamp(database, as_of),
        feeds=screens.feed_ages(database),
        invariants=screens.invariant_states(database),
        jobs=screens.job_states(database),
        runs=screens.latest_job_runs(database),
        audit=screens.audit_tail(database),
        totals=screens.day_totals(database, as_of).row(0, named=True),
    )


@dataclass(frozen=True, slots=True)
class Changeable:
    """What a what-if can change, with its names."""

    carriers: pl.DataFrame
    nodes: pl.DataFrame
    skus: pl.DataFrame
    shows: pl.DataFrame


def changeable(database: Database, as_of: datetime) -> Changeable:
    """Ask for everything that a what-if can name."""
    return Changeable(
        carriers=screens.carrier_mix(database),
        nodes=screens.node_load(database),
        skus=screens.sku_stock(database, as_of),
        shows=screens.show_phases(database, as_of),
    )
