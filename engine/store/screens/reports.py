"""The questions that a report is made of, and those about kept reports: one function a view of views/35_reports.sql.

What a report asks is kept in it as text, so that whoever doubts a figure can ask again, on a page or in DuckDB's own
command line. Hence the values stand in the text instead of being bound: a show's id and two instants, quoted here.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from engine.model.frames import conform
from engine.store.database import Database
from engine.store.shapes.reports import SHAPES

Read = Callable[[str], pl.DataFrame]


def call(name: str, *values: str | datetime) -> str:
    """The SQL that asks boards.<name> with these values."""
    return f"FROM boards.{name}({', '.join(_literal(value) for value in values)})"


def _literal(value: str | datetime) -> str:
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.astimezone(UTC).isoformat()}'"
    return "'" + value.replace("'", "''") + "'"


def answer(read: Read, sql: str) -> pl.DataFrame:
    """What a text made by `call` comes to."""
    name = sql.removeprefix("FROM boards.").split("(", 1)[0]
    return conform(read(sql), SHAPES[name])


def _asked(database: Database, view: str, clause: str = "", **bound: Any) -> pl.DataFrame:
    return conform(database.read(f"FROM boards.{view} {clause}", bound or None), SHAPES[view])


def kept_reports(database: Database, *, show_id: str = "") -> pl.DataFrame:
    """Every report that is kept (of one show, where one is named), the newest first; without what stands in them."""
    return _asked(database, "kept_reports", "WHERE $show_id IN ('', show_id)", show_id=show_id)


def report_content(database: Database, show_id: str, report_no: int) -> str | None:
    """The kept text of one report; None: there is none."""
    found = database.read(
        "SELECT content FROM reports WHERE show_id = $show_id AND report_no = $no",
        {"show_id": show_id, "no": report_no},
    )
    return None if found.is_empty() else str(found.item())


def evidence(database: Database, parcel_ids: Sequence[str]) -> pl.DataFrame:
    """Waybill, scans and mass delay of each of these parcels."""
    return conform(
        database.read("FROM boards.report_evidence($wanted)", {"wanted": list(parcel_ids)}), SHAPES["report_evidence"]
    )


def shows_to_report(database: Database) -> pl.DataFrame:
    """Shows that have orders, the newest first."""
    return _asked(database, "shows_to_report")


def definition(database: Database, name: str) -> str:
    """What a question of a report is: the SQL of boards.<name>, as the database has it."""
    found = database.read(
        "SELECT macro_definition FROM duckdb_functions() WHERE function_name = $name AND macro_definition IS NOT NULL",
        {"name": name},
    )
    return "" if found.is_empty() else str(found.item(0, 0))
