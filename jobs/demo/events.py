"""What happens during a show, as values on a clock that starts at zero: orders, changes, signals.

Rows are kept the way their source spells them, with times as seconds from the start; `written` puts them on
a real clock and gives their order numbers the run's prefix. Knows neither who plays them nor where they go.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from engine.clock import BEIJING


class Trait(StrEnum):
    """Why an order of the demo show is worth a second look. The room is never told; tests and totals are."""

    KIT = "kit"
    MULTI_UNIT = "multi_unit"
    MULTI_LINE = "multi_line"
    SAME_BUYER = "same_buyer"  # a scalper under one name
    SAME_ADDRESS = "same_address"  # a scalper with many names and one door
    VAGUE_ADDRESS = "vague_address"
    ODD_AMOUNT = "odd_amount"
    LATE = "late"  # reaches the room long after it was paid
    UNPAID_FIRST = "unpaid_first"  # seen once before its payment
    DUPLICATE = "duplicate"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row or order of a source, before its run: which fields are times, which carry the number."""

    fields: Mapping[str, Any]
    times: Mapping[str, float]  # field -> seconds from the start of the show; may be negative
    numbers: tuple[str, ...]  # fields that hold the order number or begin with it


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """Rows of one order reach the room `at` seconds after the start."""

    at: float
    format: str  # canonical or douyin
    rows: tuple[SourceRow, ...]
    traits: frozenset[Trait] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """The platform says that an order was cancelled or refunded."""

    at: float
    platform: str
    order_no: str  # without the run's prefix
    kind: str  # cancelled or refunded
    reason: str


@dataclass(frozen=True, slots=True)
class SignalSeen:
    """The stream's own figures at one moment: people watching now, clicks on items since the last signal."""

    at: float
    show_id: str
    viewers: int
    clicks: int


Event = OrderSeen | OrderChanged | SignalSeen


def written(row: SourceRow, form: str, *, start: datetime, run: str) -> dict[str, Any]:
    """The row as its source would have sent it in this run: times in that format, numbers prefixed."""
    out = dict(row.fields)
    for name in row.numbers:
        out[name] = numbered(str(row.fields[name]), run=run)
    for name, seconds in row.times.items():
        out[name] = _time(start + timedelta(seconds=seconds), form)
    return out


def numbered(order_no: str, *, run: str) -> str:
    """An order number of this run. Douyin exports write an apostrophe before numbers; it stays in front."""
    if order_no.startswith("'"):
        return f"'{run}{order_no[1:]}"
    return run + order_no


def run_prefix(start: datetime) -> str:
    """A prefix that no other run has: the second in which it starts, Beijing time."""
    return start.astimezone(BEIJING).strftime("%y%m%d%H%M%S")


def _time(at: datetime, form: str) -> str:
    local = at.astimezone(BEIJING)
    if form == "douyin":
        return local.strftime("%Y-%m-%d %H:%M:%S")
    return local.isoformat(timespec="seconds")
