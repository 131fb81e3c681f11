"""Past orders under another version of their rules: the choice, and the difference clause by clause."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.boards.clocks import Clocks
from dashboard.commands import clocks as clock_commands
from dashboard.components import grid
from dashboard.permits import permit
from dashboard.wording import NOTHING, Words, plain
from engine.usecases.clocks.replay_rules import CliffDifference, Replay


def desk(t: Words, board: Clocks) -> None:
    """Choose platform and versions, press, read."""
    known = {name: [p.version for p in rules.versions] for name, rules in board.platforms.items()}
    with_two = [name for name, versions in known.items() if len(versions) > 1]
    if not with_two:
        st.caption(t("replay.one_version"))
        return
    platform = with_two[0]
    if len(with_two) > 1:
        platform = st.selectbox(
            t("replay.platform"), with_two, format_func=lambda name: t.of("platform", name), key="replay-platform"
        )
    versions = known[platform]
    with st.form("replay", border=True):
        one, other, go = st.columns([1, 1, 1], vertical_alignment="bottom")
        first = one.selectbox(t("replay.version"), versions, index=len(versions) - 1, key="replay-version")
        second = other.selectbox(t("replay.against"), versions, index=0, key="replay-against")
        pressed = go.form_submit_button(
            t("replay.go"), icon=":material/history:", width="stretch", **permit(t, "replay")
        )
    if not pressed:
        return
    found = clock_commands.replay(t, platform=platform, version=first, against=second)
    if isinstance(found, Replay):
        _tell(t, found)
    else:
        st.error(plain(found.text))


def _tell(t: Words, found: Replay) -> None:
    if found.orders == 0:
        st.info(t("replay.no_orders"))
        return
    days = t("replay.days", first=found.first_day or NOTHING, last=found.last_day or NOTHING)
    st.caption(t("replay.told", n=t.count(found.orders), days=days, yuan=t.money(round(found.yuan * 100))))
    rows: list[dict[str, Any]] = [
        {
            "clock": t.of("clock", one.clock),
            "broken": one.version.broken,
            "yuan": _yuan(t, one.version.yuan, one.version.unpriced, one.version.broken),
            "broken_against": one.against.broken,
            "yuan_against": _yuan(t, one.against.yuan, one.against.unpriced, one.against.broken),
            "orders": one.orders,
            "difference": one.yuan,
        }
        for one in found.clauses
    ]
    columns = {
        "clock": grid.text(t("clock_col.clock"), width=220),
        "broken": grid.number(t("replay.broken_under", version=found.version), width=160),
        "yuan": grid.text(t("replay.yuan_under", version=found.version), width=160),
        "broken_against": grid.number(t("replay.broken_under", version=found.against), width=160),
        "yuan_against": grid.text(t("replay.yuan_under", version=found.against), width=160),
        "orders": grid.number(t("replay.more_orders"), form="%+d", width=100),
        "difference": grid.number(t("replay.more_yuan"), form="%+.0f", width=110),
    }
    grid.show(t, pl.DataFrame(rows), columns, key="replay-clauses")
    for cliff in found.cliffs:
        st.caption(_cliff(t, found, cliff))
    st.caption(t("replay.gap"))


def _yuan(t: Words, yuan: float, unpriced: int, broken: int) -> str:
    if broken and unpriced == broken:
        return t("clocks.unpriced")
    return t.money(round(yuan * 100))


def _cliff(t: Words, found: Replay, cliff: CliffDifference) -> str:
    def days(of: list[str] | None) -> str:
        return t("replay.unknown_cliff") if of is None else t("replay.reached_days", n=t.count(len(of)))

    return f"{t.of('cliff', cliff.cliff)}: {found.version} {days(cliff.version)}; {found.against} {days(cliff.against)}"
