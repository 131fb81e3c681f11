"""Writes the fulfilment report of a show: gathered as of one moment, kept as it is for good, numbered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from engine.model.frames import INSTANT
from engine.reports.changes import changes_called_for
from engine.reports.content import Occasion, Report, as_json, digest_of
from engine.reports.deeds import deeds
from engine.reports.figures import measured
from engine.reports.kpis import KPIS
from engine.reports.lists import tables_of
from engine.reports.report_policy import ReportPolicy
from engine.store import tables
from engine.store.database import Database
from engine.usecases.reports.gather_report import Gathered, gather_report
from engine.usecases.reports.report_policy import load_report_policy
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report and the number under which the show has it."""

    show_id: str
    report_no: int
    report: Report


def write_report(work: Workplace, show_id: str, *, actor: str, occasion: Occasion = Occasion.ASKED) -> KeptReport:
    """Make the report of a show as of now, and keep it. Raises NotFound."""
    policy = load_report_policy()
    gathered = gather_report(work.database, work.platforms, policy, show_id, now=work.now())
    report = reported(gathered, policy)
    content = as_json(report)
    with work.database.transaction(actor=actor, verb="write_report", subject=show_id) as tx:
        # The writer's lock is held: nobody else can take this number.
        [(last,)] = tx.rows("SELECT coalesce(max(report_no), 0) FROM reports WHERE show_id = :show", {"show": show_id})
        number = int(last) + 1
        row = {
            "show_id": show_id, "report_no": number, "data_version": report.data_version, "made_at": gathered.now,
            "made_by": actor, "occasion": occasion.value, "digest": digest_of(content), "content": content,
        }  # fmt: skip
        tx.append(tables.reports, pl.DataFrame([row], schema_overrides={"made_at": INSTANT}), stamp=True)
        tx.note(report_no=number, occasion=occasion.value, data_version=report.data_version, digest=row["digest"])
    return KeptReport(show_id, number, report)


def reported(gathered: Gathered, policy: ReportPolicy) -> Report:
    """The report that the answers make."""
    seen = gathered.seen
    figures = tuple(measured(kpi, seen) for kpi in KPIS)
    lists = (*tables_of(seen), deeds(seen))
    return Report(
        show={name: _plain(value) for name, value in gathered.show.items()},
        made_at=gathered.now.isoformat(),
        data_version=gathered.data_version,
        rules=gathered.rules,
        questions=gathered.calls,
        figures=figures,
        tables=lists,
        changes=changes_called_for(policy.changes, figures, lists, ended=_ended(gathered)),
        targets=policy.targets,
    )


def _ended(gathered: Gathered) -> bool:
    ends = gathered.show["ends_at"]
    return ends is not None and ends <= gathered.now


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def write_due_report(work: Workplace, *, actor: str) -> KeptReport | None:
    """One report that is due, of the show that ended last; None: none is. One at a time: after a long stop several are
    due at once, and nobody waits for the older ones."""
    due = due_reports(work.database, load_report_policy(), now=work.now())
    if not due:
        return None
    show_id, occasion = due[0]
    return write_report(work, show_id, actor=actor, occasion=occasion)


def due_reports(database: Database, policy: ReportPolicy, *, now: datetime) -> list[tuple[str, Occasion]]:
    """Shows with orders whose report is missing, the last to end first. A show that was put off and ended again is due
    again; of one whose parcels had their time already, the first report is not made up for."""
    times = policy.times
    settled = timedelta(hours=times.settle_hours)
    ended = database.read(
        "SELECT show_id, ends_at FROM shows WHERE ends_at <= $now AND ends_at > $oldest ORDER BY ends_at DESC, show_id",
        {"now": now, "oldest": now - timedelta(days=times.most_age_days)},
    )
    made = database.read(
        "SELECT show_id, occasion, max(made_at) AS made_at FROM reports WHERE occasion <> 'asked' GROUP BY ALL"
    )
    last = {(show_id, occasion): at for show_id, occasion, at in made.iter_rows()}
    due = []
    for show_id, ends_at in ended.iter_rows():
        occasion = Occasion.SETTLED if ends_at + settled <= now else Occasion.ENDED
        since = ends_at + settled if occasion is Occasion.SETTLED else ends_at
        at = last.get((show_id, occasion.value))
        if at is None or at < since:
            due.append((show_id, occasion))
    if not due:  # as nearly always: the orders, of which there are millions, need not be asked
        return []
    sold = database.read(
        "SELECT DISTINCT show_id FROM orders WHERE show_id IN (SELECT unnest($shows::VARCHAR[]))",
        {"shows": [show_id for show_id, _ in due]},
    )["show_id"].to_list()
    return [(show_id, occasion) for show_id, occasion in due if show_id in sold]
