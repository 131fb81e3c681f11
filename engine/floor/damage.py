"""What share of goods arrives damaged on a route in a material, and how sure is that?

Counts of small routes say little, so each level is drawn towards the one above it, as if that had shipped
`prior_units` here: route -> carrier -> material -> goods of this packaging (the product's mean). The level of the
carrier is there because riders and long lanes break differently: a bag that survives 3 km proves nothing for 2,000.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from scipy.special import betaincinv

from engine.floor.policy import PackagingPolicy

PREFIXES = (6, 4, 2)


class Shipped(NamedTuple):
    """History: of `shipped` units of goods in `packaging`, `damaged` arrived damaged."""

    packaging: str
    carrier: str
    destination: str  # adcode prefix of 2, 4 or 6 digits, or *
    material: str
    shipped: int
    damaged: int


@dataclass(frozen=True, slots=True)
class DamageRate:
    """Expected share of units damaged, the range that holds it, and the units of this very route behind it."""

    share: float
    low: float
    high: float
    units: int


class DamageHistory:
    """Every count by level; asked once a packaging, material, carrier and area."""

    def __init__(self, rows: Iterable[Shipped], policy: PackagingPolicy) -> None:
        self._policy = policy
        self._counts: dict[tuple[str, ...], tuple[int, int]] = {}
        self._known: dict[tuple[str, str, str, str], DamageRate] = {}
        for row in rows:
            levels = (
                (row.packaging,),
                (row.packaging, row.material),
                (row.packaging, row.material, row.carrier),
                (row.packaging, row.material, row.carrier, row.destination),
            )
            for level in levels:
                shipped, damaged = self._counts.get(level, (0, 0))
                self._counts[level] = (shipped + row.shipped, damaged + row.damaged)

    def rate(self, packaging: str, material: str, *, carrier: str, area: str) -> DamageRate:
        """For goods in `packaging` sent in `material` by `carrier` to `area` (an adcode or a prefix of one)."""
        key = (packaging, material, carrier, area)
        if key not in self._known:
            self._known[key] = self._rate(*key)
        return self._known[key]

    def _rate(self, packaging: str, material: str, carrier: str, area: str) -> DamageRate:
        policy = self._policy
        share, weight = policy.unknown_share, policy.unknown_units
        route = (packaging, material, carrier, self._destination(packaging, material, carrier, area))
        for level in (route[:1], route[:2], route[:3], route):
            shipped, damaged = self._counts.get(level, (0, 0))
            hits, misses = weight * share + damaged, weight * (1 - share) + shipped - damaged
            share, weight = hits / (hits + misses), policy.prior_units
        tail = (1 - policy.interval) / 2
        low, high = (float(betaincinv(hits, misses, at)) for at in (tail, 1 - tail))
        return DamageRate(share, low, high, shipped)

    def _destination(self, packaging: str, material: str, carrier: str, area: str) -> str:
        """The longest destination with a history that `area` lies in; * where there is none."""
        for digits in PREFIXES:
            if (packaging, material, carrier, area[:digits]) in self._counts:
                return area[:digits]
        return "*"
