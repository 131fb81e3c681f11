"""A kept report as files: one page of HTML a language, and a CSV a table, for whoever is not in the room."""

import csv
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from engine.errors import BadFile
from engine.reports.figures import Figure
from engine.reports.kpis import KPIS
from engine.reports.lists import Table
from engine.reports.paper import paper, rule_lines
from engine.reports.words import LANGUAGES, ReportWords
from engine.usecases.reports.kept_reports import Kept
from engine.usecases.reports.report_words import report_words

BOM = "\ufeff"
"""Spreadsheets take a file for UTF-8 that begins with it."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_html(kept: Kept, language: str) -> str:
    """The page in "zh" or "en"."""
    words = report_words(language)
    return paper(kept.report, words, report_no=kept.report_no, made_by=kept.made_by, occasion=kept.occasion)


def report_csvs(kept: Kept, language: str) -> dict[str, str]:
    """File name -> CSV: figures with their trace, and every table that has rows."""
    t = report_words(language)
    made = {"figures.csv": _figures(kept, t)}
    made |= {f"{table.key}.csv": _table(table, t) for table in kept.report.tables if table.rows}
    return made


def report_files(kept: Kept) -> dict[str, str]:
    """All files of a report: HTML in both languages, CSV in the folder of each."""
    stem = f"{kept.show_id}-{kept.report_no}"
    files = {f"{stem}-{language}.html": report_html(kept, language) for language in LANGUAGES}
    for language in LANGUAGES:
        files |= {f"{language}/{name}": text for name, text in report_csvs(kept, language).items()}
    return files


def report_archive(kept: Kept) -> bytes:
    """The same in one zip file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in report_files(kept).items():
            archive.writestr(name, text)
    return made.getvalue()


def write_files(files: Mapping[str, str], folder: Path) -> list[str]:
    """Write them below `folder`, which is made; returns their names. Raises BadFile where that is refused."""
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadFile(f"The report cannot be written to {folder}: {error}") from error
    return list(files)


def csv_text(rows: list[list[str]]) -> str:
    """Rows as CSV that no spreadsheet runs: a cell that would start a formula is quoted with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([f"'{cell}" if _starts_formula(cell) else cell for cell in row] for row in rows)
    return BOM + text.getvalue()


def _starts_formula(cell: str) -> bool:
    if not cell.startswith(_FORMULA):
        return False
    try:
        float(cell.rstrip("%").replace(",", ""))
    except ValueError:
        return True
    return False  # a signed number


def _figures(kept: Kept, t: ReportWords) -> str:
    report = kept.report
    heads = ["key", t("trace_name"), "value", t("trace_value"), "part", "whole", "low", "high", t("trace_what"),
             t("trace_source"), "sql", "rules", "data_version", "measured_at"]  # fmt: skip
    rules = "; ".join(rule_lines(report, t))
    rows = [heads]
    for kpi in KPIS:
        figure = report.figure(kpi.key)
        if figure is not None:
            rows.append(
                [kpi.key, t.of("kpi", kpi.key), *_numbers(figure, t), t.of("made_of", kpi.key), t.of("source", kpi.key),
                 report.questions[kpi.asks.value], rules, str(report.data_version), report.made_at]
            )  # fmt: skip
    return csv_text(rows)


def _numbers(figure: Figure, t: ReportWords) -> list[str]:
    value, rest = figure.value, (figure.part, figure.whole, figure.low, figure.high)
    return ["" if value is None else repr(value), t.figure(figure), *("" if one is None else repr(one) for one in rest)]


def _table(table: Table, t: ReportWords) -> str:
    heads = [t.of("col", column.key) for column in table.columns]
    rows = [[t.cell(column, value) for column, value in zip(table.columns, row, strict=True)] for row in table.rows]
    return csv_text([heads, *rows])
