"""Records what came of sending, for the notices and for their channel, in one commit.

Only what is still claimed under the same lease is moved: if the lease ran out meanwhile and another process took over,
the record belongs to that one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from engine.channels.configured import Channel
from engine.channels.outgoing import Answer, Outcome
from engine.model.frames import INSTANT
from engine.model.notices import NoticeState
from engine.response.notice_policy import NoticePolicy
from engine.response.notice_timing import wait_seconds
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.notices.claim_notices import Claimed
from engine.usecases.notices.notice_records import move


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that was tried."""

    claimed: Claimed
    answer: Answer
    took_ms: int


def record_sent(
    database: Database,
    channel: Channel,
    tried: Sequence[Sent],
    untried: Sequence[Claimed],
    policy: NoticePolicy,
    *,
    actor: str,
) -> None:
    """One commit for a chunk."""
    with database.transaction(actor=actor, verb="record_sent", subject=channel.name) as tx:
        mine = _still_mine(tx, [*(one.claimed for one in tried), *untried])
        for one in tried:
            _record(tx, one, _held(one.claimed, mine), policy)
        for claimed in untried:
            # Back in the queue as it was before the claim, a digest as the same digest.
            move(
                tx, _held(claimed, mine), NoticeState.QUEUED, detail="Not tried: the channel broke off.", next_at=tx.at
            )
        _record_channel(tx, channel, tried, policy)
        tx.note(outcomes=[one.answer.outcome.value for one in tried], untried=len(untried))


def _still_mine(tx: Transaction, claims: Sequence[Claimed]) -> pl.DataFrame:
    keys = pl.concat([claim.notices.select("notice_id", until=pl.lit(claim.until, dtype=INSTANT)) for claim in claims])
    now = tx.matching(tables.notices, keys.select("notice_id"), "notice_id", "state", "next_at")
    held = (pl.col("state") == NoticeState.SENDING) & (pl.col("next_at") == pl.col("until"))
    return keys.join(now, on="notice_id").filter(held).select("notice_id")


def _held(claimed: Claimed, mine: pl.DataFrame) -> pl.DataFrame:
    return claimed.notices.join(mine, on="notice_id", how="semi")


def _record(tx: Transaction, one: Sent, rows: pl.DataFrame, policy: NoticePolicy) -> None:
    if rows.is_empty():
        return
    answer, told = one.answer, one.answer.detail
    match answer.outcome:
        case Outcome.SENT:
            if rows.height > 1:
                told = f"Told with {rows.height - 1} others in one message."
            move(tx, rows, NoticeState.SENT, detail=told, took_ms=one.took_ms)
        case Outcome.REFUSED:
            move(tx, rows, NoticeState.GIVEN_UP, detail=told, took_ms=one.took_ms)
        case Outcome.THROTTLED:
            _again(tx, one, rows, _rest(answer, policy))
        case Outcome.FAILED:
            tries = int(rows["attempts"].max() or 1)  # type: ignore[arg-type]
            _again(tx, one, rows, wait_seconds(policy.retry, one.claimed.sent_as, tries))


def _again(tx: Transaction, one: Sent, rows: pl.DataFrame, seconds: float) -> None:
    """Due again later. A digest is then made anew, of what waits by that time: nobody has kept this one."""
    later = tx.at + timedelta(seconds=seconds)
    move(tx, rows, NoticeState.FAILED, detail=one.answer.detail, took_ms=one.took_ms, next_at=later)
    if rows.height > 1:
        alone = rows.select("notice_id", sent_as=pl.lit(None, dtype=pl.String))
        tx.amend(tables.notices, alone, on=("notice_id",))


def _rest(answer: Answer, policy: NoticePolicy) -> float:
    """A channel that was asked too much is left alone as long as it says, else for a whole window."""
    return max(answer.rest_seconds or 0.0, policy.send.window_seconds)


def _record_channel(tx: Transaction, channel: Channel, tried: Sequence[Sent], policy: NoticePolicy) -> None:
    """How the channel fares after the last of them."""
    if not tried:
        return
    [(failures,)] = tx.rows("SELECT failures FROM notice_channels WHERE channel = :name", {"name": channel.name})
    last = tried[-1].answer
    changes: dict[str, object] = {"channel": channel.name, "state_at": tx.at}
    if any(one.answer.outcome is Outcome.SENT for one in tried):
        failures, changes["last_sent_at"] = 0, tx.at
    if last.outcome in (Outcome.SENT, Outcome.REFUSED):
        changes |= {"state": "ready", "next_at": None, "failures": 0}
    elif last.outcome is Outcome.THROTTLED:
        rest = timedelta(seconds=_rest(last, policy))
        changes |= {"state": "resting", "next_at": tx.at + rest, "failures": failures}
    else:
        wait = timedelta(seconds=wait_seconds(policy.retry, channel.name, failures + 1))
        changes |= {"state": "failing", "next_at": tx.at + wait, "failures": failures + 1}
    if last.outcome is not Outcome.SENT:
        changes["last_error"] = last.detail
    times = dict.fromkeys(("state_at", "next_at", "last_sent_at"), INSTANT)
    schema = {name: INSTANT for name in changes if name in times}
    tx.amend(tables.notice_channels, pl.DataFrame([changes], schema_overrides=schema), on=("channel",))
