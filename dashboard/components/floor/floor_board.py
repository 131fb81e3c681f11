"""The floor board: what waits at which node on which route, how long it can wait, what was released; releasing it."""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.floor import Floor
from dashboard.commands import desk as commands
from dashboard.components import ages, outcomes, panels
from dashboard.components.floor import floor_tables
from dashboard.permits import permit
from dashboard.runtime import board_settings
from dashboard.state import ALL, WavesView
from dashboard.wording import NOTHING, Words
from engine.floor.waves import Route

HEIGHT = 460
_TOLD = "floor_told"


def choices(t: Words, board: Floor, view: WavesView) -> None:
    """Which node, and open work or released waves."""
    names = {row["node"]: t.name(row) for row in board.nodes.iter_rows(named=True)}
    waiting = dict(board.work.group_by("node").agg(pl.col("parcels").sum()).iter_rows())
    options = [ALL, *sorted(names, key=lambda node: (-waiting.get(node, 0), node))]
    with st.container(horizontal=True, vertical_alignment="center", key="floor-choices"):
        st.selectbox(
            t("waves.node"),
            options,
            index=options.index(view.node) if view.node in options else 0,
            # Never a count in it: the browser remembers a choice by its label.
            format_func=lambda node: t("waves.all_nodes") if node == ALL else f"{names[node]} · {node}",
            key="floor_node",
            label_visibility="collapsed",
            width=340,
            on_change=_choose,
            args=("floor_node", "node"),
        )
        st.segmented_control(
            t("waves.panel"),
            WavesView.PANELS,
            default=view.panel,
            format_func=lambda panel: t.of("waves_panel", panel),
            key="floor_panel",
            label_visibility="collapsed",
            required=True,
            on_change=_choose,
            args=("floor_panel", "panel"),
        )


def _choose(widget: str, parameter: str) -> None:
    st.query_params[parameter] = st.session_state[widget]


def figures(t: Words, board: Floor, view: WavesView, now: datetime) -> None:
    """Five tiles over the table, of the chosen node or of all."""
    work = _work(board, view)
    # What is open is the room's own record, not a feed: it is as old as the answer.
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=board_settings().stale_seconds)
    late, pressed = int(work["late"].sum()), int(work["pressed"].sum())
    nodes = board.nodes if view.node == ALL else board.nodes.filter(pl.col("node") == view.node)
    due = work["due_at"].min() if work.height else None
    leaves = work["leaves_at"].min() if work.height else None
    shown = (
        ("open", t.count(work["parcels"].sum()), t("waves.open_note", n=t.count(work.height)), "gray"),
        ("pressed", t.count(pressed), t("waves.pressed_note"), "orange" if pressed else "gray"),
        ("late", t.count(late), t("waves.late_note"), "red" if late else "green"),
        ("due", _in(t, due, now), t("waves.due_note", leaves=_in(t, leaves, now)) if work.height else NOTHING, "gray"),
        ("released", t.count(nodes["waves"].sum()), t("waves.released_note"), "gray"),
    )
    for column, (name, value, note, colour) in zip(st.columns(5, gap="small"), shown, strict=True):
        with column:
            panels.tile(f"floor-{name}", t(f"waves.{name}"), value, note, fresh, colour=colour)


def _in(t: Words, at: object, now: datetime) -> str:
    if not isinstance(at, datetime):
        return NOTHING
    left = (at - now).total_seconds()
    return t.duration(left) if left >= 0 else t("order.overdue", span=t.duration(-left))


def _work(board: Floor, view: WavesView) -> pl.DataFrame:
    return board.work if view.node == ALL else board.work.filter(pl.col("node") == view.node)


def table(t: Words, board: Floor, view: WavesView) -> None:
    """Open work by route, or the node's released waves."""
    if view.panel == "open":
        if view.node == ALL:
            floor_tables.work(t, board.work, height=HEIGHT)
        else:
            floor_tables.work_of_node(t, board.work, view.node, height=HEIGHT)
    elif view.node in board.nodes["node"]:
        floor_tables.released(t, reads.released_waves(view.node), view.node, height=HEIGHT)
    else:
        st.caption(t("waves.choose_node"))


def told() -> None:
    """What the last click came to."""
    outcomes.tell(_TOLD)


def release_form(t: Words, board: Floor, view: WavesView) -> None:
    """Choose routes (none: all of the node), release what must go now, or everything chosen."""
    if view.panel != "open":
        return
    work = _work(board, view)
    if work.is_empty():
        st.caption(t("waves.nothing_open"))
        return
    if view.node == ALL:
        st.caption(t("waves.choose_to_release"))
        return
    lines = {
        Route(row["carrier"], row["area"], row["layer"]): floor_tables.route_line(t, row)
        for row in work.iter_rows(named=True)
    }
    with st.form(f"release-{view.node}", border=True):
        box, must, everything = st.columns([5, 1.3, 1.3], vertical_alignment="bottom")
        chosen = box.multiselect(
            t("waves.routes"),
            list(lines),
            format_func=lambda route: lines[route],
            placeholder=t("waves.all_routes"),
            key=f"routes-{view.node}",
        )
        may = permit(t, "release_waves")
        urgent = must.form_submit_button(
            t("waves.release_pressed"), icon=":material/priority_high:", width="stretch", **may
        )
        go = everything.form_submit_button(
            t("waves.release"), type="primary", icon=":material/conveyor_belt:", width="stretch", **may
        )
    st.caption(t("waves.release_help"))
    if urgent or go:
        routes = [Route(*route) for route in chosen]
        st.session_state[_TOLD] = commands.release_waves(t, view.node, routes, pressed_only=urgent)
        st.rerun()
