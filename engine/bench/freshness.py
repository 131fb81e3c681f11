"""How long from a scan posted over HTTP to its alert on an open page? In real Chromium, with viewers watching.

Refunded orders wait at nodes; one by one their carrier scans the pick-up all the same, and the wall must say so. The
limit beside the figures: a median of 2 s and a p95 of 4 s; boards refresh every 2 s.
"""

import http.client
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from engine.bench.bench_room import BenchBrand, bench_brand, open_workplace
from engine.bench.http_path import running_room
from engine.bench.measure import BenchFailed, machine, percentile
from engine.bench.pulse import PulseShape
from engine.clock import utc_now
from engine.settings import ROOT
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.orders.change_orders import OrderChange, change_orders
from engine.usecases.orders.ingest_orders import ingest_requests
from engine.usecases.orders.intake_desk import IntakeRequest

WATCHING = 20
MEDIAN_MS, P95_MS = 2000.0, 4000.0
PATIENCE_MS = 20_000
"""Longer than this, and the alert counts as never seen."""
APART_SECONDS = 3.0
"""Between two scans: each finds the room at another moment of its cadences."""


@dataclass(frozen=True, slots=True)
class Trap:
    """A refunded order's parcel at a node of its own: its waybill, and what the node is called."""

    waybill_no: str
    node: str


def run_freshness(*, orders: int, say: Callable[[str], None]) -> dict[str, Any]:
    """The whole benchmark as one JSON-ready dict. Raises BenchFailed without Chromium, or where an alert never came."""
    browser = shutil.which("chromium")
    if browser is None:
        raise BenchFailed("The freshness benchmark drives Chromium, and there is none on the path.")
    result: dict[str, Any] = {"bench": "freshness", "machine": machine(), "orders": orders, "viewers": WATCHING}
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        path = Path(name) / "fresh.duckdb"
        traps = _prepared(path, bench_brand(orders), orders)
        say(f"{len(traps)} refunded orders at as many nodes wait for their scan")
        with running_room(path, Path(name)) as port, _viewers(port):
            waits = _watched(port, traps, browser, Path(name))
    result["alerts"] = len(waits)
    result["ms"] = {f"p{share}": round(percentile(waits, share / 100)) for share in (50, 95, 100)}
    result["goals"] = {
        "median under 2 s": result["ms"]["p50"] < MEDIAN_MS,
        "p95 under 4 s": result["ms"]["p95"] < P95_MS,
    }
    say(f"from scan to page: p50 {result['ms']['p50']} ms, p95 {result['ms']['p95']} ms")
    return result


def _prepared(path: Path, made: BenchBrand, orders: int) -> list[Trap]:
    """A room with planned orders, one of each node labelled and then refunded."""
    work = open_workplace(path, made)
    try:
        shape = PulseShape(arrivals=orders, resent_after=orders // 8)
        ingest_requests(work, [IntakeRequest("canonical", "bench", made.pulse(shape))])
        while allocate_waiting(work, limit=20_000).served:
            pass
        chosen = work.database.read(
            """
            SELECT a.node, n.name_en, min(a.order_id) AS order_id, arg_min(a.parcel_id, a.order_id) AS parcel_id
            FROM boards.standing_picks AS a JOIN nodes AS n ON n.node = a.node GROUP BY ALL ORDER BY a.node LIMIT 40
            """
        )
        uploads = [
            Waybill(row["parcel_id"], f"FRESH{n:05d}", utc_now()) for n, row in enumerate(chosen.iter_rows(named=True))
        ]
        record_waybills(work, uploads, actor="bench")
        refunds = [OrderChange(order_id, "refunded", utc_now()) for order_id in chosen["order_id"]]
        change_orders(work, refunds, actor="bench")
        return [Trap(upload.number, name) for upload, name in zip(uploads, chosen["name_en"], strict=True)]
    finally:
        work.database.close()


@contextmanager
def _viewers(port: int) -> Iterator[None]:
    """WATCHING sessions that refresh as browsers do, until the measurement is over."""
    words = ["-m", "dashboard.visitors", f"http://127.0.0.1:{port}", "--sessions", str(WATCHING), "--seconds", "600"]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _watched(port: int, traps: list[Trap], browser: str, folder: Path) -> list[float]:
    """Milliseconds from each scan's request to its node's name on the wall."""
    from playwright.sync_api import TimeoutError as TooLate  # only where it is measured
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    waits: list[float] = []
    apart = threading.Event()
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=flags, downloads_path=folder)
        page = chromium.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"http://127.0.0.1:{port}/wall?lang=en")
        page.locator(".st-key-wall-calm, .st-key-wall-flash").first.wait_for(timeout=60_000)
        for trap in traps:
            apart.wait(APART_SECONDS)
            began = time.perf_counter()
            _scan(port, trap.waybill_no)
            try:
                page.get_by_text(trap.node).first.wait_for(timeout=PATIENCE_MS)
            except TooLate:
                raise BenchFailed(f"The alert of {trap.node} was not on the wall within {PATIENCE_MS} ms.") from None
            waits.append(1000 * (time.perf_counter() - began))
        chromium.close()
    return waits


def _scan(port: int, waybill_no: str) -> None:
    event = {"waybill_no": waybill_no, "scan": "picked_up", "at": utc_now().isoformat(), "said": "picked up"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(
            "POST", "/api/tracking/canonical", orjson.dumps([event]), {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200 or orjson.loads(body)["recorded"] != 1:
        raise BenchFailed(f"The scan of {waybill_no} was answered {answer.status}: {body[:200]!r}")
