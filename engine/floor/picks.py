"""What does a picker take from which bin for a wave, and for which slots of the put wall? And what must not be taken?

One stop a bin and lot, in walking order, with the total to take and how it is shared out. Goods without a known bin
come last, by SKU: somebody has to look for them. Lines of orders that were cancelled since the wave was released are
pick-stops: never in a total, always on the list.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.floor.walk import Bin, serpentine


class WaveLine(NamedTuple):
    """Units of one order in one parcel of a wave; `live` is False once its order or parcel was cancelled,
    or its order moved on."""

    slot: int
    parcel_id: str
    order_id: str
    sku: str
    lot: str
    qty: int
    live: bool


class Share(NamedTuple):
    """Units that go into one slot."""

    slot: int
    qty: int


class Stop(NamedTuple):
    """One bin and lot: take `qty` units and put them into the slots."""

    place: Bin | None  # None: no bin is known
    sku: str
    lot: str
    qty: int
    shares: tuple[Share, ...]


class PickList(NamedTuple):
    """Stops in walking order, and the lines that must not be picked, by slot."""

    stops: tuple[Stop, ...]
    stopped: tuple[WaveLine, ...]


def pick_list(lines: Sequence[WaveLine], bins: Mapping[str, Bin]) -> PickList:
    """The pick list of a wave. `bins`: by SKU, of the wave's node. Units of live lines are all in the stops, once."""
    units: dict[tuple[str, str], dict[int, int]] = {}
    for line in lines:
        if line.live:
            slots = units.setdefault((line.sku, line.lot), {})
            slots[line.slot] = slots.get(line.slot, 0) + line.qty
    walk = {place: step for step, place in enumerate(serpentine([bins[sku] for sku, _ in units if sku in bins]))}
    stops = [
        Stop(bins.get(sku), sku, lot, sum(slots.values()), tuple(Share(*share) for share in sorted(slots.items())))
        for (sku, lot), slots in units.items()
    ]
    stops.sort(key=lambda stop: (walk[stop.place] if stop.place else len(walk), stop.sku, stop.lot))
    stopped = sorted(line for line in lines if not line.live)
    return PickList(tuple(stops), tuple(stopped))
