"""Which keys sign tracking links, and is a link ours? Keys from the setting, else from a file beside the database.

The newest key signs, every listed key is accepted: to rotate, put a new one in front and take the old one away when its
links have run out. A wrong, foreign or expired token is simply no token: the caller learns no reason.
"""

import os
import secrets
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from itsdangerous import BadSignature, TimestampSigner

from engine.clock import type_now
from engine.errors import BadSetting
from engine.model.track_settings import TrackSettings
from engine.settings import DATA
from engine.store.database import Database

FILE = "track.key"
LONGEST = 200
"""Characters of a token; ours have about 75. Longer ones are not even looked at."""


class LinkSigner:
    """Signs link ids and reads them back. `keys`: the newest first."""

    def __init__(self, keys: Sequence[str], *, now: type_now, valid_days: int) -> None:
        self._signer = ClockSigner(now, list(reversed(keys)), salt="warroom.track")  # itsdangerous signs with the last
        self._seconds = valid_days * 86_400

    def token(self, link_id: str) -> str:
        """The link id with the time and a signature over both."""
        return self._signer.sign(link_id).decode("ascii")

    def link_id(self, token: str) -> str | None:
        """The link id of a token that is ours and still good. The signature is compared in constant time."""
        if len(token) > LONGEST or not token.isascii():
            return None
        try:
            return self._signer.unsign(token, max_age=self._seconds).decode("ascii")
        except BadSignature:  # SignatureExpired is one
            return None


class ClockSigner(TimestampSigner):
    """The room's clock instead of the machine's; SHA-256 instead of the library's old default. The newest key is last.

    `salt` keeps links of one use from being taken for links of another.
    """

    def __init__(self, now: type_now, keys: list[str], *, salt: str) -> None:
        super().__init__(keys, salt=salt, key_derivation="hmac", digest_method=sha256)
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now().timestamp())


def link_keys(settings: TrackSettings, database: Database) -> tuple[str, ...]:
    """The configured keys; without any, those of the file, which is made when it is missing. Raises BadSetting."""
    return settings.key_list() or _kept(key_file(database))


def key_file(database: Database) -> Path:
    """Beside the DuckDB file; for a PostgreSQL server in data/: rooms on several machines need the setting."""
    return (Path(str(database.url.database)).parent if database.is_duckdb else DATA) / FILE


def _kept(path: Path) -> tuple[str, ...]:
    try:
        # Exclusively: of two processes that start together, the second finds the first one's key.
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise BadSetting(
            f"The key of the tracking links cannot be kept in {path}: {error.strerror}. Set WARROOM_TRACK_KEY."
        ) from error
    made = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{made}\n")
    return (made,)


def _read(path: Path) -> tuple[str, ...]:
    try:
        keys = tuple(filter(None, path.read_text(encoding="ascii").split()))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"The key of the tracking links in {path} cannot be read: {error}") from error
    if not keys or min(map(len, keys)) < 16:
        raise BadSetting(
            f"{path} must hold keys of at least 16 characters, one a line, the newest first. Without the old keys "
            "every link that buyers have stops working."
        )
    return keys
