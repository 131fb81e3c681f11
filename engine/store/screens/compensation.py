"""The questions of making good: one function a view of views/24_compensation.sql."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.compensation import SHAPES


def _asked(database: Database, view: str, *, clause: str = "", arguments: str = "", **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments} {clause}", bound or None), SHAPES[view])


def cases_to_judge(database: Database, ticket_ids: Sequence[str] | None = None, *, limit: int = 1000) -> pl.DataFrame:
    """Open, labelled tickets that nothing was proposed for yet, the oldest first; or these tickets."""
    wanted = None if ticket_ids is None else list(ticket_ids)
    return _asked(database, "cases_to_judge", arguments="($wanted, $most)", wanted=wanted, most=limit)


def orders_to_judge(database: Database, order_ids: Sequence[str] = (), *, cause: str = "") -> pl.DataFrame:
    """What these orders hold, and whether they have a compensation already."""
    return _asked(database, "orders_to_judge", arguments="($wanted, $cause)", wanted=list(order_ids), cause=cause)


def buyers_past(
    database: Database,
    buyers: Sequence[str] = (),
    *,
    since_claims: datetime,
    since_given: datetime,
    dear_cents: int,
) -> pl.DataFrame:
    """Orders, claims and compensations of these buyers."""
    return _asked(
        database,
        "buyers_past",
        arguments="($wanted, $since_claims, $since_given, $dear)",
        wanted=list(buyers),
        since_claims=since_claims,
        since_given=since_given,
        dear=dear_cents,
    )


def same_texts(database: Database, ticket_ids: Sequence[str], *, since: datetime, letters: int) -> pl.DataFrame:
    """Tickets whose words others used too."""
    return _asked(
        database,
        "same_texts",
        arguments="($wanted, $since, $letters)",
        wanted=list(ticket_ids),
        since=since,
        letters=letters,
    )


def compensation_queue(database: Database, *, limit: int = 500) -> pl.DataFrame:
    """Proposed compensations, the one that saves most first. `said` carries hostile text."""
    return _asked(database, "compensation_queue", clause="LIMIT $limit", limit=limit)


def compensation_budget_use(database: Database) -> pl.DataFrame:
    """Budgets and how far they are used, the newest first."""
    return _asked(database, "compensation_budget_use")


def compensation_log(database: Database, *, limit: int = 200) -> pl.DataFrame:
    """What was decided, the latest first."""
    return _asked(database, "compensation_log", clause="LIMIT $limit", limit=limit)


def compensations_to_pay(database: Database, *, limit: int) -> pl.DataFrame:
    """Approved compensations that the gateway has not reported on, the oldest first."""
    return _asked(database, "compensations_to_pay", clause="LIMIT $limit", limit=limit)
