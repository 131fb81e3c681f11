"""Does the room stay in hand during a show? Orders at full speed with viewers watching, then a hundred viewers.

The limit beside the figures: the refresh that the boards ask for (2 s), one viewer alone on the same room, and the
customer's own figure of 100,000 orders split within ten minutes of the show's end.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from engine.bench.http_path import running_room
from engine.bench.measure import BenchFailed, machine
from engine.settings import ROOT
from engine.store.database import Database
from engine.usecases.verify import verify

WATCHING, CROWD = 10, 100
SECONDS = 30
ALLOCATED_WITHIN = 600.0
"""Seconds after the last order in which the customer wants every order to have its node and carrier."""

Say = Callable[[str], None]


def run_show(*, orders: int, say: Say) -> dict[str, Any]:
    """The whole benchmark as one JSON-ready dict. Raises BenchFailed where an order is lost or an invariant broken."""
    result: dict[str, Any] = {"bench": "show", "machine": machine(), "orders": orders}
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        path = Path(name) / "show.duckdb"
        with running_room(path, Path(name)) as port:
            url = f"http://127.0.0.1:{port}"
            watching = _visitors(url, WATCHING, SECONDS)
            played = _json(["-m", "jobs", "demo", "--to", url, "--orders", str(orders), "--full-speed"])
            result["played"] = {key: played[key] for key in ("read", "accepted", "reserved", "sold_out", "seconds")}
            result["played"]["orders_per_second"] = round(orders / played["seconds"])
            result["watching"] = _answer(watching)
            p95 = result["watching"]["p95_ms"]
            say(f"{orders} orders in {played['seconds']:.1f} s; {WATCHING} viewers p95 {p95} ms")
            alone = _answer(_visitors(url, 1, SECONDS))
            crowd = _answer(_visitors(url, CROWD, SECONDS))
            say(f"refresh p95: 1 viewer {alone['p95_ms']} ms, {CROWD} viewers {crowd['p95_ms']} ms")
        result["sessions"] = {
            "one": alone,
            "crowd": crowd,
            "p50_ratio": round(crowd["p50_ms"] / alone["p50_ms"], 2),
            "p95_of_refresh_interval": round(crowd["p95_ms"] / 2000, 3),
            "all_answered": crowd["unanswered"] == 0,
        }
        result["afterwards"] = _afterwards(path, orders)
    say(f"all allocated {result['afterwards']['allocated_after_seconds']} s after the last order; invariants hold")
    return result


def _visitors(url: str, sessions: int, seconds: int) -> "subprocess.Popen[bytes]":
    words = ["-m", "dashboard.visitors", url, "--sessions", str(sessions), "--seconds", str(seconds)]
    return subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE)


def _answer(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    out, _ = process.communicate(timeout=300)
    if process.returncode != 0:
        raise BenchFailed("The visitors could not visit; see above.")
    return _last_line(out)


def _json(words: list[str]) -> dict[str, Any]:
    done = subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise BenchFailed(f"{' '.join(words)} ended with {done.returncode}; see above.")
    return _last_line(done.stdout)


def _last_line(text: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(text.splitlines()[-1])
    return answer


def _afterwards(path: Path, orders: int) -> dict[str, Any]:
    """What the stored facts say when everything has stopped."""
    database = Database.open(f"duckdb:///{path}")
    try:
        report = verify(database)
        [(seconds, waiting)] = database.read(
            "SELECT round(epoch((SELECT max(planned_at) FROM parcels) - (SELECT max(received_at) FROM orders)), 1),"
            " (SELECT count(*) FROM orders LEFT JOIN allocation_reasons USING (order_id)"
            "  WHERE status = 'reserved' AND detail IS NULL)"
        ).rows()
    finally:
        database.close()
    if not report.clean or report.orders != orders:
        raise BenchFailed(f"{report.orders} orders of {orders} are stored, invariants hold: {report.clean}.")
    return {
        "orders_stored": report.orders,
        "invariants_hold": report.clean,
        "allocated_after_seconds": seconds,
        "share_of_the_customers_ten_minutes": round(seconds / ALLOCATED_WITHIN, 4),
        "never_looked_at": waiting,
    }
