"""A person looks at the outbox: tries notices again at once, stops them, or asks for a test. The job sends."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.model.frames import INSTANT
from engine.model.notices import WAITING, NoticeKind, NoticeState, StaffDesk
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.notices.notice_policy import load_notice_templates
from engine.usecases.notices.notice_records import BELL, STANDING, move
from engine.usecases.notices.write_notice import StaffNotice, write_staff_notice
from engine.usecases.room.workplace import Workplace

AGAIN = frozenset({NoticeState.QUEUED, NoticeState.FAILED, NoticeState.GIVEN_UP})
"""What may be tried at once. What waits for the morning may not: quiet hours are the rules' decision."""


def retry_notices(work: Workplace, notice_ids: Sequence[str], *, actor: str) -> None:
    """Let these go out with the next run, their channels included; given-up ones are good for as long again."""
    with work.database.transaction(actor=actor, verb="retry_notices", subject=_subject(notice_ids)) as tx:
        rows = _chosen(tx, notice_ids, AGAIN, "tried again")
        hours = {kind.value: one.good_hours for kind, one in load_notice_templates().by_kind.items()}
        good = [tx.at + timedelta(hours=hours[kind]) for kind in rows["kind"]]
        rows = rows.with_columns(renewed=pl.Series(good, dtype=INSTANT))
        over = pl.col("state") == NoticeState.GIVEN_UP
        move(
            tx, rows.filter(over), NoticeState.QUEUED, detail="", next_at=tx.at, give_up_at=pl.col("renewed")
        )  # fmt: skip
        at = pl.lit(tx.at).dt.cast_time_unit("us")
        tx.amend(tables.notices, rows.filter(~over).select("notice_id", next_at=at), on=("notice_id",))
        channels = rows.select("channel").unique()
        tx.amend(tables.notice_channels, channels.with_columns(next_at=pl.lit(None, dtype=INSTANT)), on=("channel",))
        tx.note(notices=list(notice_ids)[:100])
        tx.ring(BELL)


def give_up_notices(work: Workplace, notice_ids: Sequence[str], *, actor: str, reason: str) -> None:
    """Stop these for good; `reason` is kept with each."""
    if not reason.strip():
        raise NotAllowed("Say why in a few words: the decision is kept with the notice.")
    with work.database.transaction(actor=actor, verb="give_up_notices", subject=_subject(notice_ids)) as tx:
        rows = _chosen(tx, notice_ids, WAITING, "stopped")
        move(tx, rows, NoticeState.GIVEN_UP, detail=reason.strip())
        tx.note(reason=reason.strip(), notices=list(notice_ids)[:100])


def send_test(work: Workplace, channel: str, *, actor: str) -> None:
    """Write a test message to one channel of staff."""
    with work.database.transaction(actor=actor, verb="send_test", subject=channel) as tx:
        kinds = dict(tx.rows("SELECT channel, kind FROM notice_channels WHERE configured"))
        if channel not in kinds:
            raise NotFound(f"The settings name no channel {channel!r}.")
        if kinds[channel] == "gateway":
            raise NotAllowed("The gateway reaches buyers, and a test has none.")
        told = {"by": actor, "sent_at": tx.at.isoformat()}
        notice = StaffNotice(
            kind=NoticeKind.TEST, desk=StaffDesk.MANAGER, cause=f"test:{tx.version}", fields=told, critical=True
        )
        write_staff_notice(tx, notice, channel=channel)


def _subject(notice_ids: Sequence[str]) -> str:
    return notice_ids[0] if len(notice_ids) == 1 else f"{len(notice_ids)} notices"


def _chosen(tx: Transaction, notice_ids: Sequence[str], states: frozenset[NoticeState], what: str) -> pl.DataFrame:
    """The rows of these, all in one of `states`, or a refusal."""
    if not notice_ids:
        raise NotAllowed("Choose at least one notice.")
    keys = pl.DataFrame({"notice_id": list(dict.fromkeys(notice_ids))}, schema={"notice_id": pl.String})
    rows = tx.matching(tables.notices, keys, *STANDING)
    if rows.height < keys.height:
        raise NotFound("There is no such notice.")
    other = rows.filter(~pl.col("state").is_in([state.value for state in states]))
    if not other.is_empty():
        raise NotAllowed(f"A notice that is {other['state'][0]} cannot be {what}. Reload the page.")
    return rows
