"""What a report says, in one language: texts by family and key, and numbers as people read them. Knows no file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from engine.model.beijing import ZONE
from engine.reports.changes import Change
from engine.reports.figures import Figure, Unit
from engine.reports.kpis import KPI_OF
from engine.reports.lists import Column, Kind

LANGUAGES = ("zh", "en")
NOTHING = "—"
FAMILY_OF = {"outcome": "status"}
"""Columns whose codes are worded by another family than their own name."""

JSON_FIGURES = ("promised", "happened")


@dataclass(frozen=True, slots=True)
class ReportWords:
    """One language's texts, by family."""

    language: str
    texts: Mapping[str, Mapping[str, str]]

    def __call__(self, key: str, **values: object) -> str:
        """A text of the paper itself."""
        text = self.texts["paper"][key]
        return text.format(**values) if values else text

    def of(self, family: str, member: str | None) -> str:
        """The word of a member; one that has none is shown as it is."""
        if member is None:
            return NOTHING
        return self.texts.get(FAMILY_OF.get(family, family), {}).get(member, member)

    def name(self, row: Mapping[str, Any], prefix: str) -> str:
        """`title_zh` or `title_en` of a row; the other one where it is empty."""
        other = "en" if self.language == "zh" else "zh"
        return str(row[f"{prefix}_{self.language}"] or row[f"{prefix}_{other}"] or NOTHING)

    def moment(self, at: str | datetime | None) -> str:
        """2026-11-11 20:00, Beijing."""
        if at is None:
            return NOTHING
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}"

    def hours(self, hours: float) -> str:
        """12 min below two hours, days above three of them."""
        if hours < 2:
            return self("minutes", n=f"{hours * 60:.0f}")
        number, unit = (hours, "hour") if hours < 72 else (hours / 24, "days")
        return self(unit, n=f"{number:.0f}" if number == round(number) else f"{number:.1f}")

    def measured(self, unit: Unit, value: float | None) -> str:
        """A value in its unit. A share says 100 % or 0 % only where it is all or none."""
        if value is None:
            return NOTHING
        match unit:
            case Unit.SHARE:
                return share(value)
            case Unit.CENTS:
                return money(value)
            case Unit.HOURS:
                return self.hours(value)
            case Unit.PER_1000:
                return self("per", n=f"{value:.1f}")
            case Unit.COUNT:
                return f"{value:,.0f}"

    def figure(self, figure: Figure) -> str:
        """Its value, or that it cannot be told."""
        if figure.value is None:
            return self("cannot", why=self.of("why_not", figure.why))
        return self.measured(KPI_OF[figure.key].unit, figure.value)

    def stands_on(self, figure: Figure) -> str:
        """What a figure stands on: its range, and part of whole; empty where there is neither."""
        told = []
        if figure.low is not None and figure.high is not None:
            told.append(self("range", low=f"{figure.low:.1%}", high=f"{figure.high:.1%}"))
        if figure.whole is not None:
            whole = f"{figure.whole:,.0f}"
            if figure.part is None:
                told.append(self("n_of", whole=whole))
            else:
                told.append(self("of_whole", part=f"{figure.part:,.0f}", whole=whole))
        return " · ".join(told)

    def change(self, change: Change) -> str:
        """What should be different, in a sentence."""
        unit = KPI_OF[change.figure].unit
        amount = change.worst_amount or 0.0
        return (
            self.texts["change"]
            .get(change.key, change.key)
            .format(
                figure=self.measured(unit, change.value),
                limit=self.measured(unit, change.limit),
                worst=self.cell(Column(change.worst_family, Kind.CODE), change.worst)
                if isinstance(change.worst, str)
                else self._named(change.worst),
                amount=f"{amount:,.0f}",
                yuan=money(amount),
            )
        )

    def cell(self, column: Column, value: Any) -> str:
        """A value of a table."""
        if column.key in JSON_FIGURES:
            return self._figures(value)
        if value is None:
            return NOTHING
        match column.kind:
            case Kind.CODE:
                return self.of(column.key, value)
            case Kind.NAME:
                return self._named(value)
            case Kind.COUNT:
                return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
            case Kind.SHARE:
                return share(value)
            case Kind.CENTS:
                return money(value)
            case Kind.HOURS:
                return self.hours(value)
            case Kind.STARS:
                return "★" * int(value)
            case Kind.AT:
                return self.moment(value)[5:]
            case Kind.TEXT:
                return str(value)

    def _named(self, value: Any) -> str:
        if not value:
            return NOTHING
        zh, en, code = value
        return str((zh if self.language == "zh" else en) or code)

    def _figures(self, kept: str | None) -> str:
        """JSON of figures by name, those that are not zero."""
        if kept is None:
            return NOTHING
        told = [
            f"{self.of('figure', name)} {money(value) if name.endswith('_cents') else f'{value:,}'}"
            for name, value in orjson.loads(kept).items()
            if value
        ]
        return self("comma").join(told) or NOTHING


def share(value: float) -> str:
    """99.2%; never rounded to all or nothing."""
    if 0 < value < 0.0005:
        return "<0.1%"
    if 0.9995 <= value < 1:
        return ">99.9%"
    return f"{value:.1%}" if value not in (0, 1) else f"{value:.0%}"


def money(cents: float) -> str:
    """¥1,234.50; whole yuan from 10,000 on."""
    sign, yuan = "-" if cents < 0 else "", abs(cents) / 100
    return f"{sign}¥{yuan:,.0f}" if yuan >= 10_000 else f"{sign}¥{yuan:,.2f}"
