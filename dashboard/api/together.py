"""Many ask at once, one reading answers all: who comes while a reading runs waits for the next, together with others.

A reading begins after the last of its askers came, so nobody gets less than what was committed before they asked.
Knows nothing of what is read. Lives in one event loop; the reading itself runs in a thread.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import anyio.to_thread

K = TypeVar("K")
V = TypeVar("V")


class Together(Generic[K, V]):
    """`read` turns keys, each once, into answers; keys that it leaves out have none. At most `most` keys a reading."""

    def __init__(self, read: Callable[[Sequence[K]], Mapping[K, V]], *, most: int) -> None:
        self._read = read
        self._most = most
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._running: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """The answer to `key`, None if there is none. Raises what the reading raised."""
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._running is None:
            self._running = asyncio.create_task(self._serve())
        return await asyncio.shield(future)  # whoever goes away takes the answer from nobody else

    async def _serve(self) -> None:
        try:
            while self._waiting:
                keys = list(self._waiting)[: self._most]
                asked = {key: self._waiting.pop(key) for key in keys}
                await self._answer(asked)
        finally:
            self._running = None

    async def _answer(self, asked: Mapping[K, "asyncio.Future[V | None]"]) -> None:
        try:
            found = await anyio.to_thread.run_sync(self._read, list(asked))
        except asyncio.CancelledError:  # the room is stopping
            for future in asked.values():
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whoever asked must learn of it, whatever it is
            for future in asked.values():
                future.set_exception(error)
                future.exception()  # an asker who went away leaves nobody to hear of it
            return
        for key, future in asked.items():
            future.set_result(found.get(key))
