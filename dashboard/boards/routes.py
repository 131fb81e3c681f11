"""What the page of routes needs to know: where there are stops, and one node's plan."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.errors import NotFound
from engine.store.database import Database
from engine.store.screens import routes as route_screens


@dataclass(frozen=True, slots=True)
class RouteNodes:
    """Nodes with open stops of their own people, or with a plan."""

    stamp: Stamp
    nodes: pl.DataFrame


@dataclass(frozen=True, slots=True)
class NodePlan:
    """The plan of a node that counts. `plan` has no row where nobody has planned yet."""

    plan: pl.DataFrame
    routes: pl.DataFrame
    stops: pl.DataFrame
    missed: pl.DataFrame


def route_nodes(database: Database, as_of: datetime) -> RouteNodes:
    """Ask where there is something to plan."""
    return RouteNodes(stamp(database, as_of), route_screens.route_nodes(database))


def node_plan(database: Database, node: str) -> NodePlan:
    """Ask for one node's plan."""
    return NodePlan(
        plan=route_screens.route_plans_now(database, node),
        routes=route_screens.routes_now(database, node),
        stops=route_screens.route_stops_now(database, node),
        missed=route_screens.route_misses_now(database, node),
    )


def planned(database: Database, node: str) -> NodePlan:
    """The same for paper. Raises NotFound where nobody has planned yet."""
    found = node_plan(database, node)
    if found.plan.is_empty():
        raise NotFound(f"There is no plan of routes for {node}.")
    return found
