"""When to upload waybills: what a round came to, the proposals, what one of them weighs over time, what is uploaded."""

from datetime import datetime
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.waybills import Waybills
from dashboard.components import ages, grid, panels
from dashboard.components import palette as p
from dashboard.wording import Words

GROUP = "group"
PARTS = {"refund": p.BLUE, "trace": p.ORANGE, "late": p.RED, "lock_out": p.GOLD}
"""Parts of the expected yuan, from the ground up, and their colours."""
HEIGHT, CURVE = 290, 300
CUT = 3.0
"""The curve shows up to so many times its least value."""
KNOWN_FOR = 600.0
"""Seconds that a round is good for: five cadences of its job."""


def key_of(row: dict[str, Any]) -> str:
    """One group in the address bar."""
    return "|".join(str(row[name]) for name in ("node", "carrier", "platform", "cohort"))


def figures(t: Words, board: Waybills, now: datetime) -> None:
    """What the last round weighed, and what its proposals save."""
    last = board.round
    fresh = ages.of_time(t, None if last is None else last["at"], now, limit=KNOWN_FOR)
    with panels.panel("waybill-round", t("waybills.round"), fresh):
        if last is None:
            st.caption(t("waybills.none"))
            return
        due = board.proposals.filter(pl.col("upload_at") <= now)["parcels"].sum()
        told = (
            (t("waybills.parcels"), t.count(last["parcels"])),
            (t("waybills.due"), t.count(due)),
            (t("waybills.now"), t.money(last["now_cents"])),
            (t("waybills.with_pick_up"), t.money(last["pick_up_cents"])),
            (t("waybills.best"), t.money(last["best_cents"])),
            (t("waybills.saved"), t.money(min(last["now_cents"], last["pick_up_cents"]) - last["best_cents"])),
        )
        for column, (label, value) in zip(st.columns(len(told), gap="small"), told, strict=True):
            column.metric(label, value)
        st.caption(
            t("waybills.learned", n=t.count(last["requests"]), hours=t.count(last["order_hours"]))
            + (t("waybills.unknown", n=t.count(last["unknown_parcels"])) if last["unknown_parcels"] else "")
        )


def proposals(t: Words, board: Waybills) -> None:
    """The proposals, most yuan saved against an upload now first."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.proposals
        money = ("now_cents", "best_cents", "pick_up_cents", "refund_cents", "trace_cents", "late_cents")
        shown = frame.with_columns(
            *grid.beijing("promise_at", "pick_up_at", "upload_at"),
            *grid.yuan(*money, "lock_out_cents"),
            grid.mapped(t, "platform", "platform"),
            node_name=grid.names(t, frame, "node"),
            carrier_name=grid.names(t, frame, "carrier"),
            when=pl.when(pl.col("upload_at").is_null())
            .then(pl.lit(t("waybills.at_pick_up")))
            .otherwise(pl.col("upload_at").dt.convert_time_zone("Asia/Shanghai").dt.strftime("%m-%d %H:%M")),
            saved=(pl.col("now_cents") - pl.col("best_cents")) / 100,
        )
        columns = {
            "node_name": grid.text(t("col.node"), width=205),
            "carrier_name": grid.text(t("col.carrier"), width=150),
            "platform": grid.text(t("col.platform"), width=65),
            "promise_at": grid.moment(t("col.promise_at"), form="MM-DD HH:mm", width=96),
            "parcels": grid.number(t("col.parcels"), width=60),
            "pick_up_at": grid.moment(t("waybills.col_pick_up"), form="MM-DD HH:mm", width=96),
            "when": grid.text(t("waybills.col_upload"), width=100),
            "saved": grid.number(t("waybills.col_saved"), form="¥%.2f", width=82),
            "now_cents": grid.number(t("waybills.col_now"), form="¥%.2f", width=82),
            "best_cents": grid.number(t("waybills.col_best"), form="¥%.2f", width=82),
            "pick_up_cents": grid.number(t("waybills.col_with_pick_up"), form="¥%.2f", width=85),
            "refund_cents": grid.number(t("waybills.part.refund"), form="¥%.2f", width=72),
            "trace_cents": grid.number(t("waybills.part.trace"), form="¥%.2f", width=72),
            "late_cents": grid.number(t("waybills.part.late"), form="¥%.2f", width=72),
            "lock_out_cents": grid.number(t("waybills.part.lock_out"), form="¥%.2f", width=72),
        }
        return shown, columns

    with panels.panel(
        "proposals", t("waybills.proposals"), ages.Freshness(t("waybills.order"), stale=False, known=True)
    ):
        grid.live(t, board.proposals, build, key="proposals", height=HEIGHT)


def uploaded(t: Words, board: Waybills) -> None:
    """What is uploaded and not picked up, the oldest first."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.uploaded
        shown = frame.with_columns(
            *grid.beijing("oldest_at"),
            node_name=grid.names(t, frame, "node"),
            carrier_name=grid.names(t, frame, "carrier"),
        )
        timeout, anomaly = board.clocks or (0, 0)
        columns = {
            "node_name": grid.text(t("col.node"), width=128),
            "carrier_name": grid.text(t("col.carrier"), width=92),
            "parcels": grid.number(t("col.parcels"), width=58),
            "oldest_at": grid.moment(t("waybills.col_oldest"), form="MM-DD HH:mm", width=95),
            "soon": grid.number(t("waybills.col_soon", hours=timeout), width=84),
            "past_timeout": grid.number(t("waybills.col_past", hours=timeout), width=84),
            "past_anomaly": grid.number(t("waybills.col_past", hours=anomaly), width=84),
        }
        return shown, columns

    note = (
        t("waybills.clocks_unknown")
        if board.clocks is None
        else t("waybills.clocks", a=board.clocks[0], b=board.clocks[1])
    )
    with panels.panel("uploaded", t("waybills.uploaded"), ages.Freshness(note, stale=False, known=True)):
        grid.live(t, board.uploaded, build, key="uploaded", height=CURVE)


def weighing(t: Words, board: Waybills, group: str) -> None:
    """Choose a group; its expected yuan over the moment of the upload."""
    rows = {key_of(row): row for row in board.proposals.iter_rows(named=True)}
    if not rows or board.round is None:
        return
    chosen = group if group in rows else next(iter(rows))
    st.selectbox(
        t("waybills.choose"),
        list(rows),
        index=list(rows).index(chosen),
        format_func=lambda key: _called(t, rows[key]) if key in rows else key,
        key="waybill_group",
        on_change=_choose,
    )
    row, made_at = rows[chosen], board.round["at"]
    figure = reads.figure(
        f"waybill-curve.{chosen}", board.proposals, t.language, lambda: _figure(t, row, made_at=made_at)
    )
    st.plotly_chart(figure, key="waybill-curve", config={"displayModeBar": False})


def _choose() -> None:
    st.query_params[GROUP] = st.session_state["waybill_group"]


def _called(t: Words, row: dict[str, Any]) -> str:
    upload = t("waybills.at_pick_up") if row["upload_at"] is None else t.stamp(row["upload_at"])[5:16]
    parts = (t.name(row, "node"), t.name(row, "carrier"), t.stamp(row["promise_at"])[5:16])
    return f"{' · '.join(parts)} · {t('waybills.group', n=t.count(row['parcels']), upload=upload)}"


def _figure(t: Words, row: dict[str, Any], *, made_at: datetime) -> Any:
    """Areas of the four parts over hours from now; a star at the proposal, a dashed line: only with the pick-up."""
    import plotly.graph_objects as go

    curve = orjson.loads(row["curve"])
    hours = curve["hours"][:-1]
    total = [None if None in each else sum(each) for each in zip(*(curve[name] for name in PARTS), strict=True)]
    figure = go.Figure()
    for name, colour in PARTS.items():
        figure.add_scatter(
            x=hours,
            y=curve[name][:-1],
            name=t(f"waybills.part.{name}"),
            stackgroup="all",
            line={"width": 0.5, "color": colour},
            hovertemplate="¥%{y:.2f}",
        )
    known = [value for value in total[:-1] if value is not None]
    # A moment at which a clause is broken for sure would flatten all the others: its area is cut, not hidden.
    top = min(max((*known, total[-1])), CUT * max(min((*known, total[-1])), 0.01)) * 1.1
    figure.add_hline(
        y=total[-1],
        line={"color": p.DIM, "dash": "dash", "width": 1},
        annotation={"text": t("waybills.col_with_pick_up"), "font": {"color": p.DIM}},
    )
    if row["upload_at"] is not None:
        figure.add_scatter(
            x=[(row["upload_at"] - made_at).total_seconds() / 3600],
            y=[row["best_cents"] / 100],
            name=t("waybills.col_upload"),
            mode="markers",
            marker={"symbol": "star", "size": 14, "color": p.GREEN, "line": {"color": p.INK, "width": 1}},
            hovertemplate="¥%{y:.2f}",
        )
    figure.update_layout(
        height=CURVE,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": p.FONT, "color": p.TEXT, "size": 12},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.12, "x": 0},
        xaxis={"title": t("waybills.axis_hours"), "gridcolor": p.LINE, "zeroline": False},
        yaxis={"title": t("waybills.axis_yuan"), "gridcolor": p.LINE, "range": [0, top], "tickprefix": "¥"},
    )
    return figure
