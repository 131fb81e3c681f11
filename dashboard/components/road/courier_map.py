"""The courier map as deck.gl draws it: outlines that never change, and layers that the browser fetches by itself.

Data by address, one a tick: deck.gl keeps the old points until the new ones are there, and the view stays where the
operator put it, because nothing but addresses changes from one refresh to the next.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pydeck as pdk

from dashboard.components import palette as p
from dashboard.wording import Words

NATION = pdk.ViewState(latitude=36.2, longitude=105.5, zoom=3.55, min_zoom=2.3, max_zoom=12, pitch=25)
CITY_ZOOM = 10.3
SLOW = 5
"""Refreshes between two fetches of what changes slowly: orders, nodes, lanes, hubs, trails."""
TOOLTIP = {"text": "{tip}", "style": {"backgroundColor": p.PANEL, "color": p.TEXT, "fontSize": "13px"}}


def city(t: Words, code: str, lon: float, lat: float, now: datetime, refresh: int) -> pdk.Deck:
    """Districts, open orders, stores, trails, riders, their next stops with arrival times."""
    quick, slow = _tick(now, refresh), _tick(now, refresh * SLOW)
    view = pdk.ViewState(latitude=lat, longitude=lon, zoom=CITY_ZOOM, min_zoom=6, max_zoom=17)
    layers = [
        _outline("provinces", line=p.QUIET),
        _outline("districts", line=p.QUIET),
        _discs(
            "orders",
            t,
            slow,
            code,
            get_radius="r",
            fill=p.rgb(p.BLUE, 70),
            stroked=True,
            get_line_color=p.rgb(p.BLUE, 150),
        ),
        _paths("trails", t, slow, code, get_color=p.rgb(p.GREEN, 90), width_min_pixels=2),
        _paths("stops", t, quick, code, get_color="c", width_min_pixels=1, layer_id="ways"),
        _discs("nodes", t, slow, code, get_radius="r", fill="c", stroked=True, get_line_color=p.rgb(p.INK)),
        _discs("stops", t, quick, code, get_radius=3.5, fill="c", stroked=False),
        _discs("couriers", t, quick, code, get_radius=5.5, fill="c", stroked=True, get_line_color=p.rgb(p.INK)),
        _labels("stops", t, quick, code, colour=p.rgb(p.TEXT)),
    ]
    return _deck(view, layers)


def nation(t: Words, now: datetime, refresh: int) -> pdk.Deck:
    """Provinces, lanes of parcels under way, hubs, warehouses and depots."""
    slow = _tick(now, refresh * SLOW)
    layers = [
        _outline("provinces", line=p.QUIET),
        pdk.Layer(
            "ArcLayer",
            _address("lanes", t, slow, ""),
            id="lanes",
            get_source_position="s",
            get_target_position="e",
            get_source_color="c",
            get_target_color="c",
            get_width="width",
            get_height=0.35,
            great_circle=False,
            pickable=True,
        ),
        _discs("hubs", t, slow, "", get_radius="r", fill=p.rgb(p.BLUE, 60), stroked=True, get_line_color=p.rgb(p.BLUE)),
        _discs("nodes", t, slow, "", get_radius="r", fill="c", stroked=True, get_line_color=p.rgb(p.INK)),
        _labels("nodes", t, slow, "", colour=p.rgb(p.GOLD)),
    ]
    return _deck(NATION, layers)


def _deck(view: pdk.ViewState, layers: list[pdk.Layer]) -> pdk.Deck:
    return pdk.Deck(map_provider=None, initial_view_state=view, layers=layers, tooltip=TOOLTIP)  # type: ignore[arg-type]


def _tick(now: datetime, seconds: int) -> int:
    return int(now.timestamp() // seconds)


def _address(name: str, t: Words, tick: int, city_code: str) -> str:
    return f"/api/map/{name}.json?{urlencode({'city': city_code, 'lang': t.language, 't': tick})}"


def _outline(name: str, *, line: str) -> pdk.Layer:
    return pdk.Layer(
        "GeoJsonLayer",
        f"/api/geo/{name}.json",
        id=name,
        stroked=True,
        filled=True,
        get_fill_color=p.rgb(p.PANEL, 255 if name == "provinces" else 120),
        get_line_color=p.rgb(line),
        line_width_min_pixels=0.8,
    )


def _discs(name: str, t: Words, tick: int, city_code: str, *, fill: Any, **looks: Any) -> pdk.Layer:
    return pdk.Layer(
        "ScatterplotLayer",
        _address(name, t, tick, city_code),
        id=name,
        get_position="p",
        get_fill_color=fill,
        radius_units="'pixels'",
        line_width_min_pixels=1,
        pickable=True,
        **looks,
    )


def _paths(name: str, t: Words, tick: int, city_code: str, *, layer_id: str | None = None, **looks: Any) -> pdk.Layer:
    return pdk.Layer(
        "PathLayer",
        _address(name, t, tick, city_code),
        id=layer_id or name,
        get_path="w",
        joint_rounded=True,
        cap_rounded=True,
        **looks,
    )


def _labels(name: str, t: Words, tick: int, city_code: str, *, colour: list[int]) -> pdk.Layer:
    return pdk.Layer(
        "TextLayer",
        _address(name, t, tick, city_code),
        id=f"{name}-labels",
        get_position="p",
        get_text="label",
        get_size=12,
        get_color=colour,
        get_pixel_offset=[0, -14],
        character_set="'auto'",
        font_family=f"'{p.FONT}'",
    )
