"""Our side of the intake benchmark: from assembled frames to the durable commit, as the desk does it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.bench.measure import Round
from engine.bench.replay import Letter
from engine.intake.assemble import OrderBatch
from engine.store.database import Database
from engine.usecases.orders.ingest_orders import assembled, parse, take_batch
from engine.usecases.orders.intake_desk import IntakeReceipt
from engine.usecases.orders.intake_parts import Part
from engine.usecases.room.workplace import Workplace

LETTERS = {"reserved": "R", "held": "R", "sold_out": "S"}


@dataclass(frozen=True, slots=True)
class Group:
    """What one commit takes in: one batch, or several that waited together."""

    batch: OrderBatch
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The pulse as frames, and how many seconds parsing and assembling took for all of it."""

    groups: tuple[Group, ...]
    parse_seconds: float
    assemble_seconds: float


def prepare(work: Workplace, batches: Sequence[Sequence[Mapping[str, Any]]], *, together: int) -> Prepared:
    """Parse and assemble; `together` batches make one commit, each a part of its own."""
    groups: list[Group] = []
    parsing = assembling = 0.0
    for first in range(0, len(batches), together):
        chosen = batches[first : first + together]
        parts: list[Part] = []
        rows: list[Mapping[str, Any]] = []
        for number, batch in enumerate(chosen, first):
            parts.append(Part(f"{together}-{number}", "bench", "canonical", len(rows) + 1, len(batch)))
            rows.extend(batch)
        began = time.perf_counter()
        parsed = parse("canonical", rows)
        between = time.perf_counter()
        assembled_batch = assembled(work, parsed)
        ended = time.perf_counter()
        parsing, assembling = parsing + between - began, assembling + ended - between
        groups.append(Group(assembled_batch, tuple(parts)))
    return Prepared(tuple(groups), parsing, assembling)


def take_all(work: Workplace, groups: Sequence[Group]) -> tuple[Round, list[IntakeReceipt]]:
    """Decide and commit every group; the receipts of all parts."""
    receipts: list[IntakeReceipt] = []
    batch_ms: list[float] = []
    began = time.perf_counter()
    for group in groups:
        start = time.perf_counter()
        receipts += take_batch(work, group.batch, group.parts, actor="bench")
        batch_ms.append((time.perf_counter() - start) * 1000)
    return Round(time.perf_counter() - began, tuple(batch_ms)), receipts


def decided(
    database: Database, receipts: Sequence[IntakeReceipt], expected: Sequence[Sequence[tuple[str, Letter]]]
) -> list[list[tuple[str, Letter]]]:
    """What the database says was decided, laid out as `expected` is: stored orders in the order of their arrival.

    A repeated order leaves no row. It is told where `expected` has one, as often as the batch's receipt counted one;
    a surplus or lack of them shows as a disagreement.
    """
    stored = iter(database.read("SELECT order_id, outcome FROM orders ORDER BY arrival").iter_rows())
    told: list[list[tuple[str, Letter]]] = []
    for batch, receipt in zip(expected, receipts, strict=True):
        ended: list[tuple[str, Letter]] = []
        repeats, accepted = receipt.duplicate, receipt.accepted
        for order_id, letter in batch:
            if letter == "D" and repeats:
                ended.append((order_id, "D"))
                repeats -= 1
            elif accepted:
                own_id, outcome = next(stored)
                ended.append((own_id, LETTERS.get(outcome, outcome)))
                accepted -= 1
            else:
                ended.append((order_id, "not accepted"))
        ended.extend(("one more", "D") for _ in range(repeats))
        told.append(ended)
    return told
