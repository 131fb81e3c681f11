"""What the queue of tickets and the after-sales board need to know."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from dashboard.boards.compensation import BudgetFigures, budget_figures
from dashboard.boards.four import Stamp, stamp
from dashboard.boards.incidents import Incidents, incidents
from dashboard.views.tickets import PER_PAGE, TicketsView
from engine.aftersales.masked_words import masked_words
from engine.store.database import Database
from engine.store.screens import incidents as incident_screens
from engine.store.screens import returns as returns_screens
from engine.store.screens import tickets as ticket_screens
from engine.usecases.service.answer_times import load_answer_times

DRAWN_BATCHES = 2
"""Curves that fit on the board; the rest has its page."""

LOOK_BACK_DAYS = 30
"""Of reasons, ratings and what people taught: the span that platforms rate shops by."""


@dataclass(frozen=True, slots=True)
class Tickets:
    """A page of the queue with the buyers' words masked, how many fit, and the load of the whole desk."""

    stamp: Stamp
    soon_minutes: float
    page: pl.DataFrame
    fitting: int
    loads: pl.DataFrame


def tickets(database: Database, as_of: datetime, view: TicketsView) -> Tickets:
    """Ask everything the queue shows."""
    made, times = stamp(database, as_of), load_answer_times()
    wanted = view.wanted(as_of)
    page = ticket_screens.ticket_page(database, wanted, most=PER_PAGE, before=view.page * PER_PAGE)
    return Tickets(
        stamp=made,
        soon_minutes=times.soon_minutes,
        page=page.with_columns(pl.Series("said", [masked_words(said) for said in page["said"]], dtype=pl.String)),
        fitting=_fitting(database, wanted, page),
        loads=ticket_screens.ticket_loads(database, as_of, soon_minutes=times.soon_minutes),
    )


def _fitting(database: Database, wanted: ticket_screens.Wanted, page: pl.DataFrame) -> int:
    """How many fit; a page behind the last one does not say it."""
    return int(page["fitting"][0]) if page.height else ticket_screens.ticket_count(database, wanted)


@dataclass(frozen=True, slots=True)
class TicketFile:
    """What has happened to one ticket, and what it is about."""

    story: pl.DataFrame
    pieces: pl.DataFrame


def ticket_file(database: Database, ticket_id: str) -> TicketFile:
    """Ask for both."""
    return TicketFile(
        ticket_screens.ticket_story(database, ticket_id), ticket_screens.ticket_pieces(database, ticket_id)
    )


@dataclass(frozen=True, slots=True)
class AfterSales:
    """The board: queue by class and age, arrivals by hour, open batches, what is given away, what people taught."""

    stamp: Stamp
    loads: pl.DataFrame
    ages: pl.DataFrame
    hours: pl.DataFrame
    complaints: Incidents  # all incidents, and the names of their causes
    batches: pl.DataFrame  # of them the open ones, the gravest first
    batch_times: dict[str, pl.DataFrame]  # when buyers complained, of the gravest
    budget: BudgetFigures
    feedback: dict[str, int]
    reasons: pl.DataFrame  # why money is asked back, of the last 30 days
    ratings: pl.DataFrame  # by day, of the same days
    changes: dict[str, int]  # state -> changes of packing and carrier


def after_sales(database: Database, as_of: datetime) -> AfterSales:
    """Ask everything the board shows."""
    made, times = stamp(database, as_of), load_answer_times()
    since = as_of - timedelta(days=LOOK_BACK_DAYS)
    complaints = incidents(database, as_of)
    batches = gravest_first(complaints.incidents)
    return AfterSales(
        stamp=made,
        loads=ticket_screens.ticket_loads(database, as_of, soon_minutes=times.soon_minutes),
        ages=ticket_screens.ticket_ages(database, as_of),
        hours=ticket_screens.ticket_hours(database, as_of),
        complaints=complaints,
        batches=batches,
        batch_times={
            name: incident_screens.incident_times(database, name) for name in batches["incident_id"].head(DRAWN_BATCHES)
        },
        budget=budget_figures(database),
        feedback=ticket_screens.label_feedback(database, as_of).row(0, named=True),
        reasons=returns_screens.return_reasons(database, since),
        ratings=returns_screens.rating_days(database, since),
        changes=dict(returns_screens.improvement_list(database)["state"].value_counts().iter_rows()),
    )


def gravest_first(found: pl.DataFrame) -> pl.DataFrame:
    """Open incidents of complaints, those with the most buyers beyond what is usual first."""
    found = found.filter(pl.col("state") == "open")
    return found.sort(pl.col("buyers") - pl.col("expected"), "incident_id", descending=[True, False])
