"""What may not be used as things stand in the database; asked by every allocation, before and while it is written."""

from collections.abc import Iterable

import polars as pl

from engine.allocation.barriers import Barriers
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction

_STANDING = """
    SELECT 'node' AS what, node AS name, '' AS region FROM node_states WHERE state = 'closed'
    UNION ALL SELECT 'lot', lot, '' FROM lot_states WHERE state = 'quarantined'
    UNION ALL SELECT 'carrier', carrier, region FROM carrier_stops WHERE state = 'stopped'
"""


def barriers(database: Database) -> Barriers:
    """As of the last commit."""
    return _barriers(database.read(_STANDING).rows())


def barriers_now(tx: Transaction) -> Barriers:
    """As this transaction sees them."""
    return _barriers(tx.rows(_STANDING))


def barred_orders(tx: Transaction, picks: pl.DataFrame) -> pl.DataFrame:
    """`order_id` of orders whose picks (order_id, node, lot, carrier) use what has been barred since they were made."""
    standing = barriers_now(tx)
    if not (standing.nodes or standing.lots or standing.stops):
        return picks.select("order_id").clear()
    regions = tx.matching(tables.orders, picks.select("order_id").unique(), "order_id", "adcode")
    placed = picks.join(regions.rename({"adcode": "region"}), on="order_id")
    return placed.filter(standing.behind()).select("order_id").unique()


def _barriers(rows: Iterable[tuple[str, str, str]]) -> Barriers:
    by_kind: dict[str, set[tuple[str, str]]] = {"node": set(), "lot": set(), "carrier": set()}
    for what, name, region in rows:
        by_kind[what].add((name, region))
    return Barriers(
        nodes=frozenset(name for name, _ in by_kind["node"]),
        lots=frozenset(name for name, _ in by_kind["lot"]),
        stops=frozenset(by_kind["carrier"]),
    )
