"""What must stay and did it: one function a view of views/29_pick_stops.sql, and their shapes."""

import polars as pl

from engine.model.frames import INSTANT, Contract, conform
from engine.store.database import Database

TEXT, COUNT = pl.String, pl.Int64

PICK_STOP_SHAPES: dict[str, Contract] = {
    "goods_to_stop": {
        "order_id": TEXT, "parcel_id": TEXT, "platform": TEXT, "order_no": TEXT, "node": TEXT, "node_zh": TEXT,
        "node_en": TEXT, "carrier": TEXT, "carrier_zh": TEXT, "carrier_en": TEXT, "why": TEXT, "reached": TEXT,
        "state": TEXT, "asked_at": INSTANT, "state_at": INSTANT, "version": COUNT, "wave_id": TEXT, "slot": pl.Int32,
        "waybill_no": TEXT, "stage": TEXT, "amount_cents": COUNT, "goods": TEXT, "units": COUNT,
    },
    "stops_by_node": {
        "node": TEXT, "node_zh": TEXT, "node_en": TEXT, "open": COUNT, "stopped": COUNT, "shipped": COUNT,
        "oldest_open": INSTANT,
    },
}  # fmt: skip


def pick_stops(
    database: Database, *, node: str | None = None, state: str | None = None, limit: int = 1000
) -> pl.DataFrame:
    """Pick-stops of a node or of all, in one state or any: open ones first, the newest of each first."""
    clause = (
        "WHERE ($node IS NULL OR node = $node) AND ($state IS NULL OR state = $state) "
        "ORDER BY state = 'open' DESC, version DESC, order_id, parcel_id LIMIT $limit"
    )
    found = database.read(f"FROM boards.goods_to_stop {clause}", {"node": node, "state": state, "limit": limit})
    return conform(found, PICK_STOP_SHAPES["goods_to_stop"])


def pick_stops_after(database: Database, node: str | None, version: int, *, limit: int) -> pl.DataFrame:
    """Pick-stops of a node or of all that were asked for after data version `version`, the oldest first."""
    clause = (
        "WHERE ($node IS NULL OR node = $node) AND version > $version "
        "ORDER BY version, order_id, parcel_id LIMIT $limit"
    )
    found = database.read(f"FROM boards.goods_to_stop {clause}", {"node": node, "version": version, "limit": limit})
    return conform(found, PICK_STOP_SHAPES["goods_to_stop"])


def pick_stop_totals(database: Database) -> pl.DataFrame:
    """How the race stands at every node that had to stop something."""
    found = database.read("FROM boards.stops_by_node ORDER BY open DESC, shipped DESC, node")
    return conform(found, PICK_STOP_SHAPES["stops_by_node"])
