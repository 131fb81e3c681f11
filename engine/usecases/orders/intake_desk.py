"""The desk where requests queue: one thread takes all that wait, has them decided and committed together, answers each.

Group commit is what lets 32 clients share one durable write. The desk knows nothing of orders and tickets: it is given
a function from requests to receipts. A request is answered only after its commit, and never twice.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from engine.errors import DatabaseUnavailable


@dataclass(frozen=True, slots=True)
class IntakeRequest:
    """Rows to take in: `format` is canonical or douyin, `source` says where they come from (file, caller, feed)."""

    format: str
    source: str
    rows: Sequence[Mapping[str, Any]]
    actor: str = "intake"


@dataclass(frozen=True, slots=True)
class IntakeReceipt:
    """What became of a request's rows: accepted + duplicate + unpaid + quarantined == read.

    reserved, held and sold_out count orders; changed counts duplicate rows that brought news.
    """

    batch_id: str
    read: int
    accepted: int = 0
    duplicate: int = 0
    unpaid: int = 0
    quarantined: int = 0
    changed: int = 0
    reserved: int = 0
    held: int = 0
    sold_out: int = 0
    faults: tuple[dict[str, Any], ...] = field(default_factory=tuple)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


PULSE_SECONDS = 3.0


class Counted(Protocol):
    """A receipt says how many rows it is for."""

    @property
    def read(self) -> int:
        """Rows of the request."""


Receipt = TypeVar("Receipt", bound=Counted)
_Waiting = tuple[IntakeRequest, Future[Receipt]]


class IntakeDesk(Generic[Receipt]):
    """`submit` from any thread; the future resolves after the commit, or carries the refusal that prevented it.

    `linger_seconds`: how long a first request waits for others that share its commit; 0: only for what is there.
    """

    def __init__(
        self,
        take: Callable[[Sequence[IntakeRequest]], Sequence[Receipt]],
        *,
        group_rows: int,
        linger_seconds: float = 0.0,
    ) -> None:
        self._take = take
        self._group_rows = group_rows
        self._linger = linger_seconds
        self._waiting: queue.SimpleQueue[_Waiting[Receipt] | None] = queue.SimpleQueue()
        self._closed = False
        self._recent: deque[tuple[float, int]] = deque(maxlen=10_000)
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="intake-desk", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """Requests that wait."""
        return self._waiting.qsize()

    def rows_per_second(self) -> float:
        """Rows answered a second over the last PULSE_SECONDS: how hard it is raining."""
        since = time.monotonic() - PULSE_SECONDS
        return sum(rows for at, rows in tuple(self._recent) if at >= since) / PULSE_SECONDS

    def submit(self, request: IntakeRequest) -> "Future[Receipt]":
        """Queue a request. Raises DatabaseUnavailable when the desk is closed."""
        future: Future[Receipt] = Future()
        with self._gate:
            if self._closed:
                raise DatabaseUnavailable("The room is stopping and takes nothing in; send it again later.")
            self._waiting.put((request, future))
        return future

    def close(self) -> None:
        """Take no more, finish all that waits, stop the thread. Safe to call twice."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while True:
            first = self._waiting.get()
            if first is None:
                return
            group, last = self._group(first)
            self._answer(group)
            if last:
                return

    def _group(self, first: _Waiting[Receipt]) -> tuple[list[_Waiting[Receipt]], bool]:
        group = [first]
        rows = len(first[0].rows)
        until = time.monotonic() + self._linger
        while rows < self._group_rows:
            try:
                left = until - time.monotonic()
                following = self._waiting.get(timeout=left) if left > 0 else self._waiting.get_nowait()
            except queue.Empty:
                return group, False
            if following is None:
                return group, True
            group.append(following)
            rows += len(following[0].rows)
        return group, False

    def _answer(self, group: Sequence[_Waiting[Receipt]]) -> None:
        live = [pair for pair in group if pair[1].set_running_or_notify_cancel()]
        if not live:
            return
        try:
            receipts = self._take([request for request, _ in live])
        except BaseException as error:  # noqa: BLE001 - the caller of each request must learn of it, whatever it is
            self._one_by_one(live, error)
            return
        self._recent.append((time.monotonic(), sum(receipt.read for receipt in receipts)))
        for (_, future), receipt in zip(live, receipts, strict=True):
            future.set_result(receipt)

    def _one_by_one(self, group: Sequence[_Waiting[Receipt]], error: BaseException) -> None:
        """One bad request must not fail its neighbours: if there are neighbours, try each alone."""
        if len(group) == 1:
            group[0][1].set_exception(error)
            return
        for request, future in group:
            try:
                future.set_result(self._take([request])[0])
            except BaseException as alone:  # noqa: BLE001 - as above
                future.set_exception(alone)
