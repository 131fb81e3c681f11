"""The audit: filters, a page of commits with why and what changed, one of them in full, and the way out as a file."""

from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard.boards.audit import PAGE, Audit
from dashboard.commands import audit as audit_commands
from dashboard.components import grid
from dashboard.permits import Told, permit
from dashboard.views.audit import WHO, AuditView
from dashboard.wording import NOTHING, Words, plain
from engine.model.personal import masked_words
from engine.store.screens.audit import AuditFilter
from engine.usecases.room.export_audit import AuditExport, FileForm, told_apart

HEIGHT = 560
_FILE = "audit_file"


def filters(t: Words, board: Audit, view: AuditView) -> None:
    """Who, which person or machine, what, about what, since when; each goes into the address bar."""
    who, actor, verb, subject, span = st.columns([1.3, 1.5, 1.5, 1.7, 1.5], vertical_alignment="bottom")
    with who:
        _choice(t, "who", tuple(WHO), view.who)
    _select(actor, t, "actor", board.names["actor"], view.actor, {})
    words = {verb: t.of("verb", verb) for verb in board.names["verb"].unique()}
    _select(verb, t, "verb", board.names["verb"], view.verb, words)
    subject.text_input(
        t("audit.subject"), view.subject, key="audit_subject", placeholder=t("audit.subject_hint"), max_chars=160,
        on_change=_keep, args=("subject",),
    )  # fmt: skip
    with span:
        _choice(t, "span", ("hour", "day", "week", "ever"), view.span)


def _choice(t: Words, name: str, members: tuple[str, ...], chosen: str) -> None:
    st.segmented_control(
        t(f"audit.{name}"), members, default=chosen, format_func=lambda one: t(f"audit.{name}_{one}"),
        key=f"audit_{name}", required=True, on_change=_keep, args=(name,),
    )  # fmt: skip


def _select(box: Any, t: Words, name: str, values: pl.Series, chosen: str, words: dict[str, str]) -> None:
    listed = ["", *values.unique().sort()]
    box.selectbox(
        t(f"audit.{name}"), listed, index=listed.index(chosen) if chosen in listed else 0, key=f"audit_{name}",
        format_func=lambda one: words.get(one, one) if one else t("audit.any"), on_change=_keep, args=(name,),
    )  # fmt: skip


def _keep(name: str) -> None:
    value = st.session_state[f"audit_{name}"]
    for edge in ("before", "after"):
        st.query_params.pop(edge, None)
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def page(t: Words, board: Audit) -> None:
    """The commits of this page; one may be opened."""
    rows = board.rows
    told = [told_apart(detail) for detail in rows["detail"]]
    shown = rows.with_columns(
        *grid.beijing("at"),
        grid.mapped(t, "verb", "verb"),
        pl.Series("subject", [masked_words(subject) for subject in rows["subject"]], dtype=pl.String),
        pl.Series("why", [why or None for why, *_ in told], dtype=pl.String),
        pl.Series("change", [_change(before, after, rest) for _, before, after, rest in told], dtype=pl.String),
    )
    columns = {
        "at": grid.moment(t("col.at")),
        "actor": grid.text(t("audit.actor"), width=170),
        "verb": grid.text(t("audit.verb"), width=170),
        "subject": grid.text(t("audit.subject"), width=200),
        "why": grid.text(t("col.why"), width=230),
        "change": grid.text(t("audit.change"), width=380),
        "version": grid.number(t("audit.version"), width=80),
    }
    chosen = grid.show(t, shown, columns, key="audit-rows", height=HEIGHT, selection="single-row")
    _steps(t, board)
    if chosen:
        _one(t, rows.row(chosen[0], named=True))


def _change(before: Any, after: Any, rest: dict[str, Any]) -> str:
    """`3 → 5` where both are small, then what else was noted, shortened: the whole stands below when opened."""
    parts = []
    if before is not None or after is not None:
        parts.append(f"{_short(before)} → {_short(after)}")
    parts += [f"{name}: {_short(value)}" for name, value in rest.items() if value not in (None, "", [], {})]
    return " · ".join(parts)


def _short(value: Any) -> str:
    if value is None:
        return NOTHING
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= 60 else f"{text[:59]}…"


def _steps(t: Words, board: Audit) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="audit-steps"):
        st.button(
            t("audit.newest"), icon=":material/first_page:", key="audit-newest", disabled=not board.newer,
            on_click=_step, args=(None, None),
        )  # fmt: skip
        if not board.rows.is_empty():
            newest, oldest = int(board.rows["version"][0]), int(board.rows["version"][-1])
            st.button(
                t("audit.newer"), icon=":material/chevron_left:", key="audit-newer", disabled=not board.newer,
                on_click=_step, args=("after", newest),
            )  # fmt: skip
            st.button(
                t("audit.older"), icon=":material/chevron_right:", key="audit-older", disabled=not board.older,
                on_click=_step, args=("before", oldest),
            )  # fmt: skip
        st.caption(t("audit.fitting", n=t.count(board.fitting), page=PAGE), width="content")


def _step(edge: str | None, version: int | None) -> None:
    for name in ("before", "after"):
        st.query_params.pop(name, None)
    if edge is not None:
        st.query_params[edge] = str(version)


def _one(t: Words, row: dict[str, Any]) -> None:
    why, before, after, rest = told_apart(row["detail"])
    with st.container(border=True, key="panel-audit-one"):
        st.markdown(f"**{plain(t.of('verb', row['verb']))}** · {plain(row['actor'])} · {t.stamp(row['at'])}")
        st.text(f"{masked_words(row['subject'])}\n{why}".strip())
        for column, (name, value) in zip(
            st.columns(3), (("before", before), ("after", after), ("rest", rest or None)), strict=True
        ):
            column.caption(t(f"audit.{name}"))
            column.code(
                NOTHING if value is None else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(),
                language="json", wrap_lines=True,
            )  # fmt: skip


def export(t: Words, chosen: AuditFilter) -> None:
    """Make a file of what the filters show, then hand it over."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="audit-export"):
        for form, label in ((FileForm.CSV, t("audit.export_csv")), (FileForm.PARQUET, t("audit.export_parquet"))):
            if st.button(label, icon=":material/download:", key=f"audit-{form}", **permit(t, "export_audit")):
                with st.spinner(t("audit.exporting")):
                    st.session_state[_FILE] = audit_commands.export_audit(t, chosen, form)
        made: AuditExport | Told | None = st.session_state.pop(_FILE, None)
        if isinstance(made, Told):
            st.error(plain(made.text))
        elif made is not None:
            take = t("audit.take", name=made.name, n=t.count(made.rows))
            st.download_button(take, made.data, made.name, type="primary", icon=":material/save:", key="audit-take")
            if made.left:
                st.caption(t("audit.left", n=t.count(made.left)), width="content")
    st.caption(t("audit.masked"))
