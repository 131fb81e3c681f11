"""The rules of reports (data/rules/report.toml): when they are made, what calls for a change, what was claimed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import BadSetting
from engine.model.toml_values import inside, no_strangers, part, tables, value
from engine.reports.kpis import KPI_OF

FILE = "report.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Hours and days; the file explains each."""

    settle_hours: float
    after_hours: float
    most_age_days: float
    appeal_days: float
    soon_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRule:
    """Calls for a change where the figure is above or below `limit` and stands on at least `least` things.

    worst: table and column whose largest row is named with it, such as pools.refused; '' names nothing. after_end: only
    of a show that has ended: before, what is left may still be sold.
    """

    key: str
    figure: str
    above: bool
    limit: float
    least: float
    worst: str
    after_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a source document of the customer claims of a figure; a target to look at, not a benchmark."""

    figure: str
    value: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPolicy:
    """All of it."""

    version: str
    times: Times
    changes: tuple[ChangeRule, ...]
    targets: tuple[Target, ...]


def policy_from(parsed: Mapping[str, Any]) -> ReportPolicy:
    """A ReportPolicy from the parsed TOML: every setting, and no other. Raises BadSetting."""
    no_strangers(parsed, ("version", "times", "change", "target"), file=FILE, where="")
    times = part(Times, parsed, "times", file=FILE)
    for name, most in (("settle_hours", 24 * 14), ("after_hours", 24 * 14), ("most_age_days", 366),
                       ("appeal_days", 60), ("soon_hours", 24 * 14)):  # fmt: skip
        inside(FILE, f"[times] {name}", getattr(times, name), 0, most)
    changes = tuple(_change(one) for one in tables(parsed, "change", file=FILE))
    _once([change.key for change in changes], "change")
    targets = tuple(_target(one) for one in tables(parsed, "target", file=FILE))
    _once([target.figure for target in targets], "target")
    return ReportPolicy(
        version=value(parsed, "version", str, file=FILE, where=""), times=times, changes=changes, targets=targets
    )


def _once(keys: Sequence[str], what: str) -> None:
    twice = [key for key in keys if keys.count(key) > 1]
    if twice:
        raise BadSetting(f"{FILE}: there are two [[{what}]] for {twice[0]}.")


def _figure(parsed: Mapping[str, Any], where: str) -> str:
    name: str = value(parsed, "figure", str, file=FILE, where=where)
    if name not in KPI_OF:
        raise BadSetting(f"{FILE}{where}: there is no figure {name!r} in a report.")
    return name


def _change(parsed: Mapping[str, Any]) -> ChangeRule:
    key = value(parsed, "key", str, file=FILE, where=" [[change]]")
    where = f" [[change]] {key}"
    no_strangers(parsed, ("key", "figure", "above", "below", "least", "worst", "after_end"), file=FILE, where=where)
    if ("above" in parsed) == ("below" in parsed):
        raise BadSetting(f"{FILE}{where}: it must say above or below, and not both.")
    side = "above" if "above" in parsed else "below"
    worst = value(parsed, "worst", str, file=FILE, where=where) if "worst" in parsed else ""
    if worst and worst.count(".") != 1:
        raise BadSetting(
            f"{FILE}{where}: worst is {worst!r}; it must be a table and its column, such as pools.refused."
        )
    return ChangeRule(
        key=key,
        figure=_figure(parsed, where),
        above=side == "above",
        limit=value(parsed, side, float, file=FILE, where=where),
        least=value(parsed, "least", float, file=FILE, where=where),
        worst=worst,
        after_end="after_end" in parsed and bool(value(parsed, "after_end", bool, file=FILE, where=where)),
    )


def _target(parsed: Mapping[str, Any]) -> Target:
    figure = _figure(parsed, " [[target]]")
    where = f" [[target]] {figure}"
    no_strangers(parsed, ("figure", "value", "source"), file=FILE, where=where)
    return Target(
        figure=figure,
        value=value(parsed, "value", float, file=FILE, where=where),
        source=value(parsed, "source", str, file=FILE, where=where),
    )
