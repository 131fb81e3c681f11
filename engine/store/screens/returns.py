"""The questions of returns, changes and ratings: one function a view of views/24_returns.sql."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.returns import SHAPES


def _asked(database: Database, view: str, *, clause: str = "", arguments: str = "", **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments} {clause}", bound or None), SHAPES[view])


def goods_outcomes(database: Database, since: datetime, until: datetime, settled: datetime) -> pl.DataFrame:
    """What became of the goods of parcels planned between two instants and signed for before a third."""
    arguments = "($since, $until, $settled)"
    return _asked(database, "goods_outcomes", arguments=arguments, since=since, until=until, settled=settled)


def route_costs(database: Database, since: datetime) -> pl.DataFrame:
    """Parcels and their mean cost by carrier and province."""
    return _asked(database, "route_costs", arguments="($since)", since=since)


def return_reasons(database: Database, since: datetime) -> pl.DataFrame:
    """Why buyers ask for their money back, the commonest first. `reason` is the platform's text."""
    return _asked(database, "return_reasons", arguments="($since)", since=since)


def improvement_list(database: Database) -> pl.DataFrame:
    """Every change, those that wait for a decision first."""
    return _asked(database, "improvement_list")


def rating_days(database: Database, since: datetime) -> pl.DataFrame:
    """Ratings by day."""
    return _asked(database, "rating_days", arguments="($since)", since=since)


def low_ratings(database: Database, since: datetime, *, most: int) -> pl.DataFrame:
    """Ratings of at most so many stars with the way of their parcels, the newest first. `words`: hostile text."""
    return _asked(database, "low_ratings", arguments="($since, $most)", since=since, most=most)


def order_ratings(database: Database, order_ids: Sequence[str] = ()) -> pl.DataFrame:
    """The ratings of these orders: one row, or none, of each."""
    clause = "WHERE order_id IN (SELECT unnest($orders::VARCHAR[]))"
    return _asked(database, "order_ratings", clause=clause, orders=list(order_ids))
