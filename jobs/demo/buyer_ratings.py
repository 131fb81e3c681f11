"""Which buyers of the demo rate what they got, when, with how many stars: follows from the seed and the order.

Few rate, and those who were let down more often than those who were served well. Stars follow what happened: a
complaint, days on the way. Nothing else says why, so that a low rating has a part of the way to be traced to.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from math import exp
from random import Random
from typing import Any

from engine.errors import BadSetting
from engine.model.tickets import Complaint
from engine.settings import DATA
from engine.usecases.buyers.rate_order import Stars
from jobs.demo.carrier_chance import normal, uniform

FILE = DATA / "demo" / "ratings.toml"

CONTENT, LET_DOWN = 0.10, 0.16
"""Shares of buyers who rate; of those who are angry more do."""
LATE_DAYS = 4.0
"""Days from the payment to the door from which a buyer calls it late."""
HOURS = 9.0
"""Median hours from the signature to the rating: in the evening, when it has been opened."""
WORDLESS, SECOND = 0.35, 0.5
"""Shares of ratings without a word, and of the others with a second part."""


@dataclass(frozen=True, slots=True)
class Served:
    """An order all of whose parcels were signed for, and what its buyer complained of, if anything."""

    order_id: str
    paid_at: datetime
    signed_at: datetime
    complaint: Complaint | None


@cache
def words() -> dict[str, Any]:
    """The file, read once a process. Raises BadSetting."""
    try:
        return tomllib.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise BadSetting(f"{FILE} cannot be read: {wrong}") from wrong


def mood(served: Served) -> str:
    """The table of the file that such a buyer's words are in."""
    if served.complaint is not None and served.complaint is not Complaint.OTHER:
        return served.complaint.value
    return "late" if served.signed_at - served.paid_at > timedelta(days=LATE_DAYS) else "good"


def rating_of(served: Served, seed: int) -> tuple[datetime, Stars] | None:
    """When and what; None from the many who do not rate."""
    felt = mood(served)
    if uniform(seed, served.order_id, "rates") >= (CONTENT if felt == "good" else LET_DOWN):
        return None
    luck = Random(f"{seed}|{served.order_id}|stars")  # noqa: S311 - a demo's words, no secret
    known, said = words()[felt], ""
    if luck.random() >= WORDLESS:
        said = luck.choice(known["first"])
        if luck.random() < SECOND:
            said += luck.choice("，。！") + luck.choice(known["second"])
    at = served.signed_at + timedelta(hours=HOURS * exp(0.7 * normal(seed, served.order_id, "rating")))
    return at, Stars(luck.choice(known["stars"]), said)
