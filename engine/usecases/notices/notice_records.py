"""Moves notices from state to state: the fact and the state that follows, checked against the table of transitions."""

from datetime import datetime

import polars as pl

from engine.model.frames import INSTANT, Contract
from engine.model.notices import NOTICE_TRANSITIONS, NoticeState
from engine.store import tables
from engine.store.transaction import Transaction

BELL = "notices"
"""Rung when something may be due at once."""

STANDING: Contract = {
    # What whoever moves a notice must know of it.
    "notice_id": pl.String,
    "channel": pl.String,
    "kind": pl.String,
    "critical": pl.Boolean,
    "desk": pl.String,
    "order_id": pl.String,
    "action_id": pl.String,
    "fields": pl.String,
    "created_at": INSTANT,
    "state": pl.String,
    "next_at": INSTANT,
    "give_up_at": INSTANT,
    "attempts": pl.Int64,
    "sent_as": pl.String,
}


def move(
    tx: Transaction,
    rows: pl.DataFrame,
    to: NoticeState,
    *,
    detail: str,
    next_at: datetime | None = None,
    took_ms: int | None = None,
    **changes: pl.Expr,
) -> pl.DataFrame:
    """Move `rows` (STANDING) to one state, with an event each; `changes` are further columns. Returns them as moved.

    `next_at`: when they are due again; None: never by themselves.
    """
    if rows.is_empty():
        return rows
    for before in rows["state"].unique():
        assert to in NOTICE_TRANSITIONS[NoticeState(before)], f"{before} does not lead to {to}"
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    moved = rows.with_columns(state=pl.lit(to.value), next_at=pl.lit(next_at, dtype=INSTANT), **changes)
    facts = moved.select(
        "notice_id",
        "channel",
        "state",
        "sent_as",
        at=at,
        detail=pl.lit(detail),
        took_ms=pl.lit(took_ms, dtype=pl.Int64),
        actor=pl.lit(tx.actor),
    )
    tx.append(tables.notice_events, facts, stamp=True)
    state = moved.select("notice_id", "state", "next_at", "give_up_at", "attempts", "sent_as", state_at=at)
    tx.amend(tables.notices, state, on=("notice_id",))
    return moved
