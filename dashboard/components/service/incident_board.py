"""The page of complaint incidents: what stands, what the floor counts, and the choice of one to look at."""

from datetime import datetime
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard.boards.incidents import Incidents
from dashboard.components import ages, grid, panels
from dashboard.views.incidents import IncidentView
from dashboard.wording import Words

STALE_SECONDS = 60


def figures(t: Words, board: Incidents, now: datetime) -> None:
    """Four tiles: open incidents, buyers in them, what usually would have come, the floor's count."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    open_ = board.incidents.filter(pl.col("state") == "open")
    buyers, expected = int(open_["buyers"].sum()), float(open_["expected"].sum())
    quiet = board.floor.filter(pl.col("incident_id").is_null()).height
    shown = (
        ("open", t.count(open_.height), t("incidents.open_note", n=board.incidents.height - open_.height),
         "red" if open_.height else "green"),
        ("buyers", t.count(buyers), t("incidents.buyers_note", n=f"{expected:.1f}"), "orange" if buyers else "gray"),
        ("floor", t.count(board.floor.height),
         t("incidents.floor_note", n=quiet, buyers=board.rules.floor.buyers, hours=round(board.rules.floor.hours)),
         "gray"),
        ("tickets", t.count(board.tickets), t("incidents.tickets_note"), "gray"),
    )  # fmt: skip
    for column, (name, value, note, colour) in zip(st.columns(4, gap="small"), shown, strict=True):
        with column:
            panels.tile(f"incidents-{name}", t(f"incidents.{name}"), value, note, fresh, colour=colour)


def cause(t: Words, board: Incidents, level: str, parts: str | list[str]) -> str:
    """`Lot RICE-1 of Rice 5 kg`: a cause as it is kept, worded."""
    names = orjson.loads(parts) if isinstance(parts, str) else parts
    if level == "topic":
        return t.of("incident_cause", "topic").format(words=" · ".join(names))
    whose = {"lot": "sku", "route": "node"}.get(level, level)
    place = _named(t, board, "region", names[-1])
    return t.of("incident_cause", level).format(name=_named(t, board, whose, names[0]), lot=names[-1], place=place)


def _named(t: Words, board: Incidents, level: str, code: str) -> str:
    if level == "region":
        return t.of("province", board.provinces.get(code, code))
    zh, en = board.names[level].get(code, (code, code))
    return zh if t.language == "zh" else en


def about(t: Words, complaint: str | None) -> str:
    """What is complained of; of a topic nobody knows."""
    return t("incidents.no_kind") if complaint is None else t.of("complaint", complaint)


def chance(value: float) -> str:
    """A p-value as people read it."""
    return "< 1e-9" if value < 1e-9 else f"{value:.1g}"


def listed(t: Words, board: Incidents, now: datetime) -> None:
    """All incidents, the open ones first."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    with panels.panel("incidents-list", t("incidents.list"), fresh):
        if board.incidents.is_empty():
            st.caption(t("incidents.none") if board.tickets else t("incidents.no_tickets"))
            return

        def build() -> tuple[pl.DataFrame, dict[str, Any]]:
            frame = board.incidents
            rows = frame.select("level", "cause", "complaint", "p_value").rows()
            ratio = pl.col("buyers") / pl.max_horizontal("expected", 0.1)
            shown = frame.with_columns(
                *grid.beijing("began_at", "opened_at"),
                grid.mapped(t, "incident_state", "state"),
                grid.mapped(t, "incident_ground", "ground"),
                cause=pl.Series("cause", [cause(t, board, r[0], r[1]) for r in rows], dtype=pl.String),
                complaint=pl.Series("complaint", [about(t, r[2]) for r in rows], dtype=pl.String),
                p=pl.Series("p", [chance(r[3]) for r in rows], dtype=pl.String),
                ratio=ratio,
            )
            columns = {
                "state": grid.text(t("col.state"), width=70),
                "cause": grid.text(t("col.cause"), width=300),
                "complaint": grid.text(t("incidents.col.complaint"), width=90),
                "buyers": grid.number(t("incidents.col.buyers"), width=75),
                "expected": grid.number(t("incidents.col.expected"), form="%.1f", width=85),
                "ratio": grid.number(t("incidents.col.ratio"), form="× %.1f", width=75),
                "p": grid.text(t("incidents.col.p"), width=80),
                "ground": grid.text(t("incidents.col.ground"), width=130),
                "began_at": grid.moment(t("incidents.col.began_at"), form="MM-DD HH:mm", width=105),
                "opened_at": grid.moment(t("incidents.col.opened_at"), form="MM-DD HH:mm", width=105),
                "hours": grid.number(t("incidents.col.hours"), form="%.1f h", width=80),
            }
            return shown, columns

        grid.live(t, board.incidents, build, key="incidents-list", height=250)


def floor(t: Words, board: Incidents, now: datetime) -> None:
    """Where the plain count stands at the floor; an incident only where so many are not expected."""
    if board.floor.is_empty():
        return
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    with panels.panel("incidents-at-floor", t("incidents.floor_list"), fresh):

        def build() -> tuple[pl.DataFrame, dict[str, Any]]:
            expected = t("incidents.as_expected")
            shown = board.floor.with_columns(
                grid.mapped(t, "complaint", "complaint"),
                name=grid.names(t, board.floor),
                judged=pl.when(pl.col("incident_id").is_null()).then(pl.lit(expected)).otherwise("incident_id"),
            )
            columns = {
                "sku": grid.text(t("incidents.col.sku"), width=130),
                "name": grid.text(t("incidents.col.name"), width=220),
                "complaint": grid.text(t("incidents.col.complaint"), width=100),
                "buyers": grid.number(t("incidents.col.buyers"), width=80),
                "judged": grid.text(t("incidents.col.judged"), width=260),
            }
            return shown, columns

        grid.live(t, board.floor, build, key="incidents-at-floor", height=190)


def choice(t: Words, board: Incidents, view: IncidentView) -> str:
    """Which incident is looked at; the first there is unless chosen."""
    lines = {
        row["incident_id"]: f"{t.of('incident_state', row['state'])} · {cause(t, board, row['level'], row['cause'])}"
        f" · {about(t, row['complaint'])}"
        for row in board.incidents.iter_rows(named=True)
    }
    names = list(lines)
    return st.selectbox(
        t("incidents.which"), names, index=names.index(view.incident) if view.incident in names else 0,
        format_func=lambda name: lines.get(name, name), key="complaint_incident", label_visibility="collapsed",
        on_change=_choose,
    )  # fmt: skip


def _choose() -> None:
    st.query_params["incident"] = st.session_state["complaint_incident"]
