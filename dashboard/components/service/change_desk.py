"""Changes of packing and carrier: what is proposed and why, what is in force, and whether it helped."""

from collections.abc import Mapping
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.returns import Returns
from dashboard.commands import returns as commands
from dashboard.components import grid, outcomes
from dashboard.components.actions import deed
from dashboard.permits import Told, permit
from dashboard.wording import NOTHING, Words, plain
from engine.model.actions import ActionKind
from engine.model.before_after import Effect

_TOLD, _ROUND = "changes_told", "changes_round"


def told() -> None:
    """What the last click came to."""
    outcomes.tell(_TOLD)


def desk(t: Words, board: Returns) -> None:
    """Every change; those chosen can be put in force, rejected or ended, with a reason."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="look"):
        st.markdown(f"**{t('returns.changes')}**", width="content")
        may = permit(t, "propose_improvements")
        if st.button(t("returns.look"), icon=":material/manage_search:", key="changes-look", **may):
            _end(commands.propose(t))
    frame = board.changes
    if frame.is_empty():
        st.caption(t("returns.no_changes"))
        return
    lap = st.session_state.get(_ROUND, 0)
    chosen = _table(t, frame, reads.change_effects(), key=f"changes-{lap}")
    st.caption(t("returns.effect_how", weeks=board.policy.effect.weeks, least=board.policy.effect.min_units))
    if len(chosen) == 1:
        _weighed(t, frame.row(chosen[0], named=True), board)
    if chosen:
        _decide(t, frame[chosen]["improvement_id"].to_list(), lap=lap)


def _decide(t: Words, ids: list[str], *, lap: int) -> None:
    with st.form("changes", border=True):
        reason, go, no, end = st.columns([3, 1.2, 1.2, 1.2], vertical_alignment="bottom")
        why = reason.text_input(t("returns.reason"), key=f"change-reason-{lap}", max_chars=200)
        n = t.count(len(ids))
        approve = go.form_submit_button(t("returns.approve", n=n), type="primary", icon=":material/check:",
                                        width="stretch", **permit(t, "act_now"))  # fmt: skip
        reject = no.form_submit_button(t("returns.reject", n=n), icon=":material/block:", width="stretch",
                                       **permit(t, "reject_improvements"))  # fmt: skip
        stop = end.form_submit_button(t("returns.end", n=n), icon=":material/stop_circle:", width="stretch",
                                      **permit(t, "end_improvements"))  # fmt: skip
    if approve:
        _end(_approved(t, ids, why))
    if reject:
        _end(commands.reject(t, ids, reason=why))
    if stop:
        _end(commands.end(t, ids, reason=why))


def _approved(t: Words, ids: list[str], why: str) -> Told:
    """Each is an action of its own: what the one is refused, the others are not."""
    came = [deed.at_once(t, ActionKind.CHANGE_PACKAGING, {"improvement": one}, why=why) for one in ids]
    told = dict.fromkeys(one.text for one in came)
    return Told(done=all(one.done for one in came), text=" ".join(told))


def _table(t: Words, frame: pl.DataFrame, effects: Mapping[str, Effect], *, key: str) -> list[int]:
    rows = frame.to_dicts()
    shown = frame.with_columns(
        *grid.yuan("saving_cents"),
        *grid.beijing("state_at"),
        grid.mapped(t, "improvement_state", "state"),
        grid.mapped(t, "province", "province"),
        name=grid.names(t, frame),
        carrier=grid.names(t, frame, "carrier"),
        what=pl.Series([_what(t, row) for row in rows], dtype=pl.String),
        now=pl.Series(
            [f"{100 * row['share']:.1f}% ({row['damaged']}/{row['units']})" for row in rows], dtype=pl.String
        ),
        expected=pl.col("share_after") * 100,
        limit=pl.col("limit_share") * 100,
        effect=pl.Series([_effect(t, effects.get(row["improvement_id"])) for row in rows], dtype=pl.String),
    )
    columns = {
        "state": grid.text(t("col.state"), width=75),
        "name": grid.text(t("col.goods"), width=180),
        "carrier": grid.text(t("col.carrier"), width=110),
        "province": grid.text(t("col.province"), width=95),
        "now": grid.text(t("returns.when_proposed"), width=125),
        "limit": grid.number(t("returns.limit"), form="%.0f %%", width=65),
        "what": grid.text(t("returns.what"), width=220),
        "expected": grid.number(t("returns.expected"), form="%.1f %%", width=90),
        "saving_cents": grid.number(t("returns.saves"), form="¥%.0f", width=100),
        "effect": grid.text(t("returns.effect"), width=210),
        "state_at": grid.moment(t("col.since"), form="MM-DD HH:mm", width=105),
    }
    return grid.show(t, shown, columns, key=key, height=420, selection="multi-row")


def _what(t: Words, row: Mapping[str, Any]) -> str:
    if row["kind"] == "packaging":
        return t("returns.pack_in", material=t.name(row, "material"))
    return t("returns.surcharge", money=t.money(row["surcharge_cents"]), instead=t.name(row, "instead"))


def _effect(t: Words, effect: Effect | None) -> str:
    """`Better: -4.1 points (-6.0 to -2.2)`; plainly nothing, or too few yet, where that is so."""
    if effect is None:
        return NOTHING
    said = t.of("effect_verdict", effect.verdict)
    if effect.effect is None or effect.low is None or effect.high is None:
        return said
    return t("returns.points", said=said, effect=f"{100 * effect.effect:+.1f}", low=f"{100 * effect.low:+.1f}",
             high=f"{100 * effect.high:+.1f}")  # fmt: skip


def _weighed(t: Words, row: Mapping[str, Any], board: Returns) -> None:
    """Everything that was weighed for the chosen change."""
    parts = []
    for kind, subject, after, saving in orjson.loads(row["options"]):
        known = board.names["material" if kind == "packaging" else "carrier"]
        zh, en = known.get(subject, (subject, subject))
        name = zh if t.language == "zh" else en
        parts.append(t("returns.option", name=name, share=f"{100 * after:.1f}%", money=t.money(saving)))
    st.caption(plain(t("returns.weighed", options="; ".join(parts))))


def _end(outcome: Told) -> None:
    st.session_state[_TOLD] = outcome
    if outcome.done:
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()
