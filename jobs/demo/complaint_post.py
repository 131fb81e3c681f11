"""The demo's platform: sends a room the tickets of its unhappy buyers when they are due, each once, by its own door.

In the background of a room they also rate what they got (rating_post.py) and loggers send readings (logger_post.py)."""

import logging
import threading
from datetime import UTC, datetime, timedelta

from engine.errors import WarRoomError
from engine.model.tickets import Complaint
from engine.usecases.orders.intake_desk import IntakeRequest
from engine.usecases.room.room import Room
from engine.usecases.service.ingest_tickets import ingest_tickets
from jobs.demo.carrier_incidents import incidents
from jobs.demo.carrier_network import Consignment
from jobs.demo.carrier_reads import epoch_of, read_network
from jobs.demo.carrier_world import World
from jobs.demo.logger_post import LoggerPost
from jobs.demo.planted_causes import Tonight, planted
from jobs.demo.rating_post import RatingPost
from jobs.demo.unhappy_buyers import Delivery, Goods, Written, written_about

_LOG = logging.getLogger("warroom.buyers")

ACTOR = "demo platform"
TICK = 3.0
"""Seconds between two looks."""
LEAST_MINUTES = 4.0
"""Tonight's bad lot bursts over the show's minutes, and over so many at least."""

_LABELLED = """
    SELECT b.waybill_no, any_value(p.carrier), any_value(p.node), any_value(o.adcode), any_value(p.layer),
           min(b.uploaded_at) AS labelled_at, a.order_id, any_value(o.platform), any_value(o.order_no),
           any_value(o.buyer), a.sku, min(a.lot), any_value(s.category), any_value(s.packaging),
           any_value(s.price_cents)
    FROM waybills b
    JOIN parcels p ON p.parcel_id = b.parcel_id AND p.status = 'planned'
    JOIN boards.standing_picks a ON a.parcel_id = p.parcel_id
    JOIN orders o ON o.order_id = a.order_id
    JOIN skus s ON s.sku = a.sku
    WHERE b.version > $after
    GROUP BY b.waybill_no, a.order_id, a.sku
    ORDER BY labelled_at, b.waybill_no, a.order_id, a.sku
"""


class ComplaintPost:
    """What will be written about every labelled parcel; hands in what is due. `tonight`: see written_about."""

    def __init__(self, room: Room, *, tonight: Tonight | None = None) -> None:
        self._room, self._tonight = room, tonight
        self._seed = room.settings.demo.seed
        epoch = epoch_of(room.database) or room.now()
        self._world = World(read_network(room.database), self._seed, incidents(self._seed, epoch))
        self._causes = planted(self._seed, epoch)
        self._known = 0  # the version up to which parcels are known
        self._sent = set(room.database.read("SELECT ticket_no FROM tickets")["ticket_no"])
        self.waiting: list[Written] = []
        self.meant: dict[str, Complaint] = {}  # by ticket_no: what a person who reads it would say it is about

    def hand_in(self, now: datetime) -> int:
        """Hand in what is due by `now`; returns the tickets that were recorded."""
        version = self._room.database.last_version("record_waybills")
        if version > self._known:
            for delivery in self._deliveries(self._known):
                self.waiting += written_about(delivery, self._causes, seed=self._seed, tonight=self._tonight)
            self._known = version
        due = sorted((one for one in self.waiting if one.at <= now), key=lambda one: one.at)
        if not due:
            return 0
        self.waiting = [one for one in self.waiting if one.at > now]
        fresh = [one.ticket for one in due if one.ticket["ticket_no"] not in self._sent]
        self.meant.update((one.ticket["ticket_no"], one.complaint) for one in due)
        self._sent.update(ticket["ticket_no"] for ticket in fresh)
        if not fresh:
            return 0
        [receipt] = ingest_tickets(self._room, [IntakeRequest("canonical", ACTOR, fresh, actor=ACTOR)])
        return receipt.recorded

    def _deliveries(self, after: int) -> list[Delivery]:
        found: dict[tuple[str, str], Delivery] = {}
        for row in self._room.database.read(_LABELLED, {"after": after}).iter_rows():
            number, carrier, node, adcode, layer, labelled, order_id, platform, order_no, buyer = row[:10]
            goods = Goods(*row[10:])
            known = found.get((number, order_id))
            if known is None:
                parcel = Consignment(number, carrier, node, adcode, layer, labelled.astimezone(UTC))
                _, door = self._world.walk(parcel)
                known = Delivery(number, platform, order_no, buyer, node, adcode, (), parcel.labelled_at, door)
            found[number, order_id] = Delivery(
                number, platform, order_no, buyer, node, adcode, (*known.goods, goods), known.labelled_at, known.door_at
            )
        return list(found.values())


class LiveBuyers:
    """Buyers in the background of one room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="demo-buyers", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the tickets under way are in."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            now = self._room.now()
            minutes = max(self._room.settings.demo.minutes, LEAST_MINUTES)
            tonight = Tonight(now, now + timedelta(minutes=minutes))
            posts = (
                ComplaintPost(self._room, tonight=tonight),
                LoggerPost(self._room, now),
                RatingPost(self._room, tonight),
            )
            while not self._stop.is_set():
                for post in posts:
                    post.hand_in(self._room.now())
                self._stop.wait(TICK)
        except WarRoomError as refusal:
            if not self._stop.is_set():
                _LOG.warning("The demo's buyers stopped: %s", refusal)
