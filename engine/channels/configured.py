"""Which channels do the settings name, what opens each, and who is mentioned there? Wrong ones stop the start.

Addresses and secrets live in these values and nowhere else: they are never printed, stored or logged.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from engine.channels import apprise_library
from engine.errors import BadSetting
from engine.model.channel_settings import ChannelSettings
from engine.model.notices import Audience, ChannelKind, StaffDesk

GATEWAY = "gateway"
"""The name of the one channel to buyers."""

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel. desks: which it serves, and who is mentioned there for each."""

    name: str
    kind: ChannelKind
    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    desks: Mapping[StaffDesk, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def audience(self) -> Audience:
        """Whom it reaches."""
        return Audience.BUYER if self.kind is ChannelKind.GATEWAY else Audience.STAFF

    def without_secrets(self, text: str) -> str:
        """`text` with whatever opens this channel blacked out: vendors like to repeat what they were sent."""
        parts = urlsplit(self.url)
        keys = [pair.partition("=")[2] for pair in parts.query.split("&")] + [parts.path.rpartition("/")[2]]
        for secret in (self.url, self.secret, *keys):
            if len(secret) >= 6:
                text = text.replace(secret, "***")
        return text


@cache
def configured(settings: ChannelSettings) -> tuple[Channel, ...]:
    """Every channel of the settings. Raises BadSetting with one sentence, which never repeats an address."""
    secrets = {
        ChannelKind.DINGTALK: _pairs("dingtalk_secrets", settings.dingtalk_secrets),
        ChannelKind.FEISHU: _pairs("feishu_secrets", settings.feishu_secrets),
    }
    listening = _listening(settings.listen)
    found: list[Channel] = []
    for kind in (ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU, ChannelKind.APPRISE):
        named = _pairs(kind, getattr(settings, kind))
        for name in secrets.get(kind, {}):
            if name not in named:
                raise BadSetting(f"[channels] {kind}_secrets has a secret for {name!r}, which {kind} does not name.")
        for name, url in named.items():
            if name == GATEWAY or any(one.name == name for one in found):
                raise BadSetting(
                    f"[channels] {kind} names {name!r}, and that name is taken: every channel needs its own."
                )
            if kind is ChannelKind.APPRISE:
                if not apprise_library.known(url):
                    raise BadSetting(f"[channels] apprise {name}: the apprise library can make nothing of the address.")
            else:
                _check_address(f"{kind} {name}", url)
            desks = listening.pop(name, dict.fromkeys(StaffDesk, ()))
            found.append(Channel(name, kind, url, secrets.get(kind, {}).get(name, ""), desks))
    if listening:
        raise BadSetting(f"[channels] listen names {min(listening)!r}, which is no channel.")
    if settings.gateway:
        _check_address("gateway", settings.gateway)
        if len(settings.gateway_key) < 16:
            raise BadSetting(
                f"[channels] gateway_key has {len(settings.gateway_key)} characters: it needs at least 16, agreed with "
                "the gateway."
            )
        found.append(Channel(GATEWAY, ChannelKind.GATEWAY, settings.gateway, settings.gateway_key))
    elif settings.gateway_key:
        raise BadSetting("[channels] gateway_key is set, but no gateway.")
    return tuple(found)


def _pairs(setting: str, text: str) -> dict[str, str]:
    """name=value; name=value."""
    found: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in text.split(";"))):
        name, equals, rest = (piece.strip() for piece in part.partition("="))
        if not equals or not rest or not _NAME.fullmatch(name):
            raise BadSetting(f"[channels] {setting} must read name=address; name=address, names in small letters.")
        if name in found:
            raise BadSetting(f"[channels] {setting} names {name!r} twice.")
        found[name] = rest
    return found


def _listening(text: str) -> dict[str, dict[StaffDesk, tuple[str, ...]]]:
    """name=desk:person|person, desk; name=..."""
    found: dict[str, dict[StaffDesk, tuple[str, ...]]] = {}
    for name, desks in _pairs("listen", text).items():
        heard: dict[StaffDesk, tuple[str, ...]] = {}
        for part in filter(None, (one.strip() for one in desks.split(","))):
            desk, _, people = part.partition(":")
            if desk.strip() not in list(StaffDesk):
                raise BadSetting(
                    f"[channels] listen, {name}: {desk.strip()!r} is no desk; there are {', '.join(StaffDesk)}."
                )
            heard[StaffDesk(desk.strip())] = tuple(filter(None, (one.strip() for one in people.split("|"))))
        found[name] = heard
    return found


def _check_address(called: str, url: str) -> None:
    parts = urlsplit(url)
    try:
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        port_fits = False
    plain = bool(parts.hostname) and port_fits and parts.username is None and not parts.fragment and url.isascii()
    here = parts.scheme == "http" and parts.hostname in LOCAL
    if not plain or any(sign.isspace() for sign in url) or not (parts.scheme == "https" or here):
        raise BadSetting(
            f"[channels] {called}: the address must begin with https:// and name a host (http:// only on this machine)."
        )
