"""Beside the courier map: which city, how many riders and parcels, who arrives when, and what the colours mean."""

from datetime import datetime, timedelta
from html import escape

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.maps import CityMap, NationMap
from dashboard.components import ages, grid, panels
from dashboard.components import palette as p
from dashboard.components.road import courier_map
from dashboard.views.maps import CourierMapView
from dashboard.wording import Words

HEIGHT = 790
STALE_SECONDS = 60
MOST_ROWS = 200
"""Rows of the table of arrivals: the late ones first, so what is cut off is on time."""


def choices(t: Words, view: CourierMapView, cities: pl.DataFrame) -> str:
    """Scale and city; returns the city shown, empty where there is none."""
    known = cities["adcode"].to_list()
    city = view.city if view.city in known else (known[0] if known else "")
    with st.container(horizontal=True, vertical_alignment="center", key="courier-map-head"):
        st.segmented_control(
            t("courier_map.scale"),
            CourierMapView.SCALES,
            default=view.scale,
            format_func=lambda scale: t(f"courier_map.{scale}"),
            key="courier_map_scale",
            label_visibility="collapsed",
            required=True,
            on_change=_choose,
        )
        if view.scale == "city" and known:
            names = {row["adcode"]: row for row in cities.iter_rows(named=True)}
            st.selectbox(
                t("courier_map.which"),
                known,
                index=known.index(city),
                format_func=lambda code: t(
                    "courier_map.city_n", place=names[code]["place"], n=t.count(names[code]["riders"])
                ),
                key="courier_map_city",
                label_visibility="collapsed",
                width=260,
                on_change=_choose,
            )
        _legend(t, view.scale)
    return city


def place_of(cities: pl.DataFrame, code: str) -> dict[str, float]:
    """Where the city's map begins: `lon` and `lat`; empty without a city."""
    found = cities.filter(pl.col("adcode") == code)
    return {} if found.is_empty() else found.select("lon", "lat").row(0, named=True)


def city(t: Words, board: CityMap, place: dict[str, float], code: str, now: datetime) -> None:
    """The city's map and its panel."""
    chart, side = st.columns([3, 1.15], gap="small")
    fresh = ages.of_time(t, board.riders["event_time"].max(), now, limit=STALE_SECONDS)  # type: ignore[arg-type]
    with chart, st.container(key="courier-map"):
        deck = courier_map.city(t, code, place["lon"], place["lat"], now, reads.refresh_seconds())
        st.pydeck_chart(deck, key=f"courier-map-{code}", height=HEIGHT)
    with side, panels.panel("riders", t("courier_map.riders"), fresh):
        if board.riders.is_empty():
            st.caption(t("courier_map.no_riders"))
            return
        since = now - timedelta(minutes=board.silent_minutes)
        heard = board.riders.filter(pl.col("event_time") >= since)
        moving = heard.filter(pl.col("speed_kmh").is_not_null()).height
        late = board.stops.filter(pl.col("late")).height
        _figures(
            (
                t("courier_map.heard"),
                t("courier_map.of", n=t.count(heard.height), all=t.count(board.riders.height)),
                "",
            ),
            (t("courier_map.moving"), t.count(moving), ""),
            (t("courier_map.stops_open"), t.count(board.stops.height), ""),
            (t("courier_map.late"), t.count(late), p.RED if late else ""),
        )
        _arrivals(t, board)


def nation(t: Words, board: NationMap, now: datetime) -> None:
    """The country's map and its panel."""
    chart, side = st.columns([3, 1.15], gap="small")
    with chart, st.container(key="courier-map"):
        st.pydeck_chart(courier_map.nation(t, now, reads.refresh_seconds()), key="courier-map-nation", height=HEIGHT)
    with side, panels.panel("lanes", t("courier_map.lanes"), ages.of_feed(t, board.stamp, "orders", now)):
        lanes = board.lanes
        parcels, forecast, late = (int(lanes[c].sum()) for c in ("parcels", "forecast", "late"))
        _figures(
            (t("courier_map.live"), t.count(parcels), ""),
            (t("courier_map.on_road"), t.count(int(lanes["moving"].sum())), ""),
            (t("courier_map.lanes_n"), t.count(lanes.height), ""),
            (t("courier_map.late_share"), t.share(late / forecast if forecast else None), p.RED if late else ""),
        )
        _lanes(t, lanes)


def _figures(*figures: tuple[str, str, str]) -> None:
    cells = "".join(
        f"<div><span>{escape(label)}</span><b{f' style=color:{colour}' if colour else ''}>{escape(value)}</b></div>"
        for label, value, colour in figures
    )
    st.html(f"{_STYLE}<div class=map-figures>{cells}</div>")


def _arrivals(t: Words, board: CityMap) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, object]]:
        rows = board.stops.filter(pl.col("eta").is_not_null()).sort(["late", "eta"], descending=[True, False])
        frame = rows.head(MOST_ROWS).with_columns(*grid.beijing("eta", "due_at"))
        return frame, {
            "courier": grid.text(t("courier_map.col_rider"), width=86),
            "place": grid.text(t("courier_map.col_stop"), width=120),
            "eta": grid.moment(t("courier_map.col_eta"), form="HH:mm", width=58),
            "due_at": grid.moment(t("courier_map.col_due"), form="MM-DD HH:mm", width=96),
        }

    grid.live(t, board.stops, build, key="courier-arrivals", height=HEIGHT - 190)


def _lanes(t: Words, lanes: pl.DataFrame) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, object]]:
        top = lanes.sort("parcels", descending=True).head(MOST_ROWS)
        frame = top.with_columns(
            node=grid.names(t, top),
            province=grid.mapped(t, "province", "province"),
            share=pl.when(pl.col("forecast") > 0).then(100.0 * pl.col("late") / pl.col("forecast")),
        )
        return frame, {
            "node": grid.text(t("courier_map.col_from"), width=120),
            "province": grid.text(t("courier_map.col_to"), width=86),
            "parcels": grid.number(t("courier_map.col_parcels")),
            "share": grid.number(t("courier_map.col_late"), form="%.0f%%"),
        }

    grid.live(t, lanes, build, key="courier-lanes", height=HEIGHT - 190)


def _legend(t: Words, scale: str) -> None:
    city_colours = {"under_way": p.GREEN, "standing": p.BLUE, "will_be_late": p.RED, "silent": p.QUIET, "store": p.TEXT}
    lane_colours = {"on_time": p.GREEN, "some_late": p.ORANGE, "many_late": p.RED, "unknown": p.BLUE}
    marks = "".join(
        f'<span><i style="background:{colour}"></i>{escape(t(f"courier_legend.{name}"))}</span>'
        for name, colour in (city_colours if scale == "city" else lane_colours).items()
    )
    st.html(f"{_STYLE}<div class=map-legend>{marks}</div>", width="content")


_STYLE = """<style>
.map-legend{display:flex;gap:.9rem;font-size:.8rem;color:#8392AB;white-space:nowrap}
.map-legend i{display:inline-block;width:.62rem;height:.62rem;border-radius:50%;margin-right:.3rem}
.map-figures{display:grid;grid-template-columns:1fr 1fr;gap:.35rem .8rem;font-variant-numeric:tabular-nums}
.map-figures div{display:flex;flex-direction:column}
.map-figures span{font-size:.78rem;color:#8392AB}
.map-figures b{font-size:1.35rem;font-weight:600;line-height:1.25}
</style>"""


def _choose() -> None:
    st.query_params["scale"] = st.session_state["courier_map_scale"]
    if "courier_map_city" in st.session_state:
        st.query_params["city"] = st.session_state["courier_map_city"]
