"""A report as one page of HTML: A4, black on white, no script, nothing fetched, every value escaped."""

from collections.abc import Iterable
from html import escape
from typing import Any

from engine.reports.content import Report
from engine.reports.figures import Chapter, Figure, Unit
from engine.reports.kpis import KPI_OF, KPIS
from engine.reports.lists import Kind, Table
from engine.reports.paper_style import STYLE
from engine.reports.report_policy import Target
from engine.reports.words import ReportWords

GLANCE = (
    "orders",
    "kept_turnover",
    "sold_out",
    "oversold",
    "shipped_on_time",
    "delivered_on_time",
    "complaints",
    "content",
)
"""The eight numbers that a manager looks at first."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing runs and nothing is fetched, wherever the page is opened."""

RIGHT = (Kind.COUNT, Kind.SHARE, Kind.CENTS, Kind.HOURS)
WIDE = 9
"""Columns from which a table is set in small type."""

MOST_PRINTED = 20
"""Rows of a table on paper: half a page. The file of the table has the others."""


def paper(report: Report, t: ReportWords, *, report_no: int, made_by: str, occasion: str) -> str:
    """The whole page."""
    title = f"{t('title')} · {t.name(report.show, 'title')}"
    body = "".join(
        (
            *_head(report, t, report_no=report_no, made_by=made_by, occasion=occasion),
            *_glance(report, t),
            *_next_time(report, t),
            *(part for chapter in Chapter for part in _chapter(report, t, chapter)),
            *_trace(report, t),
        )
    )
    return (
        f'<!doctype html><html lang="{t.language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>'
        f"<body>{body}</body></html>"
    )


def _head(report: Report, t: ReportWords, *, report_no: int, made_by: str, occasion: str) -> Iterable[str]:
    show = report.show
    yield f"<header><p class=kind>{escape(t('title'))}</p><h1>{escape(t.name(show, 'title'))}</h1>"
    facts = [t("number", no=report_no)]
    if show["starts_at"] is None:
        facts.append(t("always"))
    else:
        facts.append(t("hours", begins=t.moment(show["starts_at"]), ends=t.moment(show["ends_at"])))
    if show["anchors"]:
        facts.append(t("anchors", names=show["anchors"].replace("|", t("comma"))))
    if show["peak_viewers"] is not None:
        facts.append(t("viewers", n=f"{show['peak_viewers']:,}"))
    yield f"<p>{escape(' · '.join(facts))}</p>"
    made = t("made", at=t.moment(report.made_at), occasion=t.of("occasion", occasion), by=made_by,
             version=report.data_version)  # fmt: skip
    yield f"<p class=small>{escape(made)}</p></header>"


def _glance(report: Report, t: ReportWords) -> Iterable[str]:
    targets = {target.figure: target for target in report.targets}
    yield f"<h2>{escape(t('at_a_glance'))}</h2><div class=glance>"
    for key in GLANCE:
        figure = report.figure(key)
        if figure is not None:
            yield _card(figure, t, targets.get(key))
    yield f"</div><p class=small>{escape(t('claims_note'))}</p>"


def _card(figure: Figure, t: ReportWords, target: Target | None) -> str:
    """A number large, what it stands on, and the customer's own beside it."""
    name, value = t.of("kpi", figure.key), t.figure(figure)
    css = "cannot" if figure.value is None else "value"
    parts = [f"<span class=name>{escape(name)}</span><b class={css}>{escape(value)}</b>"]
    notes = [t.stands_on(figure)] if figure.value is not None else []
    if target is not None:
        notes.append(t("target", value=t.measured(KPI_OF[figure.key].unit, target.value)))
    told = " · ".join(note for note in notes if note)
    return f'<a class=card href="#trace-{figure.key}">{"".join(parts)}<span class=note>{escape(told)}</span></a>'


def _next_time(report: Report, t: ReportWords) -> Iterable[str]:
    yield f"<h2>{escape(t('next_time'))}</h2>"
    if not report.changes:
        yield f"<p>{escape(t('nothing_to_change'))}</p>"
        return
    yield "<ol>"
    for change in report.changes:
        because = t("because", rule=change.key, version=report.rules["report"])
        yield f"<li>{escape(t.change(change))} <span class=small>{escape(because)}</span></li>"
    yield "</ol>"


def _chapter(report: Report, t: ReportWords, chapter: Chapter) -> Iterable[str]:
    targets = {target.figure: target for target in report.targets}
    yield f"<section><h2>{escape(t.of('chapter', chapter.value))}</h2><div class=figures>"
    for kpi in KPIS:
        figure = report.figure(kpi.key)
        if kpi.chapter is chapter and figure is not None:
            yield _card(figure, t, targets.get(kpi.key))
    yield "</div>"
    for table in report.tables:
        if table.chapter == chapter.value:
            yield from _deeds(table, t) if table.key == "actions" and table.rows else _table(table, t)
    yield "</section>"


def _table(table: Table, t: ReportWords) -> Iterable[str]:
    yield f"<h3>{escape(t.of('table', table.key))}</h3>"
    if not table.rows:
        yield f"<p class=small>{escape(t('nothing_in_table'))}</p>"
        return
    css = [" class=n" if column.kind in RIGHT else "" for column in table.columns]
    heads = "".join(
        f"<th{mark}>{escape(t.of('col', column.key))}</th>" for mark, column in zip(css, table.columns, strict=True)
    )
    yield f"<table class={'wide' if len(table.columns) >= WIDE else 'plain'}><thead><tr>{heads}</tr></thead><tbody>"
    for row in table.rows[:MOST_PRINTED]:
        cells = zip(css, table.columns, row, strict=True)
        yield f"<tr>{''.join(f'<td{mark}>{escape(t.cell(column, value))}</td>' for mark, column, value in cells)}</tr>"
    yield "</tbody></table>"
    left = table.left + max(len(table.rows) - MOST_PRINTED, 0)
    if left:
        yield f"<p class=small>{escape(t('left', n=f'{left:,}'))}</p>"


def _deeds(table: Table, t: ReportWords) -> Iterable[str]:
    """Actions, six stacked cells each: fifteen columns do not fit on paper, and nobody reads them across."""
    place = {column.key: at for at, column in enumerate(table.columns)}

    def said(row: tuple[Any, ...], key: str) -> str:
        return escape(t.cell(table.columns[place[key]], row[place[key]]))

    def labelled(row: tuple[Any, ...], *keys: str) -> str:
        lines = [(t.of("col", key), said(row, key)) for key in keys if row[place[key]] is not None]
        return "<br>".join(f"{escape(label)} {value}" for label, value in lines)

    heads = ("action", "action_state", "price", "promised", "happened", "verdict")
    yield f"<h3>{escape(t.of('table', table.key))}</h3><table class=deeds><thead><tr>"
    yield "".join(f"<th>{escape(t.of('col', key))}</th>" for key in heads) + "</tr></thead><tbody>"
    for row in table.rows[:MOST_PRINTED]:
        span = ""
        if row[place["effect"]] is not None:
            effect = t("effect", effect=row[place["effect"]], low=row[place["low"]], high=row[place["high"]])
            span = f"<br>{said(row, 'measured')} {escape(effect)}"
            if row[place["compared"]]:
                span += f"<br>{labelled(row, 'compared')}"
        cells = (
            f"<b>{said(row, 'action')}</b><br>{said(row, 'subject')}",
            f"{said(row, 'action_state')}<br>{said(row, 'actor')}",
            labelled(row, "cost_cents", "gain_cents", "orders"),
            said(row, "promised"),
            said(row, "happened"),
            f"<b>{said(row, 'verdict')}</b>{span}",
        )
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    yield "</tbody></table>"
    left = table.left + max(len(table.rows) - MOST_PRINTED, 0)
    if left:
        yield f"<p class=small>{escape(t('left', n=f'{left:,}'))}</p>"


def _trace(report: Report, t: ReportWords) -> Iterable[str]:
    """Every number with what it is made of, the questions as they were asked, and the rules behind it."""
    yield f"<section class=trace><h2>{escape(t('trace'))}</h2>"
    yield f"<p class=small>{escape(t('trace_note', version=report.data_version, at=t.moment(report.made_at)))}</p>"
    heads = "".join(
        f"<th>{escape(t(key))}</th>"
        for key in ("trace_name", "trace_value", "trace_what", "trace_source", "trace_asks")
    )
    yield f"<table class=wide><thead><tr>{heads}</tr></thead><tbody>"
    for kpi in KPIS:
        figure = report.figure(kpi.key)
        if figure is None:
            continue
        value = " · ".join(part for part in (t.figure(figure), t.stands_on(figure)) if part)
        cells = (t.of("kpi", kpi.key), value, t.of("made_of", kpi.key), t.of("source", kpi.key))
        told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        asks = kpi.asks.value
        yield f'<tr id="trace-{kpi.key}">{told}<td><a href="#asks-{asks}">{escape(asks)}</a></td></tr>'
    yield f"</tbody></table><h3>{escape(t('questions'))}</h3><dl>"
    for name, sql in report.questions.items():
        yield f'<dt id="asks-{escape(name)}">{escape(name)}</dt><dd><pre>{escape(sql)}</pre></dd>'
    yield f"</dl><h3>{escape(t('rules'))}</h3><ul>"
    for line in rule_lines(report, t):
        yield f"<li>{escape(line)}</li>"
    yield "</ul></section>"


def rule_lines(report: Report, t: ReportWords) -> list[str]:
    """Which rules stood behind the figures, and what they judged."""
    told = [t("rules_report", version=report.rules["report"])]
    for name, orders in report.rules.items():
        platform, _, version = name.partition(" ")
        if version == "-":
            told.append(t("rules_unknown", platform=platform, orders=orders))
        elif version:
            told.append(t("rules_judged", platform=platform, version=version, orders=orders))
    return told


def shown_beside(unit: Unit, one: float | None, other: float | None, t: ReportWords) -> str:
    """The difference of two values of a unit, with its sign; of shares in points of a percent."""
    if one is None or other is None:
        return "—"
    apart = other - one
    sign = "+" if apart > 0 else "−" if apart < 0 else "±"
    size = f"{100 * abs(apart):.1f} pp" if unit is Unit.SHARE else t.measured(unit, abs(apart))
    return f"{sign}{size}"
