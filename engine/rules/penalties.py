"""What does a platform take from the shop for one order, by clause? The ladder is data: see engine/rules/packs.py.

A clause has one step a promise band: a percentage of the order's amount, rounded half up to yuan, between a minimum
and a maximum. Money in is integer cents, penalties are whole yuan, so no rounding depends on binary fractions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl

from engine.errors import BadSetting
from engine.model.toml_values import no_strangers, table, tables, value


class Clause(StrEnum):
    """What can be punished."""

    LATE = "late"  # 发货超时: picked up after the promise, up to 48 h
    LATE_BEYOND = "late_beyond"  # 发货超时 by more than 48 h, which turns into 缺货/无货
    OUT_OF_STOCK = "out_of_stock"  # 缺货/无货: no stock, refusal, unreachable
    TRACE_TIMEOUT = "trace_timeout"  # 轨迹超时: no pick-up 24 h after the waybill's upload
    TRACE_ANOMALY = "trace_anomaly"  # 轨迹异常: no pick-up 48 h after the waybill's upload
    FRAUD = "fraud"  # 欺诈发货: empty parcel, wrong goods, far short


DELAY_CLAUSES = (Clause.LATE, Clause.LATE_BEYOND, Clause.TRACE_TIMEOUT, Clause.TRACE_ANOMALY)
"""Clauses that a late pick-up triggers. Stock and fraud do not depend on who carries a parcel: nobody prices them."""


@dataclass(frozen=True, slots=True)
class Step:
    """`basis_points` (hundredths of a percent) of the amount, at least `least` and at most `most` yuan."""

    basis_points: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Band:
    """Promises of more than the band before and up to `up_to_hours` from payment; None: all longer ones."""

    name: str
    up_to_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseRule:
    """One clause: trigger in hours (None: not a matter of time), a step for every band, and how well it is known.

    `sourced`: False where the amounts of this version are not known; then there are no steps.
    """

    clause: Clause
    after_hours: float | None
    effective_from: date
    text_of: date
    sourced: bool
    interpreted: bool
    note: str
    steps: Mapping[str, Step]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """A platform's penalties in one version; `effective_from` is the first day on which all of it holds."""

    platform: str
    version: str
    effective_from: date
    source: str
    bands: tuple[Band, ...]
    rules: Mapping[Clause, ClauseRule]

    def band(self, promise_hours: float) -> str:
        """The band of a promise given in hours from payment. The last one has no end."""
        return next(b.name for b in self.bands if b.up_to_hours is None or promise_hours <= b.up_to_hours)

    def penalty_yuan(self, clause: Clause, amount_cents: int, promise_hours: float) -> int | None:
        """Yuan taken for one order of this amount under this promise; None where the amounts are not sourced."""
        if not self.rules[clause].sourced:
            return None
        step = self.rules[clause].steps[self.band(promise_hours)]
        return min(max(half_up_yuan(amount_cents, step.basis_points), step.least), step.most)

    def penalty(self, clause: Clause) -> pl.Expr:
        """`penalty_yuan` over frames that have `amount_cents` (i64) and `band` (the band's name); f64 yuan or null."""
        found = pl.lit(None, dtype=pl.Int64)
        for band, step in self.rules[clause].steps.items():
            # Never negative, so // rounds as half_up_yuan does.
            yuan = ((pl.col("amount_cents") * step.basis_points + 500_000) // 1_000_000).clip(step.least, step.most)
            found = pl.when(pl.col("band") == band).then(yuan).otherwise(found)
        return found.cast(pl.Float64)

    def band_name(self) -> pl.Expr:
        """`band` over frames that have `promise_hours` (f64)."""
        name = pl.lit(self.bands[-1].name)
        for band in reversed(self.bands[:-1]):
            name = pl.when(pl.col("promise_hours") <= band.up_to_hours).then(pl.lit(band.name)).otherwise(name)
        return name

    def hours_of(self, clause: Clause) -> float:
        """The trigger of a clause that is a matter of time."""
        hours = self.rules[clause].after_hours
        assert hours is not None, f"{clause} has no trigger in hours"
        return hours


def half_up_yuan(amount_cents: int, basis_points: int) -> int:
    """A part of an amount in whole yuan, half a yuan rounded up."""
    return (amount_cents * basis_points + 500_000) // 1_000_000


def penalty_yuan(ladder: Ladder, clause: Clause, amount_cents: int, promise_hours: float) -> int | None:
    """Yuan that the platform takes for one order; raises nothing: every ladder has every clause and band."""
    return ladder.penalty_yuan(clause, amount_cents, promise_hours)


def ladder_from(parsed: Mapping[str, Any], *, file: str) -> Ladder:
    """The ladder of a parsed TOML file; raises BadSetting with one sentence at what is missing, unknown or odd."""
    no_strangers(
        parsed, ["platform", "version", "effective_from", "source", "rounding", "band", "clause"], file=file, where=""
    )
    if value(parsed, "rounding", str, file=file, where="") != "half_up_to_yuan":
        raise BadSetting(f"{file}: rounding is {parsed['rounding']!r}; the only one known is half_up_to_yuan.")
    bands = _bands(tables(parsed, "band", file=file), file=file)
    rules: dict[Clause, ClauseRule] = {}
    for one in tables(parsed, "clause", file=file):
        rule = _rule(one, bands, file=file)
        if rule.clause in rules:
            raise BadSetting(f"{file}: the clause {rule.clause} stands there twice.")
        rules[rule.clause] = rule
    if missing := [clause.value for clause in Clause if clause not in rules]:
        raise BadSetting(f"{file}: the clause {missing[0]} is missing.")
    if timeless := [clause.value for clause in DELAY_CLAUSES if rules[clause].after_hours is None]:
        raise BadSetting(f"{file}: the clause {timeless[0]} needs after_hours.")
    if rules[Clause.LATE].after_hours != 0:
        raise BadSetting(f"{file}: the clause late begins at the promise, so its after_hours must be 0.")
    if rules[Clause.TRACE_TIMEOUT].after_hours >= rules[Clause.TRACE_ANOMALY].after_hours:  # type: ignore[operator]
        raise BadSetting(f"{file}: trace_anomaly must come later than trace_timeout.")
    effective = value(parsed, "effective_from", date, file=file, where="")
    if late := [rule for rule in rules.values() if rule.effective_from > effective]:
        raise BadSetting(f"{file}: the clause {late[0].clause} takes effect after the ladder it belongs to.")
    return Ladder(
        platform=value(parsed, "platform", str, file=file, where=""),
        version=value(parsed, "version", str, file=file, where=""),
        effective_from=effective,
        source=value(parsed, "source", str, file=file, where=""),
        bands=bands,
        rules=rules,
    )


def _bands(parsed: Sequence[Mapping[str, Any]], *, file: str) -> tuple[Band, ...]:
    bands: list[Band] = []
    for position, one in enumerate(parsed, start=1):
        where = f", band {position}"
        no_strangers(one, ["name", "up_to_hours"], file=file, where=where)
        upper = value(one, "up_to_hours", float, file=file, where=where) if "up_to_hours" in one else None
        bands.append(Band(value(one, "name", str, file=file, where=where), upper))
    limits = [band.up_to_hours for band in bands]
    ends = [limit for limit in limits[:-1] if limit is not None]
    if limits[-1] is not None or len(ends) != len(limits) - 1 or ends != sorted(set(ends)) or min(ends, default=1) <= 0:
        raise BadSetting(f"{file}: the bands must go from short to long, and only the last has no up_to_hours.")
    if len({band.name for band in bands}) < len(bands):
        raise BadSetting(f"{file}: two bands have the same name.")
    return tuple(bands)


def _rule(parsed: Mapping[str, Any], bands: tuple[Band, ...], *, file: str) -> ClauseRule:
    name = value(parsed, "clause", str, file=file, where="")
    where = f", clause {name}"
    if name not in list(Clause):
        raise BadSetting(f"{file}: {name} is no clause; it must be one of {', '.join(Clause)}.")
    keys = ["clause", "after_hours", "effective_from", "text_of", "sourced", "interpreted", "note"]
    sourced = value(parsed, "sourced", bool, file=file, where=where)
    names = [band.name for band in bands] if sourced else []
    no_strangers(parsed, [*keys, *names], file=file, where=where)
    hours = value(parsed, "after_hours", float, file=file, where=where) if "after_hours" in parsed else None
    if hours is not None and hours < 0:
        raise BadSetting(f"{file}{where}: after_hours is {hours:g}; it must not be negative.")
    return ClauseRule(
        clause=Clause(name),
        after_hours=hours,
        effective_from=value(parsed, "effective_from", date, file=file, where=where),
        text_of=value(parsed, "text_of", date, file=file, where=where),
        sourced=sourced,
        interpreted=value(parsed, "interpreted", bool, file=file, where=where),
        note=value(parsed, "note", str, file=file, where=where),
        steps={
            band: _step(table(parsed, band, file=f"{file}{where}"), file=f"{file}{where}, {band}") for band in names
        },
    )


def _step(parsed: Mapping[str, Any], *, file: str) -> Step:
    no_strangers(parsed, ["percent", "min_yuan", "max_yuan"], file=file, where="")
    percent = value(parsed, "percent", float, file=file, where="")
    least = value(parsed, "min_yuan", int, file=file, where="")
    most = value(parsed, "max_yuan", int, file=file, where="")
    if not 0 <= percent <= 100 or round(percent * 100) != percent * 100:
        raise BadSetting(f"{file}: percent is {percent:g}; it must lie between 0 and 100, with at most two decimals.")
    if not 0 <= least <= most:
        raise BadSetting(f"{file}: min_yuan {least} and max_yuan {most} must be 0 or more, the smaller one first.")
    return Step(round(percent * 100), least, most)
