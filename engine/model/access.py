"""How a room decides who may do what in it: by where somebody sits, or by a login. Values of settings, checked."""

from dataclasses import dataclass, field, fields

from engine.errors import BadSetting
from engine.model.roles import Role

NOBODY = "nobody"
"""In place of a role: may not even look."""

MOST_HOURS = 30 * 24.0
"""Streamlit's cookie of a login lives 30 days; no session can be longer."""


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Who has which role: without a login by where they sit, with one by the list in the file `people`."""

    role: str = Role.ADMIN.value
    elsewhere: str = Role.ANALYST.value
    people: str = ""
    others: str = NOBODY
    groups_claim: str = "groups"
    session_hours: float = 12

    def __post_init__(self) -> None:
        _one_of("role", self.role, tuple(Role))
        _one_of("elsewhere", self.elsewhere, (*Role, NOBODY))
        _one_of("others", self.others, (Role.ANALYST.value, NOBODY))
        if not 0.1 <= self.session_hours <= MOST_HOURS:
            raise BadSetting(
                f"[access] session_hours is {self.session_hours}: it must lie between 0.1 and {MOST_HOURS:g}."
            )


@dataclass(frozen=True, slots=True)
class LoginSettings:
    """The OpenID Connect client of st.login, for rooms that take secrets from the environment; all of it or nothing."""

    server_metadata_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    redirect_uri: str = ""
    cookie_secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        missing = [one.name for one in fields(self) if not getattr(self, one.name)]
        if 0 < len(missing) < len(fields(self)):
            raise BadSetting(f"[login] does not say {missing[0]}: a login needs all five of its settings.")

    def as_secrets(self) -> dict[str, str]:
        """What Streamlit reads as its section [auth]; empty: no login from here."""
        return {one.name: str(getattr(self, one.name)) for one in fields(self) if getattr(self, one.name)}


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadSetting(f"[access] {name} is {value!r}: it must be one of {', '.join(allowed)}.")
