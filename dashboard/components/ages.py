"""How old is what a tile shows, and is that too old? One answer for every board."""

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from dashboard.boards.four import Stamp
from dashboard.runtime import board_settings
from dashboard.wording import Words

FEEDS = ("orders", "signals", "stock", "jobs", "tracking", "tickets")
_QUIET_HOURS = {"stock": 12.0, "tracking": 0.5, "tickets": 12.0}
"""A ledger that hears of every movement is silent when nothing moves: half a day without one is worth a look. Carriers
scan day and night, and providers push within minutes: half an hour without an event is a broken feed. Buyers
sleep: half a day without a single complaint is a file that nobody fetched."""
_PATIENCE = {"jobs": 3.0}
"""Idle job runs are written down once a minute only: three times the limit before that is old."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """An age in words and whether the figure beside it should grey. `known` is False where nothing ever came in."""

    text: str
    stale: bool
    known: bool


def of_feed(t: Words, stamp: Stamp, feed: str, now: datetime) -> Freshness:
    """Freshness of what hangs on `feed`."""
    limit = board_settings().stale_seconds * _PATIENCE.get(feed, 1.0)
    return of_age(t, stamp.age(feed, now), limit=max(limit, _QUIET_HOURS.get(feed, 0.0) * 3600))


def of_time(t: Words, at: datetime | None, now: datetime, *, limit: float) -> Freshness:
    """Freshness of something done at `at` that is good for `limit` seconds."""
    return of_age(t, None if at is None else (now - at).total_seconds(), limit=limit)


def of_age(t: Words, seconds: float | None, *, limit: float) -> Freshness:
    """Freshness of an age in seconds."""
    if seconds is None:
        return Freshness(t("age.never"), stale=True, known=False)
    return Freshness(t.age(seconds), stale=seconds > limit, known=True)


def strip(t: Words, stamp: Stamp, now: datetime) -> None:
    """One line: the age of each feed, and the data version."""
    told = [badge(t, stamp, feed, now) for feed in FEEDS]
    with st.container(key="ages"):
        st.markdown(" ".join((*told, f":gray-badge[{t('age.version', n=t.count(stamp.version))}]")))


def badge(t: Words, stamp: Stamp, feed: str, now: datetime) -> str:
    """The age of one feed as a Markdown badge: green while fresh, orange when old, grey when never heard of."""
    fresh = of_feed(t, stamp, feed, now)
    colour = "gray" if not fresh.known else "orange" if fresh.stale else "green"
    icon = ":material/remove:" if not fresh.known else ":material/schedule:" if fresh.stale else ":material/check:"
    return f":{colour}-badge[{icon} {t('age.feed', feed=t.of('feed', feed), age=fresh.text)}]"
