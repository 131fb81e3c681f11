"""A bounded piece of the audit as a file, for whoever has to show what was done. Taking it out is in the audit itself.

Personal data are masked as on the page, and no cell can start a formula in a spreadsheet.
"""

import csv
import io
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
import polars as pl

from engine.model.personal import masked_json, masked_words
from engine.store.database import Database
from engine.store.screens.audit import AuditFilter, audit_count, audit_page

MOST_ROWS = 100_000
"""Rows in one file: what a spreadsheet still opens at ease. Narrow the time to get the rest."""

COLUMNS = ("version", "at", "actor", "verb", "subject", "reason", "before", "after", "rest")
BOM = "\ufeff"


class FileForm(StrEnum):
    """As what."""

    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class AuditExport:
    """The file, the rows in it, and how many that fit were left out."""

    name: str
    data: bytes
    rows: int
    left: int


def export_audit(database: Database, chosen: AuditFilter, form: FileForm, *, actor: str) -> AuditExport:
    """The newest MOST_ROWS commits under a filter."""
    whole = audit_count(database, chosen)
    found = audit_page(database, chosen, limit=MOST_ROWS)
    data = _csv(found) if form is FileForm.CSV else _parquet(found)
    left = whole - found.height
    with database.transaction(actor=actor, verb="export_audit", subject=form.value) as tx:
        tx.note(rows=found.height, left=left, filter=chosen.clause())
        tx.keep()
    return AuditExport(f"audit-{database.now():%Y%m%d-%H%M%S}.{form.value}", data, found.height, left)


def told_apart(detail: str) -> tuple[str, Any, Any, dict[str, Any]]:
    """Why, before, after, and the rest of what a commit tells of itself; masked."""
    told = masked_json(detail)
    if not isinstance(told, dict):
        return "", None, None, {"text": told} if told else {}
    rest = {name: value for name, value in told.items() if name not in ("reason", "before", "after")}
    return str(told.get("reason") or ""), told.get("before"), told.get("after"), rest


def _cells(found: pl.DataFrame) -> list[tuple[Any, ...]]:
    rows = []
    for version, at, actor, verb, subject, detail in found.iter_rows():
        reason, before, after, rest = told_apart(detail)
        values = (_json(before), _json(after), _json(rest or None))
        rows.append((version, at, actor, verb, masked_words(subject), reason, *values))
    return rows


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _csv(found: pl.DataFrame) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in row] for row in _cells(found))
    return (BOM + text.getvalue()).encode()


def _harmless(cell: object) -> object:
    """Text that a spreadsheet would take for a formula is quoted with an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _parquet(found: pl.DataFrame) -> bytes:
    shape: dict[str, Any] = dict.fromkeys(COLUMNS, pl.String)
    shape |= {"version": pl.Int64, "at": found.schema["at"]}
    file = io.BytesIO()
    pl.DataFrame(_cells(found), schema=shape, orient="row").write_parquet(file)
    return file.getvalue()
