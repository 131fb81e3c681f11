"""What the inbox looks at, read from the address bar."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.state import ALL, one_of
from engine.model.actions import ActionKind, Desk


@dataclass(frozen=True, slots=True)
class InboxView:
    """Which panel, whose cards, the action opened in the history, the kind that is asked for by hand, and the alert
    that it answers."""

    panel: str = "cards"
    desk: str = ALL
    action: str = ""
    kind: ActionKind = ActionKind.TOP_UP_POOL
    alert: str = ""

    PANELS = ("cards", "done", "ask")
    DESKS = (ALL, *(desk.value for desk in Desk))

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "InboxView":
        """From the address bar."""
        kind = one_of(query.get("kind"), tuple(ActionKind))
        return cls(
            one_of(query.get("panel"), cls.PANELS),
            one_of(query.get("desk"), cls.DESKS),
            query.get("action", "").strip()[:40],
            ActionKind(kind),
            query.get("alert", "").strip()[:40],
        )
