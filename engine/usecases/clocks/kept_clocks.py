"""The book of the room's clocks, read whole once and then kept by what each commit touched.

A million orders take more than a second to read and judge; what came in since is read in a tenth of one. A job brings
the book up to the last commit every few seconds, so a board finds it ready and waits for nobody; only where no job runs
does a board do it, and only when the book is older than PATIENCE_SECONDS. Changed rules are reason to read it whole
again, and so is a new Beijing day, which boards leave to the job for a day.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from weakref import WeakKeyDictionary

import polars as pl

from engine.model.beijing import beijing_day
from engine.rules.clock_book import Book, book_of
from engine.rules.packs import PlatformRules
from engine.store.database import Database
from engine.store.screens import clocks as clock_screens
from engine.usecases.clocks.alarm_policy import load_alarm_policy

PATIENCE_SECONDS = 30.0
"""How old a book may be before a board brings it up itself: some missed runs of the job."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A book as of the commit `version` or later; day: of its whole reading; read_at: of its last look at commits."""

    book: Book
    version: int
    read_at: datetime
    day: date
    platforms: Mapping[str, PlatformRules]

    def serves(self, platforms: Mapping[str, PlatformRules], now: datetime, *, days: int) -> bool:
        """Whether it need not be read whole: the same rules, and no more than so many Beijing days later."""
        return self.platforms == platforms and abs((beijing_day(now) - self.day).days) <= days

    def young(self, now: datetime) -> bool:
        """Whether a board can take it as it is."""
        return 0 <= (now - self.read_at).total_seconds() < PATIENCE_SECONDS


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock
    held: _Held | None = None


_KEPT: "WeakKeyDictionary[Database, _Kept]" = WeakKeyDictionary()
_KEPT_LOCK = threading.Lock()


def kept_book(
    database: Database, platforms: Mapping[str, PlatformRules], *, now: datetime, fresh: bool = False
) -> Book:
    """The clocks of all orders. fresh: as of the last commit; else as they were at most PATIENCE_SECONDS ago."""
    with _KEPT_LOCK:
        kept = _KEPT.setdefault(database, _Kept(threading.Lock()))
    held = kept.held
    # Codes are read for a day and the next, so a book of yesterday still serves a board.
    if not fresh and held is not None and held.serves(platforms, now, days=1) and held.young(now):
        return held.book
    with kept.lock:
        held = kept.held
        version = database.data_version()  # before the rows: what is committed meanwhile is read again next time
        if held is None or not held.serves(platforms, now, days=0 if fresh else 1):
            book, day = read_book(database, platforms, now=now), beijing_day(now)
        elif held.version != version:
            book, day = brought_up(held.book, database, platforms, since=held.version, now=now), held.day
        else:
            book, day = held.book, held.day
        kept.held = _Held(book, version, now, day, platforms)
        return book


def read_book(database: Database, platforms: Mapping[str, PlatformRules], *, now: datetime) -> Book:
    """The whole book, read anew."""
    days = load_alarm_policy().look_back_days
    rows = clock_screens.clock_rows(database, now, days=days)
    return book_of(rows, platforms, clock_screens.due_codes(database, now, days=days))


def brought_up(
    book: Book, database: Database, platforms: Mapping[str, PlatformRules], *, since: int, now: datetime
) -> Book:
    """`book`, which stands as of the commit `since` or later, with everything that was committed after it."""
    days = load_alarm_policy().look_back_days
    news = clock_screens.clock_news(database, now, after=since, days=days)
    codes = clock_screens.due_codes(database, now, after=since, days=days)
    return book.replaced(news["arrival"].unique(), book_of(news.filter(pl.col("counts")), platforms, codes))
