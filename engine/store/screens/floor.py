"""The questions that the floor's screens ask: one function a view of views/08_floor.sql."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from engine.store.database import Database
from engine.store.screens.room import asked


def floor_nodes(database: Database) -> pl.DataFrame:
    """Nodes with planned parcels or waves."""
    return asked(database, "floor_nodes", clause="ORDER BY node")


def open_parcels(database: Database, node: str | None = None) -> pl.DataFrame:
    """Planned parcels in no wave, of one node or of all."""
    return asked(database, "open_parcels", arguments="($node)", clause="ORDER BY parcel_id", node=node)


def open_work(database: Database, departures: Sequence[tuple[str, str, int, datetime, datetime]] = ()) -> pl.DataFrame:
    """Open work by node and route, what cannot wait first.

    `departures`: node, carrier, digits of an area, next pick-up, first pick-up outside the press time.
    """
    columns = list(zip(*departures, strict=True)) or [()] * 5
    names = ("nodes", "carriers", "digits", "leaves", "relaxed")
    kinds = ("VARCHAR", "VARCHAR", "BIGINT", "TIMESTAMPTZ", "TIMESTAMPTZ")
    arguments = ", ".join(f"${name}::{kind}[]" for name, kind in zip(names, kinds, strict=True))
    order = "ORDER BY late DESC, pressed DESC, due_at, node, carrier, area, layer"
    bound = {name: list(column) for name, column in zip(names, columns, strict=True)}
    return asked(database, "open_work", arguments=f"({arguments})", clause=order, **bound)


def released_waves(database: Database, node: str | None = None, *, limit: int = 300) -> pl.DataFrame:
    """The newest waves of a node, or of all."""
    clause = "WHERE $node IS NULL OR node = $node ORDER BY version DESC, due_at, wave_id LIMIT $limit"
    return asked(database, "released_waves", clause=clause, node=node, limit=limit)


def wave_head(database: Database, wave_id: str) -> pl.DataFrame:
    """One wave: one row, or none."""
    return asked(database, "released_waves", clause="WHERE wave_id = $wave_id", wave_id=wave_id)


def wave_lines(database: Database, wave_id: str) -> pl.DataFrame:
    """What is in a wave, by slot."""
    order = "ORDER BY slot, order_id, sku, lot"
    return asked(database, "wave_lines", arguments="($wave_id)", clause=order, wave_id=wave_id)


def wave_kits(database: Database, wave_id: str) -> pl.DataFrame:
    """The kits of a wave and their components."""
    return asked(database, "wave_kits", arguments="($wave_id)", clause="ORDER BY kit, sku", wave_id=wave_id)
