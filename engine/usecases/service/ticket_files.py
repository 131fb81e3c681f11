"""After-sales files into the room, committed in pieces, so that a kill loses nothing: what was committed is found again
as repeated. `send_ticket_file` does the same through the API of a running room, which owns the database."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine.intake.files import read_table
from engine.intake.ticket_fields import ParsedTickets
from engine.intake.ticket_files import parse_tickets, ticket_format
from engine.usecases.orders.intake_parts import Part
from engine.usecases.room.room_caller import RoomCaller
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.ingest_tickets import STORED_AS
from engine.usecases.service.label_tickets import CLASSIFIER, label_tickets
from engine.usecases.service.take_tickets import take_tickets

PIECE = 5_000
"""Tickets a commit: what a kill makes one do again, and how long other writers wait, a fifth of a second."""

SEND_ROWS = 1_000

COUNTS = ("read", "recorded", "repeated", "refused")

Totals = dict[str, int]
Progress = Callable[[int], object]


def ticket_file(work: Workplace, path: Path, *, actor: str, progress: Progress) -> tuple[Totals, list[dict[str, Any]]]:
    """Take in one file; returns its totals (COUNTS) and the first faults. Raises BadFile."""
    table = read_table(path)
    name = ticket_format(table.columns)
    totals: Totals = dict.fromkeys(COUNTS, 0)
    faults: list[dict[str, Any]] = []
    for piece in _pieces(parse_tickets(table, name, now=work.now())):
        part = Part(uuid4().hex, path.name, STORED_AS[name], 1, piece.read)
        [receipt], anew = take_tickets(work, piece, [part], actor=actor)
        label_tickets(work, anew, actor=CLASSIFIER)
        for count in COUNTS:
            totals[count] += getattr(receipt, count)
        faults.extend(receipt.faults)
        progress(piece.read)
    return totals, faults


def _pieces(parsed: ParsedTickets) -> Iterator[ParsedTickets]:
    """The file in commits of PIECE tickets; its faults go with the first."""
    for first in range(0, max(parsed.rows.height, 1), PIECE):
        rows = parsed.rows.slice(first, PIECE)
        faults = parsed.faults if first == 0 else parsed.faults.clear()
        yield replace(parsed, rows=rows, faults=faults, read=rows.height + faults.height)


def send_ticket_file(
    path: Path, url: str, *, key: str | None, progress: Progress
) -> tuple[Totals, list[dict[str, Any]]]:
    """Send one file's rows to a running room. Raises BadFile, BadRequest, DatabaseUnavailable."""
    table = read_table(path)
    name = ticket_format(table.columns)
    totals: Totals = dict.fromkeys(COUNTS, 0)
    faults: list[dict[str, Any]] = []
    rows = table.drop("row").to_dicts()
    with RoomCaller(url, key) as caller:
        for first in range(0, len(rows), SEND_ROWS):
            load = rows[first : first + SEND_ROWS]
            receipt = caller.post("/api/tickets", {"format": name, "source": path.name, "rows": load})
            for count in COUNTS:
                totals[count] += receipt[count]
            faults.extend(receipt["faults"])
            progress(len(load))
    return totals, faults
