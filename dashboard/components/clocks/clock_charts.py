"""Charts of the board of promise clocks as ECharts options: the heat map, and yuan by clock. As in charts.py."""

from typing import Any

import polars as pl

from dashboard.components import palette as p
from dashboard.components.charts import base
from dashboard.wording import Words
from engine.usecases.clocks.judge_clocks import clock_order

Option = dict[str, Any]


def buckets(t: Words, hours: tuple[float, ...]) -> list[str]:
    """Names of the columns: broken, then each time left."""
    return [t("clocks.broken"), *(t("clocks.within", hours=f"{h:g}") for h in hours), t("clocks.later")]


def _by_clock(t: Words, shown: list[str]) -> Option:
    return {
        "type": "category",
        "data": [t.of("clock", clock) for clock in shown],
        "inverse": True,
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "axisLabel": {"color": p.TEXT, "fontSize": 13},
    }


def heat(t: Words, found: pl.DataFrame, hours: tuple[float, ...]) -> Option:
    """Clocks by time left: orders in the cell, yuan below; the colour says how dear."""
    columns = buckets(t, hours)
    cells = found.group_by("clock", "bucket").agg(pl.col("orders", "yuan", "unpriced").sum())
    shown = [clock for clock in clock_order() if clock in set(cells["clock"].cast(pl.String))]
    data = []
    for row in cells.iter_rows(named=True):
        unknown = row["unpriced"] == row["orders"]
        yuan = t("clocks.unpriced") if unknown else t.big_money(round(row["yuan"] * 100))
        text = f"{t.count(row['orders'])}\n{yuan}"
        place = [row["bucket"] + 1, shown.index(row["clock"])]
        data.append({"value": [*place, _weight(row, len(columns))], "label": {"formatter": text}})
    return {
        **base(),
        "grid": {"left": 150 if t.language == "zh" else 190, "right": 8, "top": 28, "bottom": 4},
        "xAxis": {
            "type": "category",
            "data": columns,
            "position": "top",
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"color": p.DIM, "interval": 0},
        },
        "yAxis": _by_clock(t, shown),
        "visualMap": {
            "show": False,
            "type": "piecewise",
            "dimension": 2,
            "pieces": [
                {"value": 0, "color": p.LINE},
                {"value": 1, "color": "#5a4a2a"},
                {"value": 2, "color": "#8a5a2c"},
                {"value": 3, "color": "#9c3f3a"},
            ],
        },
        "series": [
            {
                "type": "heatmap",
                "data": data,
                "label": {"show": True, "color": p.TEXT, "fontSize": 12, "lineHeight": 15},
                "itemStyle": {"borderColor": p.PANEL, "borderWidth": 2},
            }
        ],
    }


def _weight(row: dict[str, Any], columns: int) -> int:
    """0 quiet, 1 soon, 2 within three hours or so, 3 broken: colour follows the time, not the size, so that a small
    batch about to break is not lost beside a large one that has days."""
    if row["bucket"] < 0:
        return 3
    return 2 if row["bucket"] <= 1 else 1 if row["bucket"] <= (columns - 2) // 2 else 0


def money(t: Words, found: pl.DataFrame, hours: tuple[float, ...]) -> Option:
    """Yuan by clock: lost today, and at risk within the day; one bar a clock."""
    day = sum(1 for h in hours if h <= 24)
    rows = (
        found.group_by("clock")
        .agg(
            lost=pl.col("yuan").filter(pl.col("bucket") < 0).sum(),
            risk=pl.col("yuan").filter(pl.col("bucket").is_between(0, day - 1)).sum(),
        )
        .filter(pl.col("lost") + pl.col("risk") > 0)
    )
    known = {row["clock"]: row for row in rows.iter_rows(named=True)}
    shown = [clock for clock in clock_order() if clock in known]
    most = max([known[c]["lost"] + known[c]["risk"] for c in shown], default=1)

    def bar(name: str, colour: str) -> Option:
        return {
            "name": t(f"clocks.{name}"),
            "type": "bar",
            "stack": "yuan",
            "barMaxWidth": 18,
            "data": [round(known[c][name], 2) for c in shown],
            "itemStyle": {"color": colour},
        }

    words = [
        {
            "value": 0,
            "label": {
                "formatter": f"{t.big_money(round(known[c]['lost'] * 100))} + "
                f"{t.big_money(round(known[c]['risk'] * 100))}"
            },
        }
        for c in shown
    ]
    return {
        **base(),
        "legend": {"top": 0, "right": 8, "textStyle": {"color": p.DIM}, "itemWidth": 14, "itemHeight": 8},
        "grid": {"left": 150 if t.language == "zh" else 190, "right": 130, "top": 28, "bottom": 4},
        "xAxis": {"type": "value", "show": False, "min": 0, "max": most},
        "yAxis": _by_clock(t, shown),
        "series": [
            bar("lost", p.RED),
            bar("risk", p.ORANGE),
            {
                "type": "bar",
                "stack": "yuan",
                "data": words,
                "label": {"show": True, "position": "right", "color": p.TEXT, "fontSize": 13},
            },
        ],
    }
