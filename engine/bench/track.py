"""How fast is the buyer's page under 32 clients, beside /healthz of the same room in the same run?

A room with many orders stored, each parcel with a waybill and three scans; the clients open the pages of 500 orders in
turn, keep-alive, each waiting for its answer. /healthz is what the same door, loop and machine cost without a page.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb

from engine.bench.boards import fill
from engine.bench.http_path import running_room
from engine.bench.measure import BenchFailed, machine, percentile
from engine.clock import utc_now
from engine.intake.regions import load_gazetteer
from engine.settings import DATA, load_settings
from engine.store.database import Database
from engine.usecases.buyers.issue_track_links import issue_track_links
from engine.usecases.orders.gate import Gate
from engine.usecases.room.room import load_hold_policy
from engine.usecases.room.workplace import Workplace

CLIENTS = 32
PAGES = 500
REQUESTS = 3_000
WARM = 200
LARGEST = 60_000
"""Bytes that a page may have."""

UNDER_WAY = """
INSERT INTO waybills BY NAME
SELECT version, parcel_id, 'W' || parcel_id AS waybill_no, planned_at + INTERVAL 1 HOUR AS uploaded_at,
       planned_at + INTERVAL 3 HOUR AS picked_up_at, planned_at AS ingest_time
FROM parcels ORDER BY version;
INSERT INTO tracking_events BY NAME
SELECT 'W' || parcel_id || s.n AS event_key, version, 'canonical' AS provider, 'W' || parcel_id AS waybill_no, s.scan,
       NULL AS trouble, s.scan AS raw_code, planned_at + to_hours(3 * s.n) AS event_time, planned_at AS ingest_time,
       s.place, s.adcode, NULL AS lon, NULL AS lat, '' AS said
FROM parcels, (VALUES (1, 'picked_up', '上海', '310000'), (2, 'hub_in', '苏州转运中心', '320500'),
                      (3, 'hub_out', '济南转运中心', '370100')) AS s(n, scan, place, adcode)
ORDER BY version, n;
INSERT INTO parcel_tracks BY NAME
SELECT 'W' || parcel_id AS waybill_no, parcel_id, 'in_transit' AS stage, planned_at AS stage_at,
       planned_at + INTERVAL 3 HOUR AS picked_up_at, 3 AS events, version
FROM parcels ORDER BY version;
INSERT INTO departures BY NAME
SELECT parcel_id, max(w.picked_up_at) AS picked_up_at, max(w.ingest_time) AS booked_at, max(w.version) AS version
FROM waybills AS w ANTI JOIN departures USING (parcel_id) WHERE w.picked_up_at IS NOT NULL GROUP BY parcel_id;
"""


def run_track(*, orders: int, say: Callable[[str], None]) -> dict[str, Any]:
    """The whole benchmark as one JSON-ready dict."""
    result: dict[str, Any] = {"bench": "track", "machine": machine(), "clients": CLIENTS, "orders": orders}
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        directory = Path(name)
        path = directory / "track.duckdb"
        say(f"Storing {orders:,} orders with parcels, waybills and scans ...")
        tokens = _stored(path, orders)
        with running_room(path, directory, WARROOM_TRACK_REQUESTS_PER_SECOND="0") as port:
            for title, addresses in (("track", [f"/track/{token}" for token in tokens]), ("healthz", ["/healthz"])):
                result[title] = _measured(port, addresses)
                say(f"{title}: p50 {result[title]['ms']['p50']} ms, p99 {result[title]['ms']['p99']} ms")
    result["times_healthz"] = {
        q: round(result["track"]["ms"][q] / result["healthz"]["ms"][q], 2) for q in ("p50", "p99")
    }
    result["goals"] = {f"no page above {LARGEST} bytes": result["track"]["largest_bytes"] < LARGEST}
    return result


def _stored(path: Path, orders: int) -> list[str]:
    """A filled room; the tokens of PAGES of its orders, signed with the key that it will find beside its file."""
    fill(path, orders=orders, as_of=utc_now())
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(UNDER_WAY)
    database = Database.open(f"duckdb:///{path}")
    try:
        gazetteer = load_gazetteer(DATA / "geo" / "regions.csv")
        settings = load_settings(environment={})
        work = Workplace(settings, database, gazetteer, Gate(load_hold_policy()), now=utc_now)
        chosen = database.read(
            "SELECT order_id FROM orders WHERE status = 'allocated' ORDER BY hash(order_id) LIMIT $n", {"n": PAGES}
        )
        return list(issue_track_links(work, chosen["order_id"].to_list(), actor="bench").values())
    finally:
        database.close()


def _measured(port: int, addresses: Sequence[str]) -> dict[str, Any]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        seconds, sizes, refusal, took = pool.submit(visit, port, addresses, WARM, REQUESTS).result()
    if refusal:
        raise BenchFailed(f"The room answered a buyer of the benchmark with {refusal}")
    ms = [1000 * one for one in seconds]
    return {
        "requests": len(ms),
        "pages": len(addresses),
        "requests_per_second": round(len(ms) / took),
        "ms": {name: round(percentile(ms, q), 1) for name, q in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))},
        "largest_bytes": max(sizes),
    }


def visit(port: int, addresses: Sequence[str], warm: int, requests: int) -> tuple[list[float], list[int], str, float]:
    """GET the addresses in turn over CLIENTS connections: seconds and bytes of each answer, the first refusal, all of
    the time; `warm` requests before are not counted. Runs in a process of its own."""
    asyncio.run(_visit(port, addresses, warm))
    began = time.perf_counter()
    seconds, sizes, refusal = asyncio.run(_visit(port, addresses, requests))
    return seconds, sizes, refusal, time.perf_counter() - began


async def _visit(port: int, addresses: Sequence[str], requests: int) -> tuple[list[float], list[int], str]:
    seconds: list[float] = []
    sizes: list[int] = []
    refusals: list[str] = []
    todo = iter(addresses[n % len(addresses)] for n in range(requests))

    async def client(turns: Iterator[str]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for address in turns:
            sent = time.perf_counter()
            writer.write(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Language: zh\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            seconds.append(time.perf_counter() - sent)
            sizes.append(length)
            if head.split(b" ", 2)[1] != b"200":
                refusals.append(head.split(b"\r\n", 1)[0].decode())
                break
        writer.close()

    await asyncio.gather(*(client(todo) for _ in range(CLIENTS)))
    return seconds, sizes, refusals[0] if refusals else ""
