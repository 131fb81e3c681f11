"""What is searched for and which of the finds is opened, as the address bar has it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchView:
    """The words, and the thing opened: its kind and id."""

    words: str = ""
    thing: str = ""
    id: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "SearchView":
        """From the address bar."""
        return cls(query.get("q", "").strip()[:80], query.get("thing", "")[:20], query.get("id", "")[:160])
