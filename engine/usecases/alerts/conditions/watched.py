"""What a condition is made of: how it is looked for, and how often that is worth its cost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from engine.response.alerting import Cause, Finding
from engine.store.database import Database
from engine.usecases.room.workplace import Workplace

Look = Callable[[Workplace, datetime], list[Finding]]


@dataclass(frozen=True, slots=True)
class Watched:
    """`look`: everything of the condition as of the last commit, good or bad. `seconds`: at most so often, and only if
    something was committed; what costs a millisecond is looked at every second."""

    look: Look
    seconds: float


def cause(**dimensions: str | None) -> Cause:
    """A cause of these dimensions; those that are None or empty are not part of it."""
    return tuple(sorted((name, value) for name, value in dimensions.items() if value))


def asked(database: Database, sql: str, **bound: object) -> list[dict[str, Any]]:
    """Rows of a question over tables and views."""
    found: pl.DataFrame = database.read(sql, bound or None)
    return found.rows(named=True)
