"""Writes notices inside the transaction of their cause: both are committed, or neither is. Sending comes later.

The same cause twice is one notice a channel. Where no channel serves a desk, or the brand has no gateway, nothing is
written: there is nobody to tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Any

import orjson
import polars as pl

from engine.channels.configured import GATEWAY
from engine.model.frames import INSTANT
from engine.model.notices import AUDIENCE_OF, FIELDS_OF, WAITING, Audience, NoticeKind, NoticeState, StaffDesk
from engine.response.notice_templates import check_fields
from engine.store import tables
from engine.store.database import as_json
from engine.store.transaction import Transaction
from engine.usecases.notices.notice_policy import load_notice_templates
from engine.usecases.notices.notice_records import BELL, STANDING, move


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNotice:
    """What a desk is to be told. cause: in the room's own ids, the same text for the same cause. critical: passes quiet
    hours. action_id: whose card the link opens."""

    kind: NoticeKind
    desk: StaffDesk
    cause: str
    fields: Mapping[str, Any]
    critical: bool = False
    action_id: str | None = None


def write_staff_notice(tx: Transaction, notice: StaffNotice, *, channel: str | None = None) -> int:
    """One notice for every channel that serves the desk (or for one `channel`). Returns how many are new."""
    check_fields(notice.kind, notice.fields)
    assert AUDIENCE_OF[notice.kind] is Audience.STAFF
    assert notice.kind is not NoticeKind.DIGEST
    serving = [
        name
        for name, desks in tx.rows(
            "SELECT channel, desks FROM notice_channels WHERE configured AND kind <> 'gateway' ORDER BY channel"
        )
        if (name == channel if channel is not None else notice.desk in orjson.loads(desks))
    ]
    rows = pl.DataFrame(
        {"channel": serving, "cause": [notice.cause] * len(serving)}, schema={"channel": pl.String, "cause": pl.String}
    ).with_columns(
        desk=pl.lit(notice.desk.value),
        order_id=pl.lit(None, dtype=pl.String),
        action_id=pl.lit(notice.action_id, dtype=pl.String),
        fields=pl.lit(as_json(dict(notice.fields))),
        critical=pl.lit(notice.critical),
    )
    return _write(tx, notice.kind, rows)


def write_buyer_notices(tx: Transaction, kind: NoticeKind, orders: pl.DataFrame) -> int:
    """One notice a row: order_id, cause, and the fields of the kind as columns. Returns how many are new."""
    assert AUDIENCE_OF[kind] is Audience.BUYER
    check_fields(kind, dict.fromkeys(set(orders.columns) - {"order_id", "cause"}))
    if orders.is_empty() or not has_gateway(tx):
        return 0
    told = [
        pl.col(name).dt.to_string("iso").alias(name) if isinstance(orders.schema[name], pl.Datetime) else pl.col(name)
        for name in FIELDS_OF[kind]
    ]
    rows = orders.select(
        "order_id",
        "cause",
        channel=pl.lit(GATEWAY),
        desk=pl.lit(None, dtype=pl.String),
        action_id=pl.lit(None, dtype=pl.String),
        fields=pl.struct(told).struct.json_encode(),
        critical=pl.lit(False),  # noqa: FBT003 - a column, not a switch
    )
    return _write(tx, kind, rows)


def withdraw_notices(tx: Transaction, causes: Sequence[str]) -> int:
    """Stop what was written for these causes and has not gone out: they are over. Returns how many were stopped."""
    if not causes:
        return 0
    keys = pl.DataFrame({"cause": list(causes)}, schema={"cause": pl.String})
    rows = tx.matching(tables.notices, keys, *STANDING)
    waiting = rows.filter(pl.col("state").is_in([state.value for state in WAITING]))
    move(tx, waiting, NoticeState.GIVEN_UP, detail="Over before anybody was told.")
    return waiting.height


def has_gateway(tx: Transaction) -> bool:
    """Whether buyers can be told anything."""
    return bool(tx.rows("SELECT 1 FROM notice_channels WHERE configured AND kind = 'gateway'"))


def notice_id(cause: str, channel: str) -> str:
    """The idempotency key of a cause on a channel."""
    return blake2b(f"{channel}\n{cause}".encode(), digest_size=12).hexdigest()


def _write(tx: Transaction, kind: NoticeKind, rows: pl.DataFrame) -> int:
    ids = [notice_id(cause, channel) for cause, channel in rows.select("cause", "channel").iter_rows()]
    made = rows.with_columns(notice_id=pl.Series(ids, dtype=pl.String)).unique("notice_id", keep="first")
    fresh = made.join(tx.matching(tables.notices, made.select("notice_id"), "notice_id"), on="notice_id", how="anti")
    if fresh.is_empty():
        return 0
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    late = tx.at + timedelta(hours=load_notice_templates().by_kind[kind].good_hours)
    state = NoticeState.QUEUED.value
    tx.append(
        tables.notices,
        fresh.with_columns(
            kind=pl.lit(kind.value),
            audience=pl.lit(AUDIENCE_OF[kind].value),
            created_at=at,
            state=pl.lit(state),
            state_at=at,
            next_at=at,
            give_up_at=pl.lit(late, dtype=INSTANT),
            attempts=pl.lit(0, dtype=pl.Int64),
            sent_as=pl.lit(None, dtype=pl.String),
        ),
        stamp=True,
    )
    tx.append(
        tables.notice_events,
        fresh.select(
            "notice_id",
            "channel",
            at=at,
            state=pl.lit(state),
            sent_as=pl.lit(None, dtype=pl.String),
            detail=pl.lit(""),
            took_ms=pl.lit(None, dtype=pl.Int64),
            actor=pl.lit(tx.actor),
        ),
        stamp=True,
    )
    tx.ring(BELL)
    return fresh.height
