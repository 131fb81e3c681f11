"""Reads reports that were kept: they are told as they were made, whatever has happened since."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from engine.errors import NotFound
from engine.reports.content import Report, report_of
from engine.store.database import Database
from engine.store.screens import reports as report_screens


@dataclass(frozen=True, slots=True)
class Kept:
    """A report with what the table says of it."""

    show_id: str
    report_no: int
    made_at: datetime
    made_by: str
    occasion: str
    report: Report


def kept_report(database: Database, show_id: str, report_no: int | None = None) -> Kept:
    """One report of a show, the newest unless a number is given. Raises NotFound."""
    listed = report_screens.kept_reports(database, show_id=show_id)
    chosen = listed if report_no is None else listed.filter(pl.col("report_no") == report_no)
    if chosen.is_empty():
        which = "" if report_no is None else f" {report_no}"
        raise NotFound(f"There is no report{which} of the show {show_id!r}.")
    row = chosen.sort("report_no").row(-1, named=True)
    content = report_screens.report_content(database, show_id, row["report_no"])
    assert content is not None
    return Kept(show_id, row["report_no"], row["made_at"], row["made_by"], row["occasion"], report_of(content))
