"""What would another version of a platform's rules have made of past orders? Judged by both, clause by clause.

Facts are as they are known now. A gap in transit is judged only where a parcel is still in it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from engine.clock import BEIJING
from engine.errors import BadRequest, NotFound
from engine.model.beijing import beijing_midnight
from engine.model.clocks import CliffOf, Clock, ClockState
from engine.rules.clocks import CLAUSE_OF, by_clock, judged
from engine.rules.packs import PlatformRules, RulePack
from engine.store.database import Database
from engine.store.screens import clocks as clock_screens
from engine.usecases.clocks.judge_clocks import COUNTED


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one version says of one clock: orders that broke it, that a notice exempts, the yuan they cost, and how many
    of the broken ones have no known amount."""

    broken: int
    exempt: int
    yuan: float
    unpriced: int


@dataclass(frozen=True, slots=True)
class ClauseDifference:
    """One clock under both versions; `orders` and `yuan` are the second less the first.

    yuan: None where one version does not know what its broken orders cost.
    """

    clock: str
    clause: str
    version: Verdict
    against: Verdict
    orders: int
    yuan: float | None


@dataclass(frozen=True, slots=True)
class CliffDifference:
    """Beijing days on which a cliff of the shop was reached under each version; None: it knows no such cliff."""

    cliff: str
    version: list[str] | None
    against: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Orders of a platform under two versions of its rules."""

    platform: str
    version: str
    against: str
    first_day: str | None
    last_day: str | None
    orders: int
    clauses: tuple[ClauseDifference, ...]
    cliffs: tuple[CliffDifference, ...]
    yuan: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def replay_rules(
    database: Database,
    platforms: Mapping[str, PlatformRules],
    *,
    platform: str,
    version: str,
    against: str,
    now: datetime,
    first_day: date | None = None,
    last_day: date | None = None,
) -> Replay:
    """Judge the orders paid on these Beijing days (None: all) by both versions. Raises NotFound or BadRequest."""
    rules = platforms.get(platform)
    if rules is None:
        raise NotFound(f"Nothing is known of the rules of {platform!r}; there are {', '.join(platforms)}.")
    packs = [rules.named(version), rules.named(against)]
    if first_day is not None and last_day is not None and last_day < first_day:
        raise BadRequest(f"The last day, {last_day.isoformat()}, lies before the first, {first_day.isoformat()}.")
    since = None if first_day is None else beijing_midnight(first_day)
    until = now if last_day is None else min(beijing_midnight(last_day + timedelta(days=1)), now)
    rows = clock_screens.replayed_rows(database, until, platform=platform, since=since)
    clocks = [by_clock(judged(rows, pack, now=now), "order_id", now=now) for pack in packs]
    verdicts = [_verdicts(frame) for frame in clocks]
    clauses = tuple(_difference(clock, verdicts[0][clock], verdicts[1][clock]) for clock in Clock)
    paid = rows["paid_at"].dt.convert_time_zone(str(BEIJING)).dt.date()
    days = [None if rows.is_empty() else day for day in (paid.min(), paid.max())]
    return Replay(
        platform=platform,
        version=version,
        against=against,
        first_day=_day(days[0]),
        last_day=_day(days[1]),
        orders=int(rows["first"].sum()),
        clauses=clauses,
        cliffs=_cliffs(packs, clocks),
        yuan=sum(one.yuan or 0.0 for one in clauses),
    )


def _verdicts(clocks: pl.DataFrame) -> dict[Clock, Verdict]:
    broken = pl.col("state") == ClockState.BROKEN
    found = clocks.group_by("clock").agg(
        broken=broken.sum(),
        exempt=(pl.col("state") == ClockState.EXEMPT).sum(),
        yuan=pl.col("adds").filter(broken).sum(),
        unpriced=pl.col("adds").filter(broken).null_count(),
    )
    known = {Clock(row[0]): Verdict(*row[1:]) for row in found.iter_rows()}
    return {clock: known.get(clock, Verdict(0, 0, 0.0, 0)) for clock in Clock}


def _difference(clock: Clock, one: Verdict, other: Verdict) -> ClauseDifference:
    orders = other.broken - one.broken
    yuan = None if one.unpriced or other.unpriced else round(other.yuan - one.yuan, 2)
    return ClauseDifference(clock.value, CLAUSE_OF[clock].value, one, other, orders, yuan)


def _cliffs(packs: list[RulePack], clocks: list[pl.DataFrame]) -> tuple[CliffDifference, ...]:
    found = [
        {rule.cliff.value: _reached(frame, pack, rule.cliff.value) for rule in pack.cliffs if rule.per is CliffOf.SHOP}
        for pack, frame in zip(packs, clocks, strict=True)
    ]
    names = list(dict.fromkeys([*found[0], *found[1]]))
    return tuple(CliffDifference(name, found[0].get(name), found[1].get(name)) for name in names)


def _reached(clocks: pl.DataFrame, pack: RulePack, cliff: str) -> list[str]:
    [rule] = [rule for rule in pack.cliffs if rule.cliff == cliff]
    days = (
        clocks.filter(pl.col("clock") == rule.counts.value, pl.col("state").is_in(COUNTED))
        .group_by("order_id", day=pl.col("deadline").dt.convert_time_zone(str(BEIJING)).dt.date())
        .agg(broken=(pl.col("state") == ClockState.BROKEN).any())
        .group_by("day")
        .agg(due=pl.len(), broken=pl.col("broken").sum())
        .sort("day")
    )
    bad = {day for day, due, broken in days.iter_rows() if broken >= rule.least(due)}
    whole = [day for day in sorted(bad) if all(day - timedelta(days=back) in bad for back in range(rule.days))]
    return [day.isoformat() for day in whole]


def _day(day: Any) -> str | None:
    return day.isoformat() if isinstance(day, date) else None
