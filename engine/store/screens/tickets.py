"""The questions about after-sales tickets: one function a view of views/23_tickets.sql."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.tickets import SHAPES

FEEDBACK_DAYS = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets; None where it does not matter. `about`: a Complaint or "unsure"."""

    desk: str | None = None
    state: str | None = None
    about: str | None = None
    asked_before: datetime | None = None
    word: str | None = None


_FITTING = "($desk, $state, $about, CAST($asked_before AS TIMESTAMPTZ), $word"


def _asked(database: Database, view: str, *, clause: str = "", arguments: str = "", **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view}{arguments} {clause}", bound or None), SHAPES[view])


def ticket_page(database: Database, wanted: Wanted, *, most: int, before: int = 0) -> pl.DataFrame:
    """A page of the tickets that fit, those that are owed an answer first on top; `before`: tickets to leave out."""
    return _asked(
        database, "ticket_page", arguments=f"{_FITTING}, $most, $before)", most=most, before=before, **_bound(wanted)
    )


def ticket_count(database: Database, wanted: Wanted) -> int:
    """How many tickets fit."""
    found = database.read(f"SELECT count(*) FROM boards.tickets_that_fit{_FITTING})", _bound(wanted))
    return int(found.item())


def _bound(wanted: Wanted) -> dict[str, Any]:
    return {
        "desk": wanted.desk, "state": wanted.state, "about": wanted.about, "asked_before": wanted.asked_before,
        "word": wanted.word or None,
    }  # fmt: skip


def ticket_loads(database: Database, as_of: datetime, *, soon_minutes: float = 60) -> pl.DataFrame:
    """Tickets by complaint, desk and state; what is overdue now and what will be within `soon_minutes`."""
    soon = as_of + timedelta(minutes=soon_minutes)
    return _asked(database, "ticket_loads", arguments="($as_of, $soon)", as_of=as_of, soon=soon)


def ticket_ages(database: Database, as_of: datetime) -> pl.DataFrame:
    """Unresolved tickets by complaint and age."""
    return _asked(database, "ticket_ages", arguments="($as_of)", clause="ORDER BY complaint, hours_from", as_of=as_of)


def ticket_hours(database: Database, as_of: datetime) -> pl.DataFrame:
    """Tickets of the last two days by hour and complaint."""
    return _asked(database, "ticket_hours", arguments="($as_of)", clause="ORDER BY bucket, complaint", as_of=as_of)


def ticket_story(database: Database, ticket_id: str) -> pl.DataFrame:
    """All that happened to a ticket, the newest first."""
    return _asked(database, "ticket_story", arguments="($ticket)", ticket=ticket_id)


def ticket_pieces(database: Database, ticket_id: str) -> pl.DataFrame:
    """What a ticket is about."""
    return _asked(database, "ticket_pieces", arguments="($ticket)", ticket=ticket_id)


def label_feedback(database: Database, as_of: datetime) -> pl.DataFrame:
    """What people said of the machine's labels in the last FEEDBACK_DAYS; one row."""
    return _asked(database, "label_feedback", arguments="($since)", since=as_of - timedelta(days=FEEDBACK_DAYS))
