"""What goes into a channel and what comes back: one message, one answer. And text that fits and cannot be mark-up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_MARKUP = str.maketrans({"<": "＜", ">": "＞", "[": "［", "]": "］", "`": "｀"})
TOLD = 200
"""Characters of a vendor's own words that are kept."""


class Outcome(StrEnum):
    """What came of one attempt."""

    SENT = "sent"  # the channel took it
    FAILED = "failed"  # it did not, or nobody knows; try again
    THROTTLED = "throttled"  # too much in too little time; try again later
    REFUSED = "refused"  # it never will take this message


@dataclass(frozen=True, slots=True)
class Answer:
    """`detail`: a sentence without address or key. `rest_seconds`: how long the channel asks to be left alone."""

    outcome: Outcome
    detail: str = ""
    rest_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message. `key`: the idempotency key. `mentions`: ids or mobile numbers of people, as the channel knows them.
    `order`: for the gateway, whose order it is and what it should do; empty for staff."""

    key: str
    title: str
    text: str
    critical: bool = False
    link: str | None = None
    link_label: str = ""
    mentions: tuple[str, ...] = ()
    order: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mobiles(self) -> list[str]:
        """Mentions that are mobile numbers."""
        return [one for one in self.mentions if one.isdecimal() and len(one) == 11]

    @property
    def ids(self) -> list[str]:
        """Mentions that are anything else."""
        return [one for one in self.mentions if one not in self.mobiles]


def harmless(text: str) -> str:
    """Text in which nothing is a link, a tag or code: what a field brought along stays what it is."""
    return text.translate(_MARKUP)


def cut(text: str, most_bytes: int) -> str:
    """As much of `text` as fits into so many bytes of UTF-8, whole characters, with an ellipsis where it was cut."""
    raw = text.encode()
    if len(raw) <= most_bytes:
        return text
    return raw[: max(most_bytes - 3, 0)].decode(errors="ignore") + "…"


def with_tail(text: str, tail: str, most_bytes: int) -> str:
    """`text` followed by `tail`; where both do not fit, the text gives way: a tail is a link."""
    return cut(text, most_bytes - len(tail.encode())) + tail


def told(words: object) -> str:
    """A vendor's own words, short and on one line."""
    return " ".join(str(words).split())[:TOLD]
