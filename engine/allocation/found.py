"""Which ways were found? Columns of indices, not yet priced; batches of them joined, and each way once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.allocation.grounds import Ints

Columns = tuple[Ints, ...]


@dataclass(frozen=True, slots=True)
class WaysFound:
    """Ways, not yet priced. `whole`: (consignment, node, carrier) by column; `split`: (consignment, then goods as bits,
    node, carrier of each of the two parcels) by column."""

    whole: Columns
    split: Columns

    @staticmethod
    def of(whole: Sequence[Columns], split: Sequence[Columns]) -> "WaysFound":
        """Several batches together."""
        return WaysFound(_joined(whole, 3), _joined(split, 7))

    def count(self) -> int:
        """How many ways."""
        return len(self.whole[0]) + len(self.split[0])

    def with_more(self, more: "WaysFound") -> "WaysFound":
        """Both, each way once."""
        return WaysFound(_once(_joined([self.whole, more.whole], 3)), _once(_joined([self.split, more.split], 7)))


def _joined(parts: Sequence[Columns], width: int) -> Columns:
    if not parts:
        return tuple(np.zeros(0, dtype=np.int64) for _ in range(width))
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _once(columns: Columns) -> Columns:
    if not len(columns[0]):
        return columns
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        key = key * (int(column.max()) + 1) + column  # fits 63 bits: 10^6 consignments, 31 sets, 500 nodes, 30 carriers
    _, first = np.unique(key, return_index=True)
    return tuple(column[first] for column in columns)
