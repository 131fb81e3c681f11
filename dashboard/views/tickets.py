"""What the queue of tickets looks at, read from the address bar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.model.tickets import Complaint, TicketDesk, TicketState
from engine.store.screens.tickets import Wanted

ALL, UNSURE = "all", "unsure"
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class TicketsView:
    """One desk, state, complaint and least age in hours, or all; a word that is looked for; and which page, from 0."""

    desk: str = ALL
    state: str = TicketState.OPEN.value
    complaint: str = ALL
    older: int = 0
    word: str = ""
    page: int = 0

    DESKS = (ALL, *TicketDesk)
    STATES = (*TicketState, ALL)
    COMPLAINTS = (ALL, *Complaint, UNSURE)
    OLDER = (0, 2, 6, 24, 72)

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "TicketsView":
        """From the address bar."""
        plain = cls()
        older, page = query.get("older", ""), query.get("page", "")
        return cls(
            desk=_member(query.get("desk"), cls.DESKS, plain.desk),
            state=_member(query.get("state"), cls.STATES, plain.state),
            complaint=_member(query.get("complaint"), cls.COMPLAINTS, plain.complaint),
            older=int(older) if older in map(str, cls.OLDER) else 0,
            word=query.get("word", "").strip()[:60],
            page=int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 0,
        )

    def wanted(self, as_of: datetime) -> Wanted:
        """The same as a question."""
        return Wanted(
            desk=None if self.desk == ALL else self.desk,
            state=None if self.state == ALL else self.state,
            about=None if self.complaint == ALL else self.complaint,
            asked_before=as_of - timedelta(hours=self.older) if self.older else None,
            word=self.word or None,
        )


def _member(asked: str | None, members: tuple[str, ...], otherwise: str) -> str:
    return next((str(member) for member in members if member == asked), otherwise)
