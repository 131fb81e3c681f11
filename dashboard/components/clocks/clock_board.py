"""The board of promise clocks: distance to the lock-outs first, then yuan by clock, the heat map, and the alarms."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.clocks import Clocks
from dashboard.components import ages, grid, panels
from dashboard.components.ages import Freshness
from dashboard.components.clocks import clock_charts
from dashboard.runtime import board_settings
from dashboard.state import ClocksView
from dashboard.wording import NOTHING, Words
from engine.usecases.clocks.judge_clocks import Gauge

HEIGHT = 372
ALARMS = 320


def choice(t: Words, view: ClocksView) -> None:
    """Which lower panel."""
    st.segmented_control(
        t("clocks.panel"),
        ClocksView.PANELS,
        default=view.panel,
        format_func=lambda panel: t.of("clocks_panel", panel),
        key="clocks_panel",
        label_visibility="collapsed",
        required=True,
        on_change=_choose,
    )


def _choose() -> None:
    st.query_params["panel"] = st.session_state["clocks_panel"]


def fresh(t: Words, board: Clocks, now: datetime) -> Freshness:
    """The room's own judgement is as old as the answer."""
    return ages.of_time(t, board.stamp.as_of, now, limit=board_settings().stale_seconds)


def rules_line(t: Words, board: Clocks) -> None:
    """Which version judged how many orders, and whose rules are not known."""
    told = [
        f":blue-badge[{t.of('platform', platform)} {version} · {t('clocks.judged', n=t.count(orders))}]"
        for (platform, version), orders in board.versions.items()
    ]
    for platform, rules in board.platforms.items():
        if rules.empty is not None:
            n = board.unjudged.get(platform, 0)
            told.append(f":gray-badge[{t.of('platform', platform)} · {t('clocks.empty_pack', n=t.count(n))}]")
    for platform, n in board.unjudged.items():
        rules_of = board.platforms.get(platform)
        if rules_of is None or rules_of.empty is None:
            told.append(f":gray-badge[{t.of('platform', platform)} · {t('clocks.no_rules', n=t.count(n))}]")
    st.markdown(" ".join((f"{t('clocks.rules')}:", *told)))


def gauges(t: Words, board: Clocks, now: datetime) -> None:
    """One tile a cliff of a shop, the nearest first; then the exposure to refunds that nobody is asked about."""
    shops = [gauge for gauge in board.gauges if gauge.code is None]
    age = fresh(t, board, now)
    tiles = st.columns(max(len(shops), 1) + 1, gap="small")
    for column, gauge in zip(tiles, shops, strict=False):
        with column:
            value, note, colour = _words(t, gauge, board.stamp.as_of)
            title = f"{t.of('platform', gauge.platform)} · {t.of('cliff', gauge.distance.rule.cliff)}"
            panels.tile(f"cliff-{gauge.platform}-{gauge.distance.rule.cliff}", title, value, note, age, colour=colour)
    if not shops:
        with tiles[0]:
            panels.tile("cliff-none", t("clocks.gauge"), NOTHING, t("clocks.nothing_due"), age)
    with tiles[-1]:
        orders, cents = board.refundable
        note = t("clocks.refundable_note", n=t.count(orders))
        panels.tile("refundable", t("clocks.refundable"), t.big_money(cents), note, age)
    pace = max((gauge.distance.per_hour for gauge in shops), default=0.0)
    st.caption(t("clocks.gauge_help", minutes=f"{board.pace_minutes:g}", pace=t.count(pace)))


def nearest(t: Words, board: Clocks, now: datetime) -> None:
    """The tile of the cliff that is nearest, for a wall; that nothing is due where nothing is."""
    shops = [gauge for gauge in board.gauges if gauge.code is None]
    age = fresh(t, board, now)
    if not shops:
        panels.tile("cliff-none", t("clocks.gauge"), NOTHING, t("clocks.nothing_due"), age)
        return
    value, note, colour = _words(t, shops[0], board.stamp.as_of)
    title = f"{t.of('platform', shops[0].platform)} · {t.of('cliff', shops[0].distance.rule.cliff)}"
    panels.tile("cliff-nearest", title, value, note, age, colour=colour)


def _words(t: Words, gauge: Gauge, as_of: datetime) -> tuple[str, str, str]:
    """Value, note and colour of a cliff's tile."""
    far = gauge.distance
    counts = t("clocks.counts", broken=t.count(far.broken), due=t.count(far.due), share=t.share(far.share))
    if far.due == 0:
        return t("clocks.far"), t("clocks.nothing_due"), "gray"
    if far.reached:
        return t("clocks.reached"), f"{counts} · {_consequence(t, gauge)}", "red"
    room = t("clocks.room", n=t.count(far.room))
    if not far.armed:
        return room, f"{counts} · {t('clocks.not_armed')}", "gray"
    if far.crossing_hours is not None:
        at = t.clock(as_of + timedelta(hours=far.crossing_hours))[:5]
        needed = t.count(far.needed_per_hour)
        return room, f"{counts} · {t('clocks.crossing', at=at, needed=needed)}", "orange"
    needed = t("clocks.needed", n=t.count(far.needed_per_hour))
    return room, f"{counts} · {needed}", "green"


def _consequence(t: Words, gauge: Gauge) -> str:
    rule = gauge.distance.rule
    cap = t("clocks.violation") if rule.orders_per_day is None else t("clocks.cap", n=t.count(rule.orders_per_day))
    return cap if rule.for_days is None else t("clocks.for_days", what=cap, days=rule.for_days)


def money_and_heat(t: Words, board: Clocks, now: datetime) -> None:
    """Yuan by clock, and the heat map beside it."""
    age = fresh(t, board, now)
    left, right = st.columns([1, 1.7], gap="small")
    with left, panels.panel("clock-money", t("clocks.money"), age, height=HEIGHT):
        if board.heat["yuan"].sum() > 0:
            figure = reads.figure(
                "clocks.money", board, t.language, lambda: clock_charts.money(t, board.heat, board.hours)
            )
            st.echarts_chart(figure, height=HEIGHT - 62, key="chart-clock-money", theme=None)
        else:
            st.caption(t("clocks.no_money"))
    with right, panels.panel("clock-heat", t("clocks.heat"), age, height=HEIGHT):
        heat_map(t, board, height=HEIGHT - 62)


def heat_map(t: Words, board: Clocks, *, height: int) -> None:
    """The heat map alone, as other boards may want it."""
    if board.heat.is_empty():
        st.caption(t("clocks.no_clocks"))
        return
    figure = reads.figure("clocks.heat", board, t.language, lambda: clock_charts.heat(t, board.heat, board.hours))
    st.echarts_chart(figure, height=height, key="chart-clock-heat", theme=None)


def codes(t: Words, board: Clocks) -> None:
    """SKUs nearest to their cliff."""
    nearest = [gauge for gauge in board.gauges if gauge.code is not None]
    if not nearest:
        st.caption(t("clocks.no_codes"))
        return
    with panels.panel("clock-codes", t("clocks.codes"), Freshness("", stale=False, known=True)):
        grid.live(t, board.heat, lambda: _codes(t, board, nearest), key="clock-codes", height=160)


def _codes(t: Words, board: Clocks, nearest: list[Gauge]) -> tuple[pl.DataFrame, dict[str, Any]]:
    rows = []
    for gauge in nearest:
        far, code = gauge.distance, gauge.code or ""
        zh, en = board.names.get(code, (code, code))
        value, _, _ = _words(t, gauge, board.stamp.as_of)
        rows.append(
            {
                "code": code,
                "name": zh if t.language == "zh" else en,
                "due": far.due,
                "broken": far.broken,
                "share": far.share * 100,
                "expected": far.expected,
                "least": far.least,
                "room": value,
                "needed": far.needed_per_hour,
            }
        )
    columns = {
        "code": grid.text(t("clock_col.sku"), width=110),
        "name": grid.text(t("clock_col.name"), width=220),
        "due": grid.number(t("clock_col.due_today"), width=90),
        "broken": grid.number(t("clock_col.late_so_far"), width=90),
        "share": grid.number(t("clock_col.late_share"), form="%.1f %%", width=90),
        "expected": grid.number(t("clock_col.late_expected"), width=110),
        "least": grid.number(t("clock_col.locks_at"), width=90),
        "room": grid.text(t("clock_col.distance"), width=150),
        "needed": grid.number(t("clock_col.needed_pace"), form="%.0f", width=120),
    }
    return pl.DataFrame(rows), columns


def alarms(t: Words, board: Clocks, now: datetime) -> None:
    """Standing alarms with their desk, and those that were over lately."""
    standing = board.alarms.filter(pl.col("state") != "cleared").height
    with panels.panel("clock-alarms", t("clocks.alarms", n=t.count(standing)), fresh(t, board, now)):
        if board.alarms.is_empty():
            st.caption(t("clocks.no_alarms"))
            return
        grid.live(t, board.alarms, lambda: _alarms(t, board.alarms), key="clock-alarms", height=ALARMS)


def _alarms(t: Words, found: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]]:
    provinces = reads.provinces()

    def place(row: dict[str, Any]) -> str:
        if ">" in row["place"]:
            ends = [t.of("province", provinces.get(end, end)) for end in row["place"].split(">")]
            return " → ".join(ends)
        return t.name(row, "node") if row["place"] else t("clocks.unplanned")

    rows = list(found.iter_rows(named=True))
    shown = found.with_columns(
        *grid.beijing("raised_at", "next_at"),
        *grid.yuan("cents"),
        grid.mapped(t, "alarm_state", "state"),
        grid.mapped(t, "watch", "watch"),
        grid.mapped(t, "alarm_desk", "desk"),
        pl.Series("where", [place(row) for row in rows], dtype=pl.String),
        pl.Series("who", [t.name(row, "carrier") if row["carrier"] else NOTHING for row in rows], dtype=pl.String),
    )
    columns = {
        "state": grid.text(t("clock_col.state"), width=90),
        "watch": grid.text(t("clock_col.clock"), width=190),
        "where": grid.text(t("clock_col.cause_place"), width=210),
        "who": grid.text(t("clock_col.carrier"), width=120),
        "orders": grid.number(t("clock_col.orders"), width=80),
        "pressing": grid.number(t("clock_col.pressing"), width=80),
        "cents": grid.number(t("clock_col.at_stake"), form="¥%.0f", width=95),
        "next_at": grid.moment(t("clock_col.next_deadline"), form="MM-DD HH:mm", width=115),
        "desk": grid.text(t("clock_col.desk"), width=100),
        "raised_at": grid.moment(t("clock_col.raised_at"), form="MM-DD HH:mm", width=115),
    }
    return shown, columns
