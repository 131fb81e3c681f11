"""The delay model's page: who forecasts, how good it is beside its baselines, how early it warns, whom it warns of."""

from datetime import datetime
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.delays import ModelCard
from dashboard.components import ages, grid, panels
from dashboard.components.road import probability_charts
from dashboard.wording import Words
from engine.logistics.reasons import Cause

UPPER, LOWER = 300, 420
STALE_HOURS, STALE_MINUTES = 26, 35
"""A model not trained within a day, and a forecast older than its refreshing, are grey."""

_DAY_AHEAD = 24
DAY = 86_400
"""Seconds."""


def figures(t: Words, board: ModelCard, now: datetime) -> None:
    """Five tiles: who speaks, how well, how far off these weeks, how early, and what is at risk."""
    newest, card, totals = board.newest, board.card, board.totals
    trained = ages.of_time(t, newest["trained_at"] if newest else None, now, limit=STALE_HOURS * 3600)
    made = ages.of_time(t, totals["newest"], now, limit=STALE_MINUTES * 60)
    speaks = newest is not None and newest["state"] == "champion"
    title, note = t("model_card.published"), t("model_card.published_note")
    if newest is not None and speaks:
        # Cards from before there were two kinds name none: those were the tables.
        title = t.of("model_kind", card.get("kind", "tables"))
        note = t("model_card.champion_note", id=newest["model_id"], n=t.count(newest["parcels"]))
    # Who speaks is known from the start: without a model it is the published days.
    spoken = trained if newest is not None else made
    early = next((share for hours, _, share, _ in card.get("lead_times", []) if hours == _DAY_AHEAD), None)
    lane, days = (card.get(who, {}).get("brier") for who in ("lane_history", "published_days"))
    beside = t("model_card.brier_note", lane=_places(lane), days=_places(days))
    window = t("model_card.drift_note", days=t.count(card.get("window_days")))
    shown = (
        ("speaks", title, note, spoken, "green" if speaks else "gray"),
        ("brier", _places(newest and newest["brier"]), beside, trained, "gray"),
        ("drift", _signed(newest and newest["drift"]), window, trained, "gray"),
        ("early", t.share(early), t("model_card.early_note", alarm=t.share(card.get("alarm_chance"))), trained, "gray"),
        ("warned", t.count(totals["threatened"]),
         t("model_card.warned_note", n=t.count(totals["parcels"]), late=t.count(totals["expected_late"])), made,
         "orange" if totals["threatened"] else "gray"),
    )  # fmt: skip
    for column, (name, value, said, fresh, colour) in zip(st.columns(5, gap="small"), shown, strict=True):
        with column:
            panels.tile(name, t(f"model_card.{name}"), value, said, fresh, colour=colour)


def card(t: Words, board: ModelCard, now: datetime) -> None:
    """Figures beside the baselines, the reliability curve, the lead time; or why there is none of it."""
    if board.newest is None:
        st.info(t("model_card.nothing_learned", n=t.count(board.least_parcels)), icon=":material/hourglass_top:")
        return
    fresh = ages.of_time(t, board.newest["trained_at"], now, limit=STALE_HOURS * 3600)
    left, middle, right = st.columns([4, 3, 3], gap="small")
    with left, panels.panel("quality", t("model_card.quality"), fresh, height=UPPER + 60):
        _quality(t, board)
        _models(t, board)
    with middle, panels.panel("reliability", t("model_card.reliability"), fresh, height=UPPER + 60):
        figure = reads.figure(
            "reliability",
            board.models,
            t.language,
            lambda: probability_charts.reliability(t, board.card["reliability"]),
        )
        st.echarts_chart(figure, height=UPPER, key="chart-reliability", theme=None)
    with right, panels.panel("lead", t("model_card.lead"), fresh, height=UPPER + 60):
        figure = reads.figure(
            "lead", board.models, t.language, lambda: probability_charts.lead(t, board.card["lead_times"])
        )
        st.echarts_chart(figure, height=UPPER, key="chart-lead", theme=None)


def _quality(t: Words, board: ModelCard) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.figures.with_columns(grid.mapped(t, "model_card_who", "who"), late=100 * pl.col("late"))
        columns = {
            "who": grid.text(t("model_card.col_who"), width=150),
            "parcels": grid.number(t("model_card.col_parcels"), width=65),
            "late": grid.number(t("model_card.col_late"), form="%.1f%%", width=60),
            **{
                name: grid.number(t(f"model_card.col_{name}"), form="%.3f", width=58)
                for name in ("auc", "ap", "brier", "ece")
            },
        }
        return frame, columns

    grid.live(t, board.figures, build, key="delay-quality")


def _models(t: Words, board: ModelCard) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.models.with_columns(*grid.beijing("trained_at"), grid.mapped(t, "model_state", "state"))
        columns = {
            "model_id": grid.text(t("model_card.models"), width=120),
            "state": grid.text(t("model_card.col_state"), width=80),
            "trained_at": grid.moment(t("model_card.col_trained"), form="MM-DD HH:mm", width=95),
            "tested": grid.number(t("model_card.col_tested"), width=60),
            "brier": grid.number(t("model_card.col_brier"), form="%.3f", width=58),
            "baseline_brier": grid.number(t("model_card.col_baseline"), form="%.3f", width=75),
        }
        return frame, columns

    grid.live(t, board.models, build, key="delay-models", height=UPPER - 130)


def threatened(t: Words, board: ModelCard, now: datetime) -> None:
    """The parcels with the highest chance of a late delivery that still have a day or more, and why."""
    fresh = ages.of_time(t, board.totals["newest"], now, limit=STALE_MINUTES * 60)
    with panels.panel("threatened", t("model_card.threatened"), fresh):
        if board.threatened.is_empty():
            st.caption(t("model_card.nothing_threatened"))
            return

        def build() -> tuple[pl.DataFrame, dict[str, Any]]:
            frame = board.threatened
            shown = frame.with_columns(
                *grid.beijing("due_at", "eta_p50", "eta_p90"),
                carrier=grid.names(t, frame, "carrier"),
                node=grid.names(t, frame, "node"),
                chance=100 * pl.col("late_delivery"),
                why=pl.Series([_why(t, said) for said in frame["reasons"]], dtype=pl.String),
            )
            columns = {
                "parcel_id": grid.text(t("model_card.col_parcel"), width=150),
                "carrier": grid.text(t("col.carrier"), width=120),
                "node": grid.text(t("col.node"), width=130),
                "chance": st.column_config.ProgressColumn(
                    t("model_card.col_chance"), format="%.0f%%", min_value=0, max_value=100, width=130
                ),
                "due_at": grid.moment(t("model_card.col_due"), form="MM-DD HH:mm", width=110),
                "eta_p50": grid.moment(t("model_card.col_eta"), form="MM-DD HH:mm", width=110),
                "eta_p90": grid.moment(t("model_card.col_late_end"), form="MM-DD HH:mm", width=130),
                "why": grid.text(t("model_card.col_why"), width="large"),
            }
            return shown, columns

        grid.live(t, board.threatened, build, key="threatened", height=LOWER)


def _why(t: Words, reasons: str) -> str:
    """The three strongest reasons, with which way and how far each moves the log odds."""
    return " · ".join(_step(t, *step) for step in orjson.loads(reasons)[:3])


def _step(t: Words, cause: str, value: float, effect: float, which: str = "") -> str:
    """One reason: its name, its value in its own unit, and how far it moves the log odds."""
    name, kind = t.of("delay_cause", cause), Cause(cause)
    if kind in (Cause.WEATHER_THERE, Cause.WEATHER_HERE):
        name, said = f"{name}{t.of('sky', which)}", f"{value:.0f} mm"
    elif kind is Cause.HUB:
        name, said = f"{name}{which}", f"{value:.0f} h"
    elif kind is Cause.CALENDAR:
        said = t("model_card.days_off", n=f"{value:.0f}")
    elif kind is Cause.BACKLOG:
        said = t("model_card.waiting", n=t.count(value))
    elif kind is Cause.PARCEL:
        said = f"{value:.0f} km"
    else:
        said = t.duration(value * DAY)
    return f"{name} {said} ({effect:+.1f})"


def _places(number: float | None) -> str:
    return f"{number:.3f}" if number is not None else "—"


def _signed(share: float | None) -> str:
    return f"{100 * share:+.1f}%" if share is not None else "—"
