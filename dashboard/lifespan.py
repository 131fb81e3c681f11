"""From process start to process end: opens the room, warms up, and closes everything when a signal comes.

What refuses the start (a locked or damaged database, a wrong setting, a login that would not protect) ends the process
with its sentence; the front door turns it into the last line on stderr.
"""

import asyncio
import gc
import importlib
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

import anyio.to_thread
import uvicorn

from dashboard import logins
from dashboard.stopping import STOPPING
from engine.settings import load_settings
from jobs.runtime import start_room, stop_room

GRACE_SECONDS = 2
"""Open requests get this long after a signal. uvicorn would wait for a stalled download without end."""

HEAVY = ("plotly.graph_objects", "pydeck", "pandas")
"""Imported before the first visitor: the first page must not pay for them, and gc.freeze should cover them."""


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[dict[str, Any]]:
    """The room is open inside. Start and stop happen in a thread: neither may block the event loop."""
    STOPPING.begin()
    _hook_signals(asyncio.get_running_loop())
    await anyio.to_thread.run_sync(lambda: logins.check(load_settings()))
    room = await anyio.to_thread.run_sync(start_room)
    try:
        for name in HEAVY:
            importlib.import_module(name)
        gc.collect()
        gc.freeze()
        yield {"room": room}
    finally:
        STOPPING.announce()
        await anyio.to_thread.run_sync(stop_room)


def _hook_signals(loop: asyncio.AbstractEventLoop) -> None:
    """Put ourselves before uvicorn's handlers: announce the stop, then let them do what they do.

    A second SIGINT keeps its meaning there: leave at once, without the room's goodbye.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if not callable(before):
            continue
        server = getattr(before, "__self__", None)
        if isinstance(server, uvicorn.Server) and server.config.timeout_graceful_shutdown is None:
            server.config.timeout_graceful_shutdown = GRACE_SECONDS
        signal.signal(number, _announcing(loop, before))


def _announcing(
    loop: asyncio.AbstractEventLoop, before: Callable[[int, FrameType | None], Any]
) -> Callable[[int, FrameType | None], None]:
    def handler(number: int, frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(STOPPING.announce)
        before(number, frame)

    return handler
