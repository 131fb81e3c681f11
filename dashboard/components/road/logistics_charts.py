"""Charts of the logistics board as ECharts options, as in charts.py: stages, legs, and where delay comes from."""

from typing import Any

import polars as pl

from dashboard.components import palette as p
from dashboard.components.charts import SIZE, Option, bars, base
from dashboard.wording import NOTHING, Words

STAGES = (
    "labelled", "picked_up", "in_transit", "arrived", "out_for_delivery", "locker", "signed", "rejected", "returning",
    "returned", "cancelled", "lost",
)  # fmt: skip
"""In the order of the way. What has no waybill yet is a tile: beside it, every bar would be a hair."""
LEGS = ("plan", "label", "pick_up", "hub", "line_haul", "station", "door")
PARTS = ("processing", "transit", "last_mile")
_COLOURS = {"signed": p.GREEN, "labelled": p.GOLD, "cancelled": p.DIM}
_FELL_OUT = frozenset({"rejected", "returning", "returned", "lost"})


def stages(t: Words, counts: pl.DataFrame) -> Option:
    """Parcels by stage; how many of them are in trouble stands beside."""
    known = {row["stage"]: row for row in counts.iter_rows(named=True)}
    rows = [known.get(stage, {"parcels": 0, "troubled": 0}) for stage in STAGES]
    return bars(
        [t.of("stage", stage) for stage in STAGES],
        [row["parcels"] for row in rows],
        [
            f"{t.count(row['parcels'])}  ·  {t('logistics.troubled', n=t.count(row['troubled']))}"
            if row["troubled"]
            else t.count(row["parcels"])
            for row in rows
        ],
        [_COLOURS.get(stage, p.RED if stage in _FELL_OUT else p.BLUE) for stage in STAGES],
        name_width=112,
        label_width=156,
    )


def legs(t: Words, durations: pl.DataFrame) -> Option:
    """Each leg's median as a bar, on the paler bar of its ninth decile."""
    known = {row["leg"]: row for row in durations.iter_rows(named=True)}
    rows = [known.get(leg) for leg in LEGS]
    most = max((row["p90_hours"] for row in rows if row), default=0) or 1
    drawn = bars(
        [t.of("leg", leg) for leg in LEGS],
        [row["p50_hours"] if row else 0 for row in rows],
        [_hours(t, row) for row in rows],
        [p.GOLD] * len(LEGS),
        name_width=128,
        label_width=150,
        most=most,
    )
    ground = drawn["series"][0]
    ground["data"] = [row["p90_hours"] if row else 0 for row in rows]
    ground["itemStyle"] = {"color": p.GOLD, "opacity": 0.28, "borderRadius": 2}
    return drawn


def _hours(t: Words, row: dict[str, Any] | None) -> str:
    if row is None:
        return NOTHING
    return f"{t.duration(row['p50_hours'] * 3600)}  /  {t.duration(row['p90_hours'] * 3600)}"


def bottleneck(t: Words, shares: pl.DataFrame, targets: dict[str, float]) -> Option:
    """Three bars a part of the way: share of the delay, share of the time, and the customer's figure beside them."""
    known = {row["part"]: row for row in shares.iter_rows(named=True)}
    named = (("delay_share", p.RED), ("time_share", p.BLUE))
    series = [
        _series(t(f"logistics.{name}"), [(known.get(part) or {}).get(name) for part in PARTS], colour, t)
        for name, colour in named
    ]
    series.append(_series(t("logistics.target"), [targets[part] for part in PARTS], p.QUIET, t))
    return base(
        legend={
            "bottom": 0, "textStyle": {"color": p.DIM, "fontSize": SIZE}, "itemWidth": 12, "itemHeight": 8,
        },
        grid={"left": 8, "right": 8, "top": 18, "bottom": 52},
        xAxis={
            "type": "category",
            "data": [t.of("part", part) for part in PARTS],
            "axisLabel": {"color": p.TEXT, "fontSize": SIZE},
            "axisLine": {"lineStyle": {"color": p.LINE}},
            "axisTick": {"show": False},
        },
        yAxis={"type": "value", "show": False, "min": 0},
        series=series,
    )  # fmt: skip


def _series(name: str, values: list[float | None], colour: str, t: Words) -> Option:
    return {
        "name": name,
        "type": "bar",
        "barMaxWidth": 34,
        "itemStyle": {"color": colour, "borderRadius": 2},
        "data": [
            {
                "value": None if value is None else value,
                "label": {
                    "show": value is not None,
                    "position": "top",
                    "formatter": t.share(value),
                    "color": p.TEXT,
                    "fontSize": 12,
                },
            }
            for value in values
        ],
    }
