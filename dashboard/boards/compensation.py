"""What the desk of compensations needs to know. The after-sales board places its figures too."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.aftersales.compensation_policy import CompensationPolicy
from engine.store.database import Database
from engine.store.screens import compensation as compensation_screens
from engine.usecases.making_good.compensation_records import compensation_policy


@dataclass(frozen=True, slots=True)
class BudgetFigures:
    """All budgets that are open, the newest first; what the newest has left, and of how much, in cents."""

    budgets: pl.DataFrame
    key: str | None
    left_cents: int
    cents: int
    proposed: int
    proposed_cents: int


def budget_figures(database: Database) -> BudgetFigures:
    """For a tile: how much may still be given away."""
    used = compensation_screens.compensation_budget_use(database)
    newest = None if used.is_empty() else used.row(0, named=True)
    return BudgetFigures(
        budgets=used,
        key=newest["budget_key"] if newest else None,
        left_cents=newest["left_cents"] if newest else 0,
        cents=newest["cents"] if newest else 0,
        proposed=int(used["proposed"].sum()),
        proposed_cents=int(used["proposed_cents"].sum()),
    )


@dataclass(frozen=True, slots=True)
class Compensations:
    """The desk: what waits for a yes, the budgets, and what was decided."""

    stamp: Stamp
    policy: CompensationPolicy
    queue: pl.DataFrame
    budget: BudgetFigures
    log: pl.DataFrame


def compensations(database: Database, as_of: datetime) -> Compensations:
    """Ask everything that desk shows."""
    return Compensations(
        stamp=stamp(database, as_of),
        policy=compensation_policy(),
        queue=compensation_screens.compensation_queue(database),
        budget=budget_figures(database),
        log=compensation_screens.compensation_log(database),
    )
