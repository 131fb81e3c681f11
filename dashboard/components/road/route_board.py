"""The board of routes: which store, planning anew, figures of the plan, a map, tours, stops and what no tour takes."""

from collections.abc import Mapping
from math import log2
from typing import Any
from urllib.parse import quote

import polars as pl
import pydeck as pdk
import streamlit as st

from dashboard.boards.routes import NodePlan, RouteNodes
from dashboard.commands import desk as commands
from dashboard.components import grid, outcomes
from dashboard.components import palette as p
from dashboard.components.china_map import BOUNDARIES
from dashboard.permits import permit
from dashboard.state import RoutesView
from dashboard.wording import LANGUAGES, Words, words

DISTRICTS = "/api/geo/districts.json"
COLOURS = (p.GOLD, p.BLUE, p.GREEN, p.ORANGE, p.RED, p.YELLOW)
HEIGHT = 430
MAP_WIDTH = 560
"""Pixels that are left for the plan on a screen of 1,600."""
_TOLD = "routes_told"


def choose(t: Words, board: RouteNodes, view: RoutesView) -> str:
    """Which store; the one with the most open stops unless the address bar names another."""
    names = {row["node"]: f"{t.name(row)} · {row['node']}" for row in board.nodes.iter_rows(named=True)}
    options = list(names)
    chosen: str = st.selectbox(
        t("routes.node"),
        options,
        index=options.index(view.node) if view.node in names else 0,
        format_func=lambda node: names[node],
        key="routes_node",
        label_visibility="collapsed",
        on_change=_choose,
        width=420,
    )
    row = board.nodes.row(by_predicate=pl.col("node") == chosen, named=True)
    st.caption(t("routes.open", n=t.count(row["open_stops"])))
    return chosen


def _choose() -> None:
    st.query_params["node"] = st.session_state["routes_node"]


def plan_button(t: Words, node: str) -> None:
    """Plan now, print, download; and what the last click came to."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="routes-doors"):
        if st.button(
            t("routes.plan"), type="primary", icon=":material/route:", key="routes-plan", **permit(t, "plan_routes")
        ):
            st.session_state[_TOLD] = commands.plan_routes(t, node)
            st.rerun()
        for language in LANGUAGES:
            label = t("wave.print", language=words(language)("language.name"))
            st.link_button(label, f"/floor/routes/{quote(node, safe='')}?lang={language}", icon=":material/print:")
        st.link_button(t("routes.csv"), f"/floor/routes/{quote(node, safe='')}/routes.csv", icon=":material/download:")
    outcomes.tell(_TOLD)


def facts(t: Words, found: NodePlan) -> tuple[tuple[str, str], ...]:
    """Label and figure of what stands over a plan, on the screen and on paper."""
    plan = found.plan.row(0, named=True)
    return (
        (t("routes.tours"), t.count(plan["routes"])),
        (t("routes.stops"), t.count(plan["stops"])),
        (t("routes.missed"), t.count(plan["missed"])),
        (t("routes.km"), t("routes.km_of", n=f"{found.routes['metres'].sum() / 1000:.1f}")),
        (t("routes.planned"), t.stamp(plan["planned_at"])[5:16]),
    )


def draw(t: Words, found: NodePlan, node: str) -> None:
    """The plan that counts, or that there is none."""
    if found.plan.is_empty():
        st.caption(t("routes.no_plan"))
        return
    figures = facts(t, found)
    for column, (label, value) in zip(st.columns(len(figures), gap="small"), figures, strict=True):
        column.metric(label, value, border=True)
    left, right = st.columns([1, 1.25], gap="medium")
    with left:
        if found.stops.height:
            st.pydeck_chart(_deck(t, found), height=HEIGHT, key=f"routes-map-{node}")
        st.caption(t("routes.placed"))
    with right:
        _tours(t, found)
        st.markdown(f"**{t('routes.in_order')}**")
        _stops(t, found)
    if found.missed.height:
        st.markdown(f"**{t('routes.missed_title')}**")
        _missed(t, found)


def tour_name(t: Words, row: Mapping[str, Any]) -> str:
    """Own riders 2: which rider of which carrier."""
    return t("routes.rider", carrier=t.name(row, "carrier"), n=row["rider"])


def _deck(t: Words, found: NodePlan) -> pdk.Deck:
    plan = found.plan.row(0, named=True)
    home = [plan["lon"], plan["lat"]]
    colours = {route: p.rgb(COLOURS[n % len(COLOURS)]) for n, route in enumerate(found.routes["route_id"])}
    ways = {route: [home] for route in colours}
    stops = []
    for row in found.stops.iter_rows(named=True):
        at = [row["lon"], row["lat"]]
        ways[row["route_id"]].append(at)
        told = f"{row['seq']} · {row['place'] or row['parcel_id']} · {t.clock(row['arrives_at'])[:5]}"
        stops.append({"position": at, "colour": colours[row["route_id"]], "told": told})
    paths = [{"path": [*way, home], "colour": colours[route], "told": route} for route, way in ways.items()]
    outline = {
        "stroked": True, "filled": True, "get_fill_color": p.rgb(p.PANEL), "get_line_color": p.rgb(p.QUIET),
        "line_width_min_pixels": 0.7,
    }  # fmt: skip
    return pdk.Deck(
        map_provider=None,
        initial_view_state=_view([home, *(stop["position"] for stop in stops)]),
        layers=[
            pdk.Layer("GeoJsonLayer", BOUNDARIES, id="provinces", **outline),
            pdk.Layer("GeoJsonLayer", DISTRICTS, id="districts", **outline),
            pdk.Layer("PathLayer", paths, id="tours", get_path="path", get_color="colour", width_min_pixels=2.5),
            pdk.Layer(
                "ScatterplotLayer", stops, id="stops", get_position="position", get_fill_color="colour",
                radius_min_pixels=6, get_radius=60, stroked=True, get_line_color=p.rgb(p.INK), pickable=True,
            ),
            pdk.Layer(
                "ScatterplotLayer", [{"position": home, "told": t.name(plan)}], id="store", get_position="position",
                get_fill_color=p.rgb(p.TEXT), radius_min_pixels=8, get_radius=80, pickable=True,
            ),
        ],
        tooltip={"text": "{told}", "style": {"backgroundColor": p.PANEL, "color": p.TEXT}},  # type: ignore[arg-type]
    )  # fmt: skip


def _view(points: list[list[float]]) -> pdk.ViewState:
    """All of a plan at a glance, the same at every refresh. 512 pixels hold 360 degrees at zoom 0."""
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    wide = max(max(lons) - min(lons), 0.02)
    high = max(max(lats) - min(lats), 0.02) * 1.18  # a degree of latitude is drawn longer at 30 degrees north
    zoom = min(log2(MAP_WIDTH * 360 / 512 / wide), log2((HEIGHT - 60) * 360 / 512 / high), 13.5)
    return pdk.ViewState(
        longitude=(min(lons) + max(lons)) / 2, latitude=(min(lats) + max(lats)) / 2, zoom=round(zoom, 2), max_zoom=16
    )


def _tours(t: Words, found: NodePlan) -> None:
    names = [tour_name(t, row) for row in found.routes.iter_rows(named=True)]
    shown = found.routes.with_columns(
        *grid.beijing("leaves_at", "back_at"),
        rider=pl.Series("rider", names, dtype=pl.String),
        km=pl.col("metres") / 1000,
    )
    columns = {
        "route_id": grid.text(t("col.route"), width=75),
        "rider": grid.text(t("col.rider"), width=150),
        "stops": grid.number(t("col.stops_n"), width=65),
        "kg": grid.number(t("col.kg"), width=65),
        "km": st.column_config.NumberColumn("km", format="%.1f", width=65),
        "leaves_at": grid.moment(t("col.leaves"), form="HH:mm", width=80),
        "back_at": grid.moment(t("col.back"), form="HH:mm", width=80),
    }
    grid.show(t, shown, columns, key="routes-tours", height=170)


def _stops(t: Words, found: NodePlan) -> None:
    shown = found.stops.with_columns(*grid.beijing("arrives_at", "due_at"), km=pl.col("metres") / 1000)
    columns = {
        "route_id": grid.text(t("col.route"), width=75),
        "seq": grid.number("#", width=40),
        "arrives_at": grid.moment(t("col.arrives"), form="HH:mm", width=75),
        "due_at": grid.moment(t("col.due"), form="MM-DD HH:mm", width=105),
        "km": st.column_config.NumberColumn("km", format="%.1f", width=60),
        "kg": st.column_config.NumberColumn(t("col.kg"), format="%.1f", width=60),
        "place": grid.text(t("col.place_of"), width=220),
        "parcel_id": grid.text(t("col.parcel"), width=120),
    }
    grid.show(t, shown, columns, key="routes-stops", height=HEIGHT - 180)


def _missed(t: Words, found: NodePlan) -> None:
    shown = found.missed.with_columns(grid.mapped(t, "why_missed", "reason"), *grid.beijing("due_at"))
    columns = {
        "parcel_id": grid.text(t("col.parcel"), width=140),
        "carrier": grid.text(t("col.carrier"), width=110),
        "reason": grid.text(t("col.why"), width=420),
        "due_at": grid.moment(t("col.due"), form="MM-DD HH:mm", width=115),
    }
    grid.show(t, shown, columns, key="routes-missed", height=240)
