"""How does a person say a change in one line, and how is it said back? `read_change` and `say_change`.

One form for each kind, the same for the command line, for links and for saved scenarios; what is said back reads
as the same change. Knows no problem: whether the carrier exists is `what_if`'s question.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from decimal import Decimal

from engine.allocation.what_if import (
    Amount,
    Bound,
    CarrierCapacity,
    CarrierShare,
    Change,
    How,
    Merge,
    NodeClosed,
    NodeThroughput,
    Stock,
    Tariff,
    UnservedPrice,
)
from engine.errors import BadChange

FORMS: Mapping[str, str] = {
    "carrier": "carrier ZTO capacity -30%, carrier ZTO capacity +5000, carrier ZTO capacity =20000, "
    "carrier ZTO max share 40%, carrier ZTO min share 10%",
    "node": "node WH-EAST closed, node WH-EAST throughput +20%, node WH-EAST throughput -1000",
    "tariff": "tariff SF +10%, tariff SF -0.5 yuan, tariff SF +1 yuan in 31",
    "stock": "stock RICE-5 at WH-EAST +500, stock RICE-5 at WH-EAST -30%, stock RICE-5 at WH-EAST lot L1 =0",
    "unserved": "unserved =80, unserved +20%",
    "merge": "merge on, merge off",
}
"""What each kind of change looks like, by its first word."""

_AMOUNT = re.compile(r"(?P<sign>[+\-=]?)(?P<number>\d+(?:\.\d+)?)(?P<unit>%?)", re.ASCII)
_SIGNS = str.maketrans({"−": "-", "－": "-", "–": "-", "＋": "+", "％": "%", "＝": "="})  # as keyboards in China type


def read_change(text: str) -> Change:
    """The change that one line says. Raises BadChange with what would be right.

    Words in any case; a name with spaces stands in quotes. +30% and -30% are of what it is, +5000 and -5000 that
    many more or less, =20000 that many.
    """
    try:
        words = shlex.split(text)
    except ValueError as broken:
        raise BadChange(f"The change {text!r} has a quotation mark without its pair.") from broken
    kind = words[0].lower() if words else ""
    if kind not in _READERS:
        shown = "; ".join(form.split(", ")[0] for form in FORMS.values())
        raise BadChange(f"The change {text!r} begins with none of {', '.join(FORMS)}. It reads like: {shown}.")
    change = _READERS[kind](words[1:])
    if change is None:
        raise BadChange(f"The change {text!r} cannot be read. It reads like: {FORMS[kind].replace(', ', '; ')}.")
    return change


def say_change(change: Change) -> str:
    """One line that `read_change` reads as this change."""
    match change:
        case CarrierCapacity(carrier, amount):
            return f"carrier {shlex.quote(carrier)} capacity {say_amount(amount)}"
        case CarrierShare(carrier, bound, share):
            return f"carrier {shlex.quote(carrier)} {bound.value} share {_short(f'{100 * Decimal(repr(share)):f}')}%"
        case NodeClosed(node):
            return f"node {shlex.quote(node)} closed"
        case NodeThroughput(node, amount):
            return f"node {shlex.quote(node)} throughput {say_amount(amount)}"
        case Tariff(carrier, amount, region):
            unit = " yuan" if amount.how is How.BY else ""
            place = f" in {shlex.quote(region)}" if region else ""
            return f"tariff {shlex.quote(carrier)} {say_amount(amount)}{unit}{place}"
        case Stock(sku, node, amount, lot):
            which = "" if lot is None else f" lot {shlex.quote(lot)}"
            return f"stock {shlex.quote(sku)} at {shlex.quote(node)}{which} {say_amount(amount)}"
        case UnservedPrice(amount):
            return f"unserved {say_amount(amount)}"
        case Merge(allowed):
            return f"merge {'on' if allowed else 'off'}"


def say_amount(amount: Amount) -> str:
    """-30%, +5000 or =20000."""
    if amount.how is How.TO:
        return f"={_number(amount.value)}"
    sign = "-" if amount.value < 0 else "+"
    return f"{sign}{_number(abs(amount.value))}{'%' if amount.how is How.PERCENT else ''}"


def _carrier(words: list[str]) -> Change | None:
    match words:
        case [carrier, what, amount] if what.lower() == "capacity":
            return None if (read := _amount(amount)) is None else CarrierCapacity(carrier, read)
        case [carrier, bound, what, share] if what.lower() == "share" and bound.lower() in tuple(Bound):
            found = re.fullmatch(r"=?(\d+(?:\.\d+)?)%", share.translate(_SIGNS), re.ASCII)
            return (
                None if found is None else CarrierShare(carrier, Bound(bound.lower()), float(Decimal(found[1]) / 100))
            )
    return None


def _node(words: list[str]) -> Change | None:
    match words:
        case [node, what] if what.lower() == "closed":
            return NodeClosed(node)
        case [node, what, amount] if what.lower() == "throughput":
            return None if (read := _amount(amount)) is None else NodeThroughput(node, read)
    return None


def _tariff(words: list[str]) -> Change | None:
    region = ""
    if len(words) >= 4 and words[-2].lower() == "in":
        *words, _, region = words
        if not region:
            return None
    if len(words) == 3 and words[2].lower() == "yuan" and not words[1].endswith("%"):
        words = words[:2]
    match words:
        case [carrier, amount]:
            read = _amount(amount)
            return None if read is None or read.how is How.TO else Tariff(carrier, read, region)
    return None


def _stock(words: list[str]) -> Change | None:
    match words:
        case [sku, at, node, amount] if at.lower() == "at":
            return None if (read := _amount(amount)) is None else Stock(sku, node, read)
        case [sku, at, node, what, lot, amount] if at.lower() == "at" and what.lower() == "lot":
            return None if (read := _amount(amount)) is None else Stock(sku, node, read, lot)
    return None


def _unserved(words: list[str]) -> Change | None:
    match words:
        case [amount] | [amount, "yuan"]:
            return None if (read := _amount(amount)) is None else UnservedPrice(read)
    return None


def _merge(words: list[str]) -> Change | None:
    match words:
        case [answer] if answer.lower() in ("on", "off"):
            return Merge(answer.lower() == "on")
    return None


_READERS: Mapping[str, Callable[[list[str]], Change | None]] = {
    "carrier": _carrier,
    "node": _node,
    "tariff": _tariff,
    "stock": _stock,
    "unserved": _unserved,
    "merge": _merge,
}


def _amount(text: str) -> Amount | None:
    found = _AMOUNT.fullmatch(text.translate(_SIGNS))
    if found is None:
        return None
    value = float(found["number"]) * (-1 if found["sign"] == "-" else 1)
    if found["unit"]:
        return Amount(How.PERCENT, value) if found["sign"] in ("+", "-") else None
    return Amount(How.TO if found["sign"] in ("", "=") else How.BY, value)


def _number(value: float) -> str:
    """Plain digits, never 1e-05: what is said must be readable."""
    return _short(f"{value:.12f}")


def _short(digits: str) -> str:
    """40 for 40.000."""
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
