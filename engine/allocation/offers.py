"""Which carriers take a parcel of this layer from this node to this region, and at what price?

Offers name regions by prefix of the division code ("31" Shanghai, "310115" Pudong, "" everywhere); per node,
carrier and layer the longest matching prefix wins, dearer or not. Capacity and shares are someone else's
question.
"""

from typing import NamedTuple, NewType

import polars as pl


class Offer(NamedTuple):
    """One carrier's price for one parcel: `flat_yuan` (fixed + expected lateness) plus `per_kg_yuan` x kg."""

    carrier: int
    flat_yuan: float
    per_kg_yuan: float


Zone = NewType("Zone", int)
"""Regions that match the same offer prefixes. Prices are kept per zone: a few dozen, where a show has some
24,000 destinations."""


class OfferBook:
    """Offers looked up by (zone, layer, node). Carriers and nodes are indices into the given lists."""

    def __init__(self, offers: pl.DataFrame, *, nodes: list[str], carriers: list[str]) -> None:
        carrier_index = {carrier: i for i, carrier in enumerate(carriers)}
        self._nodes = nodes
        self._prices: dict[tuple[str, str, str], list[Offer]] = {}
        columns = ("node", "layer", "region", "carrier", "fixed_yuan", "late_yuan", "per_kg_yuan")
        for node, layer, prefix, carrier, fixed, late, per_kg in offers.select(columns).iter_rows():
            offer = Offer(carrier_index[carrier], fixed + late, per_kg)
            self._prices.setdefault((node, layer, prefix), []).append(offer)
        self._prefixes = frozenset(offers["region"].unique())
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._zones: dict[tuple[str, ...], Zone] = {}
        self._prefixes_of: list[tuple[str, ...]] = []
        self._found: dict[tuple[Zone, str], list[tuple[Offer, ...] | None]] = {}

    def zone(self, region: str) -> Zone:
        """The zone of a division code."""
        cuts = (region[:length] for length in self._lengths if length <= len(region))
        matching = tuple(cut for cut in cuts if cut in self._prefixes)
        if matching not in self._zones:
            self._zones[matching] = Zone(len(self._prefixes_of))
            self._prefixes_of.append(matching)
        return self._zones[matching]

    def offers(self, zone: Zone, layer: str, *, node: int) -> tuple[Offer, ...]:
        """One offer per carrier, in carrier order; empty where nobody goes."""
        row = self._found.get((zone, layer))
        if row is None:
            row = self._found[zone, layer] = [None] * len(self._nodes)
        found = row[node]
        if found is None:
            longest: dict[int, Offer] = {}
            for prefix in self._prefixes_of[zone]:  # shortest first, so that a longer prefix overwrites
                for offer in self._prices.get((self._nodes[node], layer, prefix), ()):
                    longest[offer.carrier] = offer
            found = row[node] = tuple(longest[carrier] for carrier in sorted(longest))
        return found
