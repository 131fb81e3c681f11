"""What the page of reports looks at, read from the address bar."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.state import one_of
from engine.reports.over_time import Whom


@dataclass(frozen=True, slots=True)
class ReportView:
    """Which show and report (0: its newest), which panel, which figure is traced, which report stands
    beside, and who is scored over time."""

    show: str = ""
    no: int = 0
    panel: str = "read"
    figure: str = ""
    other: str = ""
    whom: str = "carriers"

    PANELS = ("read", "trace", "compare", "over_time", "appeals")

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "ReportView":
        """From the address bar."""
        no = query.get("no", "")
        return cls(
            query.get("show", "").strip()[:160],
            int(no) if no.isascii() and no.isdigit() and len(no) < 9 else 0,
            one_of(query.get("panel"), cls.PANELS),
            query.get("figure", "")[:80],
            query.get("other", "")[:180],
            one_of(query.get("whom"), tuple(Whom)),
        )
