"""What the gateway reports later: whether a buyer got a message. Every report ends once: applied, repeated, refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from engine.errors import BadRequest
from engine.model.notices import NOTICE_TRANSITIONS, NoticeState
from engine.store import tables
from engine.usecases.notices.notice_records import STANDING, move
from engine.usecases.room.receipts import AnswersReceipt
from engine.usecases.room.workplace import Workplace

REPORTED = (NoticeState.DELIVERED, NoticeState.UNDELIVERED)


@dataclass(frozen=True, slots=True)
class NoticeReport:
    """The message `notice_id` was delivered or undelivered at `at`; `reason` in the gateway's words."""

    notice_id: str
    state: str
    at: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        if self.state not in REPORTED:
            raise BadRequest(
                f"The state of {self.notice_id} is {self.state!r}: it must be one of {', '.join(REPORTED)}."
            )


def record_notice_reports(work: Workplace, reports: Sequence[NoticeReport], *, actor: str) -> AnswersReceipt:
    """Apply reports in one commit, in the order given."""
    refused: list[dict[str, str]] = []
    applied = repeated = 0
    with work.database.transaction(actor=actor, verb="record_notice_reports", subject=f"{len(reports)} reports") as tx:
        ids = pl.DataFrame({"notice_id": sorted({one.notice_id for one in reports})}, schema={"notice_id": pl.String})
        standing = {row["notice_id"]: row for row in tx.matching(tables.notices, ids, *STANDING).to_dicts()}
        steps: dict[tuple[NoticeState, str], list[str]] = {}
        for one in reports:
            row, to = standing.get(one.notice_id), NoticeState(one.state)
            state = None if row is None else NoticeState(row["state"])
            if row is None or state is None:
                refused.append({"notice_id": one.notice_id, "error": f"There is no notice {one.notice_id}."})
            elif state is to or state is NoticeState.DELIVERED:
                repeated += 1  # a failure that is reported after the success is an old report
            elif to not in NOTICE_TRANSITIONS[state]:
                refused.append(
                    {"notice_id": one.notice_id, "error": f"The notice {one.notice_id} is {state}: not sent."}
                )
            else:
                row["state"] = to.value
                steps.setdefault((to, _told(one)), []).append(one.notice_id)
                applied += 1
        for (to, told), notice_ids in steps.items():
            # Read anew: of two reports of one notice in one request the second follows the first.
            keys = pl.DataFrame({"notice_id": notice_ids})
            move(tx, tx.matching(tables.notices, keys, *STANDING), to, detail=told)
        tx.note(applied=applied, repeated=repeated, refused=refused[:20])
    return AnswersReceipt(len(reports), applied, repeated, tuple(refused))


def _told(report: NoticeReport) -> str:
    return " ".join(report.reason.split())[:200]
