"""The questions of the outbox: one function a view of views/26_notices.sql."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from engine.store.database import Database
from engine.store.screens.room import asked


def notice_list(database: Database, states: Sequence[str] = (), *, limit: int = 300) -> pl.DataFrame:
    """Notices in one of `states` (none: in any), the newest first."""
    clause = (
        "WHERE len($states::VARCHAR[]) = 0 OR state IN (SELECT unnest($states::VARCHAR[])) "
        "ORDER BY created_at DESC, notice_id LIMIT $limit"
    )
    return asked(database, "notice_list", clause=clause, states=list(states), limit=limit)


def notice_counts(database: Database, as_of: datetime) -> pl.DataFrame:
    """Notices by audience and state, in all and of the last 24 hours."""
    return asked(database, "notice_counts", arguments="($as_of)", as_of=as_of)


def channel_health(database: Database, as_of: datetime, *, window_seconds: float = 60) -> pl.DataFrame:
    """Channels with what waits for them and how they fared."""
    return asked(database, "channel_health", arguments="($as_of, $window)", as_of=as_of, window=round(window_seconds))
