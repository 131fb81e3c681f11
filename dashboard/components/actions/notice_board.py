"""The outbox to look at: figures, how each channel fares against its limit, each notice's text in both languages."""

from datetime import datetime
from html import escape
from typing import Any

import orjson
import polars as pl
import streamlit as st

from dashboard import sentences
from dashboard.boards.notices import Notices
from dashboard.components import ages, grid, panels
from dashboard.components import palette as p
from dashboard.views.notices import NoticesView
from dashboard.wording import LANGUAGES, NOTHING, Words, words
from engine.model.notices import (
    AUDIENCE_OF,
    Audience,
    ChannelKind,
    NoticeKind,
    NoticeState,
    StaffDesk,
    example_of,
)

FIGURES: tuple[tuple[str, tuple[NoticeState, ...], str], ...] = (
    ("waiting", (NoticeState.QUEUED, NoticeState.SENDING), ""),
    ("deferred", (NoticeState.DEFERRED,), ""),
    ("failed", (NoticeState.FAILED,), p.ORANGE),
    ("given_up", (NoticeState.GIVEN_UP, NoticeState.UNDELIVERED), p.RED),
    ("suppressed", (NoticeState.SUPPRESSED,), ""),
    ("sent", (NoticeState.SENT, NoticeState.DELIVERED), ""),
)
"""Which states a figure counts, and its colour where it is not zero. What is over is counted for a day."""
OVER = ("given_up", "suppressed", "sent")


def nothing(t: Words) -> None:
    """How a channel is named, where none is."""
    st.subheader(t("notices.none"), anchor=False)
    st.text(t("notices.none_text"))
    st.code(
        'WARROOM_CHANNELS_WECOM="ops=https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=..."\n'
        'WARROOM_CHANNELS_LISTEN="ops=warehouse:lisi|13800138000, carrier"\n'
        'WARROOM_CHANNELS_GATEWAY="https://..." WARROOM_CHANNELS_GATEWAY_KEY="..."',
        language="shell",
    )


def figures(t: Words, board: Notices) -> None:
    """Six figures to be read across a room."""
    cells = []
    for name, states, colour in FIGURES:
        count = board.count(*states, column="day" if name in OVER else "notices")
        style = f' style="color:{colour}"' if count and colour else ""
        cells.append(
            f"<div><span>{escape(t(f'notice_figure.{name}'))}</span><b{style}>{escape(t.count(count))}</b></div>"
        )
    with st.container(border=True, key="panel-notice-figures"):
        st.html(f"{_STYLE}<div class=notice-figures>{''.join(cells)}</div>")


def channels(t: Words, board: Notices, now: datetime) -> None:
    """One row a channel."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        frame = board.channels
        limits = [board.policy.limits[ChannelKind(kind)].per_minute for kind in frame["kind"]]
        used = [f"{sent} / {limit:,}" for sent, limit in zip(frame["last_minute"], limits, strict=True)]
        said = [None if text is None else sentences.said(t, text) for text in frame["last_error"]]
        standing = frame.with_columns(
            state=pl.when("configured").then("state").otherwise(pl.lit("unnamed")),
            last_error=pl.Series(said, dtype=pl.String),
        )
        shown = standing.with_columns(
            *grid.beijing("last_sent_at", "next_at"),
            grid.mapped(t, "channel_state", "state"),
            grid.mapped(t, "channel_kind", "kind"),
            desks=pl.Series([_desks(t, desks) for desks in frame["desks"]], dtype=pl.String),
            used=pl.Series(used, dtype=pl.String),
        )
        return shown, {
            "channel": grid.text(t("notice_col.channel"), width=90),
            "kind": grid.text(t("notice_col.channel_kind"), width=110),
            "state": grid.text(t("notice_col.channel_state"), width=110),
            "desks": grid.text(t("notice_col.desks"), width=270),
            "waiting": grid.number(t("notice_col.waiting"), width=70),
            "used": grid.text(t("notice_col.used"), width=90),
            "sent": grid.number(t("notice_col.sent"), width=80),
            "failed": grid.number(t("notice_col.failed"), width=80),
            "took_ms": grid.number(t("notice_col.took"), form="%.0f ms", width=80),
            "last_sent_at": grid.moment(t("notice_col.last_sent"), form="MM-DD HH:mm", width=100),
            "next_at": grid.moment(t("notice_col.rests_until"), form="HH:mm:ss", width=90),
            "last_error": grid.text(t("notice_col.last_error"), width=280),
        }

    fresh = ages.of_feed(t, board.stamp, "jobs", now)  # whoever sends is a job
    with panels.panel("notice-channels", t("notices.channels"), fresh):
        grid.live(t, board.channels, build, key="notice-channels", height=320)


def _desks(t: Words, kept: str) -> str:
    """Desks and who is mentioned there; a gateway serves buyers."""
    heard = orjson.loads(kept)
    if not heard:
        return t("notices.buyers")
    if len(heard) == len(StaffDesk) and not any(heard.values()):
        return t("notices.every_desk")
    return "; ".join(
        t.of("staff_desk", desk) + (f" @{' @'.join(people)}" if people else "") for desk, people in heard.items()
    )


def templates(t: Words, board: Notices, view: NoticesView) -> None:
    """One kind of notice as it reads in both languages, filled with examples."""
    kinds = list(NoticeKind)
    st.selectbox(
        t("notices.kind"),
        kinds,
        index=kinds.index(view.kind),
        format_func=lambda kind: f"{t.of('audience', AUDIENCE_OF[kind])} · {t.of('notice_kind', kind)}",
        key="notice_kind",
        on_change=_choose_kind,
    )
    template = board.templates.by_kind[view.kind]
    fields = example_of(view.kind)
    for column, language in zip(st.columns(2, gap="medium"), LANGUAGES, strict=True):
        said = board.templates.render(view.kind, fields, language)
        with column.container(border=True, key=f"panel-template-{language}"):
            st.caption(words(language)("language.name"))
            st.html(f"<b>{escape(said.title)}</b><p>{escape(said.text)}</p>")
    told = [t("notices.good_for", n=f"{template.good_hours:g}")]
    if AUDIENCE_OF[view.kind] is Audience.BUYER:
        quiet = board.policy.quiet[Audience.BUYER]
        told.append(t("notices.via", ways=" → ".join(t.of("via", via) for via in template.via)))
        told.append(t.of("consent", template.consent))
        told.append(t("notices.quiet_buyers", begins=f"{quiet.begins:%H:%M}", ends=f"{quiet.ends:%H:%M}"))
    else:
        quiet = board.policy.quiet[Audience.STAFF]
        told.append(t("notices.quiet_staff", begins=f"{quiet.begins:%H:%M}", ends=f"{quiet.ends:%H:%M}"))
    st.caption(" ".join(told))
    st.caption(t("notices.where_texts"))


def _choose_kind() -> None:
    st.query_params["kind"] = st.session_state["notice_kind"].value


def text_of(t: Words, board: Notices, kind: str, fields: str) -> str:
    """What a notice says, in the reader's language; a kind of an older room, or a damaged row, is a dash."""
    if kind not in list(NoticeKind):
        return NOTHING
    said = board.templates.render(NoticeKind(kind), orjson.loads(fields), t.language)
    return f"{said.title} — {said.text}"


_STYLE = """<style>
.notice-figures{display:grid;grid-template-columns:repeat(6,1fr);gap:.8rem;font-variant-numeric:tabular-nums}
.notice-figures div{display:flex;flex-direction:column}
.notice-figures span{font-size:.8rem;color:#8392AB}
.notice-figures b{font-size:1.8rem;font-weight:600;line-height:1.2}
</style>"""
