"""Who is looking, and in which role? Without a login the operator of the settings; with one, the person who logged in.

Asked anew at every click: a change of the list of people, and the end of a session, count from the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import streamlit as st

from dashboard import logins
from dashboard.runtime import room
from engine.clock import utc_now
from engine.model.access import NOBODY
from engine.model.roles import Role
from engine.response.staff import claims_from
from engine.settings import Settings
from engine.usecases.room.permissions import load_staff


class Standing(StrEnum):
    """How somebody stands before the door."""

    HERE = "here"  # no login is configured
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    ENDED = "ended"  # logged in longer ago than a session counts
    STRANGER = "stranger"  # logged in, and nobody the list knows
    FAR = "far"  # no login is configured, and this is another machine


@dataclass(frozen=True, slots=True)
class Person:
    """`name` is what the audit keeps, `shown` what screens say; without a `role` nobody sees a page or does a thing."""

    standing: Standing
    name: str
    shown: str
    role: Role | None


def person() -> Person:
    """Whoever this script run is for. Raises BadSetting while the list of people cannot be read: nobody acts then."""
    settings = room().settings
    if logins.configured():
        return person_of(st.user.to_dict(), settings, now=utc_now())
    name = settings.boards.operator
    address = st.context.ip_address if st.runtime.exists() else None  # None as well on this very machine
    if isinstance(address, str):
        return _from_afar(f"{name} @ {address}", settings.access.elsewhere)
    return Person(Standing.HERE, name, name, Role(settings.access.role))


def _from_afar(name: str, given: str) -> Person:
    return Person(Standing.FAR, name, name, None) if given == NOBODY else Person(Standing.HERE, name, name, Role(given))


def person_of(said: Mapping[str, Any], settings: Settings, *, now: datetime) -> Person:
    """Whoever a login says it is. `said`: the claims in the cookie that Streamlit signed."""
    claims = claims_from(said, groups_claim=settings.access.groups_claim)
    if claims is None or said.get("is_logged_in") is not True:
        return Person(Standing.LOGGED_OUT, "", "", None)
    name = claims.audited_as
    shown = said.get("name")
    shown = shown.strip()[:60] if isinstance(shown, str) and shown.strip() else name
    since = said.get("iat")
    lasts = timedelta(hours=settings.access.session_hours)
    if not isinstance(since, int | float) or not since > (now - lasts).timestamp():
        return Person(Standing.ENDED, name, shown, None)
    role = load_staff(logins.people_file(settings)).role_of(claims)
    if role is None and settings.access.others != NOBODY:
        role = Role(settings.access.others)
    return Person(Standing.STRANGER if role is None else Standing.LOGGED_IN, name, shown, role)
