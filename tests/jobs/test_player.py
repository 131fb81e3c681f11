"""The player delivers every event once, in order, at its pace, and stops when told."""

import math
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadSetting, DatabaseUnavailable
from engine.usecases.orders.change_orders import OrderChange
from engine.usecases.orders.record_signals import Signal
from jobs.demo.events import Event, OrderChanged, OrderSeen, SignalSeen, SourceRow
from jobs.demo.player import COUNTED, Pace, Totals, play

START = datetime(2026, 11, 11, 12, tzinfo=UTC)
FULL = Pace(speed=math.inf)


class Notebook:
    """A sink that writes down what it gets."""

    def __init__(self, *, stop_after: int | None = None, stop: threading.Event | None = None) -> None:
        self.rows: list[dict[str, Any]] = []
        self.told: list[OrderChange] = []
        self.signalled: list[Signal] = []
        self.batches: list[int] = []
        self.seen_before_change: list[int] = []
        self._stop_after, self._stop = stop_after, stop
        self._lock = threading.Lock()

    def orders(self, form: str, rows: list[dict[str, Any]]) -> Mapping[str, Any]:
        with self._lock:
            self.rows.extend(rows)
            self.batches.append(len(rows))
            if self._stop is not None and len(self.rows) >= (self._stop_after or 0):
                self._stop.set()
        return {**dict.fromkeys(COUNTED, 0), "read": len(rows), "accepted": len(rows)}

    def changes(self, changes: list[OrderChange]) -> Mapping[str, Any]:
        self.seen_before_change.append(len(self.rows))
        self.told.extend(changes)
        return {"changed": len(changes)}

    def signals(self, signals: list[Signal]) -> None:
        self.signalled.extend(signals)


def order(number: int, *, at: float) -> OrderSeen:
    return OrderSeen(at, "canonical", (SourceRow({"order_no": f"{number}"}, {"paid_at": at}, ("order_no",)),))


def played(events: list[Event], sink: Notebook, pace: Pace) -> Totals:
    return play(events, sink, start=START, run="R", stop=threading.Event(), pace=pace)


@given(
    kinds=st.lists(st.sampled_from("ooocs"), max_size=60),
    batch=st.integers(1, 7),
    lanes=st.integers(1, 4),
)
def test_every_event_is_delivered_once_whatever_the_batch_and_lanes(kinds: list[str], batch: int, lanes: int) -> None:
    events: list[Event] = []
    for n, kind in enumerate(kinds):
        if kind == "o":
            events.append(order(n, at=float(n)))
        elif kind == "c":
            events.append(OrderChanged(float(n), "douyin", f"{n}", "cancelled", "不想要了"))
        else:
            events.append(SignalSeen(float(n), "show", 10, n))
    sink = Notebook()
    totals = played(events, sink, Pace(speed=math.inf, batch=batch, lanes=lanes))
    at = {kind: [n for n, k in enumerate(kinds) if k == kind] for kind in "ocs"}
    assert sorted(row["order_no"] for row in sink.rows) == sorted(f"R{n}" for n in at["o"])
    assert [change.order_id for change in sink.told] == [f"douyin:R{n}" for n in at["c"]]
    assert [signal.clicks for signal in sink.signalled] == at["s"]
    assert all(size <= batch for size in sink.batches)
    assert totals.receipts["accepted"] == len(at["o"])
    assert (totals.events, totals.changes, totals.signals) == (len(kinds), len(at["c"]), len(at["s"]))
    assert totals.finished


def test_a_change_waits_until_the_orders_before_it_are_in() -> None:
    sink = Notebook()
    events: list[Event] = [order(n, at=float(n)) for n in range(50)]
    events.append(OrderChanged(50.0, "douyin", "3", "refunded", ""))
    played(events, sink, Pace(speed=math.inf, batch=4, lanes=4))
    assert sink.seen_before_change == [50]


def test_times_are_put_on_the_shows_clock() -> None:
    sink = Notebook()
    played([order(1, at=2.5), SignalSeen(3.0, "show", 1, 1)], sink, FULL)
    assert datetime.fromisoformat(sink.rows[0]["paid_at"]) == START + timedelta(seconds=2)
    assert sink.signalled[0].at == START + timedelta(seconds=3)


def test_a_show_at_speed_takes_its_time() -> None:
    sink = Notebook()
    began = time.monotonic()
    totals = played([order(1, at=0.0), order(2, at=5.0)], sink, Pace(speed=10.0))
    assert time.monotonic() - began >= 0.5
    assert len(sink.batches) == 2
    assert totals.seconds >= 0.5


def test_a_stopped_show_ends_at_once_and_says_that_it_did_not_finish() -> None:
    stop = threading.Event()
    sink = Notebook(stop_after=1, stop=stop)
    events: list[Event] = [order(1, at=0.0), order(2, at=3600.0)]
    began = time.monotonic()
    totals = play(events, sink, start=START, run="", stop=stop, pace=Pace())
    assert time.monotonic() - began < 5
    assert not totals.finished
    assert len(sink.rows) == 1


def test_what_the_sink_refuses_ends_the_show_loudly() -> None:
    class Closed(Notebook):
        def orders(self, form: str, rows: list[dict[str, Any]]) -> Mapping[str, Any]:
            raise DatabaseUnavailable("The room is stopping.")

    with pytest.raises(DatabaseUnavailable, match="stopping"):
        played([order(1, at=0.0)], Closed(), FULL)


@pytest.mark.parametrize("wrong", [{"speed": 0.0}, {"speed": -1.0}, {"batch": 0}, {"lanes": 0}])
def test_an_impossible_pace_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadSetting):
        Pace(**wrong)
