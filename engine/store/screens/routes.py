"""The questions about routes of a store's own people: one function a view of views/18_routes.sql."""

import polars as pl

from engine.store.database import Database
from engine.store.screens.room import asked


def rider_stops(database: Database, node: str | None = None) -> pl.DataFrame:
    """What riders and clerks still have to bring, by carrier; of one node or of all."""
    return asked(database, "rider_stops", arguments="($node)", clause="ORDER BY carrier, parcel_id", node=node)


def route_nodes(database: Database) -> pl.DataFrame:
    """Nodes with open stops or a plan, the most open stops first."""
    return asked(database, "route_nodes", clause="ORDER BY open_stops DESC, node")


def route_plans_now(database: Database, node: str | None = None) -> pl.DataFrame:
    """The plan that counts: one row a node, or none."""
    return asked(database, "route_plans_now", clause="WHERE $node IS NULL OR node = $node ORDER BY node", node=node)


def routes_now(database: Database, node: str | None = None) -> pl.DataFrame:
    """The tours of a node's plan."""
    return asked(database, "routes_now", arguments="($node)", node=node)


def route_stops_now(database: Database, node: str | None = None) -> pl.DataFrame:
    """The stops of a node's plan, tour by tour in order."""
    return asked(database, "route_stops_now", arguments="($node)", clause="ORDER BY route_id, seq", node=node)


def route_misses_now(database: Database, node: str | None = None) -> pl.DataFrame:
    """What no tour of the node's plan takes."""
    return asked(database, "route_misses_now", arguments="($node)", clause="ORDER BY due_at, parcel_id", node=node)
