"""Charts of the after-sales board as ECharts options, as in charts.py: the queue by class and age, and arrivals."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from dashboard.components import palette as p
from dashboard.components.charts import SIZE, TOOLTIP, Option, base
from dashboard.wording import Words
from engine.clock import BEIJING
from engine.model.tickets import Complaint

CLASSES: tuple[str | None, ...] = (*Complaint, None)
"""None: nobody is sure."""
_COLOURS = {
    Complaint.NOT_RECEIVED: p.BLUE, Complaint.DAMAGED: p.ORANGE, Complaint.WRONG_ITEM: p.YELLOW,
    Complaint.QUALITY: p.RED, Complaint.OTHER: p.DIM, None: p.QUIET,
}  # fmt: skip

AGES = (0, 2, 6, 24, 72)
"""Hours from which on an age band of boards.ticket_ages begins."""
_AGE_COLOURS = (p.GREEN, p.BLUE, p.YELLOW, p.ORANGE, p.RED)


def class_name(t: Words, complaint: str | None) -> str:
    """A class in the reader's language."""
    return t.of("complaint", complaint or "unsure")


def by_class_and_age(t: Words, ages: pl.DataFrame) -> Option:
    """Unresolved tickets: a bar a class, a colour an age."""
    known = {(row["complaint"], row["hours_from"]): row["tickets"] for row in ages.iter_rows(named=True)}
    series = [
        {
            **_bar(t.of("ticket_age", str(hours)), [known.get((each, hours), 0) for each in CLASSES], colour),
            "barMaxWidth": 20,
        }
        for hours, colour in zip(AGES, _AGE_COLOURS, strict=True)
    ]
    axis = {
        "type": "category", "data": [class_name(t, each) for each in CLASSES], "inverse": True,
        "axisLine": {"show": False}, "axisTick": {"show": False}, "axisLabel": {"color": p.TEXT, "fontSize": SIZE},
    }  # fmt: skip
    return _stacked(series, {"yAxis": axis, "xAxis": _value_axis()})


def arrivals(t: Words, hours: pl.DataFrame, as_of: datetime) -> Option:
    """Tickets of the last two days by hour and class."""
    line = pl.datetime_range(
        pl.lit(as_of).dt.truncate("1h").dt.offset_by("-47h"), pl.lit(as_of).dt.truncate("1h"), "1h", eager=True
    ).dt.convert_time_zone("UTC")
    known = {(row["bucket"], row["complaint"]): row["tickets"] for row in hours.iter_rows(named=True)}
    series = [_bar(class_name(t, each), [known.get((at, each), 0) for at in line], _COLOURS[each]) for each in CLASSES]
    axis = {
        "type": "category", "data": [f"{at.astimezone(BEIJING):%d %H:00}" for at in line],
        "axisLine": {"lineStyle": {"color": p.LINE}}, "axisTick": {"show": False},
        "axisLabel": {"color": p.DIM, "fontSize": SIZE, "interval": 11},
    }  # fmt: skip
    return _stacked(series, {"xAxis": axis, "yAxis": _value_axis()})


def _bar(name: str, values: Sequence[int], colour: str) -> Option:
    return {"type": "bar", "name": name, "stack": "all", "data": list(values), "itemStyle": {"color": colour}}


def _value_axis() -> Option:
    return {
        "type": "value", "minInterval": 1, "splitLine": {"lineStyle": {"color": p.LINE}},
        "axisLabel": {"color": p.DIM, "fontSize": 11},
    }  # fmt: skip


def _legend() -> Option:
    return {"top": 0, "textStyle": {"color": p.DIM, "fontSize": 12}, "itemWidth": 12, "itemHeight": 9}


def _stacked(series: Sequence[Option], axes: Option) -> Option:
    return base(
        grid={"left": 6, "right": 14, "top": 30, "bottom": 4, "containLabel": True},
        legend=_legend(),
        tooltip={**TOOLTIP, "axisPointer": {"type": "shadow"}},
        series=list(series),
        **axes,
    )
