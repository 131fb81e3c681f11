"""A question to a copy of the room and where it stands: values that `what_ifs` keeps and screens look at."""

import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from engine.allocation.comparison import Comparison
from engine.allocation.problem import Problem
from engine.allocation.what_if import Change
from engine.usecases.allocation.ask_what_if import RoomCopy, Scope


class Phase(StrEnum):
    """Where a question stands. The four in the middle are the steps of `engine allocate --change`."""

    QUEUED = "queued"
    COPYING = "copying"
    READING = "reading"
    BEFORE = "before"
    AFTER = "after"
    COMPARING = "comparing"
    DONE = "done"
    REFUSED = "refused"  # with a sentence
    OVERDUE = "overdue"  # it took longer than the policy's patience
    STOPPED = "stopped"  # nobody waited for it any more
    FAILED = "failed"  # a bug


ENDED = frozenset({Phase.DONE, Phase.REFUSED, Phase.OVERDUE, Phase.STOPPED, Phase.FAILED})


@dataclass(frozen=True, slots=True)
class Question:
    """What would be, if these orders were planned under these changes?"""

    scope: Scope
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CopyNote:
    """A copy on disk: where it lies and what it holds. `made_at`: monotonic seconds."""

    directory: Path
    made_at: float
    problem: Problem
    taken_at: datetime
    planned: int
    waiting: int
    in_scope: int
    sharing: int
    as_planned_yuan: float

    @classmethod
    def of(cls, taken: RoomCopy, directory: Path, *, made_at: float) -> "CopyNote":
        """The note of a copy that was saved in `directory`."""
        return cls(
            directory=directory,
            made_at=made_at,
            problem=taken.problem,
            taken_at=taken.taken_at,
            planned=taken.planned,
            waiting=taken.waiting,
            in_scope=taken.in_scope,
            sharing=taken.sharing,
            as_planned_yuan=taken.as_planned_yuan,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What a screen sees of a question: its phase and how long it has taken so far, or took.

    figures: for each change the figure it is about, before and after. copy, comparison: as soon as there is one.
    """

    question: Question
    phase: Phase
    seconds: float
    sentence: str
    copy: CopyNote | None
    figures: tuple[tuple[float, float], ...]
    comparison: Comparison | None

    @property
    def ended(self) -> bool:
        """True when nothing more will come."""
        return self.phase in ENDED


@dataclass(slots=True, eq=False)
class Asked:
    """A question while it is kept; changed by `what_ifs` alone."""

    question: Question
    askers: set[str]
    asked_at: float
    phase: Phase = Phase.QUEUED
    sentence: str = ""
    ended_at: float | None = None
    copy: CopyNote | None = None
    figures: tuple[tuple[float, float], ...] = ()
    comparison: Comparison | None = None
    child: "subprocess.Popen[str] | None" = field(default=None, repr=False)
    stopped: bool = False
    overdue: bool = False

    @property
    def ended(self) -> bool:
        """True when nothing more will come."""
        return self.phase in ENDED

    def standing(self, now: float) -> Standing:
        """What a screen sees at `now`, in monotonic seconds."""
        until = self.ended_at if self.ended_at is not None else now
        return Standing(
            self.question, self.phase, until - self.asked_at, self.sentence, self.copy, self.figures, self.comparison
        )
