"""Words of carriers made fit for a buyer's eyes: no telephone number, no long code, no line without end."""

import re

LONGEST = 40
"""Characters of a place; the longest hub name in recorded pushes had 22."""

_NUMBER = re.compile(r"(?:\d[\s-]?){5,}")
"""Five digits and more: telephone numbers, waybills, identity cards. Four and fewer are house and bay numbers."""


def discreet(text: str) -> str:
    """The text in one line, every long number as stars, cut to LONGEST characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    hidden = _NUMBER.sub("*** ", line).strip()
    return hidden if len(hidden) <= LONGEST else f"{hidden[: LONGEST - 1]}…"


def tail(number: str) -> str:
    """The last four characters of a number, which a buyer can compare and a stranger can do nothing with."""
    return number[-4:]
