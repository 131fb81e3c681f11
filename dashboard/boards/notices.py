"""What the page of notices needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboard.boards.four import Stamp, stamp
from engine.model.notices import NoticeState
from engine.response.notice_policy import NoticePolicy
from engine.response.notice_templates import Templates
from engine.store.database import Database
from engine.store.screens import notices as notice_screens
from engine.usecases.notices.notice_policy import load_notice_policy, load_notice_templates

SHOWN: Mapping[str, tuple[NoticeState, ...]] = {
    "open": (
        NoticeState.QUEUED, NoticeState.DEFERRED, NoticeState.SENDING, NoticeState.FAILED, NoticeState.GIVEN_UP,
        NoticeState.UNDELIVERED,
    ),
    "all": (),
}  # fmt: skip
"""What the list shows: what somebody may have to look at, or everything."""


@dataclass(frozen=True, slots=True)
class Notices:
    """Counts by audience and state, channels, the newest notices of each choice in SHOWN, rules and texts."""

    stamp: Stamp
    counts: pl.DataFrame
    channels: pl.DataFrame
    lists: Mapping[str, pl.DataFrame]
    policy: NoticePolicy
    templates: Templates

    def count(self, *states: NoticeState, column: str = "notices") -> int:
        """How many stand in one of these."""
        return int(self.counts.filter(pl.col("state").is_in([state.value for state in states]))[column].sum())


def notices(database: Database, as_of: datetime) -> Notices:
    """Ask everything that the page shows."""
    policy = load_notice_policy()
    return Notices(
        stamp=stamp(database, as_of),
        counts=notice_screens.notice_counts(database, as_of),
        channels=notice_screens.channel_health(database, as_of, window_seconds=policy.send.window_seconds),
        lists={name: notice_screens.notice_list(database, states) for name, states in SHOWN.items()},
        policy=policy,
        templates=load_notice_templates(),
    )
