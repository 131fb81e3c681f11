"""The evenings before the demo: shows that are over, played on a simulated clock through the use cases of the room.

A new demo room must not begin without parcels on the road, or nobody learns anything from its boards. Orders are
played, held ones looked at, waves released, boxes labelled, and carriers scan, all at the moment at which it would
have happened; nothing is written that a real evening would not have written.
"""

import logging
import math
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

from engine.clock import BEIJING, type_now, utc_now
from engine.intake.brand import load_brand
from engine.intake.regions import load_gazetteer
from engine.model.pick_stops import StopState
from engine.settings import DATA, Settings
from engine.store.database import Database
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import record_waybills
from engine.usecases.floor.floor_policy import load_floor_policy
from engine.usecases.floor.release_waves import release_everywhere
from engine.usecases.floor.stop_picks import StopAnswer, answer_stops
from engine.usecases.orders.review_holds import release_hold
from engine.usecases.orders.review_quarantine import drop_row
from engine.usecases.road.track import track
from engine.usecases.room.room import Room, open_room
from engine.usecases.room.schedule_show import schedule_show
from engine.usecases.room.seed_brand import seed_brand
from engine.usecases.stock.receive_stock import receive_stock
from jobs.demo.buyers import places
from jobs.demo.carrier_incidents import incidents
from jobs.demo.carrier_post import ACTOR as CARRIERS
from jobs.demo.carrier_post import Post
from jobs.demo.carrier_pushes import reports_between
from jobs.demo.carrier_reads import called_off, epoch_of, read_network, read_packed, read_under_way
from jobs.demo.carrier_world import Journey, World
from jobs.demo.complaint_post import ComplaintPost
from jobs.demo.demo_show import plan_show
from jobs.demo.demo_sky import TOLD_AT, tell_sky
from jobs.demo.events import Event
from jobs.demo.floor_hands import labelled_until
from jobs.demo.past_brand import PastShow, evenings, past_brand, past_script
from jobs.demo.past_desk import tend_desk
from jobs.demo.player import Pace, play
from jobs.demo.show_script import ShowScript, show_script
from jobs.demo.sinks import RoomSink

_LOG = logging.getLogger("warroom.past")

ACTOR = "past shows"
OPENS = timedelta(hours=12)
"""The room of the past opens at noon before its first show."""
SHOW_BEGINS, SHOW_EVERY = timedelta(hours=20), 2
"""Of an evening, and every second evening: so the past reaches back far enough to say what is usual, in few steps."""
SHOW_STEP = timedelta(hours=1)
"""How far the clock moves at once during a show: facts carry the end of their step. What a step costs hardly depends on
how much comes in, so the past is played in few: beside shows it stops on the morning after one, and once a day."""
STRAGGLERS = timedelta(minutes=1)
"""After the end of a show its last orders are still on their way."""
MORNING = timedelta(hours=9)
"""When the floor takes in what the evening left. In the evening it does before a show's last hour and at its end, so
that an order that is cancelled in between is on the floor already."""
TICKETS_AT = 18
"""The Beijing hour at which the platform hands in what buyers wrote since, and the desk looks: tickets carry their own
times."""
LATER_STOCK = "deliveries since the past shows"


@dataclass(slots=True)
class PastTotals:
    """What was played. `finished` is False when it was stopped before the present."""

    orders: int = 0
    parcels: int = 0
    waves: int = 0
    waybills: int = 0
    scans: int = 0
    tickets: int = 0
    seconds: float = 0.0
    finished: bool = False


class SimulatedClock:
    """A clock that stands where it is put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@dataclass(slots=True)
class _Evening:
    starts: datetime
    ends: datetime
    show_id: str
    events: Iterator[Event]
    waiting: list[Event] = field(default_factory=list)  # at most one: drawn, not yet due

    @property
    def morning(self) -> datetime:
        """Of the next day."""
        return _beijing((self.starts + timedelta(days=1)).astimezone(BEIJING).date(), MORNING)

    def due(self, at: datetime) -> list[Event]:
        """The events up to `at`, once each."""
        seconds = (at - self.starts).total_seconds()
        ready = self.waiting if self.waiting and self.waiting[0].at <= seconds else []
        if self.waiting and not ready:
            return []
        self.waiting = []
        taken = list(ready)
        for event in self.events:
            if event.at > seconds:
                self.waiting = [event]
                break
            taken.append(event)
        return taken


def play_past(settings: Settings, *, now: type_now = utc_now, stop: threading.Event | None = None) -> PastTotals | None:
    """Play the past shows into an empty database; None when there is anything in it, or none are wanted."""
    wanted, until = settings.demo, now()
    if not wanted.past_days or not wanted.past_orders:
        return None
    today = until.astimezone(BEIJING).date()
    clock = SimulatedClock(_beijing(today - timedelta(days=wanted.past_days), OPENS))
    brand, gazetteer = load_brand(DATA / "brand"), load_gazetteer(DATA / "geo" / "regions.csv")
    script = show_script(brand)
    with closing(Database.open(settings.database_url, now=clock)) as database:
        if database.read("SELECT count(*) FROM skus").item():
            return None
        shows = [
            PastShow(
                evening,
                plan_show(
                    past_script(brand, script, evening, days=wanted.past_days),
                    places(gazetteer.regions),
                    orders=wanted.past_orders,
                    minutes=script.minutes,
                    seed=wanted.seed + number + 1,
                ),
            )
            for number, evening in enumerate(evenings(today, wanted.past_days)[::SHOW_EVERY])
        ]
        made = past_brand(brand, script, shows, days=wanted.past_days, today=today)
        seed_brand(database, made.brand, gazetteer, actor=ACTOR)
    with closing(open_room(settings, now=clock)) as room:
        totals = _Past(room, clock, script, shows, today).play(until, stop or threading.Event())
        clock.at = max(until, clock.at)
        receive_later_stock(room)
    _LOG.info("The past shows were played: %s", totals)
    return totals


def receive_later_stock(room: Room) -> int:
    """Book what came in since a room was opened in the past; returns units. 0 in any other room, and the second time.

    Also what a stop in the middle of the past left out.
    """
    [(opened_by, opened_at)] = room.database.read('SELECT actor, "at" FROM audit ORDER BY version LIMIT 1').rows()
    today = room.now().astimezone(BEIJING).date()
    days = (today - opened_at.astimezone(BEIJING).date()).days
    if opened_by != ACTOR or days < 1:
        return 0
    brand = load_brand(DATA / "brand")
    later = past_brand(brand, show_script(brand), [], days=days, today=today)
    known = set(room.database.read("SELECT lot FROM lots")["lot"])
    missing = later.lots.filter(~later.lots["lot"].is_in(list(known)))
    units = later.units.join(missing.select("lot"), on="lot", how="semi")
    return receive_stock(room, missing, units, actor=ACTOR, reference=LATER_STOCK)


class _Past:
    """One play of the past."""

    def __init__(
        self, room: Room, clock: SimulatedClock, script: ShowScript, shows: list[PastShow], today: date
    ) -> None:
        self.totals = PastTotals()
        self._room = room
        self._clock = clock
        self._seed = room.settings.demo.seed
        epoch = epoch_of(room.database) or clock()
        self._world = World(read_network(room.database), self._seed, incidents(self._seed, epoch))
        self._post = Post()
        self._buyers = ComplaintPost(room)
        self._floor = load_floor_policy()
        self._labelled = 0  # the version of the last waybills that the carriers know of
        self._told_until = clock()
        self._sky_of: date | None = None
        self._evenings = []
        starts = _beijing(today, SHOW_BEGINS)
        length = timedelta(minutes=script.minutes)
        schedule_show(room, script.show_id, starts_at=starts, ends_at=starts + length, actor=ACTOR)
        for show in shows:
            starts, show_id = _beijing(show.evening, SHOW_BEGINS), show.plan.script.show_id
            schedule_show(room, show_id, starts_at=starts, ends_at=starts + length, actor=ACTOR)
            self._evenings.append(_Evening(starts, starts + length, show_id, show.plan.events()))

    def play(self, until: datetime, stop: threading.Event) -> PastTotals:
        """Move the clock to `until`, step by step, and do at each step what is due."""
        began = time.monotonic()
        for at in takewhile(lambda _: not stop.is_set(), self._steps(until)):
            self._clock.at = at
            self._take_orders(at, stop)
            if self._floor_takes_in(at):
                self._send_to_the_floor()
            if any(evening.starts < at < evening.ends for evening in self._evenings):
                continue
            self._sky(at)
            self._label(at)
            self._scan(at)
            if at == until or at.astimezone(BEIJING).hour == TICKETS_AT:
                self.totals.tickets += self._buyers.hand_in(at)
                tend_desk(self._room, self._buyers.meant, at)
        self.totals.seconds = round(time.monotonic() - began, 1)
        self.totals.finished = not stop.is_set()
        return self.totals

    def _steps(self, until: datetime) -> Iterator[datetime]:
        """The moments after the clock's at which something is done, up to `until`."""
        begins, marks = self._clock(), {until}
        today = until.astimezone(BEIJING).date()
        for day in [*evenings(today, (until - begins).days + 1), today]:
            marks.add(_beijing(day, timedelta(hours=TICKETS_AT)))
        for evening in self._evenings:
            hours = math.ceil((evening.ends - evening.starts) / SHOW_STEP)
            marks.update(evening.starts + step * SHOW_STEP for step in range(1, hours))
            marks.update((evening.ends + STRAGGLERS, evening.morning))
        yield from sorted(at for at in marks if begins < at <= until)

    def _sky(self, at: datetime) -> None:
        """What was told on the morning of the day, at the first step of the day after it."""
        day = (at - timedelta(hours=TOLD_AT.hour)).astimezone(BEIJING).date()
        if day != self._sky_of:
            self._sky_of = day
            tell_sky(self._room, self._world, day, actor=ACTOR)

    def _take_orders(self, at: datetime, stop: threading.Event) -> None:
        for evening in self._evenings:
            events = evening.due(at) if evening.starts <= at else []
            if not events:
                continue
            totals = play(
                events,
                RoomSink(self._room, source="demo"),
                start=evening.starts,
                run=f"{evening.starts.astimezone(BEIJING):%y%m%d}",
                stop=stop,
                pace=Pace(speed=math.inf),
            )
            self.totals.orders += totals.receipts["accepted"]

    def _review(self) -> None:
        """What a person would have looked at by the end of the evening."""
        held = self._room.database.read("SELECT order_id FROM orders WHERE status = 'held'")["order_id"].to_list()
        if held:
            release_hold(self._room, held, actor=ACTOR, reason="买家已电话确认")
        for row in self._room.database.read("SELECT row_id FROM quarantine WHERE state = 'open'")["row_id"]:
            drop_row(self._room, row, actor=ACTOR, reason="平台已更正")

    def _answer_stops(self) -> None:
        """The floor took out what was cancelled on it."""
        stops = self._room.database.read("SELECT order_id, parcel_id FROM pick_stops WHERE state = 'open'")
        if stops.height:
            said = [StopAnswer(order_id, parcel_id, StopState.STOPPED) for order_id, parcel_id in stops.iter_rows()]
            answer_stops(self._room, said, actor=ACTOR)

    def _floor_takes_in(self, at: datetime) -> bool:
        return any(at in (e.ends - SHOW_STEP, e.ends + STRAGGLERS, e.morning) for e in self._evenings)

    def _send_to_the_floor(self) -> None:
        self._review()
        self._answer_stops()
        self.totals.parcels += allocate_waiting(self._room).parcels
        release = release_everywhere(self._room.database, self._floor, actor=ACTOR)
        self.totals.waves += len(release.wave_ids)

    def _label(self, at: datetime) -> None:
        waybills = labelled_until(self._seed, read_packed(self._room.database), at)
        if not waybills:
            return
        self.totals.waybills += record_waybills(self._room, waybills, actor=ACTOR).recorded
        for parcel in read_under_way(self._room.database, after_version=self._labelled):
            self._post.add(self._world.journey(parcel))
        self._labelled = self._room.database.data_version()

    def _scan(self, at: datetime) -> None:
        told: dict[str, Journey] = {journey.parcel.waybill_no: journey for journey, _ in self._post.due(at)}
        for number in called_off(self._room.database, told):
            self._post.forget(number)
            del told[number]
        for report in reports_between(told.values(), self._told_until, at):
            self.totals.scans += track(self._room, report, actor=CARRIERS).recorded
        self._told_until = at


def _beijing(day: date, clock: timedelta) -> datetime:
    return (datetime(day.year, day.month, day.day, tzinfo=BEIJING) + clock).astimezone(UTC)
