"""What a number of a report is: a definition, the frame it is made of, and what it came to, or why nobody can tell.

Knows no database: a number is a function over the frames that the use case asked for, by the name of its question.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from engine.model.shares import wilson

Seen = Mapping[str, pl.DataFrame]
"""The answers that a report is made of, by the name of their question (Question)."""

INTERVAL = 0.90
"""Every range of a share holds the true share of such a show with this probability."""


class Question(StrEnum):
    """What a report asks. Each but `clocks`, `invariants` and `moment` is a macro boards.report_<name>."""

    SHOW = "show"
    INTAKE = "intake"
    ORDERS = "orders"
    HOLDS = "holds"
    POOLS = "pools"
    EXPECTED = "expected"
    ROUNDS = "rounds"
    PARCELS = "parcels"
    CLOCKS = "clocks"  # boards.report_clock_rows, judged by the platform's rules
    ALERTS = "alerts"
    INCIDENTS = "incidents"
    TICKETS = "tickets"
    GOODS = "goods"
    AMENDS = "amends"
    BUDGET = "budget"
    ACTIONS = "actions"
    INVARIANTS = "invariants"  # name, breaches: those of invariants.sql that speak of overselling
    MOMENT = "moment"  # one row: now, ends


class Chapter(StrEnum):
    """The parts of a report, in their order."""

    ORDERS = "orders"
    STOCK = "stock"
    PLAN = "plan"
    SHIPPING = "shipping"
    TROUBLE = "trouble"
    SERVICE = "service"
    ACTIONS = "actions"


class Unit(StrEnum):
    """What a value counts."""

    COUNT = "count"
    SHARE = "share"  # 0 to 1
    CENTS = "cents"
    HOURS = "hours"
    PER_1000 = "per_1000"


class Better(StrEnum):
    """Which way is good; neither, where a larger show has more of it anyway."""

    MORE = "more"
    LESS = "less"
    NEITHER = "neither"


class WhyNot(StrEnum):
    """Why a number cannot be told. It is then not told: never a 0 in its place."""

    NO_ORDERS = "no_orders"
    NO_ROWS = "no_rows"
    NO_POOLS = "no_pools"
    NO_PLAN = "no_plan"
    NOTHING_EXPECTED = "nothing_expected"
    NOTHING_HELD = "nothing_held"
    NOTHING_PLANNED = "nothing_planned"
    NO_CERTIFICATE = "no_certificate"
    NO_RULES = "no_rules"
    NOTHING_DUE = "nothing_due"
    NOT_SHIPPED = "not_shipped"
    NOT_SIGNED = "not_signed"
    NO_RATINGS = "no_ratings"
    NO_BUDGET = "no_budget"
    NOTHING_TAKEN = "nothing_taken"
    NOTHING_OVER = "nothing_over"
    NOTHING_JUDGED = "nothing_judged"
    NOT_TOLD = "not_told"
    NO_END = "no_end"


@dataclass(frozen=True, slots=True)
class Found:
    """What a number came to: `value`, or `why` there is none. `part` of `whole` where it is a share of things."""

    value: float | None = None
    why: WhyNot | None = None
    part: float | None = None
    whole: float | None = None


@dataclass(frozen=True, slots=True)
class Kpi:
    """A definition. Its name, what is divided by what, and where it comes from are words (data/reports/*.toml)."""

    key: str
    chapter: Chapter
    unit: Unit
    better: Better
    asks: Question
    made_by: Callable[[Seen], Found]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as a report keeps it. `low`, `high`: range of a share, None for everything else and for nothing."""

    key: str
    value: float | None
    why: str | None
    part: float | None
    whole: float | None
    low: float | None
    high: float | None


def count(number: float) -> Found:
    """So many: zero is a figure where it was looked for."""
    return Found(value=float(number))


def ratio(part: float, whole: float, why: WhyNot) -> Found:
    """A share, or `why` where there is nothing to take a share of."""
    if whole <= 0:
        return Found(why=why)
    return Found(value=part / whole, part=float(part), whole=float(whole))


def quantile(hours: pl.Series, at: float, why: WhyNot) -> Found:
    """The value below which a share `at` of them lies, or `why` where there are none."""
    known = hours.drop_nulls()
    if known.is_empty():
        return Found(why=why)
    value = known.quantile(at, "linear")
    assert value is not None
    return Found(value=float(value), whole=float(known.len()))


def measured(kpi: Kpi, seen: Seen) -> Figure:
    """One number, with the range of a share of counted things."""
    found = kpi.made_by(seen)
    low = high = None
    if kpi.unit is Unit.SHARE and found.part is not None and found.whole and found.part <= found.whole:
        lows, highs = wilson(np.array([found.part]), np.array([found.whole]), interval=INTERVAL)
        low, high = float(lows[0]), float(highs[0])
    why = None if found.why is None else found.why.value
    return Figure(kpi.key, found.value, why, found.part, found.whole, low, high)
