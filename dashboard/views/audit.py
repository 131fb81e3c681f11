"""Which commits the audit page shows, as the address bar has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.state import one_of
from engine.store.screens.audit import AuditFilter

WHO = {"people": True, "machines": False, "all": None}
SPANS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "week": timedelta(days=7), "ever": None}


@dataclass(frozen=True, slots=True)
class AuditView:
    """Filters, and the edge of the page: older than version `before`, or newer than `after`."""

    who: str = "people"
    actor: str = ""
    verb: str = ""
    subject: str = ""
    span: str = "day"
    before: int | None = None
    after: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "AuditView":
        """From the address bar."""

        def version(name: str) -> int | None:
            value = query.get(name, "")
            return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None

        return cls(
            one_of(query.get("who"), tuple(WHO)),
            query.get("actor", "")[:160],
            query.get("verb", "")[:80],
            query.get("subject", "").strip()[:160],
            one_of(query.get("span"), tuple(SPANS)),
            version("before"),
            version("after"),
        )

    def filter(self, operator: str, now: datetime) -> AuditFilter:
        """As the store asks it."""
        span = SPANS[self.span]
        since = None if span is None else now - span
        return AuditFilter(operator, WHO[self.who], self.actor, self.verb, self.subject, since)
