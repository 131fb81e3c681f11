"""Orders by province on a map that needs no internet: our own boundaries, one disc a province, area by orders."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pydeck as pdk

from dashboard.components import palette as p
from dashboard.wording import Words

BOUNDARIES = "/api/geo/provinces.json"
VIEW = pdk.ViewState(latitude=37.0, longitude=104.5, zoom=2.72, min_zoom=2.3, max_zoom=8)
"""Constant: a view that changes at a refresh throws the reader's own pan and zoom away."""
WIDEST_METRES = 230_000


def deck(t: Words, provinces: pl.DataFrame) -> pdk.Deck:
    """Discs whose area follows the orders and whose colour follows the use of the province's quota."""
    placed = (
        provinces.group_by("province")
        .agg(
            pl.col("orders", "cents").sum(),
            pl.col("quota_used").sum(),
            pl.col("quota").sum(),
            pl.col("lat", "lon").drop_nulls().first(),
        )
        .filter(pl.col("lat").is_not_null() & (pl.col("orders") > 0))
        .sort("province")
    )
    most = max(placed["orders"].max() or 0, 1)
    discs = [_disc(t, row, most) for row in placed.iter_rows(named=True)]
    return pdk.Deck(
        map_provider=None,
        initial_view_state=VIEW,
        layers=[
            pdk.Layer(
                "GeoJsonLayer",
                BOUNDARIES,
                id="provinces",
                stroked=True,
                filled=True,
                get_fill_color=p.rgb(p.PANEL),
                get_line_color=p.rgb(p.QUIET),
                line_width_min_pixels=0.7,
            ),
            pdk.Layer(
                "ScatterplotLayer",
                discs,
                id="orders",
                get_position="position",
                get_radius="radius",
                get_fill_color="colour",
                get_line_color=p.rgb(p.INK),
                stroked=True,
                line_width_min_pixels=1,
                radius_min_pixels=3,
                pickable=True,
            ),
        ],
        tooltip={"text": "{name}\n{orders}\n{quota}", "style": {"backgroundColor": p.PANEL, "color": p.TEXT}},  # type: ignore[arg-type]
    )


def _disc(t: Words, row: Mapping[str, Any], most: int) -> dict[str, Any]:
    use = row["quota_used"] / row["quota"] if row["quota"] else None
    colour = p.BLUE if use is None or use < 0.8 else p.ORANGE if use < 1 else p.RED
    return {
        "name": t.of("province", row["province"]),
        "position": [row["lon"], row["lat"]],
        "radius": WIDEST_METRES * (row["orders"] / most) ** 0.5,
        "colour": p.rgb(colour, 190),
        "orders": t("map.orders", n=t.count(row["orders"]), money=t.big_money(row["cents"])),
        "quota": t("map.no_quota")
        if use is None
        else t("map.quota", use=t.share(use), used=t.count(row["quota_used"]), quota=t.count(row["quota"])),
    }
