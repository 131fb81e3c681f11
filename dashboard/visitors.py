"""Visitors for measuring: many browser sessions on one room, speaking the page's own protocol, without a browser.

Each opens a page, and then asks for every live fragment at the interval the page set, whether or not the answer
before has come, as a browser does. `python -m dashboard.visitors URL --sessions 100` prints one JSON object:
refreshes, milliseconds from asking to the finished answer (p50, p95, p99), those that never came.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ARRIVING = 10.0
"""Seconds over which visitors arrive: a full page costs many refreshes, and no audience comes in one second."""

DONE = (
    ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY,
    ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


@dataclass(slots=True)
class Seen:
    """What one visitor measured."""

    first_ms: float = 0.0
    waits_ms: list[float] = field(default_factory=list)
    asked: int = 0
    failed: int = 0


@dataclass(slots=True)
class Visitor:
    """One session on one page until the deadline."""

    url: str
    page: str
    deadline: float
    seen: Seen = field(default_factory=Seen)
    _pending: list[float] = field(default_factory=list)
    _fragments: dict[str, float] = field(default_factory=dict)

    async def visit(self) -> Seen:
        """Open the page, then refresh until the deadline."""
        parts = urlsplit(self.url)
        stream = f"ws://{parts.netloc}/_stcore/stream"
        async with websockets.connect(
            stream,
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=None,
            open_timeout=60,
            origin=self.url.rstrip("/"),
        ) as socket:
            await socket.send(self._ask())
            began = time.perf_counter()
            refreshing: list[asyncio.Task[None]] = []
            while (left := self.deadline - time.perf_counter()) > 0:
                try:
                    raw = await asyncio.wait_for(socket.recv(), left)
                except TimeoutError:
                    break
                message = ForwardMsg.FromString(raw if isinstance(raw, bytes) else raw.encode())
                kind = message.WhichOneof("type")
                if kind == "auto_rerun" and message.auto_rerun.fragment_id not in self._fragments:
                    self._fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
                elif kind == "script_finished":
                    self._finished(message, began)
                    if not refreshing:
                        refreshing = [
                            asyncio.create_task(self._refresh(socket, fragment, seconds))
                            for fragment, seconds in self._fragments.items()
                        ]
            for task in refreshing:
                task.cancel()
        return self.seen

    def _finished(self, message: ForwardMsg, began: float) -> None:
        now = time.perf_counter()
        if message.script_finished not in DONE:
            self.seen.failed += 1
        if not self.seen.first_ms:
            self.seen.first_ms = (now - began) * 1000
        elif self._pending:
            self.seen.waits_ms.append((now - self._pending.pop(0)) * 1000)

    async def _refresh(self, socket: websockets.ClientConnection, fragment: str, seconds: float) -> None:
        while True:
            await pause(seconds)
            self._pending.append(time.perf_counter())
            self.seen.asked += 1
            await socket.send(self._ask(fragment))

    def _ask(self, fragment: str = "") -> bytes:
        message = BackMsg()
        message.rerun_script.query_string = "lang=zh"
        message.rerun_script.page_name = self.page
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        return message.SerializeToString()


async def pause(seconds: float) -> None:
    """Let time pass."""
    passed = asyncio.get_running_loop().create_future()
    timer = asyncio.get_running_loop().call_later(seconds, passed.set_result, None)
    try:
        await passed
    finally:
        timer.cancel()


async def visit(url: str, *, sessions: int, seconds: float, pages: list[str]) -> dict[str, Any]:
    """`sessions` visitors over `pages` in turn, arriving one by one; `seconds` of them all being there are measured."""
    deadline = time.perf_counter() + ARRIVING + seconds
    visitors = [Visitor(url, pages[i % len(pages)], deadline) for i in range(sessions)]

    async def arrive(place: int, visitor: Visitor) -> Seen:
        await pause(ARRIVING * place / sessions)
        return await visitor.visit()

    seen = await asyncio.gather(*(arrive(place, visitor) for place, visitor in enumerate(visitors)))
    waits = sorted(wait for one in seen for wait in one.waits_ms)
    asked = sum(one.asked for one in seen)
    return {
        "sessions": sessions,
        "refreshes": len(waits),
        "unanswered": asked - len(waits),
        "failed": sum(one.failed for one in seen),
        "first_page_p50_ms": round(statistics.median(one.first_ms for one in seen), 1),
        "p50_ms": _quantile(waits, 0.50),
        "p95_ms": _quantile(waits, 0.95),
        "p99_ms": _quantile(waits, 0.99),
        "waits_ms": [round(wait, 2) for wait in waits],
    }


def _quantile(ordered: list[float], share: float) -> float:
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1) if ordered else 0.0


def main() -> int:
    """Visit and print."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.visitors", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--pages", default="overview,orders,inventory")
    parser.add_argument("--waits", action="store_true", help="print every wait as well")
    options = parser.parse_args()
    pages = ["" if page == "overview" else page for page in options.pages.split(",")]
    result = asyncio.run(visit(options.url, sessions=options.sessions, seconds=options.seconds, pages=pages))
    if not options.waits:
        del result["waits_ms"]
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
