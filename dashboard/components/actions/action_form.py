"""An action asked for by hand: choose its kind, name what it needs, see what it would do, say why, do it.

The form is made of what the kind says it needs, so that a new kind has one without a line here.
"""

from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard import reads
from dashboard.boards.actions import Inbox
from dashboard.commands import actions as action_commands
from dashboard.commands.desk import Told
from dashboard.components.actions import alert_board, deed, inbox_board
from dashboard.components.network import network_tables
from dashboard.permits import permit
from dashboard.views.actions import InboxView
from dashboard.wording import Words, plain
from engine.model.actions import ActionKind
from engine.response.answers import known_of
from engine.response.parameters import Of, Parameter
from engine.response.preview import Preview
from engine.usecases.actions.kinds import KINDS

_SEEN, _LOOKED, _FILLED = "inbox_seen", "inbox_looked", "inbox_filled"


def form(t: Words, board: Inbox, view: InboxView) -> None:
    """Choice, preview, proposal."""
    with st.container(border=True, key="panel-ask"):
        kind = st.selectbox(
            t("inbox.kind"), list(KINDS), index=list(KINDS).index(view.kind), key="ask_kind",
            format_func=lambda one: t.of("action", one), on_change=_keep_kind,
        )  # fmt: skip
        st.caption(plain(t.of("action_help", kind)))
        answered = _answered(t, view, kind)
        if answered is not None:
            st.info(plain(t("inbox.for_alert", what=answered)), icon=":material/notifications_active:")
        params = _parameters(t, board, kind)
        look = st.button(
            t("inbox.preview"),
            icon=":material/visibility:",
            key="ask_see",
            **permit(t, "preview_action", disabled=params is None),
        )
        seen = st.session_state.get(_SEEN)
        asked = (kind, params)
        # Whoever comes from an alert has asked by that click: what can be looked at is shown at once.
        first = answered is not None and st.session_state.get(_LOOKED) != (view.alert, kind)
        if params is not None and (look or first):
            seen = st.session_state[_SEEN] = (*asked, action_commands.preview(t, kind, params))
            st.session_state[_LOOKED] = (view.alert, kind)
        if params is not None and seen is not None and seen[:2] == asked:
            cause = "" if answered is None else f"alert:{view.alert}"
            _seen(t, board, kind, params, seen[2], why=answered or "", cause=cause)


def _answered(t: Words, view: InboxView, kind: ActionKind) -> str | None:
    """The alert that is to be answered, in its sentence, where it still stands; what it knows fills the boxes."""
    alerts = reads.alerts()
    found = alerts.standing.filter(pl.col("alert_id") == view.alert).rows(named=True)
    if not found:
        return None
    [alert] = found
    if st.session_state.get(_FILLED) != (view.alert, kind):
        st.session_state[_FILLED] = (view.alert, kind)
        cause = tuple((str(name), str(value)) for name, value in orjson.loads(alert["cause"]))
        for name, value in known_of(KINDS[kind].parameters, cause, orjson.loads(alert["facts"])).items():
            st.session_state[f"ask-{kind}-{name}"] = value
    return alert_board.sentence(t, alerts, alert["condition"], alert["facts"])


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
    if one.of is Of.OFFERS:
        return ""  # chosen on their own page; here the plan takes the most worthwhile
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


def _seen(
    t: Words, board: Inbox, kind: ActionKind, params: dict[str, Any], made: Preview | Told, *, why: str, cause: str
) -> None:
    if isinstance(made, Told):
        st.error(plain(made.text))
        return
    deed.shown(t, kind, made, board.names)
    outcome = deed.button(t, kind, params, made, key=f"ask-{cause}-{kind}" if cause else "ask", why=why, cause=cause)
    if outcome is None:
        return
    inbox_board.keep_told(outcome)
    if outcome.done:
        st.session_state.pop(_SEEN, None)
        st.query_params["panel"] = "cards"
        st.session_state.pop("inbox_panel", None)
    st.rerun()
