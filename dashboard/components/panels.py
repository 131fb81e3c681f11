"""Frames of a board: a panel with a title and the age of its data, a tile with one figure. Grey when old."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st

from dashboard import reads, sentences
from dashboard.components.ages import Freshness
from dashboard.wording import NOTHING, Words
from engine.errors import WarRoomError


@contextmanager
def panel(key: str, title: str, fresh: Freshness, *, height: int | None = None) -> Iterator[None]:
    """A bordered panel. `title` is text of ours. Title and age are one element: a wall has a dozen panels, and an
    element costs a third of a millisecond at every refresh of every viewer."""
    state = "stale" if fresh.stale else "panel"
    with st.container(border=True, key=f"{state}-{key}", height=height or "content"):
        st.html(f'<div class="panel-head"><b>{escape(title)}</b><span>{escape(fresh.text)}</span></div>')
        yield


def tile(
    key: str,
    title: str,
    value: str,
    note: str,
    fresh: Freshness,
    *,
    colour: str = "gray",
    height: int = 128,
) -> None:
    """One figure to be read across a room, a note under it, and its age. Without data the figure is a dash."""
    with panel(key, title, fresh, height=height):
        st.metric(
            title,
            value if fresh.known else NOTHING,
            delta=note if fresh.known else None,
            delta_color=colour,
            delta_arrow="off",
            label_visibility="collapsed",
        )


def live(t: Words, draw: Callable[[], None], *, paused: bool = False, every: float | None = None) -> None:
    """Draw now and, unless `paused`, at every refresh. A refusal (the room stops) is told in place and tried again."""

    @st.fragment(run_every=None if paused else every or reads.refresh_seconds())
    def part() -> None:
        try:
            draw()
        except WarRoomError as refusal:
            st.warning(sentences.said(t, str(refusal)), icon=":material/pause_circle:")

    part()
