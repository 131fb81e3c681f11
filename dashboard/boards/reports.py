"""What the page of reports needs to know, asked together."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from engine.model.frames import conform
from engine.reports.report_policy import ReportPolicy
from engine.store.database import Database
from engine.store.screens import reports as report_screens
from engine.store.shapes.reports import SHAPES
from engine.usecases.reports.kept_reports import Kept, kept_report
from engine.usecases.reports.report_policy import load_report_policy

MOST_SHOWS = 8
"""Shows beside each other in a scorecard: what fits on a screen, and two weeks of a brand that is on air daily."""
MOST_ROWS = 200
"""Rows of a question that is asked again; the whole answer is a query away."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Shows with orders, the reports that are kept, and the rules they are made by."""

    shows: pl.DataFrame
    kept: pl.DataFrame
    policy: ReportPolicy


def reports(database: Database, as_of: datetime) -> Reports:
    """Ask what there is."""
    del as_of
    return Reports(
        report_screens.shows_to_report(database), report_screens.kept_reports(database), load_report_policy()
    )


def one(database: Database, show_id: str, report_no: int) -> Kept:
    """A report that is kept. Raises NotFound."""
    return kept_report(database, show_id, report_no)


def newest(database: Database, board: Reports) -> tuple[Kept, ...]:
    """The newest report of each of the last MOST_SHOWS shows that have one, the oldest show first."""
    reported = board.shows.filter(pl.col("reports") > 0)["show_id"].to_list()
    return tuple(kept_report(database, show_id) for show_id in reversed(reported[:MOST_SHOWS]))


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A question of a report as its database has it, and what it comes to now."""

    definition: str
    rows: pl.DataFrame
    left: int


def asked_again(database: Database, sql: str) -> AskedAgain | None:
    """What a question comes to now; None for text that is no call of one of ours."""
    name = sql.removeprefix("FROM boards.").split("(", 1)[0]
    if name not in SHAPES or not sql.startswith("FROM boards.report_") or ";" in sql:
        return None
    rows = conform(database.read(sql), SHAPES[name])
    return AskedAgain(report_screens.definition(database, name), rows.head(MOST_ROWS), max(rows.height - MOST_ROWS, 0))
