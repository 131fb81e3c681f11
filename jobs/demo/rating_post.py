"""The demo's buyers open their tracking pages and rate: each once, through the link that the brand's gateway sent them.

Of what was delivered before the room was opened they rate in the course of the show: that is when they have the phone
in their hands.
"""

from datetime import UTC, datetime

from engine.errors import NotAllowed
from engine.model.tickets import Complaint
from engine.usecases.buyers.issue_track_links import issue_track_links, signer
from engine.usecases.buyers.rate_order import Stars, rate_order
from engine.usecases.room.room import Room
from jobs.demo.buyer_ratings import Served, rating_of
from jobs.demo.carrier_chance import uniform
from jobs.demo.planted_causes import Tonight

ACTOR = "demo gateway"
AT_ONCE = 3
"""Ratings a look: each reads the buyer's page first, some 30 ms, and orders come in between."""

_SERVED = """
    SELECT o.order_id, any_value(o.paid_at), max(t.signed_at), max(k.complaint)
    FROM parcel_tracks t
    JOIN boards.standing_picks a ON a.parcel_id = t.parcel_id
    JOIN orders o ON o.order_id = a.order_id
    LEFT JOIN tickets k ON k.order_id = o.order_id AND k.complaint <> 'other'
    ANTI JOIN ratings r ON r.order_id = o.order_id
    GROUP BY o.order_id
    HAVING max(t.signed_at) > $after AND count(*) = count(t.signed_at)
    ORDER BY max(t.signed_at), o.order_id
"""


class RatingPost:
    """Who will rate, and hands in what is due."""

    def __init__(self, room: Room, tonight: Tonight) -> None:
        self._room, self._tonight, self._seed = room, tonight, room.settings.demo.seed
        self._seen: datetime = datetime.fromtimestamp(0, UTC)  # signatures up to here are known
        self._version = -1
        self._links: dict[str, str] = {}
        self.waiting: list[tuple[datetime, str, Stars]] = []

    def hand_in(self, now: datetime) -> int:
        """Rate what is due by `now`, a few at a time; returns the ratings given."""
        self._look()
        due = [one for one in self.waiting if one[0] <= now][:AT_ONCE]
        self.waiting = self.waiting[len(due) :]
        given = 0
        for _, order_id, stars in due:
            try:
                given += rate_order(self._room, self._links[order_id], stars)
            except NotAllowed:  # a parcel was signed for by mistake and is on its way again
                continue
        return given

    def _look(self) -> None:
        version = self._room.database.last_version("track")
        if version == self._version:
            return
        self._version = version
        fresh = []
        for order_id, paid, signed, complaint in self._room.database.read(_SERVED, {"after": self._seen}).iter_rows():
            self._seen = max(self._seen, signed)
            about = None if complaint is None else Complaint(complaint)
            rating = rating_of(Served(order_id, paid, signed, about), self._seed)
            if rating is not None:
                fresh.append((self._when(order_id, rating[0]), order_id, rating[1]))
        if not fresh:
            return
        tokens = issue_track_links(self._room, [order_id for _, order_id, _ in fresh], actor=ACTOR)
        read = signer(self._room)
        self._links.update((order_id, read.link_id(token) or "") for order_id, token in tokens.items())
        self.waiting = sorted([*self.waiting, *fresh], key=lambda one: one[:2])

    def _when(self, order_id: str, at: datetime) -> datetime:
        evening = self._tonight
        if at >= evening.begins:
            return at
        return evening.begins + uniform(self._seed, order_id, "tonight") * (evening.ends - evening.begins)
