"""What the page of complaint incidents looks at, read from the address bar."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.state import one_of


@dataclass(frozen=True, slots=True)
class IncidentView:
    """Which incident ('' is the first listed), and which of its lists."""

    incident: str = ""
    panel: str = "orders"

    PANELS = ("orders", "words", "rivals")

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "IncidentView":
        """From the address bar."""
        return cls(query.get("incident", "").strip()[:80], one_of(query.get("panel"), cls.PANELS))
