"""Carriers' pushes on their way into a room: which are due, in what order, and the two doors they go through."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Protocol

from engine.intake.tracking_canonical import parse_canonical_tracking
from engine.intake.tracking_kuaidi100 import parse_kuaidi100_push
from engine.usecases.road.track import track
from engine.usecases.room.room import Room
from jobs.demo.carrier_pushes import Push, push_at
from jobs.demo.carrier_world import Journey

ACTOR = "carriers"


class CarrierSink(Protocol):
    """Where pushes go. A call returns after the commit, with the events that were sent."""

    def kuaidi100(self, form: str) -> int:
        """One waybill's whole history, as the form's param."""

    def canonical(self, events: list[dict[str, object]]) -> int:
        """Single events of any number of waybills."""


class RoomCarriers:
    """Straight into a room of this process, through the adapters."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def kuaidi100(self, form: str) -> int:
        """As the route of kuaidi100 does it."""
        return track(self._room, parse_kuaidi100_push(form, now=self._room.now()), actor=ACTOR).read

    def canonical(self, events: list[dict[str, object]]) -> int:
        """As the canonical route does it."""
        return track(self._room, parse_canonical_tracking(events), actor=ACTOR).read


class Post:
    """Journeys under way, by their next push."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, str, int]] = []
        self._journeys: dict[str, tuple[Journey, list[datetime]]] = {}

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, journey: Journey, *, after: datetime | None = None) -> None:
        """Follow a journey, once; `after`: what was due up to then is told already."""
        number = journey.parcel.waybill_no
        moments = journey.moments()
        first = 0 if after is None else sum(at <= after for at in moments)
        if number in self._journeys or first == len(moments):
            return
        self._journeys[number] = journey, moments
        heapq.heappush(self._heap, (moments[first], number, first))

    def due(self, now: datetime, *, limit: int | None = None) -> list[tuple[Journey, datetime]]:
        """Take out what is due by `now`, the earliest first; at most `limit`."""
        taken: list[tuple[Journey, datetime]] = []
        while self._heap and self._heap[0][0] <= now and (limit is None or len(taken) < limit):
            at, number, place = heapq.heappop(self._heap)
            journey, moments = self._journeys[number]
            taken.append((journey, at))
            if place + 1 < len(moments):
                heapq.heappush(self._heap, (moments[place + 1], number, place + 1))
            else:
                del self._journeys[number]
        return taken

    def forget(self, waybill_no: str) -> None:
        """Follow a journey no longer: its parcel was called off."""
        if self._journeys.pop(waybill_no, None) is not None:
            self._heap = [entry for entry in self._heap if entry[1] != waybill_no]
            heapq.heapify(self._heap)


def deliver(pushes: Iterable[Push], sink: CarrierSink) -> int:
    """Send pushes in their order, canonical ones that follow each other together; returns events sent."""
    sent = 0
    for is_form, group in groupby(pushes, key=lambda push: push.form is not None):
        if is_form:
            sent += sum(sink.kuaidi100(push.form) for push in group if push.form is not None)
        else:
            sent += sink.canonical([event for push in group for event in push.events])
    return sent


def pushes_of(due: Iterable[tuple[Journey, datetime]]) -> Iterator[Push]:
    """The pushes that are due."""
    for journey, at in due:
        push = push_at(journey, at)
        if push is not None:
            yield push
