"""Shares with their intervals as an ECharts option: a bar from low to high, a dot the estimate, a ring the raw one."""

import math

import polars as pl

from dashboard.components import palette as p
from dashboard.components.charts import SIZE, Option, base
from dashboard.wording import Words

ROW = 30
"""Pixels of a partner."""


def shares(t: Words, scores: pl.DataFrame, names: pl.Series, *, standard: float | None) -> Option:
    """One row a partner of `scores` (raw, adjusted, low, high, parcels, warned), in its order."""
    rows = scores.rows(named=True)
    lowest = min(min(row["low"], row["raw"]) for row in rows)
    lowest = min(lowest, standard if standard is not None else 1.0)
    start = max(5 * math.floor(20 * (lowest - 0.02)), 0)
    labels = [
        t(
            "partners.bar",
            share=_one_digit(row["adjusted"]),
            low=_one_digit(row["low"]),
            high=_one_digit(row["high"]),
            raw=_one_digit(row["raw"]),
            n=t.count(row["parcels"]),
        )
        for row in rows
    ]
    colours = [p.RED if row["warned"] else p.BLUE for row in rows]
    quiet: Option = {"type": "bar", "stack": "interval", "silent": True, "barMaxWidth": 10}
    told = [
        {"value": [100, i], "label": {"formatter": label.replace("{", "").replace("}", "")}}
        for i, label in enumerate(labels)
    ]
    series: list[Option] = [
        {**quiet, "data": [100 * row["low"] for row in rows], "itemStyle": {"color": "transparent"}},
        {
            **quiet,
            "data": [
                {
                    "value": 100 * (row["high"] - row["low"]),
                    "itemStyle": {"color": colour, "opacity": 0.45, "borderRadius": 3},
                }
                for row, colour in zip(rows, colours, strict=True)
            ],
        },
        {
            "type": "scatter",
            "symbolSize": 11,
            "data": [
                {"value": [100 * row["adjusted"], i], "itemStyle": {"color": colour}}
                for i, (row, colour) in enumerate(zip(rows, colours, strict=True))
            ],
            "markLine": _line(t, standard),
        },
        {
            "type": "scatter",
            "symbolSize": 9,
            "silent": True,
            "data": [[100 * row["raw"], i] for i, row in enumerate(rows)],
            "itemStyle": {"color": "transparent", "borderColor": p.DIM, "borderWidth": 1.5},
        },
        {
            "type": "scatter",
            "symbolSize": 0.1,
            "silent": True,
            "data": told,
            "label": {"show": True, "position": "right", "color": p.TEXT, "fontSize": SIZE},
        },
    ]
    return base(
        grid={"left": 162, "right": 330, "top": 22, "bottom": 24},
        xAxis={
            "type": "value",
            "min": start,
            "max": 100,
            "interval": (100 - start) / 5,
            "axisLabel": {"color": p.DIM, "formatter": "{value}%"},
            "splitLine": {"lineStyle": {"color": p.LINE, "opacity": 0.6}},
        },
        yAxis={
            "type": "category",
            "inverse": True,
            "data": list(names),
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"color": p.TEXT, "width": 150, "overflow": "truncate", "fontSize": SIZE, "interval": 0},
        },
        series=series,
    )


def _one_digit(share: float) -> str:
    """Carriers differ by less than a percent."""
    return f"{100 * share:.1f}%"


def _line(t: Words, standard: float | None) -> Option:
    if standard is None:
        return {"data": []}
    return {
        "symbol": "none",
        "silent": True,
        "lineStyle": {"color": p.GOLD, "type": "dashed", "width": 1.5},
        "label": {
            "formatter": t("partners.standard_line", share=t.share(standard)),
            "color": p.GOLD,
            "position": "start",
            "distance": 4,
        },
        "data": [{"xAxis": 100 * standard}],
    }
