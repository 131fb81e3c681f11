"""The page of returns: figures, shares by what they are told apart by, changes and what came of them, ratings."""

from collections.abc import Callable, Sequence
from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.returns import Returns
from dashboard.components import ages, panels
from dashboard.components.service import returns_tables
from dashboard.views.returns import ReturnsView
from dashboard.wording import Words
from engine.aftersales.returns import DIMENSIONS, MEASURES

STALE_SECONDS = 60
SHARES_STALE_SECONDS = 3600
"""Shares of weeks are asked for every few minutes; an hour without an answer is a fault."""


def figures(t: Words, board: Returns, now: datetime) -> None:
    """Four tiles: what broke, what came back, how content buyers are, what waits for a decision."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    shares_of = ages.of_time(t, board.outcomes.as_of, now, limit=SHARES_STALE_SECONDS)
    units = int(board.outcomes.cells["units"].sum())
    damaged, returned = int(board.outcomes.cells["damaged"].sum()), int(board.outcomes.cells["returned"].sum())
    said = board.satisfaction
    waiting = board.changes.filter(pl.col("state") == "proposed")
    shown = (
        ("damaged", t.share(damaged / units if units else None),
         t("returns.of_units", hits=t.count(damaged), n=t.count(units)), "gray"),
        ("returned", t.share(returned / units if units else None),
         t("returns.of_units", hits=t.count(returned), n=t.count(units)), "gray"),
        ("content", t.share(said.share), t("returns.content_note", n=t.count(said.ratings),
         stars="—" if said.stars is None else f"{said.stars:.2f}"),
         "gray" if said.share is None else "green" if said.share >= 0.965 else "orange"),
        ("waiting", t.count(waiting.height),
         t("returns.waiting_note", money=t.money(int(waiting["saving_cents"].sum()))),
         "orange" if waiting.height else "green"),
    )  # fmt: skip
    for column, (name, value, note, colour) in zip(st.columns(4, gap="small"), shown, strict=True):
        with column:
            age = shares_of if name in ("damaged", "returned") else fresh
            panels.tile(f"returns-{name}", t(f"returns.{name}"), value, note, age, colour=colour)


def choices(t: Words, view: ReturnsView) -> None:
    """Panel; on the shares also what they are told apart by, and which measure."""
    with st.container(horizontal=True, vertical_alignment="center", key="returns-choices"):
        _segments(t, "panel", ReturnsView.PANELS, view.panel, lambda name: t.of("returns_panel", name))
        if view.panel == "rates":
            _segments(t, "dimension", DIMENSIONS, view.dimension, lambda name: t.of("returns_by", name))
            _segments(t, "measure", MEASURES, view.measure, lambda name: t.of("returns_measure", name))


def _segments(t: Words, name: str, options: Sequence[str], chosen: str, named: Callable[[str], str]) -> None:
    st.segmented_control(
        t(f"returns.{name}"), options, default=chosen, format_func=named, key=f"returns_{name}",
        label_visibility="collapsed", required=True, on_change=_choose, args=(name,),
    )  # fmt: skip


def _choose(name: str) -> None:
    st.query_params[name] = st.session_state[f"returns_{name}"]


def shares(t: Words, board: Returns, view: ReturnsView, now: datetime) -> None:
    """The chosen share by the chosen dimension, and why buyers want their money back."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    counted = ages.of_time(t, board.outcomes.as_of, now, limit=SHARES_STALE_SECONDS)
    left, right = st.columns([2.3, 1], gap="small")
    title = t("returns.table", measure=t.of("returns_measure", view.measure), by=t.of("returns_by", view.dimension))
    with left, panels.panel("returns-shares", title, counted):
        if board.outcomes.cells.is_empty():
            st.caption(t("returns.nothing", days=board.policy.look.settle_days))
        else:
            returns_tables.shares(t, board, view)
            st.caption(
                t("returns.how", days=board.policy.look.window_days, settle=board.policy.look.settle_days,
                  prior=t.count(board.policy.rates.prior_units), least=board.policy.rates.min_units,
                  sure=f"{board.policy.rates.interval:.0%}")
            )  # fmt: skip
    if not board.outcomes.cells.is_empty():
        with left, panels.panel("returns-crossed", t("returns.crossed"), counted):
            returns_tables.crossed(t, board, view)
    with right, panels.panel("returns-reasons", t("returns.reasons"), fresh):
        if board.reasons.is_empty():
            st.caption(t("returns.no_reasons"))
        else:
            returns_tables.reasons(t, board.reasons)


def ratings(t: Words, board: Returns, now: datetime) -> None:
    """Low ratings with what failed, and ratings by day."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    left, right = st.columns([2.6, 1], gap="small")
    with left, panels.panel("returns-low", t("returns.low", most=board.policy.rating.low), fresh):
        found = reads.low_ratings()
        if found:
            returns_tables.low_ratings(t, found)
        else:
            st.caption(t("returns.no_low") if board.satisfaction.ratings else t("returns.no_ratings"))
        st.caption(t("returns.traced"))
    with right, panels.panel("returns-days", t("returns.days"), fresh):
        returns_tables.rating_days(t, board.satisfaction.days)
