"""Tells everything that waits for a client that the process is stopping, so that a slow client cannot hold it up.

uvicorn waits for open requests before it lets the room close; a request whose client never finishes sending
would be waited for without end.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Stopping:
    """One per process. `event` is for responses that stream; `patience` bounds waiting for a client."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self._waiting: set[asyncio.Timeout] = set()

    def begin(self) -> None:
        """A new life of the process's event loop: nothing is stopping."""
        self.event = asyncio.Event()
        self._waiting = set()

    def announce(self) -> None:
        """The process stops: wake every stream and end every wait. Call it in the event loop."""
        self.event.set()
        now = asyncio.get_running_loop().time()
        for waiting in self._waiting:
            waiting.reschedule(now)

    @asynccontextmanager
    async def patience(self, seconds: float) -> AsyncIterator[None]:
        """Raise TimeoutError inside when `seconds` are over or the process stops, whichever is first."""
        async with asyncio.timeout(0 if self.event.is_set() else seconds) as limit:
            self._waiting.add(limit)
            try:
                yield
            finally:
                self._waiting.discard(limit)


STOPPING = Stopping()
