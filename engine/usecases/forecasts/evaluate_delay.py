"""Say of each parcel of a history how likely it was late: `engine evaluate delay HISTORY --train-before TS --out FILE`.

Touches no database. Whatever is wrong with the file is said in one sentence.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from engine.errors import BadFile
from engine.logistics.chance_quality import quality
from engine.logistics.delay_policy import DelayPolicy
from engine.logistics.late_chances import Scored, lane_baseline, late_chances
from engine.logistics.parcel_history import NEVER, Flags, ParcelHistory, parcel_history
from engine.usecases.room.evaluation_files import read_parquet, written_whole

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The chances of the scored parcels, and how good they were where the outcome is known."""

    scored: Scored
    summary: dict[str, object]


def evaluate_delay(path: Path, out: Path, *, train_before: str, policy: DelayPolicy) -> dict[str, object]:
    """Score the parcels ordered at or after `train_before`; write parcel_id and probability; return the summary.

    `train_before` is an ISO timestamp. Raises BadFile.
    """
    started = time.perf_counter()
    history = parcel_history(read_parquet(path), called=path.name)
    done = evaluated(history, moment_in(history, train_before), policy)
    with written_whole(out, called="The chances") as file:
        done.scored.frame(history).write_parquet(file)
    return done.summary | {"seconds": round(time.perf_counter() - started, 2)}


def evaluated(history: ParcelHistory, start: int, policy: DelayPolicy) -> Evaluation:
    """Score a history from `start` on (milliseconds of its clock), the lane baseline beside it. Raises BadFile."""
    if not (history.ordered >= start).any():
        raise BadFile("No parcel of the history was ordered at or after --train-before; there is nothing to score.")
    scored, plain = late_chances(history, start, policy), lane_baseline(history, start, policy)
    arrived: Flags = history.delivered[scored.rows] < NEVER
    late = history.late[scored.rows][arrived]
    figures: dict[str, object] = {}
    if arrived.any():
        figures = {
            "model": quality(scored.chance[arrived], late).as_dict(),
            "lane_baseline": quality(plain.chance[arrived], late).as_dict(),
        }
    summary = {
        "scored": len(scored.rows),
        "learned_from": int((history.ordered < start).sum()),
        "undelivered": int(np.count_nonzero(~arrived)),  # scored, but no part of the figures
        "late_means": "delivered on a later calendar day than the promised one",
        **figures,
    }
    return Evaluation(scored, summary)


def moment_in(history: ParcelHistory, text: str) -> int:
    """An ISO timestamp on the history's own clock, in milliseconds. Raises BadFile."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise BadFile(
            f"--train-before is {text!r}; it must be a time such as 2017-12-01 or 2017-12-01T08:00."
        ) from wrong
    if moment.tzinfo is not None:
        if not history.zoned:
            raise BadFile("--train-before has a zone, but the history's times have none; leave it out.")
        moment = moment.astimezone(ZoneInfo("Asia/Shanghai"))
    return int((moment.replace(tzinfo=UTC) - _EPOCH).total_seconds() * 1000)
