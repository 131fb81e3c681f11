"""Which role has somebody who logged in? Told by a list of the brand's own: addresses, groups or subjects by role.

A login proves who somebody is. That this somebody works in the room, only the list says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import BadSetting
from engine.model.roles import Role
from engine.response.permissions import LADDER

GROUP, SUBJECT = "group:", "sub:"


@dataclass(frozen=True, slots=True)
class Claims:
    """What the provider says of a person. `email` is None where it says that the address is not verified."""

    subject: str
    email: str | None
    groups: frozenset[str]

    @property
    def audited_as(self) -> str:
        """The name that the audit keeps: what the person cannot choose."""
        return self.email or f"{SUBJECT}{self.subject}"


@dataclass(frozen=True, slots=True)
class Staff:
    """`entries`: by role what it is given to: an address in lower case, group:NAME or sub:SUBJECT."""

    entries: Mapping[Role, frozenset[str]]

    def role_of(self, claims: Claims) -> Role | None:
        """The highest role that one of its entries gives; None: the list knows nobody like that."""
        named = {f"{SUBJECT}{claims.subject}", *(f"{GROUP}{group}" for group in claims.groups)}
        if claims.email is not None:
            named.add(claims.email)
        return next((role for role in reversed(LADDER) if named & self.entries[role]), None)


def claims_from(said: Mapping[str, Any], *, groups_claim: str) -> Claims | None:
    """The claims of an ID token; None where it names no subject. A group list may come as a list or as one word."""
    subject = said.get("sub")
    if not isinstance(subject, str) or not subject:
        return None
    email = said.get("email")
    usable = (
        isinstance(email, str)
        and "@" in email
        and not email.startswith((GROUP, SUBJECT))  # it would read as another kind of entry
        and said.get("email_verified") not in (False, "false")
    )
    groups = said.get(groups_claim) or []
    listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    return Claims(
        subject=subject,
        email=str(email).strip().casefold() if usable else None,
        groups=frozenset(group for group in listed if isinstance(group, str)),
    )


def staff_from(listed: Mapping[str, Any], *, file: str) -> Staff:
    """The list, checked. Raises BadSetting with what would be right."""
    unknown = sorted(set(listed) - set(LADDER))
    if unknown:
        raise BadSetting(f"{file} names a role that the room does not have: {unknown[0]}; it has {', '.join(LADDER)}.")
    entries: dict[Role, frozenset[str]] = {}
    for role in LADDER:
        words = listed.get(role, [])
        if not isinstance(words, list):
            raise BadSetting(f"{file} {role} must be a list of addresses, group:NAME or sub:SUBJECT.")
        for word in words:
            if not isinstance(word, str) or not (word.startswith((GROUP, SUBJECT)) or "@" in word):
                raise BadSetting(f"{file} {role} lists {word!r}: it must be an address, group:NAME or sub:SUBJECT.")
        entries[role] = frozenset(w if w.startswith((GROUP, SUBJECT)) else w.strip().casefold() for w in words)
    if not entries[Role.ADMIN]:
        raise BadSetting(f"{file} names no admin: nobody could let anybody in.")
    return Staff(entries)
