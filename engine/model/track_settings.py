"""How links to buyers' pages are signed, where they lead, and how often one may be opened. Values of settings."""

import re
from dataclasses import dataclass

from engine.errors import BadSetting


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """The buyer's own page: `key` signs its links (several: the newest first), `relay` connects calls to couriers."""

    key: str = ""
    relay: str = ""
    base_url: str = "http://127.0.0.1:8501"
    requests_per_second: int = 2

    def __post_init__(self) -> None:
        if not 0 <= self.requests_per_second <= 10_000:
            raise BadSetting(
                f"[track] requests_per_second is {self.requests_per_second}: it must lie between 0 and 10000."
            )
        if any(len(key) < 16 for key in self.key_list()):
            raise BadSetting("[track] key takes several, separated by commas; every one needs at least 16 characters.")
        if self.relay and not re.fullmatch(r"\+?[0-9][0-9-]{4,18}[0-9]", self.relay):
            raise BadSetting(f"[track] relay is {self.relay!r}: it must be a telephone number, such as 400-123-4567.")
        if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", self.base_url):
            raise BadSetting(f"[track] base_url is {self.base_url!r}: it must be like https://track.brand.cn")

    def key_list(self) -> tuple[str, ...]:
        """The keys; none: the room makes one and keeps it beside its database."""
        return tuple(filter(None, (key.strip() for key in self.key.split(","))))
