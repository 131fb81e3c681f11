"""In what order does a picker walk to bins, and how far is that? Knows places, no goods.

The S-shape: up the first aisle that has a pick, down the next one that has, and so on, each walked through to its end.
The direction turns with every aisle that is entered, not with every aisle that exists: skipping one must not send the
picker back. Within a bay the lowest level comes first: heavy goods lie there and belong at the bottom of the cage.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.floor.policy import WalkPolicy


class Bin(NamedTuple):
    """A place: aisle from the packing benches, bay from the front of the aisle, level from the floor; all from 1."""

    aisle: int
    bay: int
    level: int

    def __str__(self) -> str:
        return f"{self.aisle:02d}-{self.bay:02d}-{self.level}"


def serpentine(bins: Sequence[Bin]) -> list[Bin]:
    """The distinct bins in walking order."""
    order: list[Bin] = []
    for turn, (_, members) in enumerate(sorted(_by_aisle(bins).items())):
        up = turn % 2 == 0
        order.extend(sorted(members, key=lambda place: (place.bay if up else -place.bay, place.level)))
    return order


def metres(walk: Sequence[Bin], *, bays: int, policy: WalkPolicy) -> float:
    """How far the S-shape through `walk` (in its order) is, from the benches at the front of aisle 1 and back.

    `bays`: of an aisle. Each aisle is walked through to its end, except the last where its end is the far one: there
    the picker turns round at the last pick.
    """
    aisles = list(dict.fromkeys(place.aisle for place in walk))
    if not aisles:
        return 0.0
    along, across, here = 0.0, 0.0, 1
    for turn, aisle in enumerate(aisles):
        across += abs(aisle - here)
        here = aisle
        last_and_upward = turn == len(aisles) - 1 and turn % 2 == 0
        along += 2 * max(place.bay for place in walk if place.aisle == aisle) if last_and_upward else bays + 1
    return along * policy.bay_m + (across + here - 1) * policy.aisle_m


def _by_aisle(bins: Sequence[Bin]) -> Mapping[int, set[Bin]]:
    found: dict[int, set[Bin]] = {}
    for place in bins:
        found.setdefault(place.aisle, set()).add(place)
    return found
