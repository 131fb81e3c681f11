"""Did this request come through the front door's own name? Host against DNS rebinding, Origin against foreign pages.

A page of another site can make a visitor's browser send requests to 127.0.0.1; it cannot make it lie about Origin,
and a rebound name still arrives in Host.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from streamlit import config

from dashboard.api.callers import is_loopback
from dashboard.api.refusals import Refused

PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def check_host(headers: Headers) -> None:
    """Refuse (403) a Host that is not ours while the room is bound to this machine only."""
    bound = config.get_option("server.address") or ""
    if not (bound == "localhost" or is_loopback(bound)):
        return
    host = headers.get("host", "")
    name = _hostname(host)
    if name == "localhost" or is_loopback(name):
        return
    allowed = [*config.get_option("server.allowedHosts"), config.get_option("browser.serverAddress") or ""]
    if any(_matches(name, pattern.strip().lower()) for pattern in allowed if pattern):
        return
    raise Refused(
        403,
        f"The room is open to this machine only and does not answer to the name {host!r}. Behind a proxy, add "
        "the name to server.allowedHosts in .streamlit/config.toml.",
    )


def check_origin(headers: Headers, *, scheme: str) -> None:
    """Refuse (403) a browser's request that another site's page caused. No Origin: not a page, or an old GET."""
    origin = headers.get("origin")
    if origin is None:
        return
    try:
        parts = urlsplit(origin)
        theirs = (parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0))
        ours = urlsplit(f"//{headers.get('host', '')}")
        # The scheme behind a TLS proxy is not known for sure, so a missing port fits either default.
        mine = {(ours.hostname or "", port) for port in ([ours.port] if ours.port else [80, 443, PORTS[scheme]])}
    except ValueError:
        raise Refused(403, f"The Origin {origin!r} cannot be read.") from None
    if theirs[0] == "" or theirs not in mine:
        raise Refused(403, f"A page of {origin} may not call this room.")


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _matches(name: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        return name.endswith(pattern[1:])
    return name == pattern
