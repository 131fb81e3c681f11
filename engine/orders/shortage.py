"""More is promised of a SKU than lies on shelves: what of the promise can still be taken back, and what is short?

What is on offer and unsold is withdrawn first, from the pool that has most of it. What is sold beyond that is the
shortage: orders that wait and will not all be served until units come (released, counted, received) or orders go.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settlement:
    """`withdrawn`: show -> units taken out of its pool; `shortage`: units sold that no shelf holds."""

    withdrawn: Mapping[str, int]
    shortage: int


def settle(*, promised: int, free: int, unsold: Mapping[str, int]) -> Settlement:
    """`promised`: units sold and not taken from a shelf, plus `unsold` (show -> units on offer); `free`: on shelves."""
    gap = promised - free
    withdrawn: dict[str, int] = {}
    for show, units in sorted(unsold.items(), key=lambda pool: (-pool[1], pool[0])):
        taken = min(max(gap, 0), units)
        if taken:
            withdrawn[show] = taken
            gap -= taken
    return Settlement(withdrawn, max(gap, 0))
