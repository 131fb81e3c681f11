"""What the page of notices looks at, read from the address bar."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.boards.notices import SHOWN
from dashboard.state import one_of
from engine.model.notices import NoticeKind


@dataclass(frozen=True, slots=True)
class NoticesView:
    """Which panel, which notices of the list, which template."""

    panel: str = "outbox"
    shown: str = "open"
    kind: NoticeKind = NoticeKind.ALERT

    PANELS = ("outbox", "channels", "templates")

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "NoticesView":
        """From the address bar."""
        kind = query.get("kind")
        return cls(
            one_of(query.get("panel"), cls.PANELS),
            one_of(query.get("shown"), tuple(SHOWN)),
            NoticeKind(kind) if kind in list(NoticeKind) else NoticeKind.ALERT,
        )
