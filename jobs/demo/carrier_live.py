"""The demo's packers and carriers during the life of a room: labels and scans come in when they are due.

Everything goes through the doors that a warehouse and a provider use. What each parcel will tell follows from the seed
and its waybill (carrier_world.py), so a room that was stopped goes on as if its carriers had not noticed: what they
told meanwhile comes in at the start.
"""

import logging
import threading
from datetime import date, datetime, timedelta

from engine.clock import BEIJING
from engine.errors import WarRoomError
from engine.usecases.clocks.record_waybills import record_waybills
from engine.usecases.road.track import track
from engine.usecases.room.room import Room
from jobs.demo.carrier_incidents import incidents
from jobs.demo.carrier_post import ACTOR, Post, RoomCarriers, deliver, pushes_of
from jobs.demo.carrier_pushes import reports_between
from jobs.demo.carrier_reads import called_off, epoch_of, read_network, read_packed, read_under_way, told_until
from jobs.demo.carrier_world import World
from jobs.demo.demo_sky import TOLD_AT, sky_told_until, tell_sky
from jobs.demo.floor_hands import labelled_until

_LOG = logging.getLogger("warroom.carriers")

TICK = 3.0
"""Seconds between two looks: scans are told within minutes, boards refresh every two seconds."""
AT_ONCE = 100
"""Pushes a tick, each a commit of some 15 ms: buyers' orders come in between."""
FLOOR = "floor"
LATEST_PUSH = timedelta(hours=24)
"""No scan is told later than this (carrier_world.py)."""


class LiveCarriers:
    """Packers and carriers in the background of one room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="demo-carriers", daemon=True)
        self._post = Post()
        self._sink = RoomCarriers(room)
        self._labelled = 0  # the version up to which the carriers know the labels
        self._world: World | None = None
        self._sky_of: date | None = None  # the Beijing day whose morning was told last

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the push under way is through."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            self.catch_up(self._room.now())
            while not self._stop.wait(TICK):
                self.tick(self._room.now())
        except WarRoomError as refusal:
            if not self._stop.is_set():
                _LOG.warning("The demo's carriers stopped: %s", refusal)

    def catch_up(self, now: datetime) -> int:
        """Know every parcel under way, and tell in one go what was due since carriers last told; returns events."""
        database, seed = self._room.database, self._room.settings.demo.seed
        epoch = epoch_of(database) or now
        self._world = World(read_network(database), seed, incidents(seed, epoch))
        self._labelled = database.data_version()
        told = told_until(database, ACTOR) or epoch
        under_way = read_under_way(database, ended_since=told - LATEST_PUSH)
        journeys = {c.waybill_no: self._world.journey(c) for c in under_way}
        for number in called_off(database, journeys):
            del journeys[number]
        for journey in journeys.values():
            self._post.add(journey, after=now)
        reports = reports_between(journeys.values(), told, now)
        return sum(track(self._room, report, actor=ACTOR).recorded for report in reports)

    def _sky(self, world: World, now: datetime) -> None:
        """The morning's weather and hubs, once a day; in a room that was opened later, at once."""
        day = (now - timedelta(hours=TOLD_AT.hour)).astimezone(BEIJING).date()
        if self._sky_of is None:
            self._sky_of = sky_told_until(self._room.database)
        if self._sky_of != day:
            self._sky_of = day
            tell_sky(self._room, world, day, actor=ACTOR)

    def tick(self, now: datetime) -> int:
        """Labels and pushes that are due; returns events sent."""
        assert self._world is not None, "catch_up comes first"
        self._sky(self._world, now)
        database = self._room.database
        waybills = labelled_until(self._world.seed, read_packed(database), now)
        if waybills:
            record_waybills(self._room, waybills, actor=FLOOR)
        if database.last_version("record_waybills") > self._labelled:
            known, self._labelled = self._labelled, database.data_version()
            for parcel in read_under_way(database, after_version=known):
                self._post.add(self._world.journey(parcel))
        due = self._post.due(now, limit=AT_ONCE)
        gone = called_off(database, {journey.parcel.waybill_no for journey, _ in due}) if due else set()
        for number in gone:
            self._post.forget(number)
        left = [(journey, at) for journey, at in due if journey.parcel.waybill_no not in gone]
        return deliver(pushes_of(left), self._sink)
