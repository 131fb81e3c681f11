"""Plays events on a clock, real or faster, into a sink, and adds up what the sink answered.

Waits only on the stop event, so that it ends within a tick of being told to. Orders of one moment go out
together: a platform's push does the same, and one commit can carry them all.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from engine.errors import BadSetting
from engine.usecases.orders.change_orders import OrderChange
from engine.usecases.orders.record_signals import Signal
from jobs.demo.events import Event, OrderChanged, OrderSeen, SignalSeen, numbered, written

TICK = 0.2
"""Seconds between two batches of a show played in real time."""

COUNTED = ("read", "accepted", "duplicate", "unpaid", "quarantined", "reserved", "held", "sold_out")
"""Fields of an intake receipt that totals add up."""


class Sink(Protocol):
    """Where events go: the room of this process, or one behind HTTP. A call returns after the commit."""

    def orders(self, form: str, rows: list[dict[str, Any]]) -> Mapping[str, Any]:
        """Deliver rows; the receipt has the fields of COUNTED."""

    def changes(self, changes: list[OrderChange]) -> Mapping[str, Any]:
        """Deliver cancellations and refunds; the receipt has `changed`."""

    def signals(self, signals: list[Signal]) -> None:
        """Deliver viewers and clicks."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to play: `speed` seconds of show a second (inf: as fast as the sink acknowledges)."""

    speed: float = 1.0
    batch: int = 500  # order events in one delivery
    lanes: int = 1  # deliveries under way at once

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise BadSetting(f"A show cannot be played at speed {self.speed}: use a number above zero.")
        if self.batch < 1 or self.lanes < 1:
            raise BadSetting("A player needs at least one order a batch and one lane.")


@dataclass(slots=True)
class Totals:
    """What was sent and what became of it. `finished` is False when the player was stopped before the end."""

    events: int = 0
    changes: int = 0
    changed: int = 0
    signals: int = 0
    receipts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    seconds: float = 0.0
    finished: bool = False

    def add(self, receipt: Mapping[str, Any]) -> None:
        """Count one intake receipt."""
        for name in COUNTED:
            self.receipts[name] += int(receipt[name])

    def as_dict(self) -> dict[str, Any]:
        """For one line of JSON."""
        flat = asdict(self)
        return {**flat.pop("receipts"), **flat, "seconds": round(self.seconds, 3)}


@dataclass(slots=True)
class _Batch:
    orders: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    changes: list[OrderChange] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    events: int = 0


def play(
    events: Iterable[Event],
    sink: Sink,
    *,
    start: datetime,
    run: str,
    stop: threading.Event,
    pace: Pace | None = None,
    report: Callable[[Totals], None] | None = None,
) -> Totals:
    """Play until the events end or `stop` is set; `start` is second zero of the show, `run` prefixes numbers.

    Raises what the sink raises: a show that cannot be delivered must not look played.
    """
    chosen = pace or Pace()
    player = _Player(sink, start=start, run=run, pace=chosen, stop=stop)
    totals = player.totals
    began = time.monotonic()
    with ThreadPoolExecutor(chosen.lanes, thread_name_prefix="player") as lanes:
        player.lanes = lanes
        queue = _Lookahead(iter(events))
        while not stop.is_set() and queue.next_at < math.inf:
            horizon = (time.monotonic() - began) * chosen.speed if chosen.speed < math.inf else math.inf
            batch = player.take(queue, horizon)
            if batch.events:
                player.deliver(batch)
                totals.seconds = time.monotonic() - began
                if report is not None:
                    report(totals)
            if chosen.speed < math.inf and queue.next_at > horizon:
                stop.wait(min(TICK, (queue.next_at - horizon) / chosen.speed) if not batch.events else TICK)
        player.settle(0)
    totals.seconds = time.monotonic() - began
    totals.finished = not stop.is_set()
    return totals


class _Lookahead:
    """An iterator of events that knows when its next event is due; inf at the end."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._next: Event | None = next(events, None)

    @property
    def next_at(self) -> float:
        return math.inf if self._next is None else self._next.at

    def pop(self) -> Event:
        event = self._next
        assert event is not None
        self._next = next(self._events, None)
        return event


class _Player:
    """Collects due events into batches and delivers them; several deliveries at once where lanes allow it."""

    lanes: ThreadPoolExecutor

    def __init__(self, sink: Sink, *, start: datetime, run: str, pace: Pace, stop: threading.Event) -> None:
        self.totals = Totals()
        self._sink = sink
        self._start = start
        self._run = run
        self._pace = pace
        self._stop = stop
        self._under_way: deque[Future[Mapping[str, Any]]] = deque()

    def take(self, queue: _Lookahead, horizon: float) -> _Batch:
        """The events due by `horizon`, at most a batch of orders."""
        batch = _Batch()
        orders = 0
        while orders < self._pace.batch and queue.next_at <= horizon and queue.next_at < math.inf:
            event = queue.pop()
            batch.events += 1
            if isinstance(event, OrderSeen):
                orders += 1
                rows = batch.orders.setdefault(event.format, [])
                rows.extend(written(r, event.format, start=self._start, run=self._run) for r in event.rows)
            elif isinstance(event, OrderChanged):
                batch.changes.append(self._change(event))
            else:
                batch.signals.append(self._signal(event))
        return batch

    def deliver(self, batch: _Batch) -> None:
        """Send a batch. Changes wait until the orders before them are in, as they would at a platform."""
        for form, rows in batch.orders.items():
            self._under_way.append(self.lanes.submit(self._sink.orders, form, rows))
        self.settle(0 if batch.changes or self._pace.lanes == 1 else self._pace.lanes)
        if batch.changes and not self._stop.is_set():
            self.totals.changes += len(batch.changes)
            self.totals.changed += int(self._sink.changes(batch.changes)["changed"])
        if batch.signals and not self._stop.is_set():
            self._sink.signals(batch.signals)
            self.totals.signals += len(batch.signals)
        self.totals.events += batch.events

    def settle(self, allowed: int) -> None:
        """Wait until at most `allowed` deliveries are under way, and count the receipts of the others."""
        while len(self._under_way) > allowed:
            self.totals.add(self._under_way.popleft().result())

    def _change(self, event: OrderChanged) -> OrderChange:
        return OrderChange(
            order_id=f"{event.platform}:{numbered(event.order_no, run=self._run)}",
            kind=event.kind,
            at=self._start + timedelta(seconds=event.at),
            reason=event.reason,
        )

    def _signal(self, event: SignalSeen) -> Signal:
        return Signal(event.show_id, self._start + timedelta(seconds=event.at), event.viewers, event.clicks)
