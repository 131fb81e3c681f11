"""Where carriers of the demo carry: hubs in real cities, the road of a parcel, when it is collected. Draws nothing.

A parcel goes from the node's sorting hub (the capital of its province) to that of the destination's province, over a
gateway where the way is long, and on to the city of delivery. Positions are those of data/geo/regions.csv.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

import polars as pl

from engine.errors import BadBrand, NotFound
from engine.floor.pickups import Timetable, timetable

GATEWAYS = ("410100", "420100", "610100")
"""郑州, 武汉, 西安: where trunk lines of the big networks cross."""
GATEWAY_KM = 1200.0
"""A way longer than this is driven in two legs: a truck and two drivers manage some 1200 km a day."""
EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Stop:
    """A place that scans are told from. Positions in WGS-84; a city's is its seat of government."""

    adcode: str
    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Consignment:
    """A labelled parcel as its carrier knows it."""

    waybill_no: str
    carrier: str
    node: str
    adcode: str  # of the address, six digits
    layer: str
    labelled_at: datetime


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a consignment: the node, its hubs in order, the city of delivery; kilometres and published days."""

    origin: Stop
    hubs: tuple[Stop, ...]
    city: Stop
    km: float
    days: float
    local: bool  # a rider's or clerk's way: no hub, hours instead of days
    collections: Timetable

    @property
    def gateway(self) -> Stop | None:
        """The hub between those of the two provinces, where there is one."""
        return self.hubs[1] if len(self.hubs) == 3 else None


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes, carriers and places. Frames as in the tables nodes, carriers, tariffs and regions."""

    nodes: pl.DataFrame
    carriers: pl.DataFrame
    tariffs: pl.DataFrame
    regions: pl.DataFrame
    capitals: tuple[Stop, ...] = field(init=False, repr=False, compare=False)
    """The capital of each province, where its sorting hub is."""
    _places: Mapping[str, Stop] = field(init=False, repr=False, compare=False)
    _nodes: Mapping[str, tuple[Stop, str | None]] = field(init=False, repr=False, compare=False)
    _carriers: Mapping[str, tuple[str, bool]] = field(init=False, repr=False, compare=False)
    _days: Mapping[tuple[str, str, str, str], float] = field(init=False, repr=False, compare=False)
    _routes: dict[tuple[str, str, str, str], Route] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        named = pl.coalesce("district", "city", "province")
        places = (
            self.regions.select("adcode", named.alias("name"), "lon", "lat")
            .unique("adcode", maintain_order=True)
            .iter_rows()
        )
        object.__setattr__(self, "_places", {row[0]: Stop(*row) for row in places})
        if any(gateway not in self._places for gateway in GATEWAYS):
            raise BadBrand("The gazetteer lacks Zhengzhou, Wuhan or Xi'an: data/geo/regions.csv is cut off.")
        capitals = tuple(stop for code, stop in self._places.items() if code.endswith("0100"))
        object.__setattr__(self, "capitals", capitals)
        nodes = self.nodes.select("node", "adcode", "name_zh", "lon", "lat", "cutoff").iter_rows()
        object.__setattr__(self, "_nodes", {node: (Stop(*stop), cutoff) for node, *stop, cutoff in nodes})
        carriers = self.carriers.select("carrier", "hours", pl.col("max_km").is_not_null()).iter_rows()
        object.__setattr__(self, "_carriers", {carrier: (hours, local) for carrier, hours, local in carriers})
        days = self.tariffs.select("carrier", "origin", "destination", "layer", "days").iter_rows()
        object.__setattr__(self, "_days", {(c, o, d, layer): float(n) for c, o, d, layer, n in days})

    def route(self, parcel: Consignment) -> Route:
        """The way of a consignment. Raises NotFound for a node or carrier that is none."""
        key = (parcel.carrier, parcel.node, parcel.adcode, parcel.layer)
        if key not in self._routes:
            self._routes[key] = self._route(*key)
        return self._routes[key]

    def place(self, adcode: str) -> Stop:
        """The finest known place of an adcode: the district, else its city, else its province."""
        for code in (adcode, adcode[:4] + "00", adcode[:2] + "0100", adcode[:2] + "0000"):
            if code in self._places:
                return self._places[code]
        raise NotFound(f"There is no place {adcode} in the gazetteer.")

    def _route(self, carrier: str, node: str, adcode: str, layer: str) -> Route:
        if node not in self._nodes or carrier not in self._carriers:
            raise NotFound(f"There is no node {node!r} or no carrier {carrier!r} in this brand.")
        origin, cutoff = self._nodes[node]
        hours, local = self._carriers[carrier]
        door = self.place(adcode)
        city = door if local else self.place(adcode[:4] + "00")
        hubs = () if local else self._hubs(origin, city)
        return Route(
            origin,
            hubs,
            city,
            _way(origin, *hubs, city, door),
            self._published(carrier, origin.adcode, adcode, layer),
            local,
            timetable(None if local else cutoff, hours),
        )

    def _hubs(self, origin: Stop, city: Stop) -> tuple[Stop, ...]:
        first, last = self.place(origin.adcode[:2] + "0100"), self.place(city.adcode[:2] + "0100")
        if first == last:
            return (first,)
        if km_between(first, last) <= GATEWAY_KM:
            return (first, last)
        between = [self._places[code] for code in GATEWAYS if code not in (first.adcode, last.adcode)]
        return (first, min(between, key=lambda stop: _way(first, stop, last)), last)

    def _published(self, carrier: str, origin: str, destination: str, layer: str) -> float:
        """Published transit days: the longest matching destination, then the longest matching origin."""
        for to in (destination, destination[:4], destination[:2], "*"):
            for out in (origin, origin[:4], origin[:2], "*"):
                found = self._days.get((carrier, out, to, layer))
                if found is not None:
                    return found
        raise NotFound(f"{carrier} has no tariff from {origin} to {destination} at {layer}.")


def km_between(one: Stop, other: Stop) -> float:
    """Great-circle distance in kilometres."""
    lat, to_lat = radians(one.lat), radians(other.lat)
    half = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin(radians(other.lon - one.lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def _way(*stops: Stop) -> float:
    return sum(km_between(one, other) for one, other in pairwise(stops))
