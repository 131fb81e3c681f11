"""What a screen is showing: one frozen value a screen, read from the address bar, so that a view is a link.

A value that makes no sense falls back; nothing here raises. Session state holds only the language, the last commit
this person made, unsent drafts, and a name that tells this session from others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self
from uuid import uuid4

import streamlit as st

from dashboard.runtime import board_settings
from dashboard.wording import LANGUAGES, Words, words
from engine.allocation.change_words import read_change
from engine.allocation.what_if import Change
from engine.errors import WarRoomError
from engine.usecases.allocation.ask_what_if import Scope, Which
from jobs.what_if_states import Question

LANGUAGE = "lang"
SEEN = "seen_version"
SESSION = "session_name"
ALL = "all"
MOST_CHANGES = 20
"""A link with more changes than this is nobody's scenario; the rest is left out."""


def language() -> Words:
    """The words of this session: from ?lang=, else as chosen before, else the room's setting."""
    asked = st.query_params.get(LANGUAGE)
    chosen = asked if asked in LANGUAGES else st.session_state.get(LANGUAGE, board_settings().language)
    remember(LANGUAGE, chosen)
    return words(chosen)


def remember(name: str, value: str) -> None:
    """Keep the language: in the session, and in the address bar, which a change of page empties."""
    st.session_state[name] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def seen_version() -> int:
    """The commit that this person's last command made: screens never show them anything older."""
    return int(st.session_state.get(SEEN, 0))


def saw(version: int) -> None:
    """A command of this person made commit `version`."""
    st.session_state[SEEN] = max(version, seen_version())


def session_name() -> str:
    """A name that no other session has."""
    return str(st.session_state.setdefault(SESSION, uuid4().hex))


@dataclass(frozen=True)
class PanelView:
    """A screen that keeps nothing but which of its panels is open: the first, unless the link says another."""

    panel: str

    PANELS: ClassVar[tuple[str, ...]]

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the address bar."""
        return cls(one_of(query.get("panel"), cls.PANELS))


@dataclass(frozen=True, slots=True)
class OrdersView:
    """Orders board: which show, which lower panel."""

    show: str = ALL
    panel: str = "latest"

    PANELS = ("latest", "unserved", "batches", "certificate")

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "OrdersView":
        """From the address bar."""
        return cls(query.get("show", ALL), one_of(query.get("panel"), cls.PANELS))


@dataclass(frozen=True, slots=True)
class InventoryView:
    """Inventory board: which panel, which SKU its lots are narrowed to."""

    panel: str = "pools"
    sku: str = ALL

    PANELS = ("pools", "skus", "lots")

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "InventoryView":
        """From the address bar."""
        return cls(one_of(query.get("panel"), cls.PANELS), query.get("sku", ALL))


class LogisticsView(PanelView):
    """Logistics board: which lower panel."""

    PANELS = ("silent", "carriers", "feeds")


class ClocksView(PanelView):
    """Promise clocks: which lower panel."""

    PANELS = ("alarms", "codes", "promises", "exemptions", "replay")


class AlertsView(PanelView):
    """Alerts: what stands, what happened, or the plans."""

    PANELS = ("open", "log", "books")


class ReviewView(PanelView):
    """Review desk: held orders or quarantined rows."""

    PANELS = ("holds", "quarantine")


class NetworkView(PanelView):
    """Network page: which list."""

    PANELS = ("stuck", "edits", "lots", "log")


@dataclass(frozen=True, slots=True)
class WavesView:
    """Waves: which node, open work or released waves; or one wave and which of its lists."""

    node: str = ALL
    panel: str = "open"
    wave: str = ""
    sheet: str = "pick"

    PANELS = ("open", "released")
    SHEETS = ("pick", "sort", "kits", "packing")

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "WavesView":
        """From the address bar."""
        return cls(
            query.get("node", ALL),
            one_of(query.get("panel"), cls.PANELS),
            query.get("wave", "").strip()[:80],
            one_of(query.get("sheet"), cls.SHEETS),
        )


@dataclass(frozen=True, slots=True)
class RoutesView:
    """Routes: which store."""

    node: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "RoutesView":
        """From the address bar."""
        return cls(query.get("node", "").strip()[:80])


@dataclass(frozen=True, slots=True)
class OrderView:
    """Order look-up: the words searched for and the order opened."""

    words: str = ""
    order_id: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "OrderView":
        """From the address bar."""
        return cls(query.get("q", "").strip()[:80], query.get("order", "").strip()[:160])


@dataclass(frozen=True, slots=True)
class WhatIfView:
    """What-if: which orders, and the changes as lines that `engine allocate --change` reads.

    scope: "waiting", a number of minutes, or "show:" and a show. `unread`: lines of the link that say no change.
    """

    scope: Scope
    changes: tuple[Change, ...] = ()
    unread: tuple[str, ...] = ()

    @classmethod
    def read(cls, query: Mapping[str, str], lines: Sequence[str], *, minutes: tuple[int, ...]) -> "WhatIfView":
        """From the address bar; the middle choice of `minutes` where it says no scope."""
        changes: list[Change] = []
        unread: list[str] = []
        for line in lines[:MOST_CHANGES]:
            try:
                changes.append(read_change(line))
            except WarRoomError as refusal:
                unread.append(str(refusal))
        asked = query.get("scope", "")
        kind, _, show = asked.partition(":")
        if kind == Which.WAITING:
            scope = Scope(Which.WAITING)
        elif kind == Which.SHOW and show:
            scope = Scope(Which.SHOW, show_id=show[:160])
        else:
            last = int(asked) if asked in {str(m) for m in minutes} else minutes[len(minutes) // 2]
            scope = Scope(Which.RECENT, minutes=last)
        return cls(scope, tuple(changes), tuple(unread))

    @property
    def question(self) -> Question:
        """What is asked."""
        return Question(self.scope, self.changes)


def scope_link(scope: Scope) -> str:
    """The scope as the address bar has it."""
    if scope.which is Which.RECENT:
        return str(scope.minutes)
    return f"{Which.SHOW}:{scope.show_id}" if scope.which is Which.SHOW else Which.WAITING.value


def one_of(value: str | None, allowed: tuple[str, ...]) -> str:
    """`value` where it makes sense, else the first that does."""
    return value if value in allowed else allowed[0]
