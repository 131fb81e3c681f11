"""The partners page: figures, choices, shares with intervals, warnings and overdue steps."""

from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.partners import Partners
from dashboard.components import ages, interval_chart, panels
from dashboard.components.network import partner_tables
from dashboard.views.partners import PartnersView
from dashboard.wording import NOTHING, Words
from engine.logistics.standards import MEASURED, Measure, PartnerKind, Source

STALE_SECONDS = 60
CHART = 300


def figures(t: Words, board: Partners, now: datetime) -> None:
    """Five tiles: warnings, overdue steps, proposals, what was measured, and buyers' complaints of all carriers."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    live = board.scores.filter(pl.col("source") == Source.LIVE.value, pl.col("tier") == "")
    warned = board.warnings.height
    late = int(board.overdue["parcels"].sum())
    measured = live.group_by("kind").agg(pl.col("partner").n_unique())
    counted = dict(measured.iter_rows())
    shown = (
        ("warnings", t.count(warned), t("partners.warnings_note"), "red" if warned else "green"),
        ("overdue", t.count(late), t("partners.overdue_note"), "orange" if late else "green"),
        ("switches", t.count(board.switches.height), t("partners.switches_note"), "gray"),
        ("measured", t("partners.measured_n", carriers=counted.get("carrier", 0), nodes=counted.get("node", 0)),
         _since(t, board), "gray"),
        ("complaints_tile", _complained(t, live), t("partners.complaints_note"), "gray"),
    )  # fmt: skip
    for column, (name, value, note, colour) in zip(st.columns(5, gap="small"), shown, strict=True):
        with column:
            panels.tile(f"partners-{name}", t(f"partners.{name}"), value, note, fresh, colour=colour)


def _complained(t: Words, live: pl.DataFrame) -> str:
    """Share of the parcels of all carriers that buyers complained of, as decided parcels say."""
    here = live.filter(pl.col("kind") == "carrier", pl.col("measure") == Measure.UNCOMPLAINED.value)
    parcels = int(here["parcels"].sum())
    return NOTHING if parcels == 0 else t.share(1 - int(here["good"].sum()) / parcels)


def _since(t: Words, board: Partners) -> str:
    at = board.computed_at
    return t("partners.never") if at is None else t("partners.computed", at=t.stamp(at)[5:16])


def choices(t: Words, board: Partners, view: PartnersView) -> None:
    """Panel, and on the scores: carriers or nodes, the measure, the tier."""
    with st.container(horizontal=True, vertical_alignment="center", key="partner-choices"):
        _segments(t, "panel", PartnersView.PANELS, view.panel, lambda name: t.of("partners_panel", name))
        if view.panel != "scores":
            return
        _segments(t, "kind", [kind.value for kind in PartnerKind], view.kind, lambda name: t.of("partner_kind", name))
        st.selectbox(
            t("partners.measure"), [measure.value for measure in MEASURED[view.kind]],
            index=MEASURED[view.kind].index(view.measure),
            format_func=lambda name: t.of("measure", name), key=f"partner_measure_{view.kind}",
            label_visibility="collapsed", width=240, on_change=_choose,
            args=(f"partner_measure_{view.kind}", "measure"),
        )  # fmt: skip
        if view.kind is PartnerKind.CARRIER:
            tiers = partner_tables.tier_names(t, board)
            _segments(t, "tier", list(tiers), view.tier, lambda name: tiers[name])


def _segments(t: Words, parameter: str, options: Any, chosen: str, named: Any) -> None:
    st.segmented_control(
        t(f"partners.{parameter}"), options, default=chosen if chosen in options else options[0], format_func=named,
        key=f"partner_{parameter}", label_visibility="collapsed", required=True, on_change=_choose,
        args=(f"partner_{parameter}", parameter),
    )  # fmt: skip


def _choose(widget: str, parameter: str) -> None:
    st.query_params[parameter] = st.session_state[widget]


def scores(t: Words, board: Partners, view: PartnersView, now: datetime) -> None:
    """The chosen measure as intervals, and everybody's shares below."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    tier = view.tier if view.kind is PartnerKind.CARRIER else ""
    here = board.scores.filter(
        pl.col("kind") == view.kind.value, pl.col("tier") == tier, pl.col("measure") == view.measure.value
    )
    live = here.filter(pl.col("source") == Source.LIVE.value)
    shown = (live if live.height else here).sort("adjusted", "partner").head(12)
    with panels.panel("partner-chart", t("partners.chart", measure=t.of("measure", view.measure)), fresh):
        if shown.is_empty():
            st.caption(t("partners.nothing_measured"))
        else:
            _chart(t, board, view, shown)
            st.caption(t("partners.how") if live.height else t("partners.history"))
    with panels.panel("partner-scorecard", t("partners.scorecard"), fresh):
        partner_tables.scorecard(t, board, view, height=300)
        st.caption(t("partners.legend"))


def _chart(t: Words, board: Partners, view: PartnersView, shown: pl.DataFrame) -> None:
    standard = board.standards.least(Measure(view.measure), view.tier)
    names = shown.select(pl.col(f"name_{t.language}")).to_series()
    figure = reads.figure(
        f"partners.{view.kind}.{view.measure}.{view.tier}", board, t.language,
        lambda: interval_chart.shares(t, shown, names, standard=standard),
    )  # fmt: skip
    st.echarts_chart(
        figure, height=min(60 + interval_chart.ROW * shown.height, CHART + 60), key="chart-partners", theme=None
    )


def warnings(t: Words, board: Partners, now: datetime) -> None:
    """Open warnings, and the steps that are overdue now."""
    fresh = ages.of_time(t, board.stamp.as_of, now, limit=STALE_SECONDS)
    left, right = st.columns([1.55, 1], gap="small")
    with left, panels.panel("partner-warnings", t("partners.warned"), fresh):
        if board.warnings.is_empty():
            st.caption(t("partners.nobody_warned") if board.scores.height else t("partners.nothing_measured"))
        else:
            partner_tables.warnings(t, board, height=520)
        st.caption(t("partners.hysteresis"))
    with right, panels.panel("partner-overdue", t("partners.overdue_list"), fresh):
        partner_tables.overdue(t, board, height=520)
        sop = board.standards.sop
        st.caption(t("partners.sop", processing=sop.processing_hours, scan=sop.scan_hours, hub=sop.hub_hours))
