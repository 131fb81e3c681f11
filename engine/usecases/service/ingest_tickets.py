"""After-sales tickets by request: those that wait together are parsed and stored together, in the order they came."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from engine.intake.ticket_files import parse_tickets, rows_as_table
from engine.usecases.orders.intake_desk import IntakeRequest
from engine.usecases.orders.intake_parts import Part
from engine.usecases.room.receipts import RowsReceipt
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.label_tickets import CLASSIFIER, label_tickets
from engine.usecases.service.take_tickets import take_tickets

STORED_AS = {"canonical": "canonical_tickets", "douyin": "douyin_tickets"}
"""Format of a request -> what the quarantine calls it, where rows of orders wait beside rows of tickets."""
FORMAT_OF = {stored: name for name, stored in STORED_AS.items()}


def ingest_tickets(work: Workplace, requests: Sequence[IntakeRequest]) -> list[RowsReceipt]:
    """Take in several requests, in turn; the receipts come in the order of the requests."""
    receipts: list[RowsReceipt] = []
    for run in _runs(requests):
        rows: list[Mapping[str, Any]] = []
        parts: list[Part] = []
        for request in run:
            name = STORED_AS.get(request.format, request.format)
            parts.append(Part(uuid4().hex, request.source, name, len(rows) + 1, len(request.rows)))
            rows.extend(request.rows)
        parsed = parse_tickets(rows_as_table(rows), run[0].format, now=work.now())
        told, anew = take_tickets(work, parsed, parts, actor=run[0].actor)
        label_tickets(work, anew, actor=CLASSIFIER)
        receipts.extend(told)
    return receipts


def _runs(requests: Sequence[IntakeRequest]) -> Iterator[list[IntakeRequest]]:
    """Neighbours of one format and one caller. Two requests about one ticket may share a run: the later report counts
    whatever came first."""
    run: list[IntakeRequest] = []
    for request in requests:
        if run and (request.format, request.actor) != (run[0].format, run[0].actor):
            yield run
            run = []
        run.append(request)
    if run:
        yield run
