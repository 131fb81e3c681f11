"""On what the delay model stands: which circumstances move its forecasts, and whether parcels are still the same."""

from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard.boards.delays import ModelCard
from dashboard.components import ages, grid, panels
from dashboard.wording import Words

HEIGHT = 300
STALE_HOURS = 26
_COLOURS = {"alarm": "red", "watch": "orange", "calm": "green"}


def grounds(t: Words, board: ModelCard, now: datetime) -> None:
    """Circumstances on the left, drift on the right."""
    left, right = st.columns([6, 4], gap="small")
    trained = ages.of_time(t, board.newest["trained_at"] if board.newest else None, now, limit=STALE_HOURS * 3600)
    with left, panels.panel("matters", t("model_card.matters"), trained, height=HEIGHT):
        if board.matters.is_empty():
            st.caption(t("model_card.no_matters", n=t.count(board.least_for_effects)))
        else:
            _matters(t, board)
            st.caption(t("model_card.calendar", until=board.card.get("calendar_until", "")))
    looked = ages.of_time(t, board.drift["looked_at"].max(), now, limit=STALE_HOURS * 3600)  # type: ignore[arg-type]
    with right, panels.panel("drifting", t("model_card.drifting"), looked, height=HEIGHT):
        if board.drift.is_empty():
            st.caption(t("model_card.no_drift"))
        else:
            worst = board.drift["state"][0]
            moved = board.drift.filter(pl.col("state") != "calm").height
            chip = t.of("drift_state", worst)
            st.markdown(f":{_COLOURS[worst]}-badge[{chip}] {t('model_card.moved', n=moved, all=board.drift.height)}")
            _drift(t, board)


def clauses(t: Words, board: ModelCard, now: datetime) -> None:
    """What parcels under way are expected to cost, clause by clause; nothing where none can break any more."""
    if board.clauses.is_empty():
        return
    made = ages.of_time(t, board.totals["newest"], now, limit=35 * 60)
    with panels.panel("clause-outlook", t("model_card.clauses"), made):

        def build() -> tuple[pl.DataFrame, dict[str, Any]]:
            frame = board.clauses.with_columns(
                *grid.beijing("next_deadline"),
                grid.mapped(t, "clock", "clock"),
                expected_yuan=pl.col("expected_cents") / 100,
                yuan=pl.col("cents") / 100,
            )
            columns = {
                "clock": grid.text(t("model_card.col_clause"), width=220),
                "parcels": grid.number(t("model_card.col_parcels"), width=100),
                "expected": grid.number(t("model_card.col_expected"), form="%.1f", width=140),
                "expected_yuan": grid.number(t("model_card.col_expected_yuan"), form="¥%.0f", width=130),
                "yuan": grid.number(t("model_card.col_at_stake"), form="¥%.0f", width=130),
                "next_deadline": grid.moment(t("model_card.col_next"), form="MM-DD HH:mm", width=130),
            }
            return frame, columns

        grid.live(t, board.clauses, build, key="clause-outlook")


def _matters(t: Words, board: ModelCard) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        way = pl.when("slower").then(pl.lit(t("model_card.slower"))).otherwise(pl.lit(t("model_card.faster")))
        frame = board.matters.with_columns(
            grid.mapped(t, "circumstance", "name"),
            way=way,
            usual=100 * pl.col("usual"),
            most=100 * pl.col("most"),
            pick_up=100 * pl.col("pick_up"),
            known=100 * pl.col("known"),
        )
        columns = {
            "name": grid.text(t("model_card.col_circumstance"), width=190),
            "way": grid.text(t("model_card.col_way"), width=80),
            "usual": grid.number(t("model_card.col_usual"), form="%.1f %%", width=90),
            "most": grid.number(t("model_card.col_most"), form="%.0f %%", width=80),
            "pick_up": grid.number(t("model_card.col_pick_up"), form="%+.0f %%", width=90),
            "known": grid.number(t("model_card.col_known"), form="%.0f %%", width=80),
        }
        return frame, columns

    grid.live(t, board.matters, build, key="matters", height=HEIGHT - 95)


def _drift(t: Words, board: ModelCard) -> None:
    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        names = {one: _watched(t, one) for one in board.drift["what"]}
        frame = board.drift.with_columns(grid.mapped(t, "drift_state", "state"), what=pl.col("what").replace(names))
        columns = {
            "what": grid.text(t("model_card.col_watched"), width=170),
            "figure": grid.number(t("model_card.col_figure"), form="%.3f", width=80),
            "state": grid.text(t("model_card.col_state"), width=80),
            "parcels": grid.number(t("model_card.col_parcels"), width=80),
        }
        return frame, columns

    grid.live(t, board.drift, build, key="drift", height=HEIGHT - 95)


def _watched(t: Words, what: str) -> str:
    """Inputs have names of their own; circumstances have those of the other table."""
    own = t.of("watched", what)
    return own if own != what else t.of("circumstance", what)
