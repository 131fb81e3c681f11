"""Weather and hubs on one screen: hubs in trouble, the worst weather of the next two days, and the word on a hub."""

from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard.boards.weather import WeatherBoard
from dashboard.commands import weather as weather_commands
from dashboard.components import ages, grid, outcomes, panels
from dashboard.permits import permit
from dashboard.wording import NOTHING, Words, plain
from engine.model.weather import HubCondition

HEIGHT = 420
STALE_HOURS = 26
"""The poorest source tells once a day, and an hour or two late."""
HEAVY_MM, HEAVY_CM, GALE_KMH = 25.0, 5.0, 50.0
"""What counts as bad on the tile: as mass delays do, data/rules/mass_delay.toml."""
_TOLD = "weather_told"


def figures(t: Words, board: WeatherBoard, now: datetime) -> None:
    """Four tiles: hubs in trouble, parcels on their roads, places with bad weather, the worst of them."""
    trouble = board.hubs.filter(~pl.col("ended"), pl.col("condition") != HubCondition.CLEAR.value)
    said = ages.of_time(t, _newest(board.hubs, "ingest_time"), now, limit=24 * 3600)
    issued = ages.of_time(t, _newest(board.sources, "issued_at"), now, limit=STALE_HOURS * 3600)
    bad = board.ahead.filter(_bad())
    worst = bad.row(0, named=True) if bad.height else None
    longest = trouble["backlog_hours"].max() if trouble.height else None
    shown = (
        ("hubs", t.count(trouble.height),
         t("weather.hubs_note", hours=_amount(longest)) if trouble.height else t("weather.hubs_calm"), said,
         "red" if trouble.height else "gray"),
        ("on_road", t.count(trouble["parcels"].sum()), t("weather.on_road_note"), said, "gray"),
        ("bad", t.count(bad.height), t("weather.bad_note", n=t.count(board.ahead.height)), issued,
         "orange" if bad.height else "gray"),
        ("met", t.count(bad["parcels"].sum()), t("weather.met_note"), issued, "gray"),
        ("worst", t.of("province", worst["name"]) if worst else t("weather.calm"),
         t("weather.worst_note", mm=_amount(worst["precipitation_mm"]), cm=_amount(worst["snowfall_cm"]))
         if worst else t("weather.calm_note"), issued, "orange" if worst else "gray"),
    )  # fmt: skip
    for column, (name, value, note, fresh, colour) in zip(st.columns(len(shown), gap="small"), shown, strict=True):
        with column:
            panels.tile(f"weather-{name}", t(f"weather.{name}"), value, note, fresh, colour=colour)


def tables(t: Words, board: WeatherBoard, now: datetime) -> None:
    """Hubs on the left, weather on the right; who tells it under both."""
    left, right = st.columns(2, gap="small")
    said = ages.of_time(t, _newest(board.hubs, "ingest_time"), now, limit=24 * 3600)
    with left, panels.panel("hub-states", t("weather.hub_states"), said, height=HEIGHT):
        if board.hubs.is_empty():
            st.caption(t("weather.no_hubs"))
        else:
            _hubs(t, board)
    issued = ages.of_time(t, _newest(board.sources, "issued_at"), now, limit=STALE_HOURS * 3600)
    with right, panels.panel("weather-ahead", t("weather.ahead"), issued, height=HEIGHT):
        if board.ahead.is_empty():
            st.caption(t("weather.no_weather") if board.sources.is_empty() else t("weather.old_weather"))
        else:
            _ahead(t, board)
    if not board.sources.is_empty():
        told = (
            t("weather.source", source=plain(source), places=t.count(places), hours=t.count(hours))
            for source, hours, places in board.sources.select("source", "hours", "places").iter_rows()
        )
        st.caption(t("weather.sources") + " " + " · ".join(told))


def _hubs(t: Words, board: WeatherBoard) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        ended = pl.when("ended").then(pl.lit(t("weather.over")))
        frame = board.hubs.with_columns(
            *grid.beijing("begins_at", "ends_at", "ingest_time"),
            condition=ended.otherwise(board.hubs.select(grid.mapped(t, "hub_condition", "condition")).to_series()),
        )
        columns = {
            "name": grid.text(t("weather.col_hub"), width=110),
            "condition": grid.text(t("weather.col_condition"), width=90),
            "backlog_hours": grid.number(t("weather.col_backlog"), form="%.0f h", width=80),
            "begins_at": grid.moment(t("weather.col_since"), form="MM-DD HH:mm", width=105),
            "ends_at": grid.moment(t("weather.col_until"), form="MM-DD HH:mm", width=105),
            "parcels": grid.number(t("weather.col_parcels"), width=80),
            "said_by": grid.text(t("weather.col_said_by"), width=120),
        }
        return frame, columns

    grid.live(t, board.hubs, build, key="hub-states", height=HEIGHT - 70)


def _ahead(t: Words, board: WeatherBoard) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        named = board.ahead.with_columns(name=pl.coalesce("name", "place"))
        frame = named.with_columns(grid.mapped(t, "province", "name"))
        columns = {
            "name": grid.text(t("weather.col_place"), width=130),
            "precipitation_mm": grid.number(t("weather.col_rain"), form="%.0f mm", width=85),
            "snowfall_cm": grid.number(t("weather.col_snow"), form="%.0f cm", width=80),
            "wind_kmh": grid.number(t("weather.col_wind"), form="%.0f km/h", width=85),
            "celsius_least": grid.number(t("weather.col_least"), form="%.0f °C", width=75),
            "celsius_most": grid.number(t("weather.col_most"), form="%.0f °C", width=75),
            "parcels": grid.number(t("weather.col_parcels"), width=80),
        }
        return frame, columns

    grid.live(t, board.ahead, build, key="weather-ahead", height=HEIGHT - 70)


def desk(t: Words) -> None:
    """Say how a hub stands: it counts from the next forecast on."""
    outcomes.tell(_TOLD)
    st.markdown(f"**{t('weather.say')}**")
    with st.form("hub", border=True):
        hub, condition, since, until, hours, go = st.columns([2, 1.5, 1.5, 1.5, 1.5, 1.5], vertical_alignment="bottom")
        name = hub.text_input(t("weather.form_hub"), placeholder="郑州", max_chars=40, key="weather_hub")
        how = condition.selectbox(
            t("weather.col_condition"),
            [HubCondition.CONGESTED, HubCondition.BUSY, HubCondition.CLOSED, HubCondition.CLEAR],
            format_func=lambda one: t.of("hub_condition", one),
            key="weather_condition",
        )
        begins = since.text_input(t("weather.col_since"), placeholder="20:00", max_chars=30, key="weather_since")
        ends = until.text_input(
            t("weather.form_until"), placeholder=t("weather.open_end"), max_chars=30, key="weather_until"
        )
        backlog = hours.number_input(
            t("weather.form_backlog"), min_value=0.0, max_value=720.0, value=None, step=1.0, key="weather_backlog"
        )
        pressed = go.form_submit_button(
            t("weather.keep"), type="primary", icon=":material/edit_note:", width="stretch", **permit(t, "say_hub")
        )
    st.caption(t("weather.help"))
    if pressed:
        st.session_state[_TOLD] = weather_commands.say_hub(
            t, hub=name, condition=how.value, since=begins, until=ends, hours=backlog
        )
        st.rerun()


def _bad() -> pl.Expr:
    heavy = (pl.col("precipitation_mm") >= HEAVY_MM) | (pl.col("snowfall_cm") >= HEAVY_CM)
    return (heavy | (pl.col("wind_kmh") >= GALE_KMH)).fill_null(value=False)


def _newest(frame: pl.DataFrame, column: str) -> datetime | None:
    found = frame[column].max()
    return found if isinstance(found, datetime) else None


def _amount(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, int | float) else NOTHING
