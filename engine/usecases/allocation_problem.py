"""Gathers one allocation problem from the room: waiting orders, what lies where, who may carry it at what tariff."""

from datetime import datetime, time, timedelta

import polars as pl

from engine.allocation.problem import AllocationPolicy, Problem
from engine.clock import BEIJING
from engine.model.frames import INSTANT
from engine.store.database import Database
from engine.usecases.workplace import Workplace

HORIZON_HOURS = 24
"""A node may be promised what it can hand over in a day from now; the tightest usual promise is 24 to 48 hours."""

SMALL = 5000
"""Up to this many orders their lines are looked up by key; for more, one scan of the lines is cheaper."""

MIDDLE = (35.0, 105.0)
"""Latitude and longitude of the middle of the country (Gansu)."""

RETRY_SECONDS = 60
"""An order that could not be served is tried again this much later: stock and capacity change in minutes."""


def waiting_orders(database: Database, *, now: datetime, limit: int) -> pl.DataFrame:
    """Reserved orders without an allocation, first paid first; those just found unservable are left out a while."""
    return database.read(
        """
        SELECT o.order_id, o.buyer, o.adcode AS region, r.lat, r.lon, o.paid_at, o.promise_at, o.address, o.street
        FROM orders o
        LEFT JOIN regions r ON r.adcode = o.adcode
        LEFT JOIN allocation_reasons a ON a.order_id = o.order_id
        WHERE o.status = 'reserved' AND (a.order_id IS NULL OR a.decided_at < $retry)
          AND o.order_id NOT IN (SELECT order_id FROM delay_offers WHERE hold_until > $now)
        ORDER BY o.paid_at, o.order_id
        LIMIT $limit
        """,
        {"retry": now - timedelta(seconds=RETRY_SECONDS), "now": now, "limit": limit},
    )


def gather_problem(work: Workplace, orders: pl.DataFrame, *, now: datetime) -> Problem:
    """The problem of DESIGN's file contract for these orders, with stock, throughput and capacity as they are now."""
    database = work.database
    nodes = _nodes(database, now=now)
    return Problem(
        orders=orders.select(
            "order_id",
            # Orders merge only for one door: the masked name alone may be two people of one district.
            buyer=pl.concat_str("buyer", "street", "address", separator="|", ignore_nulls=True),
            region="region",
            # A division whose seat the gazetteer does not know is ranked from the middle of the country.
            lat=pl.col("lat").fill_null(MIDDLE[0]),
            lon=pl.col("lon").fill_null(MIDDLE[1]),
            paid_at="paid_at",
            promise_at="promise_at",
        ),
        lines=_lines_of(database, orders).with_columns(pl.col("qty").cast(pl.Int32)),
        skus=database.read("SELECT sku, weight_kg, volume_l, layer, shelf_life_days FROM skus"),
        nodes=nodes,
        stock=database.read(
            "SELECT b.node, b.sku, b.lot, l.expires_on AS expiry, b.on_hand - b.reserved - b.quarantined AS qty "
            "FROM stock_balance b JOIN lots l ON l.lot = b.lot WHERE b.on_hand - b.reserved - b.quarantined > 0 "
            "ORDER BY ALL"
        ),
        offers=work.made_once("offers", lambda: offers(database, nodes)),  # 20,000 rows, 0.2 s
        carriers=_carriers(database, now=now),
        policy=AllocationPolicy(now=now),
    )


def _lines_of(database: Database, orders: pl.DataFrame) -> pl.DataFrame:
    if orders.height <= SMALL:
        return database.read(
            "SELECT order_id, sku, qty, kit FROM order_lines WHERE order_id IN (SELECT unnest($ids)) "
            "ORDER BY order_id, line_no",
            {"ids": orders["order_id"].to_list()},
        )
    every = database.read("SELECT order_id, sku, qty, kit FROM order_lines")
    return every.join(orders.select("order_id"), on="order_id", how="semi")


def _nodes(database: Database, *, now: datetime) -> pl.DataFrame:
    found = database.read(
        """
        SELECT n.node, n.kind, n.adcode AS region, n.lat, n.lon, n.cutoff, n.layers, n.throughput_per_hour,
               coalesce(p.planned, 0) AS planned
        FROM nodes n
        LEFT JOIN (SELECT node, count(*) AS planned FROM parcels
                   WHERE status = 'planned' AND planned_at > $since GROUP BY node) p ON p.node = n.node
        ORDER BY n.node
        """,
        {"since": now - timedelta(hours=HORIZON_HOURS)},
    )
    return found.select(
        "node",
        "kind",
        "region",
        "lat",
        "lon",
        throughput=(pl.col("throughput_per_hour") * HORIZON_HOURS - pl.col("planned")).clip(0).cast(pl.Int64),
        layers=pl.col("layers").str.split("|"),
        cutoff_at=pl.Series([next_cutoff(cutoff, now=now) for cutoff in found["cutoff"]], dtype=INSTANT),
    )


def next_cutoff(cutoff: str | None, *, now: datetime) -> datetime | None:
    """The next time a carrier collects at a node whose last collection of the day is at `cutoff` (HH:MM, Beijing)."""
    if cutoff is None:
        return None
    local = now.astimezone(BEIJING)
    hour, minute = (int(part) for part in cutoff.split(":"))
    today = datetime.combine(local.date(), time(hour, minute), tzinfo=BEIJING)
    return today if today > local else today + timedelta(days=1)


def _carriers(database: Database, *, now: datetime) -> pl.DataFrame:
    """Capacity left of the Beijing day, shares as they stand in the master data."""
    midnight = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return database.read(
        """
        SELECT c.carrier, greatest(c.capacity_per_day - coalesce(p.planned, 0), 0)::BIGINT AS capacity,
               c.min_share, c.max_share
        FROM carriers c
        LEFT JOIN (SELECT carrier, count(*) AS planned FROM parcels
                   WHERE status = 'planned' AND planned_at >= $midnight GROUP BY carrier) p ON p.carrier = c.carrier
        ORDER BY c.carrier
        """,
        {"midnight": midnight},
    )


def offers(database: Database, nodes: pl.DataFrame) -> pl.DataFrame:
    """Tariffs spread over nodes: for each node, carrier, destination and layer the longest origin that matches.

    Carriers with a radius only serve the node's own district, and only where its centre lies within the radius:
    the platforms give no address finer than the street, so a district is as near as a promise can be checked.
    """
    tariffs = database.read(
        "SELECT t.*, c.max_km, c.layers AS carrier_layers FROM tariffs t JOIN carriers c ON c.carrier = t.carrier"
    )
    matched = (
        nodes.select("node", "lat", "lon", "layers", node_region="region")
        .join(tariffs, how="cross")
        .with_columns(origin=pl.col("origin").replace("*", ""), destination=pl.col("destination").replace("*", ""))
        .filter(
            pl.col("node_region").str.starts_with(pl.col("origin")),
            pl.col("layers").list.contains(pl.col("layer")),
            pl.col("carrier_layers").str.split("|").list.contains(pl.col("layer")),
        )
    )
    centres = database.read("SELECT adcode, lat AS centre_lat, lon AS centre_lon FROM regions WHERE lat IS NOT NULL")
    near = (
        matched.filter(pl.col("max_km").is_not_null())
        .join(centres, left_on="node_region", right_on="adcode")
        .filter(
            _km() <= pl.col("max_km"),
            pl.col("node_region").str.starts_with(pl.col("destination")),
        )
        .with_columns(destination="node_region")
    )
    far = matched.filter(pl.col("max_km").is_null())
    columns = ["node", "destination", "carrier", "layer", "fixed_yuan", "per_kg_yuan", "late_yuan", "origin"]
    return (
        pl.concat([far.select(columns), near.select(columns)])
        .sort(pl.col("origin").str.len_chars(), descending=True, maintain_order=True)
        .unique(["node", "destination", "carrier", "layer"], keep="first", maintain_order=True)
        .rename({"destination": "region"})
        .drop("origin")
    )


def _km() -> pl.Expr:
    """Distance of node and district centre; over a few kilometres the flat approximation errs by under 0.1 %."""
    lat = (pl.col("lat") - pl.col("centre_lat")) * 111.2
    lon = (pl.col("lon") - pl.col("centre_lon")) * 111.2 * (pl.col("lat") * 3.141592653589793 / 180).cos()
    return (lat**2 + lon**2).sqrt()
