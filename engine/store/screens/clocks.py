"""What the board of promise clocks asks: one function a view, parameters bound, shape asserted."""

from datetime import UTC, datetime

import polars as pl

from engine.store.database import Database
from engine.store.screens.room import asked


def clock_rows(database: Database, as_of: datetime, *, days: int = 30) -> pl.DataFrame:
    """Orders and parcels whose clocks run or ran out lately, of orders received in the `days` before."""
    return asked(database, "clock_rows", arguments="($as_of, $days)", as_of=as_of, days=days)


def clock_news(database: Database, as_of: datetime, *, after: int = 0, days: int = 30) -> pl.DataFrame:
    """All rows of the orders that came, or may have changed, after the commit `after`."""
    return asked(database, "clock_news", arguments="($after, $as_of, $days)", after=after, as_of=as_of, days=days)


def replayed_rows(
    database: Database, as_of: datetime, *, platform: str = "", since: datetime | None = None
) -> pl.DataFrame:
    """The same of every order of a platform paid from `since` (None: ever) to before `as_of`."""
    begin = since or datetime(1970, 1, 1, tzinfo=UTC)
    return asked(
        database, "replayed_rows", arguments="($which, $since, $until)", which=platform, since=begin, until=as_of
    )


def clock_alarm_list(database: Database, as_of: datetime) -> pl.DataFrame:
    """Alarms that stand, and those that were over lately."""
    return asked(database, "clock_alarm_list", arguments="($as_of)", as_of=as_of)


def exemption_list(database: Database) -> pl.DataFrame:
    """Notices of platforms that were entered, the newest first."""
    return asked(database, "exemption_list")


def promise_ledger(database: Database, *, limit: int = 200) -> pl.DataFrame:
    """What was promised on air, the newest first."""
    return asked(database, "promise_ledger", clause="LIMIT $limit", limit=limit)


def due_codes(database: Database, as_of: datetime, *, after: int = 0, days: int = 30) -> pl.DataFrame:
    """Codes as sold in the orders due from the Beijing day before to the day after, as in the view."""
    return asked(database, "due_codes", arguments="($after, $as_of, $days)", after=after, as_of=as_of, days=days)
