"""The questions about the classifier of complaints: one function a view of views/21_ticket_models.sql."""

from datetime import datetime
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.ticket_models import SHAPES


def _asked(database: Database, view: str, *, arguments: str = "", **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments}", bound or None), SHAPES[view])


def ticket_models(database: Database) -> pl.DataFrame:
    """Every trained classifier, the newest first."""
    return _asked(database, "trained_classifiers")


def ticket_corrections(database: Database) -> pl.DataFrame:
    """What operators say tickets are about, each ticket's last word, the oldest first."""
    return _asked(database, "ticket_corrections")


def newest_corrections(database: Database) -> pl.DataFrame:
    """The newest 200 of them beside what the classifier had said, the newest first."""
    return _asked(database, "newest_corrections")


def ticket_label_totals(database: Database, as_of: datetime) -> pl.DataFrame:
    """Labels of the last 28 days: by the classifier, of these unsure, and by operators: one row."""
    return _asked(database, "ticket_label_totals", arguments="($as_of)", as_of=as_of)


def unjudged_tickets(database: Database, since: datetime, *, most: int) -> pl.DataFrame:
    """Tickets since then that no person has labelled, with the words the classifier reads, the newest first."""
    return _asked(database, "unjudged_tickets", arguments="($since, $most)", since=since, most=most)
