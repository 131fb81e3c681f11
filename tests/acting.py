"""A process of its own that holds a room open and decides actions as it is told; tests kill it, or start two.

Children are forked from a server that has imported most of what they need: a fresh one costs half a second. It must not
import what computes with Polars as it is imported (engine/intake): its threads would not be there in the children.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from engine.errors import WarRoomError
from engine.model.actions import ActionKind
from engine.model.roles import Role
from engine.store.transaction import Transaction
from engine.usecases.actions.approve_action import approve_action
from engine.usecases.actions.propose_action import Because, propose_action
from engine.usecases.room.room import Room
from tests.worlds import Clock, opened

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["engine.usecases.actions.approve_action", "engine.usecases.actions.propose_action"])
ANSWERS_WITHIN = 60.0
WRITES, GO_ON = "writes", "go on"
"""What a process says before each of the writes of a commit, and what it then waits for."""


@dataclass
class Acting:
    """The other process, as the test sees it."""

    process: BaseProcess
    line: Connection

    def ask(self, *words: Any) -> Any:
        """Say it and wait for the answer."""
        self.line.send(words)
        return self.answer()

    def answer(self) -> Any:
        """What it says at last; it may write until then."""
        while (heard := self.hear()) == WRITES:
            self.line.send(GO_ON)
        return heard

    def hear(self) -> Any:
        """What it says next: that it writes, or the answer."""
        assert self.line.poll(ANSWERS_WITHIN), "no answer"
        return self.line.recv()

    def kill(self) -> None:
        """kill -9, wherever it is."""
        self.process.kill()
        self.process.join(10)


@contextmanager
def acting(url: str, at: datetime, name: str = "lin") -> Iterator[Acting]:
    """A room on `url`, open in a process of its own, whose clock stands at `at`; killed at the end."""
    here, there = FORKED.Pipe()
    process = FORKED.Process(target=_serve, args=(url, at, name, there), daemon=True)
    process.start()
    there.close()
    other = Acting(process, here)
    try:
        assert other.answer() == "open"
        yield other
    finally:
        other.kill()
        here.close()


def _serve(url: str, at: datetime, name: str, line: Connection) -> None:
    _announce_writes(line)
    room = opened(url, Clock(at))
    line.send("open")
    while True:
        what, *words = line.recv()
        line.send(_did(room, name, what, *words))


def _announce_writes(line: Connection) -> None:
    for name in ("append", "amend"):
        write: Callable[..., Any] = getattr(Transaction, name)

        def announced(*args: Any, write: Callable[..., Any] = write, **named: Any) -> Any:
            line.send(WRITES)
            line.recv()
            return write(*args, **named)

        setattr(Transaction, name, announced)


def _did(room: Room, name: str, what: str, *words: Any) -> str:
    """The id of what was proposed, the state of what was approved, or the refusal."""
    try:
        if what == "propose":
            kind, params = words
            return propose_action(room, ActionKind(kind), params, because=Because("somebody asked"), actor=name)
        [action_id] = words
        return approve_action(room, action_id, actor=name, role=Role.ADMIN).state.value
    except WarRoomError as refusal:
        return str(refusal)
