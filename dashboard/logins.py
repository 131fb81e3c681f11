"""Is a login configured, rightly, and whom does a request's cookie name? Streamlit does OpenID Connect; this reads it.

A login that is configured wrongly stops the start: the room must never fall back to letting everybody in.
"""

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from streamlit import auth_util, config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from dashboard.api.callers import is_loopback
from engine.errors import BadSetting, WarRoomError
from engine.settings import DATA, Settings, load_settings
from engine.usecases.room.permissions import load_staff

NEEDED = ("server_metadata_url", "client_id", "client_secret", "redirect_uri", "cookie_secret")
SECRET_LETTERS = 32
"""The cookie says who somebody is; its secret must not be guessed."""

_held = False


def secrets_of_settings() -> dict[str, Any] | None:
    """Section [login] of the settings as Streamlit's section [auth]; None where it says nothing.

    Settings that cannot be read are told by the start of the room, which reads them again.
    """
    try:
        auth = load_settings().login.as_secrets()
    except WarRoomError:
        return None
    return {"auth": auth} if auth else None


def configured() -> bool:
    """Whether people must log in: what was so at the start stays so, whatever happens to the file of secrets."""
    return _held or bool(auth_util.get_secrets_auth_section())


def people_file(settings: Settings) -> Path:
    """Where the list of people stands."""
    return DATA / (settings.access.people or "people.toml")


def check(settings: Settings) -> None:
    """Refuse a login that could not work or would not protect. Raises BadSetting with what would be right."""
    global _held
    for path in config.get_option("secrets.files"):
        # Streamlit takes a file that it cannot read for none at all, which here would open the room to everybody.
        if Path(path).exists() and not secrets_singleton.load_if_toml_exists():
            raise BadSetting(f"The secrets file {path} cannot be read as TOML.")
    section = auth_util.get_secrets_auth_section().to_dict()
    if section:
        _check_section(section)
        load_staff(people_file(settings))
    _held = bool(section)


def _check_section(section: Mapping[str, Any]) -> None:
    for name in NEEDED:
        if not isinstance(section.get(name), str) or not section[name]:
            raise BadSetting(f"The login does not say {name}: section [auth] needs {', '.join(NEEDED)}.")
    if len(section["cookie_secret"]) < SECRET_LETTERS:
        raise BadSetting(f"The login's cookie_secret needs at least {SECRET_LETTERS} characters, drawn at random.")
    if not section["redirect_uri"].endswith("/oauth2callback"):
        raise BadSetting("The login's redirect_uri must end in /oauth2callback.")
    for name in ("redirect_uri", "server_metadata_url"):
        parts = urlsplit(section[name])
        host = parts.hostname or ""
        if not (parts.scheme == "https" or (parts.scheme == "http" and (host == "localhost" or is_loopback(host)))):
            raise BadSetting(f"The login's {name} must begin with https:// (http:// is for this machine only).")
    if importlib.util.find_spec("authlib") is None:
        raise BadSetting("The login needs the package Authlib: pip install -r requirements.txt.")


def claims_in_cookie(cookies: Mapping[str, str]) -> dict[str, Any]:
    """What a login said of whoever sends these cookies, with `is_logged_in`; {} where no valid login is in them."""

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(get_cookie_secret(), name, value)

    raw = auth_util.get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    try:
        said = json.loads(raw) if raw else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
