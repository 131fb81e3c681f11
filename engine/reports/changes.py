"""What should be different next time? Read off the figures by stated rules, each with the figure that called for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.reports.figures import Figure
from engine.reports.lists import Kind, Table
from engine.reports.report_policy import ChangeRule

UNSORTED = "unsorted"
"""Complaints that nobody has sorted are nothing to begin with."""


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that struck. worst: what to begin with ([name_zh, name_en, code], or a code alone), and how much of it."""

    key: str
    figure: str
    value: float
    above: bool
    limit: float
    worst: list[str | None] | str | None
    worst_family: str
    worst_amount: float | None


def changes_called_for(
    rules: Sequence[ChangeRule], figures: Sequence[Figure], tables: Sequence[Table], *, ended: bool
) -> tuple[Change, ...]:
    """In the order of the rules. A figure that cannot be told, or stands on too little, calls for nothing.

    ended: the show has.
    """
    known = {figure.key: figure for figure in figures}
    found = []
    for rule in rules:
        figure = known[rule.figure]
        if (
            (rule.after_end and not ended)
            or figure.value is None
            or (figure.whole is not None and figure.whole < rule.least)
        ):
            continue
        if (figure.value > rule.limit) if rule.above else (figure.value < rule.limit):
            name, family, amount = _worst(rule, tables)
            found.append(Change(rule.key, rule.figure, figure.value, rule.above, rule.limit, name, family, amount))
    return tuple(found)


def _worst(rule: ChangeRule, tables: Sequence[Table]) -> tuple[list[str | None] | str | None, str, float | None]:
    """Name, family of words, and amount of the row with the most in the rule's column."""
    if not rule.worst:
        return None, "", None
    name, column = rule.worst.split(".")
    table = next((one for one in tables if one.key == name), None)
    if table is None:
        return None, "", None
    place = [head.key for head in table.columns].index(column)
    rows = [row for row in table.rows if row[place] and UNSORTED not in row]
    if not rows:
        return None, "", None
    row = max(rows, key=lambda row: row[place])
    at = next((at for at, head in enumerate(table.columns) if head.kind in (Kind.NAME, Kind.CODE, Kind.TEXT)), 0)
    family = table.columns[at].key if table.columns[at].kind is Kind.CODE else ""
    return row[at], family, float(row[place])
