"""How long from the ticket that tips a bad lot to its incident, with 50 tickets a second coming into a full room?

A real room behind HTTP, 100,000 tickets stored, its jobs running. Six lots that came to the door in the last two days
go bad one after the other, among tickets of all kinds about everything else. Which ticket tipped each is found
afterwards by counting afresh. From the beginning of the commit that named it to that of the commit with the incident:
2 s at most.
"""

import http.client
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from engine.bench.complaint_room import BAD_LOTS, SEED, fill_complaints
from engine.bench.http_path import running_room
from engine.bench.measure import BenchFailed, machine, percentile
from engine.clock import utc_now
from engine.store.database import Database
from engine.usecases.incidents.batch_policy import load_batch_rules
from engine.usecases.incidents.complaint_watch import counted

PER_SECOND, SECONDS = 50.0, 60
LIMIT_SECONDS = 2.0
BAD_EVERY = 6
"""One ticket in so many is about the lot that is going bad: eight a second, so that a look's time tells."""
WARM_SECONDS = 20.0
"""Before the measuring: the first ticket fits the classifier, the first look counts all complaints."""
START_SECONDS = 300.0
"""The first answer may take so long: every job of the room has its first run, over everything stored."""
CLIENTS = 12
BAD_WORDS = ("米里有虫子，味道发霉", "打开一股霉味，里面长虫了", "变质了，有一股哈喇味", "里面发霉结块，不能吃")
WORDS = (
    "可以开发票吗",
    "什么时候补寄赠品",
    "怎么修改地址",
    "谢谢客服，已经解决了",
    "等了五天还没收到货",
    "箱子压坏了，漏了一地",
)


def run_tipping(*, tickets: int, say: Callable[[str], None]) -> dict[str, Any]:
    """The whole benchmark as one JSON-ready dict. Raises BenchFailed where a bad lot was not found."""
    result: dict[str, Any] = {"bench": "tipping", "machine": machine(), "tickets": tickets}
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        path = Path(name) / "room.duckdb"
        bad = fill_complaints(path, tickets=tickets, as_of=utc_now())
        say(f"{tickets:,} tickets stored; {PER_SECOND:.0f} a second follow for {SECONDS} s")
        posts = _posts(path, bad)
        with running_room(path, Path(name)) as port:
            result["posted"] = _post(port, posts)
        result["tips"], result["incidents_of_others"] = _tips(path, bad)
    waits = [tip["seconds"] for tip in result["tips"]]
    result["seconds_from_tip_to_incident"] = {f"p{q}": round(percentile(waits, q / 100), 2) for q in (50, 100)}
    result["goals"] = {f"an incident within {LIMIT_SECONDS:.0f} s of its tip": max(waits) <= LIMIT_SECONDS}
    say(f"{len(waits)} bad lots, from tip to incident p50 {percentile(waits, 0.5):.2f} s, max {max(waits):.2f} s")
    return result


def _posts(path: Path, bad: pl.DataFrame) -> list[dict[str, Any]]:
    """Canonical tickets without their time: each bad lot has its turn."""
    chance = np.random.default_rng(SEED)
    count = round(PER_SECOND * SECONDS)
    database = Database.open(f"duckdb:///{path}")
    try:
        usual = database.read(
            "SELECT order_no FROM orders WHERE order_id NOT IN (SELECT order_id FROM tickets) AND order_id IN "
            "(SELECT order_id FROM allocations WHERE lot NOT LIKE '%-Wbad') ORDER BY hash(order_id) LIMIT $n",
            {"n": count},
        )["order_no"].to_list()
    finally:
        database.close()
    lots = [part["order_no"].to_list() for part in bad.partition_by("sku", "lot", maintain_order=True)]
    turn = -(-count // BAD_LOTS)
    posts = []
    for n in range(count):
        mine = lots[n // turn]
        is_bad = n % BAD_EVERY == 0 and bool(mine)
        words = BAD_WORDS if is_bad else WORDS
        posts.append({
            "platform": "douyin", "ticket_no": f"T{n:06d}", "order_no": mine.pop() if is_bad else usual[n],
            "claim": "refund", "text": str(words[chance.integers(len(words))]),
        })  # fmt: skip
    return posts


def _post(port: int, posts: list[dict[str, Any]]) -> dict[str, Any]:
    """One a request, at the pace; waits first until the room has labelled and counted once."""
    pause = threading.Event()  # never set: it keeps the pace
    answered: list[float] = []

    def send(ticket: dict[str, Any]) -> None:
        body = orjson.dumps({"tickets": [ticket | {"asked_at": utc_now().isoformat()}]})
        start = time.perf_counter()
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)) as connection:
            connection.request("POST", "/api/tickets", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            told = response.read()
        if response.status != 200 or orjson.loads(told)["recorded"] != 1:
            raise BenchFailed(f"The room refused a ticket with {response.status}: {told.decode()[:200]}")
        answered.append((time.perf_counter() - start) * 1000)

    with ThreadPoolExecutor(CLIENTS) as clients:
        clients.submit(send, posts[0] | {"ticket_no": "T-first", "text": WORDS[0]}).result()
        pause.wait(WARM_SECONDS)
        answered.clear()
        began, waiting = time.perf_counter(), []
        for n, ticket in enumerate(posts):
            pause.wait(max(began + n / PER_SECOND - time.perf_counter(), 0))
            waiting.append(clients.submit(send, ticket))
        for one in waiting:
            one.result()
        seconds = time.perf_counter() - began
        pause.wait(2 * LIMIT_SECONDS)  # what the last ones tipped may still come
    return {
        "tickets": len(posts), "per_second": round(len(posts) / seconds, 1),
        "answered_ms": {f"p{q}": round(percentile(answered, q / 100)) for q in (50, 99)},
    }  # fmt: skip


def _tips(path: Path, bad: pl.DataFrame) -> tuple[list[dict[str, Any]], int]:
    """Of each bad lot: the ticket that tipped it, and the seconds until its incident; how many incidents are other."""
    database = Database.open(f"duckdb:///{path}")
    try:
        tipped: dict[str, str] = {}
        afresh = counted(database, load_batch_rules(), now=utc_now(), afresh=True)
        for part in afresh.parts:
            universe = part.watch.universe
            for alarm in part.watch.alarms:
                cause = orjson.dumps(universe.name(alarm.cause.level, alarm.cause.key)).decode()
                tipped.setdefault(cause, str(part.told["ticket_id"][alarm.event]))
        incidents = database.read(
            "SELECT i.cause, a.at AS opened_at FROM incidents AS i JOIN audit AS a USING (version) ORDER BY i.version"
        )
        opened: dict[str, datetime] = dict(incidents.unique("cause", keep="first").iter_rows())
        named: dict[str, datetime] = dict(
            database.read(
                "SELECT l.ticket_id, min(a.at) FROM ticket_labels AS l JOIN audit AS a USING (version) "
                "WHERE l.ticket_id IN (SELECT unnest($ids::VARCHAR[])) GROUP BY 1",
                {"ids": list(tipped.values())},
            ).iter_rows()
        )
    finally:
        database.close()
    lots = bad.select("sku", "lot").unique(maintain_order=True).rows()
    wanted = [orjson.dumps(lot).decode() for lot in lots]
    missed = [cause for cause in wanted if cause not in opened or cause not in tipped]
    if missed:
        raise BenchFailed(f"No incident names {', '.join(missed)}; there are {', '.join(opened) or 'none'}.")
    tips = [
        {"cause": cause, "ticket": tipped[cause],
         "seconds": round((opened[cause] - named[tipped[cause]]).total_seconds(), 2)}
        for cause in wanted
    ]  # fmt: skip
    return tips, len(set(opened) - set(wanted))
