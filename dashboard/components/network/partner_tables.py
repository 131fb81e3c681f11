"""Tables of the partners page: everybody's shares side by side, warnings, steps that are overdue."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.boards.partners import Partners
from dashboard.components import grid
from dashboard.views.partners import PartnersView
from dashboard.wording import NOTHING, Words
from engine.logistics.standards import MEASURED, Source


def tier_names(t: Words, board: Partners) -> dict[str, str]:
    """Name of each tier, '' being all of them."""
    named = {tier.name: tier.zh if t.language == "zh" else tier.en for tier in board.standards.tiers}
    return {"": t("partners.all_tiers"), **named}


def scorecard(t: Words, board: Partners, view: PartnersView, *, height: int) -> None:
    """One row a partner: its parcels and its share on every measure, over the same lanes; complaints are among them."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        here = board.scores.filter(pl.col("kind") == view.kind.value, pl.col("tier") == view.tier)
        rows = []
        for (partner,), own in here.group_by("partner", maintain_order=True):
            live = {r["measure"]: r for r in own.iter_rows(named=True) if r["source"] == Source.LIVE}
            past = {r["measure"]: r for r in own.iter_rows(named=True) if r["source"] == Source.HISTORY}
            row = own.row(0, named=True)
            hours = live.get("published", live.get("pick_up", {}))
            rows.append(
                {
                    "name": f"{t.name(row)} · {partner}",
                    "parcels": max((r["parcels"] for r in live.values()), default=None),
                    **{m.value: _cell(t, live.get(m), past.get(m)) for m in MEASURED[view.kind]},
                    "hours": _hours(hours),
                }
            )
        rows.sort(key=lambda row: (-(row["parcels"] or 0), row["name"]))
        columns = {
            "name": grid.text(t(f"partners.{view.kind}"), width=210),
            "parcels": grid.number(t("partners.parcels"), width=80),
            **{m.value: grid.text(t.of("measure", m.value), width=118) for m in MEASURED[view.kind]},
            "hours": grid.text(t("partners.hours"), width=110),
        }
        schema = {name: pl.Int64 if name == "parcels" else pl.String for name in columns}
        return pl.DataFrame(rows, schema=schema), columns

    grid.live(t, board.scores, build, key=f"scorecard-{view.kind}-{view.tier}", height=height)


def _cell(t: Words, live: dict[str, Any] | None, past: dict[str, Any] | None) -> str:
    """`93% ±1.2`; `⚠` where it is warned of; `*` where only the brand's own history is known."""
    found = live or past
    if found is None:
        return NOTHING
    wide = 50 * (found["high"] - found["low"])
    return f"{'⚠ ' if found['warned'] else ''}{100 * found['adjusted']:.1f}% ±{wide:.1f}{'' if live else ' *'}"


def _hours(score: dict[str, Any]) -> str:
    if not score or score["p50_hours"] is None:
        return NOTHING
    return f"{score['p50_hours']:.0f} / {score['p90_hours']:.0f} h"


def warnings(t: Words, board: Partners, *, height: int) -> None:
    """Who is below a standard: as it was when it was raised, and as it is now."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame, tiers = board.warnings, tier_names(t, board)
        shown = frame.with_columns(
            *grid.beijing("since"),
            grid.mapped(t, "measure", "measure"),
            *(pl.col(name) * 100 for name in ("standard", "adjusted")),
            name=grid.names(t, frame),
            tier=pl.col("tier").replace(tiers),
            now=pl.Series("now", [_interval(row) for row in frame.iter_rows(named=True)], dtype=pl.String),
        )
        columns = {
            "name": grid.text(t("partners.who"), width=195),
            "measure": grid.text(t("partners.measure"), width=150),
            "tier": grid.text(t("partners.tier"), width=115),
            "now": grid.text(t("partners.now"), width=140),
            "standard": grid.number(t("partners.standard"), form="%.0f %%", width=72),
            "parcels": grid.number(t("partners.parcels"), width=75),
            "adjusted": grid.number(t("partners.when_raised"), form="%.1f %%", width=85),
            "since": grid.moment(t("col.since"), form="MM-DD HH:mm", width=100),
        }
        return shown, columns

    grid.live(t, board.warnings, build, key="partner-warnings", height=height)


def _interval(row: dict[str, Any]) -> str:
    if row["adjusted_now"] is None:
        return NOTHING
    return f"{100 * row['adjusted_now']:.1f}% ({100 * row['low_now']:.1f}–{100 * row['high_now']:.1f})"


def overdue(t: Words, board: Partners, *, height: int) -> None:
    """Steps that are overdue now, the most parcels first."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.overdue
        shown = frame.with_columns(
            *grid.beijing("oldest_due"),
            grid.mapped(t, "measure", "step"),
            node=grid.names(t, frame, "node"),
            carrier=grid.names(t, frame, "carrier"),
        )
        columns = {
            "node": grid.text(t("col.node"), width=180),
            "carrier": grid.text(t("col.carrier"), width=115),
            "step": grid.text(t("partners.step"), width=125),
            "parcels": grid.number(t("partners.parcels"), width=65),
            "oldest_due": grid.moment(t("partners.oldest_due"), form="MM-DD HH:mm", width=100),
        }
        return shown, columns

    if board.overdue.is_empty():
        st.caption(t("partners.nothing_overdue"))
        return
    grid.live(t, board.overdue, build, key="partner-overdue", height=height)
