"""One process of buyers' platforms: keep-alive connections that post prepared requests, each waiting for its answer.

Runs apart from the room, so that the load costs the room nothing but the machine they share.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier

import orjson


@dataclass(slots=True)
class Load:
    """What a process met: seconds of each answered request, receipts added up, the first refusal in words."""

    seconds: list[float] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    began: float = 0.0  # time.time(), the same clock in all processes of a machine
    ended: float = 0.0
    refusal: str = ""


_START_LINE: list[Barrier] = []
"""The barrier at which this process waits for the others; given by the pool that starts it."""


def join(barrier: Barrier) -> None:
    """Called once in each new process."""
    _START_LINE[:] = [barrier]


def request_of(body: bytes, port: int) -> bytes:
    """A POST of `body` to the intake, ready to be sent."""
    head = (
        f"POST /api/orders HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def post_all(port: int, bodies: Sequence[bytes], connections: int) -> Load:
    """Post every body over `connections` connections, closed loop, once all processes have connected."""
    return asyncio.run(_post_all(port, [request_of(body, port) for body in bodies], connections))


async def _post_all(port: int, requests: list[bytes], connections: int) -> Load:
    load = Load()
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    for barrier in _START_LINE:
        barrier.wait(timeout=60)  # blocks the loop, which has nothing to do yet
    load.began = time.time()
    todo = iter(requests)
    await asyncio.gather(*(_client(reader, writer, todo, load) for reader, writer in streams))
    load.ended = time.time()
    for _, writer in streams:
        writer.close()
    return load


async def _client(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, todo: Iterator[bytes], load: Load
) -> None:
    for request in todo:
        sent = time.perf_counter()
        writer.write(request)
        status, body = await _answer(reader)
        load.seconds.append(time.perf_counter() - sent)
        if status != 200:
            load.refusal = load.refusal or f"{status}: {body[:300].decode(errors='replace')}"
            return
        for name, value in orjson.loads(body).items():
            if isinstance(value, int):
                load.counts[name] = load.counts.get(name, 0) + value


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return int(head.split(b" ", 2)[1]), await reader.readexactly(length)
