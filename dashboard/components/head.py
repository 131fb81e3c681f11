"""What every page carries: who is here, the language, and, where a show matters, the line that says which one is on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import state
from dashboard.components import entrance, palette
from dashboard.people import Person
from dashboard.wording import LANGUAGES, NOTHING, Words, plain, words


def head(t: Words, here: Person) -> None:
    """Who is here and the language, in the bar of page names, and the few lines of style that themes lack."""
    st.html(palette.STYLE)
    with st.container(key="head", horizontal=True, vertical_alignment="center", gap="small"):
        if here.role is not None:
            entrance.who(t, here)
        st.segmented_control(
            t("language.label"),
            LANGUAGES,
            key="language_choice",
            default=t.language,
            format_func=lambda name: words(name)("language.name"),
            label_visibility="collapsed",
            on_change=_choose,
            required=True,
        )


def _choose() -> None:
    chosen = st.session_state.get("language_choice")
    if chosen in LANGUAGES:
        state.remember(state.LANGUAGE, chosen)


def show_line(t: Words, shows: pl.DataFrame, now: datetime) -> None:
    """The show that is on, or the next one, or the last one; its viewers if a signal came."""
    show = current_show(shows.rows(named=True))
    if show is None:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="show-line"):
        colours = {"live": "red", "before": "blue", "over": "gray", "always": "gray"}
        st.badge(t.of("phase", show["phase"]), color=colours[show["phase"]])
        st.markdown(f"**{plain(t.name(show, 'title'))}**", width="content")
        st.caption(_when(t, show, now), width="content")
        if show["viewers"] is not None and show["phase"] == "live":
            st.caption(
                t("show.viewers", viewers=t.count(show["viewers"]), clicks=t.count(show["clicks"])), width="content"
            )


def current_show(shows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The live show; else the next to start; else the last that ended. Shows that are always open do not count."""
    for phase, pick in (("live", -1), ("before", 0), ("over", -1)):
        fitting = [show for show in shows if show["phase"] == phase]
        if fitting:
            return fitting[pick]
    return None


def _when(t: Words, show: dict[str, Any], now: datetime) -> str:
    until = {"before": show["starts_at"], "live": show["ends_at"], "over": show["ends_at"]}.get(show["phase"])
    if until is None:
        return NOTHING
    span = t.duration(abs((until - now).total_seconds()))
    anchors = (
        "、".join((show["anchors"] or "").split("|"))
        if t.language == "zh"
        else (show["anchors"] or "").replace("|", ", ")
    )
    return t(f"show.{show['phase']}", span=span, anchors=plain(anchors))
