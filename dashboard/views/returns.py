"""What the page of returns looks at, read from the address bar."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.state import one_of
from engine.aftersales.returns import DIMENSIONS, MEASURES


@dataclass(frozen=True, slots=True)
class ReturnsView:
    """Which panel, told apart by what, and which measure."""

    panel: str
    dimension: str
    measure: str

    PANELS = ("rates", "changes", "ratings")

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "ReturnsView":
        """From the address bar."""
        return cls(
            one_of(query.get("panel"), cls.PANELS),
            one_of(query.get("dimension"), DIMENSIONS),
            one_of(query.get("measure"), MEASURES),
        )
