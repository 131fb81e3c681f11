"""What the settings say of channels, as text for engine/channels/configured.py. Holds keys: nothing prints it."""

import re
from dataclasses import dataclass, field

from engine.errors import BadSetting


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """Where notices go; data/settings.toml explains each."""

    wecom: str = field(default="", repr=False)
    dingtalk: str = field(default="", repr=False)
    dingtalk_secrets: str = field(default="", repr=False)
    feishu: str = field(default="", repr=False)
    feishu_secrets: str = field(default="", repr=False)
    apprise: str = field(default="", repr=False)
    gateway: str = field(default="", repr=False)
    gateway_key: str = field(default="", repr=False)
    listen: str = field(default="", repr=False)
    room_url: str = "http://127.0.0.1:8501"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", self.room_url):
            raise BadSetting(f"[channels] room_url is {self.room_url!r}: it must be like https://warroom.brand.cn")
