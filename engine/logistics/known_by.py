"""What had happened, per group, before a moment? Counts and sums of past events, for many groups and moments at once.

Strictly before: an event of the very moment asked about does not count. Whole numbers only, so that the answer for a
moment does not change by a single bit when later events are added.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

_SPAN = 1 << 42
"""Milliseconds that a group's stretch of the number line has: 139 years. Groups up to two million."""


@dataclass(frozen=True, slots=True)
class KnownBy:
    """Events sorted by group and time, with running sums of their values."""

    keys: Integers
    sums: tuple[Integers, ...]
    start: int

    def between(self, groups: Integers, since: Integers, until: Integers) -> tuple[Integers, ...]:
        """Per row: the count, and the sum of each value, of its group's events with since <= time < until."""
        low = self._place(groups, since)
        high = np.maximum(self._place(groups, until), low)
        return tuple(running[high] - running[low] for running in self.sums)

    def _place(self, groups: Integers, moments: Integers) -> Integers:
        inside = np.clip(moments - self.start, 0, _SPAN - 1)
        return np.searchsorted(self.keys, groups * _SPAN + inside)


def known_by(groups: Integers, moments: Integers, values: Sequence[Integers] = ()) -> KnownBy:
    """Events of these groups at these moments (NEVER: left out), each with its values."""
    start = int(moments.min(initial=0))
    happened = moments - start < _SPAN
    keys = groups[happened] * _SPAN + (moments[happened] - start)
    order = np.argsort(keys, kind="stable")
    columns = [np.ones(len(order), dtype=np.int64), *(value[happened][order] for value in values)]
    sums = tuple(np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(column)]) for column in columns)
    return KnownBy(keys[order], sums, start)
