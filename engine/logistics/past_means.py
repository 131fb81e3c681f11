"""What was usual, per group, at each moment? Means of past durations; a small group leans on a wider one."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from engine.logistics.known_by import known_by
from engine.logistics.parcel_history import DAY, NEVER, Floats, Integers

_EXACT = 1e6
"""Logarithms are counted in millionths: whole numbers, whose sums do not depend on the order of summing."""

_FIRST = 5.0
"""Parcels' worth of belief in the first guess, before a brand has parcels of its own."""


def past_mean(
    logs: Floats,
    known_at: Integers,
    groups: Integers,
    at: Integers,
    *,
    days: float | None,
    above: Floats | float,
    borrow: float = _FIRST,
) -> Floats:
    """Per row: the mean of the logs of its group known before `at`, over so many days (None: ever).

    `above` counts as `borrow` parcels. Rows whose `known_at` is NEVER have no say.
    """
    usable = known_at < NEVER
    values = np.zeros(len(logs), dtype=np.int64)
    values[usable] = np.rint(logs[usable] * _EXACT).astype(np.int64)
    since = np.full(len(at), known_at.min(initial=0)) if days is None else at - int(days * DAY)
    count, total = known_by(groups, known_at, [values]).between(groups, since, at)
    mean: Floats = (total / _EXACT + borrow * above) / (count + borrow)
    return mean


def differences(means: Sequence[Floats]) -> list[Floats]:
    """Each mean without that of the level above: what the group itself adds."""
    return [narrow - wide for wide, narrow in pairwise(means)]
