"""Answers that all threads share: one thread asks, the others who want the same wait for it. Knows no board."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

B = TypeVar("B")
AGES_AFTER = 5
"""Refreshes after which a board is asked again although nothing was committed: deadlines draw nearer by themselves."""


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: tuple[int, float, Any] | None = None  # version, when (monotonic), value


class SharedAnswers:
    """Latest answer per question, shared by all threads. `clock` is monotonic seconds."""

    def __init__(self, *, refresh_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._refresh = refresh_seconds
        self._clock = clock
        self._slots: dict[Hashable, _Slot] = {}
        self._lock = threading.Lock()

    def get(self, question: Hashable, ask: Callable[[], B], *, version: Callable[[], int], at_least: int = 0) -> B:
        """The answer to `question`, from `ask` if there is none that is new enough. What `ask` raises is raised."""
        with self._lock:
            slot = self._slots.setdefault(question, _Slot())
        found = slot.answer
        if found is not None and self._serves(found, version(), at_least):
            return found[2]  # type: ignore[no-any-return]
        with slot.lock:
            found = slot.answer
            current = version()
            if found is not None and self._serves(found, current, at_least):
                return found[2]  # type: ignore[no-any-return]
            value = ask()
            slot.answer = (current, self._clock(), value)
            return value

    def _serves(self, found: tuple[int, float, Any], version: int, at_least: int) -> bool:
        known, asked_at, _ = found
        age = self._clock() - asked_at
        if known == version:
            return age < AGES_AFTER * self._refresh
        return known >= at_least and age < self._refresh / 2
