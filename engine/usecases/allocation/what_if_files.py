"""Plan a problem directory twice, as it is and with changes: `engine allocate DIR --out DIR2 --change ...`.

Touches no database and never the directory it reads.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from engine.allocation.change_words import say_change
from engine.allocation.comparison import compare
from engine.allocation.what_if import Change, apply, figure
from engine.usecases.allocation.allocate_files import planned, read_problem, write_plan

BEFORE = "before"
"""The folder in DIR2, and the key in summary.json, of the plan without the changes."""


class Step(StrEnum):
    """What a what-if does, in this order; told while it does it."""

    READING = "reading"
    BEFORE = "before"
    AFTER = "after"
    COMPARING = "comparing"


def what_if_files(
    directory: Path, out: Path, changes: Sequence[Change], *, now: datetime, say: Callable[[Step], None]
) -> dict[str, object]:
    """Plan the problem in `directory` without and with the changes; write both plans; return the summary.

    `out` and its summary.json hold the plan with the changes, as if it had been asked for alone, so whatever reads
    a plan reads this one. summary.json says besides: `changes` (each with the figure it is about, before and after),
    `before` (the whole summary without the changes, its files in `out`/before) and `comparison`.
    Raises BadProblem or BadChange before anything is written.
    """
    started = time.perf_counter()
    say(Step.READING)
    problem = read_problem(directory, now=now)
    changed = apply(problem, changes)
    say(Step.BEFORE)
    before, told_before = planned(problem, since=started)
    say(Step.AFTER)
    halfway = time.perf_counter()
    after, told_after = planned(changed, since=halfway)
    say(Step.COMPARING)
    summary: dict[str, object] = told_after | {
        "changes": [
            {"change": say_change(change), "before": figure(problem, change), "after": figure(changed, change)}
            for change in changes
        ],
        BEFORE: told_before,
        "comparison": compare(problem, before, changed=changed, after=after).as_dict(),
    }
    write_plan(before, told_before, out=out / BEFORE)
    write_plan(after, summary, out=out)
    return summary
