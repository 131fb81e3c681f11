"""Does the room stay in hand during a show? Orders at full speed with viewers watching; then one viewer and a hundred.

One and a hundred take turns in the same room while the show goes on, at a pace that lasts through all turns: what else
the machine does then slows both alike, and p95 of a hundred stands beside that of one. Beside them the customer's own
figure of 100,000 orders split within ten minutes of the show's end.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from engine.bench.http_path import running_room
from engine.bench.measure import BenchFailed, machine, percentile
from engine.settings import ROOT
from engine.store.database import Database
from engine.usecases.room.verify import verify

WATCHING, CROWD = 10, 100
SECONDS = 30
TURNS = 3
"""Of one viewer and of a hundred, one after the other."""
ALONE_SECONDS = 60
"""One viewer's turns are longer: p95 of ninety refreshes says something, of forty-five it does not."""
ARRIVING_SECONDS = 25
"""What a turn takes besides: a process that starts, and visitors who arrive one by one."""
LATER = 20_000
"""Orders that come while viewers take turns."""
MOST_RATIO = 1.5
"""p95 of a refresh of a hundred sessions over that of one."""
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
            result["sessions"] = sessions = _in_turns(url, say)
            one, crowd = (sessions[who]["p95_ms"] for who in ("one", "crowd"))
            say(f"refresh p95: 1 viewer {one} ms, {CROWD} viewers {crowd} ms")
        result["goals"] = {f"p95 of {CROWD} at most {MOST_RATIO} of one's": sessions["p95_ratio"] <= MOST_RATIO}
        result["afterwards"] = _afterwards(path, orders + LATER)
    say(f"all allocated {result['afterwards']['allocated_after_seconds']} s after the last order; invariants hold")
    return result


def _in_turns(url: str, say: Say) -> dict[str, Any]:
    """One viewer and a hundred, TURNS times each, while LATER orders come evenly; all refreshes of each together."""
    minutes = TURNS * (SECONDS + ALONE_SECONDS + 2 * ARRIVING_SECONDS) / 60
    show = _started(["-m", "jobs", "demo", "--to", url, "--orders", str(LATER), "--minutes", f"{minutes:g}"])
    waits: dict[int, list[float]] = {1: [], CROWD: []}
    unanswered = dict.fromkeys(waits, 0)
    for turn in range(TURNS):
        for sessions, seconds in ((1, ALONE_SECONDS), (CROWD, SECONDS)):
            seen = _answer(_visitors(url, sessions, seconds, "--waits"))
            waits[sessions] += seen["waits_ms"]
            unanswered[sessions] += seen["unanswered"]
            say(f"turn {turn + 1}: {sessions} viewers, p95 {seen['p95_ms']} ms of {seen['refreshes']} refreshes")
    _answer(show)
    told = {
        name: {
            "sessions": sessions,
            "refreshes": len(waits[sessions]),
            "unanswered": unanswered[sessions],
            **{f"p{q}_ms": round(percentile(waits[sessions], q / 100), 1) for q in (50, 95, 99)},
        }
        for name, sessions in (("one", 1), ("crowd", CROWD))
    }
    one, crowd = told["one"], told["crowd"]
    ratios = {f"p{q}_ratio": round(crowd[f"p{q}_ms"] / one[f"p{q}_ms"], 2) for q in (50, 95)}
    return {**told, **ratios, "all_answered": crowd["unanswered"] == 0}


def _visitors(url: str, sessions: int, seconds: int, *more: str) -> "subprocess.Popen[bytes]":
    return _started(["-m", "dashboard.visitors", url, "--sessions", str(sessions), "--seconds", str(seconds), *more])


def _started(words: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE)


def _answer(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    out, _ = process.communicate(timeout=900)
    if process.returncode != 0:
        raise BenchFailed("The visitors could not visit, or the show could not play; see above.")
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
