"""What the maps of logistics are showing, read from the address bar."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.state import one_of


@dataclass(frozen=True, slots=True)
class CourierMapView:
    """Courier map: a city with its riders, or the country with its lanes. city: adcode; empty: the first there is."""

    scale: str = "city"
    city: str = ""

    SCALES = ("city", "nation")

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "CourierMapView":
        """From the address bar."""
        city = query.get("city", "")
        fits = len(city) == 6 and city.isascii() and city.isdecimal()
        return cls(one_of(query.get("scale"), cls.SCALES), city if fits else "")


@dataclass(frozen=True, slots=True)
class ColdChainView:
    """Cold chain: which excursion or probe is opened, which list is below; empty: the first excursion."""

    excursion: str = ""
    panel: str = "orders"

    PANELS = ("orders", "probes")

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "ColdChainView":
        """From the address bar."""
        return cls(query.get("excursion", "")[:400], one_of(query.get("panel"), cls.PANELS))
