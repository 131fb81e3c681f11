"""How fast do after-sales tickets come in, by file and one by one, and how long do the pages take that show them?

A room with ten orders a ticket. Beside the intake: the plain append of the very rows that it stored. The file is timed
without the classifier, which has its own figures (bench tickets); pushed tickets with it. The figures count only if the
invariants of tickets hold.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import numpy as np
import polars as pl

from engine.bench.boards import LIMIT_MS, fill
from engine.bench.measure import BenchFailed, machine, percentile
from engine.clock import utc_now
from engine.intake.regions import load_gazetteer
from engine.intake.ticket_fields import ParsedTickets
from engine.intake.ticket_files import parse_tickets, rows_as_table
from engine.settings import DATA, load_settings
from engine.store.database import Database
from engine.store.screens import tickets as ticket_screens
from engine.store.screens.tickets import Wanted
from engine.usecases.orders.gate import Gate
from engine.usecases.orders.intake_desk import IntakeDesk, IntakeRequest
from engine.usecases.orders.intake_parts import Part
from engine.usecases.room.room import TICKETS_LINGER, load_hold_policy
from engine.usecases.room.verify import questions
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.classify_tickets import label_texts
from engine.usecases.service.ingest_tickets import ingest_tickets
from engine.usecases.service.take_tickets import take_tickets
from engine.usecases.service.ticket_files import PIECE

ORDERS_A_TICKET = 10
PUSHED = 500
PER_SECOND = 50.0
"""Tickets a second that come one a request, as a platform pushes them."""
ANSWERED_MS = 1000.0
"""Labelled and committed; a second more is left to find that it tips a batch."""

GOAL_SECONDS = 15.0
"""For the file of the published size: so long an operator looks at a progress bar."""

SEED = 20261113
WORDS = ("瓶子漏了，箱子里全是油", "等了五天还没收到货", "发错了，我买的是大米", "米里有虫子，味道发霉", "可以开发票吗")
TABLES = ("ticket_reports", "tickets", "ticket_goods", "ticket_events")
CHECKS = ("tickets_follow_from_reports", "ticket_state_follows_from_facts", "ticket_goods_are_of_its_order")

LABELLED = """
    DELETE FROM ticket_labels;
    UPDATE tickets SET complaint = CASE hash(ticket_id) % 6 WHEN 0 THEN 'not_received' WHEN 1 THEN 'damaged'
        WHEN 2 THEN 'wrong_item' WHEN 3 THEN 'quality' WHEN 4 THEN 'other' END, labelled_by = 'classifier';
    INSERT INTO ticket_labels BY NAME SELECT version, asked_at AS "at", ticket_id, complaint, 0.9 AS confidence,
        'classifier' AS labelled_by, 'bench' AS model, '[["漏", 1.5]]' AS evidence, 'bench' AS actor FROM tickets;
"""
"""For the pages: a label a ticket, one in six of them none."""


def run_ticket_intake(*, tickets: int, say: Callable[[str], None]) -> dict[str, Any]:
    """The whole benchmark as one JSON-ready dict. Raises BenchFailed where what was stored is wrong."""
    result: dict[str, Any] = {"bench": "tickets-intake", "machine": machine(), "tickets": tickets}
    as_of = utc_now()
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        say(f"Storing {tickets * ORDERS_A_TICKET:,} orders ...")
        path = folder / "room.duckdb"
        fill(path, orders=tickets * ORDERS_A_TICKET, as_of=as_of - timedelta(hours=1))
        with _opened(path) as work:
            rows = told(work.database, tickets, as_of)
            result["file"] = _by_file(work, rows)
            result["pushed"] = _pushed(work, as_of)
            _check(work.database, tickets + PUSHED)
            stored = {table: work.database.read(f"FROM {table}") for table in TABLES}
        result["append"] = _append(folder, stored)
        result["pages"] = _pages(path, as_of)
    seconds, pushed = result["file"]["seconds"], result["pushed"]["answered_ms_p99"]
    result["file"]["of_the_append"] = round(result["append"]["seconds"] / seconds, 3)
    result["goals"] = {
        f"the file is in within {GOAL_SECONDS:.0f} s": seconds < GOAL_SECONDS,
        f"{PER_SECOND:.0f} a second, each answered within {ANSWERED_MS:.0f} ms": pushed < ANSWERED_MS,
        f"every page is read within {LIMIT_MS:.0f} ms": max(result["pages"].values()) < LIMIT_MS,
    }
    say(f"  file {seconds} s, pushed p99 {pushed} ms, dearest page {max(result['pages'].values())} ms")
    return result


@contextmanager
def _opened(path: Path) -> Iterator[Workplace]:
    """The filled room again, with everything but its brand, which stands in it."""
    database = Database.open(f"duckdb:///{path}")
    try:
        settings = load_settings(environment={"WARROOM_DATABASE": f"duckdb:///{path}"})
        gazetteer = load_gazetteer(DATA / "geo" / "regions.csv")
        yield Workplace(settings, database, gazetteer, Gate(load_hold_policy()), now=utc_now)
    finally:
        database.close()


def told(database: Database, tickets: int, as_of: datetime) -> list[dict[str, Any]]:
    """Canonical tickets of orders that are stored, one in twenty of an order that is not."""
    luck = np.random.default_rng(SEED)
    orders = database.read("SELECT platform, order_no FROM orders ORDER BY hash(order_id) LIMIT $n", {"n": tickets})
    hours, words = luck.exponential(20, tickets), luck.integers(0, len(WORDS), tickets)
    strangers, ended = luck.random(tickets) < 0.05, luck.random(tickets) < 0.4
    return [
        {
            "platform": platform, "ticket_no": f"B{n:010d}", "order_no": f"X{n:010d}" if strange else order_no,
            "claim": "refund", "reason": None, "text": f"{WORDS[word]} {n}", "refund_yuan": "29.90",
            "asked_at": (asked := as_of - timedelta(hours=float(ago))).isoformat(),
            "refunded_at": (asked + timedelta(minutes=1)).isoformat() if over else None,
        }
        for n, ((platform, order_no), strange, word, ago, over) in enumerate(
            zip(orders.iter_rows(), strangers, words, hours, ended, strict=True)
        )
    ]  # fmt: skip


def _by_file(work: Workplace, rows: list[dict[str, Any]]) -> dict[str, Any]:
    commits: list[float] = []
    began = time.perf_counter()
    parsed = parse_tickets(rows_as_table(rows), "canonical", now=work.now())
    for first in range(0, parsed.rows.height, PIECE):
        start = time.perf_counter()
        piece = parsed.rows.slice(first, PIECE)
        _take(work, ParsedTickets(piece, parsed.faults.clear(), piece.height))
        commits.append((time.perf_counter() - start) * 1000)
    seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 2),
        "per_second": round(len(rows) / seconds),
        "commit_ms_p50": round(percentile(commits, 0.5), 1),
        "commit_ms_p99": round(percentile(commits, 0.99), 1),
    }


def _take(work: Workplace, parsed: ParsedTickets) -> None:
    take_tickets(work, parsed, [Part(uuid4().hex, "bench", "canonical_tickets", 1, parsed.read)], actor="bench")


def _pushed(work: Workplace, as_of: datetime) -> dict[str, Any]:
    """Tickets one a request, PER_SECOND a second, through the desk and the classifier, as at the room's door."""
    order_nos = work.database.read("SELECT order_no FROM orders ORDER BY order_id LIMIT $n", {"n": PUSHED})["order_no"]
    desk = IntakeDesk(
        lambda requests: ingest_tickets(work, requests),
        group_rows=work.settings.intake.group_orders,
        linger_seconds=TICKETS_LINGER,
    )
    answered: list[float] = []
    pause = threading.Event()  # never set: it keeps the pace
    label_texts(work, WORDS)  # the classifier is fitted at the room's first ticket
    began, cpu = time.perf_counter(), time.process_time()
    waiting = []
    for n, order_no in enumerate(order_nos):
        pause.wait(max(began + n / PER_SECOND - time.perf_counter(), 0))
        ticket = {"platform": "douyin", "ticket_no": f"C{n:010d}", "order_no": order_no, "claim": "refund",
                  "text": WORDS[n % len(WORDS)], "asked_at": as_of.isoformat()}  # fmt: skip
        start = time.perf_counter()
        future = desk.submit(IntakeRequest("canonical", "bench", [ticket]))
        future.add_done_callback(lambda _, start=start: answered.append((time.perf_counter() - start) * 1000))  # type: ignore[misc]
        waiting.append(future)
    for future in waiting:
        future.result()
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    desk.close()
    return {
        "tickets": len(waiting),
        "per_second": round(len(waiting) / seconds, 1),
        "answered_ms_p50": round(percentile(answered, 0.5)),
        "answered_ms_p99": round(percentile(answered, 0.99)),
        "cores": round(used / seconds, 2),
    }


def _check(database: Database, tickets: int) -> None:
    stored = database.read("SELECT count(*) FROM tickets").item()
    if stored != tickets:
        raise BenchFailed(f"{tickets} tickets were to be stored, {stored} are.")
    for name in CHECKS:
        found = database.read(questions()[name][1])
        if found.height:
            raise BenchFailed(f"{name}: {found.height} breaches, first {found['example'][0]}.")


def _append(folder: Path, stored: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """The same rows, appended by DuckDB alone into the same tables with their keys, in as many commits."""
    path = folder / "limit.duckdb"
    Database.open(f"duckdb:///{path}").close()  # creates the tables
    pieces = -(-stored["tickets"].height // PIECE)
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET checkpoint_threshold = '256MB'")
        began = time.perf_counter()
        for n in range(pieces):
            connection.execute("BEGIN")
            for table, frame in stored.items():
                step = -(-frame.height // pieces)
                connection.from_arrow(frame.slice(n * step, step).to_arrow()).insert_into(table)
            connection.execute("COMMIT")
        return {"seconds": round(time.perf_counter() - began, 2)}


def _pages(path: Path, as_of: datetime) -> dict[str, float]:
    """Milliseconds of each question of the queue and of the board, the median of five after one to warm up."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(LABELLED)
    database = Database.open(f"duckdb:///{path}")
    try:
        asked: dict[str, Callable[[], object]] = {
            "queue": lambda: _page(database, Wanted(state="open")),
            "queue_of_a_desk_and_complaint": lambda: _page(database, Wanted(desk="service", about="quality")),
            "queue_page_1000": lambda: ticket_screens.ticket_page(database, Wanted(), most=50, before=50_000),
            "queue_searched": lambda: _page(database, Wanted(word="发霉")),
            "board": lambda: [
                ticket_screens.ticket_loads(database, as_of),
                ticket_screens.ticket_ages(database, as_of),
                ticket_screens.ticket_hours(database, as_of),
                ticket_screens.label_feedback(database, as_of),
            ],
        }
        return {name: _median_ms(ask) for name, ask in asked.items()}
    finally:
        database.close()


def _page(database: Database, wanted: Wanted) -> None:
    ticket_screens.ticket_page(database, wanted, most=50)


def _median_ms(ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(6):
        start = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - start) * 1000)
    return round(percentile(taken[1:], 0.5), 1)
