"""Tables of the desk of compensations: proposals with their reasons, one of them in full, budgets, decisions."""

from collections.abc import Mapping
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard.components import grid
from dashboard.wording import Words, plain

HEIGHT = 400


def budget_name(t: Words, row: Mapping[str, Any]) -> str:
    """A show by its title, the shop by its month."""
    if row["budget_key"].startswith("shop:"):
        return t("compensation.shop", month=row["budget_key"].removeprefix("shop:"))
    return t.name(row, "title") if row["title_zh"] else row["budget_key"]


def queue(t: Words, rows: pl.DataFrame, *, key: str) -> list[int]:
    """Proposals, those that save most first; returns the chosen positions."""
    listed = rows.to_dicts()
    shown = rows.with_columns(
        *grid.beijing("asked_at"),
        *grid.yuan("cost_cents", "left_cents"),
        grid.mapped(t, "complaint", "complaint"),
        grid.mapped(t, "severity", "severity"),
        grid.mapped(t, "remedy", "remedy"),
        grid.mapped(t, "claim", "claim"),
        grid.links(t, rows),
        saves=(pl.col("nothing_cents") - pl.col("expected_cents")) / 100,
        needs=pl.Series([needs(t, row) for row in listed], dtype=pl.String),
        odd=pl.Series([odd(t, row) for row in listed], dtype=pl.String),
    )
    columns = {
        "link": grid.link(t),
        "complaint": grid.text(t("compensation.complaint"), width=90),
        "severity": grid.text(t("compensation.severity"), width=70),
        "said": grid.text(t("compensation.said"), width=210),
        "claim": grid.text(t("compensation.claim"), width=100),
        "remedy": grid.text(t("compensation.remedy"), width=110),
        "cost_cents": grid.number(t("compensation.charge"), form="¥%.2f", width=80),
        "saves": grid.number(t("compensation.saves"), form="¥%.2f", width=90),
        "needs": grid.text(t("compensation.needs"), width=190),
        "odd": grid.text(t("compensation.odd"), width=250),
        "buyer": grid.text(t("col.buyer"), width=95),
        "asked_at": grid.moment(t("compensation.asked_at"), form="MM-DD HH:mm", width=105),
        "left_cents": grid.number(t("compensation.left_col"), form="¥%.2f", width=100),
    }
    return grid.show(t, shown, columns, key=key, height=HEIGHT, selection="multi-row")


def needs(t: Words, row: Mapping[str, Any]) -> str:
    """Who must agree, and why not an operator alone."""
    why = [t.of("why_manager", each) for each in orjson.loads(row["why_manager"])]
    return t.of("role", row["approver"]) + (f" · {t('compensation.and').join(why)}" if why else "")


def odd(t: Words, row: Mapping[str, Any]) -> str:
    """`40 · ...`: the abuse score and what it rests on; empty where nothing is odd."""
    why = [t.of("abuse_signal", signal).format(n=count, of=of) for signal, _, count, of in orjson.loads(row["abuse"])]
    return f"{row['abuse_score']} · {t('compensation.and').join(why)}" if why else ""


def one(t: Words, row: Mapping[str, Any]) -> None:
    """The chosen proposal: on what its severity rests, and what every allowed remedy is expected to cost."""
    ground = orjson.loads(row["ground"])
    words = t("compensation.and").join(ground["words"])
    st.caption(
        plain(
            t.of("compensation_by", ground["by"]).format(words=words, severity=t.of("severity", row["severity"]))
            + " "
            + t("compensation.nothing", money=t.money(row["nothing_cents"]))
        )
    )
    parts = ("direct", "escalation", "ruled", "rating", "lost", "total")
    options = pl.DataFrame(orjson.loads(row["options"])).with_columns(
        grid.mapped(t, "remedy", "remedy"), *(pl.col(part) / 100 for part in parts)
    )
    columns = {
        "remedy": grid.text(t("compensation.remedy"), width=160),
        **{part: grid.number(t(f"compensation.part_{part}"), form="¥%.2f", width=130) for part in parts},
    }
    grid.show(t, options, columns, key="compensation-options")


def budgets(t: Words, frame: pl.DataFrame) -> None:
    """One row a budget."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = frame.with_columns(
            *grid.yuan("cents", "committed_cents", "left_cents", "proposed_cents"),
            grid.mapped(t, "set_by", "set_by"),
            name=pl.Series([budget_name(t, row) for row in frame.iter_rows(named=True)], dtype=pl.String),
        )
        columns = {
            "name": grid.text(t("compensation.which"), width=260),
            "cents": grid.number(t("compensation.budget"), form="¥%.2f", width=110),
            "committed_cents": grid.number(t("compensation.committed"), form="¥%.2f", width=110),
            "left_cents": grid.number(t("compensation.left_col"), form="¥%.2f", width=110),
            "proposed_cents": grid.number(t("compensation.proposed_col"), form="¥%.2f", width=110),
            **{
                name: grid.number(t(f"compensation_state.{name}"), width=80)
                for name in ("proposed", "approved", "sent", "paid", "failed")
            },
            "set_by": grid.text(t("compensation.set_by"), width=110),
        }
        return shown, columns

    grid.live(t, frame, build, key="compensation-budgets", height=420)


def log(t: Words, frame: pl.DataFrame, *, key: str) -> list[int]:
    """Decisions and payments, the latest first; returns the chosen positions."""
    shown = frame.with_columns(
        *grid.beijing("state_at"),
        *grid.yuan("cost_cents", "pay_cents"),
        grid.mapped(t, "complaint", "complaint"),
        grid.mapped(t, "severity", "severity"),
        grid.mapped(t, "remedy", "remedy"),
        grid.mapped(t, "compensation_state", "state"),
        grid.links(t, frame),
    )
    columns = {
        "state_at": grid.moment(t("col.at"), width=130),
        "state": grid.text(t("col.state"), width=100),
        "link": grid.link(t),
        "complaint": grid.text(t("compensation.complaint"), width=100),
        "severity": grid.text(t("compensation.severity"), width=80),
        "remedy": grid.text(t("compensation.remedy"), width=120),
        "pay_cents": grid.number(t("compensation.to_buyer"), form="¥%.2f", width=100),
        "cost_cents": grid.number(t("compensation.charge"), form="¥%.2f", width=100),
        "reason": grid.text(t("col.why"), width=220),
        "actor": grid.text(t("col.actor"), width=120),
    }
    return grid.show(t, shown, columns, key=key, height=480, selection="multi-row")
