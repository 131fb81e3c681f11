"""The command `report` of the engine's command line: makes the report of a show, or reads one that is kept."""

import argparse
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from engine.errors import NotFound
from engine.reports.content import Report, as_json
from engine.reports.kpis import KPI_OF
from engine.reports.paper import rule_lines
from engine.reports.words import LANGUAGES, ReportWords
from engine.settings import load_settings
from engine.usecases.reports.export_appeals import export_appeals
from engine.usecases.reports.kept_reports import kept_report
from engine.usecases.reports.report_files import report_files, write_files
from engine.usecases.reports.report_words import report_words
from engine.usecases.reports.write_report import write_report
from engine.usecases.room.room import Room, open_room


def add_report(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare the command."""
    parser = commands.add_parser("report", help="the fulfilment report of a show: make one, read, trace, appeal")
    parser.add_argument("show", metavar="SHOW")
    parser.add_argument("--no", type=int, default=None, metavar="N", help="read report N instead of making a new one")
    parser.add_argument("--out", type=Path, default=None, metavar="DIR", help="write HTML (zh, en) and CSV there")
    parser.add_argument("--trace", default=None, metavar="FIGURE", help="tell where one figure comes from")
    parser.add_argument("--appeals", type=Path, default=None, metavar="FILE.csv", help="write the appeal pack instead")
    parser.add_argument("--lang", choices=LANGUAGES, default=None, help="of what is printed; else as the boards")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    parser.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    settings = load_settings()
    t = report_words(options.lang or settings.boards.language)
    with closing(open_room(settings)) as room:
        if options.appeals is not None:
            return _appeals(room, options, t)
        number = options.no
        if number is None:
            number = write_report(room, options.show, actor="command line").report_no
        kept = kept_report(room.database, options.show, number)
    files = [] if options.out is None else write_files(report_files(kept), options.out)
    if options.trace is not None:
        lines = traced(kept.report, options.trace, t)
    elif options.json:
        lines = [as_json(kept.report)]
    elif files:
        lines = [orjson.dumps({"report_no": kept.report_no, "files": files}).decode()]
    else:
        lines = told(kept.report, t)
    print("\n".join(lines))
    return 0


def told(report: Report, t: ReportWords) -> list[str]:
    """Every figure on a line, then what should change."""
    lines = [f"{t.name(report.show, 'title')} · {t('title')}"]
    for figure in report.figures:
        stands_on = t.stands_on(figure)
        lines.append(f"{t.of('kpi', figure.key)}: {t.figure(figure)}" + (f"  ({stands_on})" if stands_on else ""))
    return [*lines, *(t.change(change) for change in report.changes)]


def traced(report: Report, key: str, t: ReportWords) -> list[str]:
    """Where one figure comes from. Raises NotFound with the figures there are."""
    figure = report.figure(key)
    if figure is None:
        raise NotFound(f"There is no figure {key!r}; there are {', '.join(one.key for one in report.figures)}.")
    asks = KPI_OF[key].asks.value
    return [
        f"{t.of('kpi', key)}: {t.figure(figure)}  {t.stands_on(figure)}".rstrip(),
        f"{t('trace_what')}: {t.of('made_of', key)}",
        f"{t('trace_source')}: {t.of('source', key)}",
        *rule_lines(report, t),
        t("trace_note", version=report.data_version, at=t.moment(report.made_at)),
        report.questions[asks],
    ]


def _appeals(room: Room, options: argparse.Namespace, t: ReportWords) -> int:
    made = export_appeals(room, options.show, language=t.language, actor="command line")
    write_files({options.appeals.name: made.data.decode()}, options.appeals.parent)
    print(orjson.dumps({"rows": made.rows, "file": str(options.appeals)}).decode())
    return 0
