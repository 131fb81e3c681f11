"""The overview: the whole room on one screen of 1920x1080, in three rows. Reads nothing; it is given a board."""

from collections.abc import Callable
from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.four import Overview
from dashboard.components import ages, charts, panels
from dashboard.components.ages import Freshness
from dashboard.wording import NOTHING, Words
from engine.clock import BEIJING

MIDDLE = 430
LOWER = 356
CHECK_PATIENCE = 12
"""Checks run every verify_seconds while orders come and every ten times that while none do."""


def draw(t: Words, board: Overview, now: datetime, *, verify_seconds: int) -> None:
    """Three rows: figures; funnel, pulse, clocks, quotas; review, promises, nodes, carriers."""
    _figures(t, board, now, verify_seconds=verify_seconds)
    orders = ages.of_feed(t, board.stamp, "orders", now)
    jobs = ages.of_feed(t, board.stamp, "jobs", now)
    left, pulse, clocks, quotas = st.columns([1.15, 1.6, 1.6, 1.4], gap="small")
    with left:
        _chart(t, board, "funnel", orders, lambda: charts.funnel(t, board.status), MIDDLE)
    with pulse:
        _chart(t, board, "pulse", orders, lambda: charts.pulse(t, board.pulse, seconds=board.pulse_seconds), MIDDLE)
    with clocks:
        _chart(t, board, "clocks", orders, lambda: _clocks(t, board.pools), MIDDLE)
    with quotas:
        _chart(t, board, "quotas", orders, lambda: charts.quotas(t, board.provinces, rows=11), MIDDLE)
    review, promises, nodes, carriers = st.columns([1.15, 1.3, 1.7, 1.6], gap="small")
    with review:
        _review(t, board, orders)
    with promises:
        _chart(t, board, "promises", orders, lambda: charts.promises(t, board.promises), LOWER)
    with nodes:
        _chart(t, board, "nodes", jobs, lambda: charts.node_load(t, board.nodes, rows=9), LOWER)
    with carriers:
        _chart(t, board, "carriers", jobs, lambda: charts.carrier_mix(t, board.carriers), LOWER)


def _clocks(t: Words, pools: pl.DataFrame) -> charts.Option:
    return charts.sell_out(t, pools, rows=11)


def _chart(
    t: Words, board: Overview, name: str, fresh: Freshness, build: Callable[[], charts.Option], height: int
) -> None:
    with panels.panel(name, t(f"overview.{name}"), fresh):
        st.echarts_chart(
            reads.figure(f"overview.{name}", board, t.language, build),
            height=height - 56,
            key=f"chart-{name}",
            theme=None,
        )


def _figures(t: Words, board: Overview, now: datetime, *, verify_seconds: int) -> None:
    orders = ages.of_feed(t, board.stamp, "orders", now)
    windows = reads.figure(
        "overview.windows",
        board,
        t.language,
        lambda: {row["window_name"]: row for row in board.promises.iter_rows(named=True)},
    )
    overdue, soon = windows["overdue"], windows["6h"]
    due, rate, paid, road, guard, feeds = st.columns([1.1, 1.1, 1, 1.1, 0.9, 1.35], gap="small")
    with due:
        panels.tile(
            "due",
            t("overview.due"),
            t.count(soon["orders"] + overdue["orders"]),
            t(
                "overview.due_note",
                overdue=t.count(overdue["orders"]),
                money=t.big_money(soon["cents"] + overdue["cents"]),
            ),
            orders,
            colour="red" if overdue["orders"] else "orange" if soon["orders"] else "green",
        )
    with rate:
        panels.tile(
            "rate",
            t("overview.rate"),
            t.count(board.totals["last_minute"]),
            t(
                "overview.rate_note",
                peak=t.count(reads.figure("overview.peak", board, t.language, lambda: _peak(board))),
            ),
            orders,
        )
    with paid:
        panels.tile(
            "paid",
            t("overview.paid"),
            t.big_money(board.totals["paid_cents"]),
            t("overview.paid_note", n=t.count(board.totals["paid_orders"]), day=f"{now.astimezone(BEIJING):%m-%d}"),
            orders,
        )
    with road:
        panels.tile(
            "road",
            t("overview.road"),
            t.count(board.road["picked_up_orders"]),
            t("overview.road_note", n=t.count(board.road["on_the_road"])),
            orders,
        )
    with guard:
        _guard(t, board, now, verify_seconds=verify_seconds)
    with feeds:
        _feeds(t, board, now)


def _peak(board: Overview) -> int:
    """The busiest minute of the window, or the last 60 seconds if they were busier than any whole minute."""
    return max(int(board.minutes["orders"].max() or 0), board.totals["last_minute"])


def _guard(t: Words, board: Overview, now: datetime, *, verify_seconds: int) -> None:
    at, checks, breaches, broken = reads.figure("overview.guard", board, t.language, lambda: _checked(board.invariants))
    fresh = ages.of_time(t, at, now, limit=CHECK_PATIENCE * verify_seconds)
    panels.tile(
        "guard",
        t("overview.guard"),
        t("overview.guard_clean") if not breaches else t("overview.guard_broken", n=t.count(breaches)),
        t("overview.guard_note", n=checks) if not breaches else t("overview.guard_rules", n=broken),
        fresh,
        colour="green" if not breaches else "red",
    )


def _checked(checks: pl.DataFrame) -> tuple[datetime | None, int, int, int]:
    """When invariants were last checked, how many there are, breaches of them all, how many are broken."""
    at: datetime | None = checks["checked_at"].max()  # type: ignore[assignment]
    return at, checks.height, int(checks["breaches"].sum()), checks.filter(pl.col("breaches") > 0).height


def _feeds(t: Words, board: Overview, now: datetime) -> None:
    version = Freshness(t("age.version", n=t.count(board.stamp.version)), stale=False, known=True)
    with panels.panel("feeds", t("overview.feeds"), version, height=128):
        st.markdown(" ".join(ages.badge(t, board.stamp, feed, now) for feed in ages.FEEDS))


def _review(t: Words, board: Overview, fresh: Freshness) -> None:
    waiting = board.waiting
    with panels.panel("review", t("overview.review"), fresh):
        held, quarantined = st.columns(2)
        with held:
            st.metric(
                t("overview.held"),
                t.count(waiting["held"]),
                delta=t.big_money(waiting["held_cents"]) if waiting["held"] else NOTHING,
                delta_color="orange" if waiting["held"] else "gray",
                delta_arrow="off",
            )
        with quarantined:
            st.metric(
                t("overview.quarantined"),
                t.count(waiting["quarantined"]),
                delta=t("overview.rows") if waiting["quarantined"] else NOTHING,
                delta_color="orange" if waiting["quarantined"] else "gray",
                delta_arrow="off",
            )
        st.echarts_chart(
            reads.figure("overview.rules", board, t.language, lambda: charts.rules(t, board.held_by_rule.head(5))),
            height=LOWER - 56 - 92,
            key="chart-rules",
            theme=None,
        )
