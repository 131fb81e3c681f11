"""The review desk: held orders and quarantined rows, each with its reasons and the two ways to end it.

What is on the table while somebody chooses stays as it was: rows are chosen by position, and a queue that moved
under the pointer would end the wrong order. The desk says when the queue has changed and offers to lay it anew.
"""

from collections.abc import Mapping
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard import sentences
from dashboard.boards.four import Review
from dashboard.commands import desk as commands
from dashboard.components import outcomes
from dashboard.components.orders import order_tables
from dashboard.permits import permit
from dashboard.state import ReviewView
from dashboard.wording import Words, plain

HEIGHT = 600
_LAID = "laid"
_ROUND = "laid_round"
_TOLD = "told"


def choices(t: Words, board: Review, view: ReviewView) -> None:
    """Holds or quarantine, with how many wait."""
    counts = {"holds": board.waiting["held"], "quarantine": board.waiting["quarantined"]}
    st.segmented_control(
        t("review.panel"),
        ReviewView.PANELS,
        default=view.panel,
        format_func=lambda panel: t(f"review.{panel}_n", n=t.count(counts[panel])),  # type: ignore[arg-type]
        key="review_panel",
        label_visibility="collapsed",
        required=True,
        on_change=_choose,
    )


def _choose() -> None:
    st.query_params["panel"] = st.session_state["review_panel"]
    lay_anew()


def lay_anew() -> None:
    """Take the queue as it is now; earlier choices are gone."""
    for name in ReviewView.PANELS:
        st.session_state.pop(f"{_LAID}-{name}", None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def told() -> None:
    """What the last click came to."""
    outcomes.tell(_TOLD)


def holds(t: Words, board: Review) -> None:
    """Held orders: choose one or several, say why, release or cancel."""
    queue = _laid("holds", board.holds)
    chosen = order_tables.holds(t, queue, height=HEIGHT, key=f"holds-{st.session_state.get(_ROUND, 0)}")
    ids = queue[chosen]["order_id"].to_list() if chosen else []
    with st.form("holds", border=True):
        reason, release, cancel = st.columns([4, 1, 1], vertical_alignment="bottom")
        why = reason.text_input(
            t("review.reason"),
            placeholder=t("review.hold_reason"),
            key=f"hold_reason-{st.session_state.get(_ROUND, 0)}",
            max_chars=200,
        )
        go = release.form_submit_button(
            t("review.release", n=len(ids)),
            type="primary",
            icon=":material/check:",
            width="stretch",
            **permit(t, "release_holds", disabled=not ids),
        )
        stop = cancel.form_submit_button(
            t("review.cancel", n=len(ids)),
            icon=":material/block:",
            width="stretch",
            **permit(t, "cancel_holds", disabled=not ids),
        )
    if go:
        _end(commands.release_holds(t, ids, reason=why))
    if stop:
        _end(commands.cancel_holds(t, ids, reason=why))
    st.caption(t("review.hold_help"))


def quarantine(t: Words, board: Review) -> None:
    """Quarantined rows: choose one, read what is wrong, correct its fields and send it, or drop it."""
    queue = _laid("quarantine", board.quarantine)
    chosen = order_tables.quarantine(t, queue, height=250, key=f"rows-{st.session_state.get(_ROUND, 0)}")
    if not chosen:
        st.caption(t("review.choose_row") if queue.height else t("review.no_rows"))
        return
    row = queue.row(chosen[0], named=True)
    faults, form = st.columns([1, 2.2], gap="medium")
    with faults:
        st.markdown(f"**{t('review.faults')}**")
        for fault in sentences.faults(t, row["fault"]):
            st.text(f"• {fault}")
        st.markdown(f"**{t('review.raw')}**")
        st.code(_pretty(row["raw"]), language="json", wrap_lines=True, height=220)
    with form:
        _correction(t, row)


def _correction(t: Words, row: Mapping[str, Any]) -> None:
    fields = _fields(row["raw"])
    with st.form(f"row-{row['row_id']}", border=True):
        st.markdown(f"**{t('review.correct_title')}**")
        corrected = dict(fields)
        columns = st.columns(3)
        for i, (path, value) in enumerate(fields.items()):
            corrected[path] = columns[i % 3].text_input(plain(path), value, key=f"field-{row['row_id']}-{path}")
        reason, send, drop = st.columns([3, 1.4, 1], vertical_alignment="bottom")
        why = reason.text_input(t("review.drop_reason"), key=f"drop-{row['row_id']}", max_chars=200)
        go = send.form_submit_button(
            t("review.correct"), type="primary", icon=":material/send:", width="stretch", **permit(t, "correct_row")
        )
        away = drop.form_submit_button(
            t("review.drop"), icon=":material/delete:", width="stretch", **permit(t, "drop_row")
        )
    if go:
        _end(commands.correct_row(t, row["row_id"], _rebuilt(row["raw"], corrected)))
    if away:
        _end(commands.drop_row(t, row["row_id"], reason=why))


def _end(outcome: commands.Told) -> None:
    """After a command: tell it; if it was done, lay the queue anew."""
    st.session_state[_TOLD] = outcome
    if outcome.done:
        lay_anew()
    st.rerun()


def _laid(name: str, queue: pl.DataFrame) -> pl.DataFrame:
    """The queue as it was laid on the desk."""
    laid: pl.DataFrame = st.session_state.setdefault(f"{_LAID}-{name}", queue)
    return laid


def changed(board: Review, view: ReviewView) -> int:
    """How many entries came or went since the queue was laid."""
    laid = st.session_state.get(f"{_LAID}-{view.panel}")
    if laid is None:
        return 0
    queue, key = (board.holds, "order_id") if view.panel == "holds" else (board.quarantine, "row_id")
    return len(set(laid[key]) ^ set(queue[key]))


def _fields(raw: str) -> dict[str, str]:
    """A raw row as flat fields: `address.province`, `lines.0.sku`. What is no object is one field."""
    return _flat(orjson.loads(raw))


def _flat(value: object, path: str = "") -> dict[str, str]:
    if isinstance(value, dict) and value:
        return {
            k: v for key, part in value.items() for k, v in _flat(part, f"{path}.{key}" if path else str(key)).items()
        }
    if isinstance(value, list) and value:
        return {k: v for i, part in enumerate(value) for k, v in _flat(part, f"{path}.{i}" if path else str(i)).items()}
    return {path or "row": "" if value is None or value in ({}, []) else str(value)}


def _rebuilt(raw: str, corrected: Mapping[str, str]) -> Any:
    """The row in its own shape with the corrected fields in place; untouched fields keep their JSON type."""
    return _placed(orjson.loads(raw), corrected)


def _placed(value: object, corrected: Mapping[str, str], path: str = "") -> Any:
    if isinstance(value, dict) and value:
        return {k: _placed(v, corrected, f"{path}.{k}" if path else str(k)) for k, v in value.items()}
    if isinstance(value, list) and value:
        return [_placed(v, corrected, f"{path}.{i}" if path else str(i)) for i, v in enumerate(value)]
    before = _flat(value, path)[path or "row"]
    after = corrected.get(path or "row", before)
    return value if after == before else _typed(after, like=value)


def _typed(text: str, *, like: object) -> Any:
    """A corrected field: a number where a number stood and one was typed, else text."""
    if isinstance(like, int | float) and not isinstance(like, bool):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    return text


def _pretty(raw: str) -> str:
    return orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2).decode()
