"""Asks everything that a report of one show is made of, as of one moment: one data version stands behind all of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from engine.errors import NotFound
from engine.model.frames import INSTANT
from engine.reports.figures import Question, Seen
from engine.reports.report_policy import ReportPolicy
from engine.rules.packs import PlatformRules
from engine.store.database import Database
from engine.store.screens import reports as report_screens
from engine.usecases.reports.judge_show import judge_show
from engine.usecases.room.verify import questions

NEVER_OVERSOLD = ("pool_never_oversold", "quota_never_exceeded", "lot_never_oversold")
"""The invariants that say whether anything was sold twice, of the whole room: a show cannot be told apart in it."""

_OF_THE_SHOW = (
    Question.INTAKE, Question.ORDERS, Question.HOLDS, Question.POOLS, Question.EXPECTED, Question.ROUNDS,
    Question.PARCELS, Question.INCIDENTS, Question.TICKETS, Question.GOODS, Question.AMENDS, Question.BUDGET,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gathered:
    """show: the row of boards.report_show. calls: the SQL of each question. rules: which rule judged what, by name."""

    show: Mapping[str, Any]
    seen: Seen
    calls: Mapping[str, str]
    rules: Mapping[str, str]
    data_version: int
    now: datetime


def gather_report(
    database: Database, platforms: Mapping[str, PlatformRules], policy: ReportPolicy, show_id: str, *, now: datetime
) -> Gathered:
    """Everything about `show_id`. Raises NotFound where there is no such show."""
    head = report_screens.call("report_show", show_id)
    calls: dict[str, str] = {Question.SHOW.value: head}
    seen: dict[str, pl.DataFrame] = {}
    with database.snapshot() as read:
        found = report_screens.answer(read, head)
        if found.is_empty():
            raise NotFound(f"There is no show {show_id!r}.")
        show = found.row(0, named=True)
        version = int(read("SELECT coalesce(max(version), 0) FROM audit").item())
        for question in _OF_THE_SHOW:
            calls[question.value] = report_screens.call(f"report_{question.value}", show_id)
        since = show["begins"] or now
        until = min((show["ends"] or now) + timedelta(hours=policy.times.after_hours), now)
        until = max(since, until)
        calls[Question.ALERTS.value] = report_screens.call("report_alerts", since, until)
        calls[Question.ACTIONS.value] = report_screens.call("report_actions", show_id, since, until)
        calls[Question.CLOCKS.value] = report_screens.call("report_clock_rows", show_id)
        seen |= {name: report_screens.answer(read, sql) for name, sql in calls.items()}
        known = questions()
        breaches = [read(known[name][1]).height for name in NEVER_OVERSOLD]
        calls[Question.INVARIANTS.value] = "\n\n".join(f"-- {name}\n{known[name][1]}" for name in NEVER_OVERSOLD)
    standing = judge_show(seen[Question.CLOCKS], platforms, now=now)
    seen[Question.CLOCKS] = standing.clocks
    seen[Question.INVARIANTS] = pl.DataFrame({"name": list(NEVER_OVERSOLD), "breaches": breaches})
    seen[Question.MOMENT] = pl.DataFrame(
        {"now": [now], "ends": [show["ends_at"]]}, schema={"now": INSTANT, "ends": INSTANT}
    )
    calls[Question.MOMENT.value] = head
    rules = {"report": policy.version}
    rules |= {f"{platform} {name}": str(orders) for (platform, name), orders in sorted(standing.versions.items())}
    rules |= {f"{platform} -": str(orders) for platform, orders in sorted(standing.unjudged.items())}
    return Gathered(show, seen, calls, rules, version, now)
