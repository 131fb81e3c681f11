"""What is shipped which way, to the parcel, and what is still free: the books of the whole-parcel step.

Counts consignments by way and households by option, and what is left of every resource. A way may be one of the
table's or one made to measure for what is left (`tailored`), which may also tear a loose line apart by units.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.allocation.grounds import Flags, Ints
from engine.allocation.market import Market, State
from engine.allocation.way_table import WayTable


class Content(NamedTuple):
    """Part of a parcel: the consignment's good at `place`, and the (SKU, units) of it that are inside."""

    place: int
    lines: tuple[tuple[int, int], ...]


class Parcel(NamedTuple):
    """One parcel of a tailored way."""

    node: int
    carrier: int
    contents: tuple[Content, ...]
    yuan: float
    kg: float


@dataclass(frozen=True, slots=True)
class Tailored:
    """A way made for what is left. use: (resource, amount)."""

    consignment: int
    parcels: tuple[Parcel, ...]
    use: tuple[tuple[int, int], ...]
    yuan: float


class Loads:
    """Counts and what is left. Every change goes through `add`; limits may be exceeded only by what was counted in at
    the start."""

    def __init__(self, market: Market, state: State, table: WayTable, *, ways: Ints, options: Ints) -> None:
        self.market = market
        self.table = table
        self.ways = ways
        self.options = options
        self.tailored: list[Tailored] = []
        self.tailored_count: list[int] = []
        self.of_consignment: dict[int, list[int]] = {}
        paid = market.prices(state)
        self.paid = table.leaning + table.use @ paid
        self.price = paid
        self.yuan = table.leaning + table.use @ market.bids
        taken = np.rint(table.used @ ways).astype(np.int64)
        self.left: Ints = market.limits().astype(np.int64) - taken
        self.parcels = int(taken[market.resources.first_node : market.resources.first_carrier].sum())
        self.begin = np.zeros(len(market.demand.size) + 1, dtype=np.int64)
        np.cumsum(np.bincount(table.consignment, minlength=len(market.demand.size)), out=self.begin[1:])

    def entries(self, way: int) -> tuple[Ints, Ints]:
        """Resources and amounts that a way of the table uses."""
        use = self.table.use
        span = slice(use.indptr[way], use.indptr[way + 1])
        return use.indices[span], use.data[span].astype(np.int64)

    def fits(self, resources: Ints, amounts: Ints) -> int:
        """How often this much still fits."""
        return int((self.left[resources] // amounts).min()) if len(resources) else 0

    def add(self, way: int, number: int) -> None:
        """Ship `number` more (or fewer) consignments a way of the table."""
        resources, amounts = self.entries(way)
        self.ways[way] += number
        self._take(resources, amounts, number)

    def add_tailored(self, way: Tailored) -> None:
        """Ship one consignment a way of its own."""
        self.of_consignment.setdefault(way.consignment, []).append(len(self.tailored))
        self.tailored.append(way)
        self.tailored_count.append(1)
        self._take(*_columns(way.use), 1)

    def drop_tailored(self, number: int) -> None:
        """Ship it no longer."""
        self.tailored_count[number] = 0
        self._take(*_columns(self.tailored[number].use), -1)

    def _take(self, resources: Ints, amounts: Ints, number: int) -> None:
        np.subtract.at(self.left, resources, amounts * number)
        first = self.market.resources.first_node
        last = self.market.resources.first_carrier
        self.parcels += number * int(amounts[(resources >= first) & (resources < last)].sum())

    # --- shares ------------------------------------------------------------------------------------------------------

    def share_left(self) -> Ints:
        """Parcels that each carrier may still take within its max_share of the parcels shipped now; negative where it
        has too many."""
        most, _ = self.market.share_limits(float(self.parcels))
        return np.minimum(most, 2**60).astype(np.int64) - self.taken_by_carrier()

    def left_within_shares(self) -> Ints:
        """What is left when no carrier may go above its share."""
        left: Ints = self.left.copy()
        first = self.market.resources.first_carrier
        left[first:] = np.minimum(left[first:], np.maximum(self.share_left(), 0))
        return left

    def share_missing(self) -> Ints:
        """Parcels that each carrier lacks to its min_share."""
        _, fewest = self.market.share_limits(float(self.parcels))
        missing: Ints = np.maximum(fewest.astype(np.int64) - self.taken_by_carrier(), 0)
        return missing

    def taken_by_carrier(self) -> Ints:
        """Parcels of each carrier."""
        taken: Ints = self.market.grounds.capacity - self.left[self.market.resources.first_carrier :]
        return taken

    # --- who uses what -----------------------------------------------------------------------------------------------

    def used_ways(self, resource: int) -> Ints:
        """Ways of the table that use a resource and ship something."""
        used = self.table.used
        ways = used.indices[used.indptr[resource] : used.indptr[resource + 1]]
        found: Ints = ways[self.ways[ways] > 0]
        return found

    def fitting(self, ways: Ints, left: Ints) -> Flags:
        """Which of these ways of the table fit into what is `left`."""
        use = self.table.use
        count = use.indptr[ways + 1] - use.indptr[ways]
        starts = np.cumsum(count) - count
        entry = np.repeat(use.indptr[ways] - starts, count) + np.arange(count.sum())
        room = left[use.indices[entry]] >= use.data[entry]
        return np.logical_and.reduceat(room, starts) if len(ways) else np.zeros(0, dtype=bool)

    def siblings(self, consignments: Ints) -> Ints:
        """All ways of the table of these consignments."""
        start, end = self.begin[consignments], self.begin[consignments + 1]
        count = end - start
        ends = np.cumsum(count)
        found: Ints = np.repeat(start - (ends - count), count) + np.arange(ends[-1] if len(ends) else 0)
        return found

    def shipped_ways(self, consignment: int) -> Iterator[int]:
        """Ways of the table by which this consignment is shipped, dearest first."""
        ways = np.arange(self.begin[consignment], self.begin[consignment + 1])
        ways = ways[self.ways[ways] > 0]
        yield from ways[np.argsort(-self.yuan[ways])].tolist()

    def live_tailored(self, consignment: int) -> list[int]:
        """Tailored ways by which this consignment is shipped."""
        return [n for n in self.of_consignment.get(consignment, ()) if self.tailored_count[n]]

    def cost(self) -> float:
        """Yuan of all that is shipped, without bids."""
        return float(self.ways @ self.table.yuan) + sum(
            way.yuan for way, count in zip(self.tailored, self.tailored_count, strict=True) if count
        )

    def objective(self) -> float:
        """What planning makes small: cost, bids, orders left unserved, and charges for shares not kept."""
        market = self.market
        bids = float((market.limits() - self.left) @ market.bids)
        charges = market.policy.max_share_yuan * float(np.maximum(-self.share_left(), 0).sum())
        charges += market.policy.min_share_yuan * float(self.share_missing().sum())
        return self.cost() + bids + float(self.options @ market.unserved_yuan) + charges


def _columns(use: tuple[tuple[int, int], ...]) -> tuple[Ints, Ints]:
    array = np.array(use, dtype=np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]
