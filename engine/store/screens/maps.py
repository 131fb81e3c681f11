"""The questions that the courier map asks: one function a view of views/16_couriers.sql."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.maps import MAP_SHAPES


def _asked(database: Database, view: str, *, clause: str = "", arguments: str = "", **bound: object) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments} {clause}", bound or None), MAP_SHAPES[view])


def riders(database: Database, city: str | None = None) -> pl.DataFrame:
    """Riders of a city, or of all, by name: a map that picks by position needs rows that stay in place."""
    return _asked(database, "riders", arguments="($city)", clause="ORDER BY courier", city=city)


def rider_trails(database: Database, city: str, since: datetime) -> pl.DataFrame:
    """Trails of the riders of a city who were heard of since then."""
    order = "ORDER BY courier"
    return _asked(database, "rider_trails", arguments="($city, $since)", clause=order, city=city, since=since)


def rider_stops(database: Database, city: str | None = None) -> pl.DataFrame:
    """Open stops of the riders of a city, or of all, in the order of each rider's tour."""
    clause = "WHERE $city IS NULL OR city = $city ORDER BY courier, seq, task_id"
    return _asked(database, "rider_stops", clause=clause, city=city)


def lanes(database: Database, late_from: float) -> pl.DataFrame:
    """Parcels with a waybill by origin and province, the thinnest lanes first: thick ones are drawn on top."""
    order = "ORDER BY parcels, node, province"
    return _asked(database, "lanes", arguments="($late_from)", clause=order, late_from=late_from)


def hubs(database: Database) -> pl.DataFrame:
    """Where parcels under way were last seen."""
    return _asked(database, "hubs", clause="ORDER BY adcode")


def nodes_on_map(database: Database) -> pl.DataFrame:
    """Every node with what stands in it."""
    return _asked(database, "nodes_on_map", clause="ORDER BY node")


def orders_on_map(database: Database, prefix: str) -> pl.DataFrame:
    """Open orders of a city by division."""
    return _asked(database, "orders_on_map", arguments="($prefix)", clause="ORDER BY adcode", prefix=prefix)


def map_cities(database: Database) -> pl.DataFrame:
    """Cities with riders or stores, the one with the most first."""
    return _asked(database, "map_cities", clause="ORDER BY riders + stores DESC, adcode")


def rider_work(database: Database, nodes: Sequence[str], *, limit: int) -> pl.DataFrame:
    """Planned parcels that wait for a rider of these nodes, in the order they were planned."""
    clause = "WHERE list_contains($nodes, node) ORDER BY parcel_id LIMIT $limit"
    return _asked(database, "rider_work", clause=clause, nodes=list(nodes), limit=limit)


def rider_totals(database: Database, since: datetime) -> pl.DataFrame:
    """One row: all riders, those heard of since then, the newest position and when it came in."""
    return _asked(database, "rider_totals", arguments="($since)", since=since)
