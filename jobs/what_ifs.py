"""Questions to a copy of the room, answered one after the other beside it: asked by a screen, looked at by all.

A question is planned by `python -m engine allocate` in a process of its own, on files: the room's interpreter stays
free for buyers and boards, an analyst who downloads the files repeats exactly this, and a question that nobody
waits for any more is stopped by ending its process. Questions about the same orders share one copy for a while,
so that their answers compare. Nothing is written to the room's database.
"""

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from engine.allocation.change_words import say_change
from engine.allocation.comparison import Comparison
from engine.allocation.what_if import apply
from engine.errors import WarRoomError
from engine.settings import ROOT
from engine.usecases.allocation.ask_what_if import Scope, copy_room
from engine.usecases.allocation.save_problem import save_problem, zipped_problem
from engine.usecases.allocation.what_if_files import Step
from engine.usecases.allocation.what_if_policy import WhatIfPolicy
from engine.usecases.room.room import Room
from jobs.what_if_states import Asked, CopyNote, Phase, Question, Standing

_LOG = logging.getLogger("warroom.what_if")

PLANNER = (sys.executable, "-m", "engine", "allocate")
"""What plans a directory: an analyst's own command."""

REFUSED = 2
"""Exit code of the engine's command line when it refuses with a sentence on stderr."""

NICE = 10
"""The questions' process gives way to the room's: buyers and boards first."""


class WhatIfs:
    """The questions of one room. Safe to use from many threads; `close` ends what runs."""

    def __init__(
        self,
        room: Room,
        policy: WhatIfPolicy,
        *,
        command: Sequence[str] = PLANNER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy
        self._command = command
        self._room = room
        self._clock = clock
        self._folder = tempfile.TemporaryDirectory(prefix="warroom-what-if-")
        self._made = 0
        self._changed = threading.Condition()
        self._known: dict[Question, Asked] = {}  # oldest first
        self._queue: deque[Asked] = deque()
        self._copies: dict[Scope, CopyNote] = {}
        self._worker: threading.Thread | None = None
        self._closed = False

    def ask(self, question: Question, *, asker: str, fresh: bool = False) -> None:
        """Have `question` answered. What the same asker asked before and nobody else waits for is stopped.

        An answer from the copy that questions about these orders share now is kept, unless `fresh` asks for a new
        copy. `asker` tells sessions apart.
        """
        with self._changed:
            if self._closed:
                return
            for other in list(self._known.values()):
                if other.question != question and not other.ended and asker in other.askers:
                    other.askers.discard(asker)
                    if not other.askers:
                        self._stop(other)
            if fresh:
                self._copies.pop(question.scope, None)
            found = self._known.get(question)
            if found is not None and not found.stopped and (not found.ended or self._still_good(found)):
                found.askers.add(asker)
                return
            asked = Asked(question, {asker}, self._clock())
            self._known.pop(question, None)
            self._known[question] = asked
            self._queue.append(asked)
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="what-if", daemon=True)
                self._worker.start()
            self._changed.notify_all()

    def look(self, question: Question) -> Standing | None:
        """Where the question stands; None if nobody asked it, or long ago."""
        with self._changed:
            found = self._known.get(question)
            return None if found is None else found.standing(self._clock())

    def answers(self, scope: Scope) -> tuple[Standing, ...]:
        """The answers from the copy that questions about `scope` share now, newest first."""
        with self._changed:
            copy, now = self._copies.get(scope), self._clock()
            shared = [asked for asked in self._known.values() if asked.phase is Phase.DONE and asked.copy is copy]
            return tuple(asked.standing(now) for asked in reversed(shared))

    def zipped(self, question: Question) -> bytes:
        """The copy that a question was answered from, as a zip of problem files; empty when it is gone."""
        with self._changed:
            found = self._known.get(question)
            copy = None if found is None else found.copy
            return b"" if copy is None else zipped_problem(copy.directory, question.changes)

    def wait(self, question: Question, *, seconds: float) -> Standing | None:
        """Like `look`, when the question has ended or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: (a := self._known.get(question)) is None or a.ended, timeout=seconds)
        return self.look(question)

    def close(self) -> None:
        """End the running question, forget the others, remove the copies. Safe to call twice."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            for asked in self._known.values():
                if not asked.ended:
                    self._stop(asked)
            self._changed.notify_all()
            worker = self._worker
        if worker is not None:
            worker.join()
        self._folder.cleanup()

    # --- under the lock ----------------------------------------------------------------------------------------

    def _stop(self, asked: Asked) -> None:
        asked.stopped = True
        if asked.child is not None:
            asked.child.kill()
        elif asked in self._queue:
            self._queue.remove(asked)
            self._end(asked, Phase.STOPPED)

    def _end(self, asked: Asked, phase: Phase, sentence: str = "") -> None:
        asked.phase, asked.sentence, asked.ended_at = phase, sentence, self._clock()
        self._changed.notify_all()

    def _still_good(self, asked: Asked) -> bool:
        copy = self._copies.get(asked.question.scope)
        return asked.phase is Phase.DONE and asked.copy is copy and copy is not None and not self._old(copy)

    def _old(self, copy: CopyNote) -> bool:
        return self._clock() - copy.made_at > 60 * self.policy.copy_minutes

    def _tidy(self) -> None:
        """Forget the oldest answers, and copies that no answer stands on.

        Only the worker does this: it is the one that makes copies, so none is half made meanwhile.
        """
        ended = [asked for asked in self._known.values() if asked.ended]
        for asked in ended[: max(len(self._known) - self.policy.answers_kept, 0)]:
            del self._known[asked.question]
        kept = {asked.copy.directory for asked in self._known.values() if asked.copy is not None}
        kept |= {copy.directory for copy in self._copies.values()}
        for directory in Path(self._folder.name).iterdir():
            if directory not in kept and directory.name.startswith("copy-"):
                _remove(directory)

    # --- in the worker's thread --------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if self._closed:
                    return
                asked = self._queue.popleft()
            try:
                self._answer(asked)
            except WarRoomError as refusal:
                with self._changed:
                    self._end(asked, Phase.REFUSED, str(refusal))
            except Exception:  # noqa: BLE001 - a bug of one question must not end the thread that answers the others
                _LOG.exception("A what-if failed: %s", asked.question)
                with self._changed:
                    self._end(asked, Phase.FAILED)
            with self._changed:
                self._tidy()

    def _answer(self, asked: Asked) -> None:
        asked.phase = Phase.COPYING
        copy = self._copy(asked.question.scope)
        asked.copy = copy
        apply(copy.problem, asked.question.changes)  # what does not fit is refused before a process is started
        self._made += 1
        out = Path(self._folder.name) / f"answer-{self._made}"
        try:
            code, last = self._run(asked, copy.directory, out)
            with self._changed:
                if asked.stopped:
                    self._end(asked, Phase.STOPPED)
                elif asked.overdue:
                    self._end(asked, Phase.OVERDUE)
                elif code == REFUSED:
                    self._end(asked, Phase.REFUSED, last)
                elif code:
                    _LOG.error("A what-if ended with %s: %s", code, last)
                    self._end(asked, Phase.FAILED)
                else:
                    told = orjson.loads((out / "summary.json").read_bytes())
                    asked.comparison = Comparison.from_dict(told["comparison"])
                    asked.figures = tuple((row["before"], row["after"]) for row in told["changes"])
                    self._end(asked, Phase.DONE)
        finally:
            if out.exists():
                _remove(out)

    def _copy(self, scope: Scope) -> CopyNote:
        """The copy that questions about `scope` share, taken anew when it is old."""
        with self._changed:
            found = self._copies.get(scope)
            if found is not None and not self._old(found):
                return found
        taken = copy_room(self._room, scope, limit=self.policy.newest_orders)
        self._made += 1
        directory = Path(self._folder.name) / f"copy-{self._made}"
        save_problem(taken.problem, directory)
        copy = CopyNote.of(taken, directory, made_at=self._clock())
        with self._changed:
            self._copies[scope] = copy
        return copy

    def _run(self, asked: Asked, directory: Path, out: Path) -> tuple[int, str]:
        """Plan in a process of its own; returns its exit code and the last it said."""
        words = [*self._command, str(directory), "--out", str(out)]
        for change in asked.question.changes:
            words += ["--change", say_change(change)]
        with self._changed:
            if asked.stopped:
                return 0, ""
            child = subprocess.Popen(  # noqa: S603 - our own command line; each change is one argument, no shell
                words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8"
            )
            asked.child = child
        _give_way(child.pid)
        patience = threading.Timer(self.policy.patience_seconds, lambda: _overdue(asked, child))
        patience.start()
        last = ""
        try:
            assert child.stderr is not None
            for line in child.stderr:
                last = line.strip()
                if last in tuple(Step):
                    asked.phase = Phase(last)
            return child.wait(), last
        finally:
            patience.cancel()
            with self._changed:
                asked.child = None
            if child.stderr is not None:
                child.stderr.close()


def _overdue(asked: Asked, child: "subprocess.Popen[str]") -> None:
    asked.overdue = True
    child.kill()


def _give_way(pid: int) -> None:
    if not hasattr(os, "setpriority"):
        return
    try:
        os.setpriority(os.PRIO_PROCESS, pid, NICE)
    except OSError as refused:  # it may have ended already
        _LOG.debug("A what-if keeps its priority: %s", refused)


def _remove(directory: Path) -> None:
    """Remove a folder of ours, which holds files and at most one folder of files."""
    for path in sorted(directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    directory.rmdir()
