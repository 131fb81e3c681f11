"""The pulse decided once more by a plain loop: what every fast decision is compared with.

Written apart from the engine: it explodes kits itself, counts in two dictionaries and shares no code with the gate.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Letter = str
"""R: reserved (held for review counts, it holds its stock), S: sold out, D: repeated."""


def replay(
    batches: Sequence[Sequence[Mapping[str, Any]]],
    *,
    pools: Mapping[str, int],
    quotas: Mapping[str, int],
    kits: Mapping[str, Sequence[tuple[str, int]]],
) -> list[list[tuple[str, Letter]]]:
    """For each batch, (order id, letter) in the order of decision: by payment, then by place in the batch.

    batches: canonical orders of one show. pools: units by physical SKU; quotas: orders by province, absent: no limit.
    """
    free, places = dict(pools), dict(quotas)
    seen: set[str] = set()
    told: list[list[tuple[str, Letter]]] = []
    for batch in batches:
        ended: list[tuple[str, Letter]] = []
        for order in sorted(batch, key=lambda order: order["paid_at"]):
            order_id = f"{order['platform']}:{order['order_no']}"
            if order_id in seen:
                ended.append((order_id, "D"))
                continue
            seen.add(order_id)
            need: dict[str, int] = {}
            for line in order["lines"]:
                for sku, each in kits.get(line["sku"], ((line["sku"], 1),)):
                    need[sku] = need.get(sku, 0) + each * line["qty"]
            province = order["address"]["province"]
            room = places.get(province, 1) >= 1 and all(free.get(sku, 0) >= units for sku, units in need.items())
            if room:
                for sku, units in need.items():
                    free[sku] -= units
                if province in places:
                    places[province] -= 1
            ended.append((order_id, "R" if room else "S"))
        told.append(ended)
    return told


def disagreements(
    ours: Sequence[Sequence[tuple[str, Letter]]], theirs: Sequence[Sequence[tuple[str, Letter]]]
) -> list[str]:
    """Where two lists of decisions differ, element by element, the first ten in words."""
    mine = [pair for batch in ours for pair in batch]
    other = [pair for batch in theirs for pair in batch]
    found = [f"{a[0]} {a[1]} against {b[0]} {b[1]}" for a, b in zip(mine, other, strict=False) if a != b]
    if len(mine) != len(other):
        found.append(f"{len(mine)} decisions against {len(other)}")
    return found[:10]
