"""A table or a request of after-sales tickets -> tickets and faults: which format is it, and who parses it?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import polars as pl

from engine.errors import BadFile, BadRequest
from engine.intake.canonical_tickets import parse_canonical_tickets
from engine.intake.douyin_tickets import parse_douyin_tickets
from engine.intake.json_tables import table_of
from engine.intake.parsed import RESERVED
from engine.intake.ticket_fields import ParsedTickets

TicketFormat = Literal["douyin", "canonical"]

FORMATS: tuple[TicketFormat, ...] = ("canonical", "douyin")
MARKS: dict[TicketFormat, str] = {"douyin": "售后单号", "canonical": "ticket_no"}
"""The column that only a file of this format has."""


def ticket_format(columns: Sequence[str]) -> TicketFormat:
    """Which format these columns are. Raises BadFile that names what was expected and what was found."""
    for name, mark in MARKS.items():
        if mark in columns:
            return name
    found = ", ".join(name for name in columns if name not in RESERVED)[:300]
    raise BadFile(
        "These are no after-sales tickets: a Douyin export has the column 售后单号, the canonical format ticket_no. "
        f"Found: {found}."
    )


def parse_tickets(table: pl.DataFrame, name: str, *, now: datetime) -> ParsedTickets:
    """Rows of a named format, in whichever way they came."""
    if name == "douyin":
        return parse_douyin_tickets(table, now=now)
    if name == "canonical":
        return parse_canonical_tickets(table, now=now)
    raise BadRequest(f"The format {name!r} is not known: send canonical or douyin.")


def rows_as_table(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Decoded JSON objects as the table they would have been in a file."""
    return table_of(rows)
