"""An action asked for by hand: choose its kind, name what it needs, see what it would do, say why, propose it.

The form is made of what the kind says it needs, so that a new kind has one without a line here.
"""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import action_commands
from dashboard.action_boards import Inbox
from dashboard.action_views import InboxView
from dashboard.commands import Told
from dashboard.components import action_card, inbox_board, network_tables
from dashboard.permits import permit
from dashboard.wording import Words, plain
from engine.model.actions import ActionKind
from engine.response.parameters import Of, Parameter
from engine.response.preview import Preview
from engine.usecases.action_kinds import KINDS

_SEEN = "inbox_seen"


def form(t: Words, board: Inbox, view: InboxView) -> None:
    """Choice, preview, proposal."""
    with st.container(border=True, key="panel-ask"):
        kind = st.selectbox(
            t("inbox.kind"), list(KINDS), index=list(KINDS).index(view.kind), key="ask_kind",
            format_func=lambda one: t.of("action", one), on_change=_keep_kind,
        )  # fmt: skip
        st.caption(plain(t.of("action_help", kind)))
        params = _parameters(t, board, kind)
        if st.button(
            t("inbox.preview"),
            icon=":material/visibility:",
            key="ask_see",
            **permit(t, "preview_action", disabled=params is None),
        ):
            made = action_commands.preview(t, kind, params or {})
            st.session_state[_SEEN] = (kind, params, made)
        seen = st.session_state.get(_SEEN)
        if seen is not None and seen[:2] == (kind, params):
            _seen(t, board, kind, params or {}, seen[2])


def _keep_kind() -> None:
    st.query_params["kind"] = st.session_state["ask_kind"]


def _parameters(t: Words, board: Inbox, kind: ActionKind) -> dict[str, Any] | None:
    """What the boxes say; None where there is nothing to choose from."""
    parameters = KINDS[kind].parameters
    boxes = st.columns(max(len(parameters), 3))
    found = {one.name: _box(t, board, kind, one, box) for one, box in zip(parameters, boxes, strict=False)}
    return None if any(value is None for value in found.values()) else found


def _box(t: Words, board: Inbox, kind: ActionKind, one: Parameter, box: Any) -> Any:
    label, key = t.of("param", one.name), f"ask-{kind}-{one.name}"
    if one.of is Of.UNITS:
        return int(box.number_input(label, min_value=one.least, max_value=min(one.most, 10**9), step=1, key=key))
    if one.of is Of.CHOICE:
        return box.selectbox(label, one.choices, format_func=lambda word: t.of("choice", word), key=key)
    if one.of is Of.REGION:
        places = network_tables.places_of(t, board.divisions)
        return box.selectbox(label, places, format_func=lambda code: places.get(code, code), key=key)
    things = board.things.filter(pl.col("what") == one.of.value)
    lines = {row["code"]: _line(t, row) for row in things.iter_rows(named=True)}
    return box.selectbox(label, lines, format_func=lambda code: lines.get(code, code), key=key)


def _line(t: Words, row: dict[str, Any]) -> str:
    named = t.name(row)
    if row["what"] == Of.PROVINCE:
        return t.of("province", row["code"])
    return named if named == row["code"] else f"{named} · {row['code']}"


def _seen(t: Words, board: Inbox, kind: ActionKind, params: dict[str, Any], made: Preview | Told) -> None:
    if isinstance(made, Told):
        st.error(plain(made.text))
        return
    st.html(f'<div class="act">{action_card.body(t, made, board.names, kind, KINDS[kind].reversibility, None)}</div>')
    with st.form("ask", border=False):
        why, go = st.columns([4, 1], vertical_alignment="bottom")
        reason = why.text_input(t("inbox.why"), max_chars=200, key="ask_why")
        pressed = go.form_submit_button(
            t("inbox.propose"),
            type="primary",
            width="stretch",
            icon=":material/add_task:",
            **permit(t, "propose_action"),
        )
    if pressed:
        outcome = action_commands.propose(t, kind, params, why=reason)
        inbox_board.keep_told(outcome)
        if outcome.done:
            st.session_state.pop(_SEEN, None)
            st.query_params["panel"] = "cards"
            st.session_state.pop("inbox_panel", None)
        st.rerun()
