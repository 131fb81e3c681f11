"""Carriers, nodes, suppliers, articles and anchors from show to show, and what became of what reports called for.

Read off kept reports alone: a show is told as its newest report tells it. A table keeps its first rows only
(lists.MOST_ROWS), which is every carrier and node that a show has had so far.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.reports.changes import Change
from engine.reports.content import Report
from engine.reports.figures import Better, Figure
from engine.reports.kpis import KPI_OF
from engine.reports.told_apart import Score, Told, score_of, told_apart


class Whom(StrEnum):
    """Who is scored."""

    CARRIERS = "carriers"
    NODES = "nodes"
    SUPPLIERS = "suppliers"
    GOODS = "goods"
    ANCHORS = "anchors"  # every anchor of a show is credited with the whole of it


@dataclass(frozen=True, slots=True)
class Measure:
    """A share: two columns of a table of the report; of anchors, a figure of the show."""

    key: str
    table: str
    name: str
    part: str
    whole: str
    better: Better


_ON_THE_WAY = (("late", "late", "due_parcels", Better.LESS), ("signed", "signed_parcels", "picked_up", Better.MORE))
_IN_THE_BOX = tuple((name, name, "units", Better.LESS) for name in ("damaged", "returned", "quality", "wrong_item"))
_ON_AIR = ("filled", "sold_out", "cancelled", "refunded", "shipped_on_time", "perfect", "content")

MEASURES: Mapping[Whom, tuple[Measure, ...]] = {
    Whom.CARRIERS: tuple(Measure(k, "carriers", "carrier", p, w, b) for k, p, w, b in _ON_THE_WAY),
    Whom.NODES: tuple(Measure(k, "nodes", "node", p, w, b) for k, p, w, b in _ON_THE_WAY),
    Whom.SUPPLIERS: tuple(Measure(k, "goods", "supplier", p, w, b) for k, p, w, b in _IN_THE_BOX),
    Whom.GOODS: tuple(Measure(k, "goods", "sku", p, w, b) for k, p, w, b in _IN_THE_BOX),
    Whom.ANCHORS: tuple(Measure(k, "", "", k, k, KPI_OF[k].better) for k in _ON_AIR),
}


@dataclass(frozen=True, slots=True)
class Scored:
    """One of them: its name ([name_zh, name_en, code], or a code), a score a show, and the last two told apart."""

    name: Any
    scores: tuple[Score | None, ...]
    told: Told


def scorecard(reports: Sequence[Report], whom: Whom, key: str) -> tuple[Scored, ...]:
    """Everybody by one measure, over `reports` in their order; who was in most first, then by name."""
    measure = next(one for one in MEASURES[whom] if one.key == key)
    names: dict[str, Any] = {}
    found: dict[str, list[Score | None]] = defaultdict(lambda: [None] * len(reports))
    for at, report in enumerate(reports):
        counts = _anchors(report, measure) if whom is Whom.ANCHORS else _counts(report, measure)
        for code, (name, part, whole) in counts.items():
            names[code] = name
            found[code][at] = score_of(part, whole)
    rows = []
    for code, scores in found.items():
        known = [score for score in scores if score is not None]
        before, now = (known[-2], known[-1]) if len(known) > 1 else (None, None)
        rows.append((-len(known), code, Scored(names[code], tuple(scores), told_apart(now, before, measure.better))))
    return tuple(row for *_, row in sorted(rows, key=lambda row: row[:2]))


def _counts(report: Report, measure: Measure) -> dict[str, tuple[Any, float, float]]:
    """Code -> name, part and whole, added up where several rows bear the name (articles of a supplier)."""
    table = report.table(measure.table)
    if table is None:
        return {}
    place = {column.key: at for at, column in enumerate(table.columns)}
    if not {measure.name, measure.part, measure.whole} <= set(place):
        return {}  # a report from before there was such a column
    counts: dict[str, tuple[Any, float, float]] = {}
    for row in table.rows:
        name = row[place[measure.name]]
        code = str(name[-1] if isinstance(name, list) else name)
        _, part, whole = counts.get(code, (name, 0.0, 0.0))
        counts[code] = (name, part + row[place[measure.part]], whole + row[place[measure.whole]])
    return counts


def _anchors(report: Report, measure: Measure) -> dict[str, tuple[Any, float, float]]:
    figure = report.figure(measure.part)
    if figure is None or figure.part is None or figure.whole is None:
        return {}
    names = [name for name in str(report.show.get("anchors") or "").split("|") if name]
    return {name: (name, figure.part, figure.whole) for name in names}


@dataclass(frozen=True, slots=True)
class Followed:
    """What a report called for, and the same figure in the next show's report."""

    change: Change
    before: Figure
    now: Figure
    told: Told


def followed(before: Report, now: Report) -> tuple[Followed, ...]:
    """Every change that the report of the show before called for, with what its figure has come to since."""
    found = []
    for change in before.changes:
        one, two = before.figure(change.figure), now.figure(change.figure)
        if one is None or two is None or change.figure not in KPI_OF:
            continue
        # The change went one way: whatever the figure is good for, the limit says which side was bad.
        better = Better.LESS if change.above else Better.MORE
        found.append(Followed(change, one, two, told_apart(score_of_figure(two), score_of_figure(one), better)))
    return tuple(found)


def score_of_figure(figure: Figure) -> Score | None:
    """A figure as a score; None where it cannot be told."""
    if figure.value is None:
        return None
    return Score(figure.value, figure.low, figure.high, figure.part, figure.whole)
