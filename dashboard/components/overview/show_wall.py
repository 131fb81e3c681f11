"""The wall of the room on one screen of 1920x1080: how far from a lock-out, what is due, what it costs, what sells, and
what waits for a decision. Reads nothing; it is given boards. When nothing is wrong it says so and stays still.
"""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.action_words import subject
from dashboard.boards.actions import Inbox
from dashboard.boards.alerts import Alerts
from dashboard.boards.clocks import Clocks
from dashboard.boards.four import Overview
from dashboard.components import ages, bell, charts, head, panels
from dashboard.components.actions import alert_board
from dashboard.components.ages import Freshness
from dashboard.components.clocks import clock_board
from dashboard.wording import Words, plain

MIDDLE = 366
LOWER = 382
LINES = 8
"""Alerts and cards that a panel holds without scrolling; the rest is counted."""


def doors(t: Words, board: Alerts) -> None:
    """The bell with its switches."""
    critical = board.standing.filter(pl.col("severity") == "critical")
    at = critical["raised_at"].max()
    words = {name: t(f"wall.{name}") for name in ("on", "off", "fill", "leave")}
    bell.bell(seq=0 if at is None else int(at.timestamp()), words=words, key="wall-bell")  # type: ignore[union-attr]


def draw(t: Words, board: Overview, clocks: Clocks, alerts: Alerts, inbox: Inbox, now: datetime) -> None:
    """Three rows: figures; pulse, stock clocks, clauses; carriers, alerts, actions."""
    head.show_line(t, board.shows, now)
    _figures(t, board, clocks, alerts, now)
    orders = ages.of_feed(t, board.stamp, "orders", now)
    pulse, pools, heat = st.columns([1.25, 1.15, 1.6], gap="small")
    with pulse, panels.panel("pulse", t("overview.pulse"), orders, height=MIDDLE):
        figure = reads.figure(
            "wall.pulse", board, t.language, lambda: charts.pulse(t, board.pulse, seconds=board.pulse_seconds)
        )
        st.echarts_chart(figure, height=MIDDLE - 62, key="wall-pulse", theme=None)
    with pools, panels.panel("clocks", t("overview.clocks"), orders, height=MIDDLE):
        figure = reads.figure("wall.pools", board, t.language, lambda: charts.sell_out(t, board.pools, rows=9))
        st.echarts_chart(figure, height=MIDDLE - 62, key="wall-pools", theme=None)
    with heat, panels.panel("heat", t("clocks.heat"), clock_board.fresh(t, clocks, now), height=MIDDLE):
        clock_board.heat_map(t, clocks, height=MIDDLE - 62)
    carriers, trouble, actions = st.columns([1.05, 1.65, 1.3], gap="small")
    with (
        carriers,
        panels.panel("carriers", t("overview.carriers"), ages.of_feed(t, board.stamp, "jobs", now), height=LOWER),
    ):
        figure = reads.figure("wall.carriers", board, t.language, lambda: charts.carrier_mix(t, board.carriers))
        st.echarts_chart(figure, height=LOWER - 62, key="wall-carriers", theme=None)
    with trouble:
        _alerts(t, alerts, now)
    with actions:
        _actions(t, inbox, now)


def _figures(t: Words, board: Overview, clocks: Clocks, alerts: Alerts, now: datetime) -> None:
    windows = {row["window_name"]: row for row in board.promises.iter_rows(named=True)}
    overdue, soon = windows["overdue"], windows["6h"]
    orders, judged = ages.of_feed(t, board.stamp, "orders", now), clock_board.fresh(t, clocks, now)
    lock, due, yuan, rate, wrong = st.columns([1.5, 1.1, 1.1, 1.1, 1.1], gap="small")
    with lock:
        clock_board.nearest(t, clocks, now)
    with due:
        note = t(
            "overview.due_note", overdue=t.count(overdue["orders"]), money=t.big_money(soon["cents"] + overdue["cents"])
        )
        colour = "red" if overdue["orders"] else "orange" if soon["orders"] else "green"
        panels.tile("due", t("overview.due"), t.count(soon["orders"] + overdue["orders"]), note, orders, colour=colour)
    with yuan:
        cents = round(100 * float(clocks.heat["yuan"].sum()))
        note = t("wall.yuan_note", n=t.count(clocks.refundable[0]))
        panels.tile("yuan", t("wall.yuan"), t.big_money(cents), note, judged, colour="orange" if cents else "green")
    with rate:
        note = t(
            "overview.paid_note", n=t.count(board.totals["paid_orders"]), day=t.big_money(board.totals["paid_cents"])
        )
        panels.tile("rate", t("overview.rate"), t.count(board.totals["last_minute"]), note, orders)
    with wrong:
        critical = alerts.standing.filter(pl.col("severity") == "critical").height
        key = "wall-flash" if critical else "wall-calm"
        with st.container(key=key):
            note = t("wall.wrong_note", n=t.count(alerts.standing.height - critical))
            fresh = Freshness("", stale=False, known=True)
            panels.tile("wrong", t("wall.wrong"), t.count(critical), note, fresh, colour="red" if critical else "green")


def _alerts(t: Words, board: Alerts, now: datetime) -> None:
    roots = board.standing.filter(pl.col("under").is_null())
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=60)
    with panels.panel("alerts", t("wall.alerts"), fresh, height=LOWER):
        if roots.is_empty():
            st.markdown(f":green[:material/check_circle: {t('wall.calm')}]")
            return
        for row in roots.head(LINES).iter_rows(named=True):
            colour = "red" if row["severity"] == "critical" else "orange"
            more = t("wall.folded", n=row["folded"]) if row["folded"] else ""
            said = plain(alert_board.sentence(t, board, row["condition"], row["facts"]))
            taken = f" · {t.of('alert_state', row['state'])}" if row["state"] != "open" else ""
            st.markdown(f":{colour}-badge[{t.of('alert_condition', row['condition'])}] {said}{taken} {more}")
        if roots.height > LINES:
            st.caption(t("wall.more", n=t.count(roots.height - LINES)))


def _actions(t: Words, board: Inbox, now: datetime) -> None:
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=60)
    with panels.panel("actions", t("wall.actions"), fresh, height=LOWER):
        if board.cards.is_empty():
            st.markdown(f":green[:material/check_circle: {t('wall.nothing_to_decide')}]")
            return
        for row in board.cards.head(LINES).iter_rows(named=True):
            left = t.duration(max(0.0, (row["expires_at"] - now).total_seconds()))
            link = f"/inbox?lang={t.language}&action={row['action_id']}"
            stake = t.big_money(row["stake_cents"])
            what = f"{t.of('action', row['kind'])} {plain(subject(t, board.names, row['subject']))}"
            who, until = t.of("role", row["approver"]), t("wall.until", span=left)
            st.markdown(f"[{what}]({link}) · {stake} · {who} · {until}")
        if board.cards.height > LINES:
            st.caption(t("wall.more", n=t.count(board.cards.height - LINES)))
