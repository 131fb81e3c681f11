"""What a shop needs to appeal against penalties: every order of a show that was fined within the time for appeals, that
a notice exempts, or that is about to be fined, each with its times, its scans and what held it up.

When a fine was told is not known here; the time for appeals is counted from the moment the clock ran out, which is
never later.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from engine.errors import NotFound
from engine.model.clocks import ORDER_CLOCKS, Clock, ClockState
from engine.model.frames import INSTANT
from engine.reports.report_policy import ReportPolicy
from engine.reports.words import ReportWords
from engine.rules.clocks import CLAUSE_OF
from engine.rules.pack_parts import ExemptEnd, Exemption
from engine.rules.packs import PlatformRules
from engine.store.database import Database
from engine.store.screens import reports as report_screens
from engine.usecases.reports.judge_show import judge_show
from engine.usecases.reports.report_files import csv_text

TIMES = ("paid_at", "promise_at", "uploaded_at", "picked_up_at", "first_hub_at", "last_scan_at")
COLUMNS = (
    "platform", "order_no", "clock", "appeal_state", "deadline", "appeal_until", "yuan", *TIMES, "stage", "waybill_no",
    "carrier", "node", "exempted_by", "incident_cause", "scans",
)  # fmt: skip


def appeal_rows(
    database: Database, platforms: Mapping[str, PlatformRules], policy: ReportPolicy, show_id: str, *, now: datetime
) -> pl.DataFrame:
    """COLUMNS of each order and clock that can be appealed against or still be saved, what must go first first.

    yuan: of the clause alone, null where its amount is not sourced. Raises NotFound where there is no such show.
    """
    with database.snapshot() as read:
        if report_screens.answer(read, report_screens.call("report_show", show_id)).is_empty():
            raise NotFound(f"There is no show {show_id!r}.")
        rows = report_screens.answer(read, report_screens.call("report_clock_rows", show_id))
    clocks = judge_show(rows, platforms, now=now).clocks
    state = pl.col("state").cast(pl.String)
    at = pl.lit(now).dt.cast_time_unit("us")
    until = pl.col("deadline") + pl.duration(days=policy.times.appeal_days)
    running = (state == ClockState.RUNNING.value) & (pl.col("seconds_left") <= policy.times.soon_hours * 3600)
    fined = state.is_in([ClockState.BROKEN.value, ClockState.EXEMPT.value]) & (until >= at) & (pl.col("deadline") <= at)
    chosen = clocks.filter(fined | running).with_columns(
        clock=pl.col("clock").cast(pl.String),
        appeal_state=state,
        appeal_until=pl.when(state == ClockState.BROKEN.value).then(until),
    )
    notices = [_notice(row, _exemptions(platforms, row["platform"])) for row in chosen.iter_rows(named=True)]
    evidence = report_screens.evidence(database, chosen["parcel_id"].drop_nulls().unique().to_list())
    told = chosen.with_columns(
        exempted_by=pl.Series(notices, dtype=pl.String), order_no=pl.col("order_id").str.split(":").list.get(1)
    ).join(evidence.rename({"incident": "incident_cause"}), on="parcel_id", how="left")
    return told.select(COLUMNS).sort("appeal_until", "deadline", "order_no", "clock", nulls_last=True)


def _exemptions(platforms: Mapping[str, PlatformRules], platform: str) -> Sequence[Exemption]:
    rules = platforms.get(platform)
    return () if rules is None else tuple({one.notice: one for p in rules.versions for one in p.exemptions}.values())


def _notice(row: Mapping[str, Any], exemptions: Sequence[Exemption]) -> str | None:
    """Which notice takes the clock of this row out; None for a clock that none does."""
    if row["appeal_state"] != ClockState.EXEMPT:
        return None
    ends = {ExemptEnd.ORIGIN: ("origin",), ExemptEnd.DESTINATION: ("destination",)}
    for one in exemptions:
        places = [row[end] or "" for end in ends.get(one.end, ("origin", "destination"))]
        inside = any(place.startswith(region) for place in places for region in one.regions)
        if CLAUSE_OF[Clock(row["clock"])] in one.clauses and inside and one.since <= row["deadline"] < one.until:
            return one.notice
    return None


def fines(rows: pl.DataFrame) -> float:
    """Yuan that broken clocks of `appeal_rows` cost: of several of one family of an order, the dearest counts."""
    of_order = pl.col("clock").is_in([clock.value for clock in ORDER_CLOCKS])
    broken = rows.filter(pl.col("appeal_state") == ClockState.BROKEN.value)
    return float(broken.group_by("platform", "order_no", of_order).agg(pl.col("yuan").max())["yuan"].sum())


def appeal_csv(rows: pl.DataFrame, t: ReportWords) -> str:
    """The rows as a file, in Beijing time, worded for whoever fills in the platform's form."""
    moments = [name for name in COLUMNS if rows.schema[name] == INSTANT]
    worded = {"clock": "clock", "appeal_state": "appeal_state", "stage": "stage", "platform": "platform"}
    made = [[t.of("col", name) for name in COLUMNS]]
    for row in rows.iter_rows(named=True):
        cells = []
        for name in COLUMNS:
            value = row[name]
            if value is None:
                cells.append("")
            elif name in moments:
                cells.append(t.moment(value))
            elif name == "yuan":
                cells.append(f"{value:.2f}")
            else:
                cells.append(t.of(worded[name], value) if name in worded else str(value))
        made.append(cells)
    return csv_text(made)
