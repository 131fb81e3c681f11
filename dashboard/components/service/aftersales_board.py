"""The after-sales board: how much waits and how long, what comes in, which batches are open, what people taught."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.tickets import AfterSales
from dashboard.components import ages, grid, panels
from dashboard.components.ages import Freshness
from dashboard.components.service import aftersales_charts, incident_board, incident_charts
from dashboard.wording import NOTHING, Words, plain
from engine.model.tickets import TicketState

STALE_SECONDS = 60
CHART = 290
NEVER = Freshness("", stale=False, known=False)


def figures(t: Words, board: AfterSales, now: datetime) -> None:
    """Six tiles over the charts."""
    fresh = ages.of_feed(t, board.stamp, "tickets", now)
    asked = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    loads, budget, told = board.loads, board.budget, board.feedback
    opened = loads.filter(pl.col("state") == TicketState.OPEN)
    overdue = int(loads["overdue"].sum())
    oldest = opened["oldest_at"].min()
    age = t.age((now - oldest).total_seconds()) if isinstance(oldest, datetime) else t("tickets.none_open")
    batches = board.batches.height
    content, content_note = _content(t, board.ratings)
    shown: list[tuple[str, str, str, ages.Freshness, str]] = [
        ("open", t.count(opened["tickets"].sum()), t("tickets.open_note", age=age), fresh, "gray"),
        ("overdue", t.count(overdue), t("tickets.soon_word", n=t.count(int(loads["soon"].sum()))), fresh,
         "red" if overdue else "green"),
        ("content", content, content_note, asked if board.ratings.height else NEVER, "gray"),
        ("batches", t.count(batches), t("aftersales.batches_note", n=t.count(int(board.batches["tickets"].sum()))),
         asked, "red" if batches else "green"),
        ("budget", t.money(budget.left_cents) if budget.key else NOTHING,
         t("aftersales.budget_note", of=t.money(budget.cents), n=t.count(budget.proposed)) if budget.key
         else t("aftersales.no_budget"), asked, "orange" if budget.proposed else "gray"),
        ("taught", t.count(told["told"]), t("aftersales.taught_note", n=t.count(told["corrected"]),
                                            unsure=t.count(told["unsure"])), asked, "gray"),
    ]  # fmt: skip
    for column, (name, value, note, age_of, colour) in zip(st.columns(6, gap="small"), shown, strict=True):
        with column:
            panels.tile(f"aftersales-{name}", t(f"aftersales.{name}"), value, note, age_of, colour=colour)


def _content(t: Words, ratings: pl.DataFrame) -> tuple[str, str]:
    """Share of raters who gave four stars or five, and of how many; until somebody rated there is none."""
    given = int(ratings["ratings"].sum())
    if given == 0:
        return NOTHING, ""
    low = t.count(int(ratings["low"].sum()))
    return t.share(int(ratings["content"].sum()) / given), t("aftersales.content_note", n=t.count(given), low=low)


def upper(t: Words, board: AfterSales, now: datetime) -> None:
    """Queue by class and age, and what came in."""
    fresh = ages.of_feed(t, board.stamp, "tickets", now)
    queue, hours = st.columns([1, 1.35], gap="small")
    with queue, panels.panel("by-class", t("aftersales.by_class"), fresh):
        st.echarts_chart(
            reads.figure(
                "aftersales.ages", board, t.language, lambda: aftersales_charts.by_class_and_age(t, board.ages)
            ),
            height=CHART, key="chart-ticket-ages", theme=None,
        )  # fmt: skip
    with hours, panels.panel("arrivals", t("aftersales.arrivals", n=t.count(board.loads["last_hour"].sum())), fresh):
        st.echarts_chart(
            reads.figure(
                "aftersales.hours", board, t.language,
                lambda: aftersales_charts.arrivals(t, board.hours, board.stamp.as_of),
            ),
            height=CHART, key="chart-ticket-hours", theme=None,
        )  # fmt: skip


def lower(t: Words, board: AfterSales, now: datetime) -> None:
    """Open batches with their curves, and the load of each desk."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    batches, reasons, desks = st.columns([1.5, 1.05, 1.1], gap="small")
    with batches, panels.panel("batches", t("aftersales.open_batches"), fresh):
        _batches(t, board)
    with reasons, panels.panel("reasons", t("aftersales.reasons"), fresh):
        _reasons(t, board)
    with desks, panels.panel("desks", t("aftersales.desks"), fresh):
        _desks(t, board)
        _loop(t, board)


def _batches(t: Words, board: AfterSales) -> None:
    if board.batches.is_empty():
        st.caption(t("aftersales.no_batches"))
        return
    drawn = [row for row in board.batches.iter_rows(named=True) if row["incident_id"] in board.batch_times]
    for column, row in zip(st.columns(len(drawn), gap="small"), drawn, strict=True):
        with column:
            _batch(t, board, row)
    rest = board.batches.height - len(drawn)
    if rest > 0:
        st.caption(t("aftersales.more_batches", n=t.count(rest)))


def _batch(t: Words, board: AfterSales, row: dict[str, Any]) -> None:
    cause = incident_board.cause(t, board.complaints, row["level"], row["cause"])
    link = f"/incidents?lang={t.language}&incident={quote(row['incident_id'], safe='')}"
    st.markdown(f"**{plain(incident_board.about(t, row['complaint']))}** · [{plain(cause)}]({link})")
    usual = t.count(row["expected"])
    st.caption(t("aftersales.batch_note", n=t.count(row["buyers"]), usual=usual, at=t.stamp(row["opened_at"])[5:16]))
    times = board.batch_times[row["incident_id"]]
    st.echarts_chart(
        reads.figure(
            f"aftersales.batch.{row['incident_id']}", board, t.language,
            lambda: incident_charts.against_expectation(t, row, times, board.stamp.as_of),
        ),
        height=190, key=f"chart-batch-{row['incident_id']}", theme=None,
    )  # fmt: skip


def _reasons(t: Words, board: AfterSales) -> None:
    """Why buyers ask for their money back, as platforms put it and as the room reads it."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        about = [aftersales_charts.class_name(t, complaint) for complaint in board.reasons["complaint"]]
        shown = board.reasons.with_columns(
            *grid.yuan("cents"), pl.Series("about", about, dtype=pl.String), pl.col("reason").fill_null(NOTHING)
        )
        columns = {
            "about": grid.text(t("tickets.complaint"), width=85),
            "reason": grid.text(t("tickets.platform_reason"), width=110),
            "tickets": grid.number(t("aftersales.tickets"), width=60),
            "cents": grid.number(t("aftersales.money"), form="¥%.0f", width=80),
        }
        return shown, columns

    grid.live(t, board.reasons, build, key="return-reasons", height=250)


def _loop(t: Words, board: AfterSales) -> None:
    """What came of complaints: labels that people taught, and changes of packing and carrier."""
    states = {state: t.count(board.changes.get(state, 0)) for state in ("proposed", "approved", "ended")}
    st.caption(t("aftersales.changes", **states))


def _desks(t: Words, board: AfterSales) -> None:
    """Who has how much to answer."""
    live = board.loads.filter(pl.col("state") != TicketState.RESOLVED)
    table = (
        live.group_by("desk")
        .agg(
            pl.col("tickets").sum(), pl.col("overdue").sum(), pl.col("soon").sum(),
            waiting=pl.col("tickets").filter(pl.col("state") == TicketState.WAITING).sum(),
        )
        .sort("overdue", "tickets", "desk", descending=[True, True, False])
    )  # fmt: skip

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        columns = {
            "desk": grid.text(t("tickets.desk"), width=72),
            "tickets": grid.number(t("tickets.unresolved"), width=68),
            "overdue": grid.number(t("tickets.overdue"), width=66),
            "soon": grid.number(t("tickets.soon"), width=74),
            "waiting": grid.number(t("tickets.waiting"), width=80),
        }
        return table.with_columns(grid.mapped(t, "ticket_desk", "desk")), columns

    grid.live(t, board.loads, build, key="ticket-desks", height=240)
