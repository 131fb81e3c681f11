"""What the pages of partners and mass delays look at, read from the address bar."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.state import one_of
from engine.logistics.standards import MEASURED, Measure, PartnerKind


@dataclass(frozen=True, slots=True)
class PartnersView:
    """Carriers or nodes, one measure in one tier ('' is all), and which panel."""

    kind: PartnerKind = PartnerKind.CARRIER
    measure: Measure = Measure.PICK_UP
    tier: str = ""
    panel: str = "scores"

    PANELS = ("scores", "warnings", "switch")

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "PartnersView":
        """From the address bar; a measure that the kind is not measured by gives way to the first that it is."""
        kind = PartnerKind(query["kind"]) if query.get("kind") in set(PartnerKind) else PartnerKind.CARRIER
        asked = query.get("measure")
        measure = Measure(asked) if asked in MEASURED[kind] else Measure.PICK_UP
        return cls(kind, measure, query.get("tier", "")[:40], one_of(query.get("panel"), cls.PANELS))


@dataclass(frozen=True, slots=True)
class MassDelayView:
    """Which incident; '' is the newest that is open."""

    incident: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "MassDelayView":
        """From the address bar."""
        return cls(query.get("incident", "").strip()[:80])
