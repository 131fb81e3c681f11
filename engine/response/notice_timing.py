"""When may a notice go out, and with which others? Back-off, quiet hours, tokens and digests; no clock, no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b

from engine.response.notice_policy import ChannelLimit, Quiet, RetryPolicy

BEIJING = timezone(timedelta(hours=8))  # one zone, no summer time


def wait_seconds(policy: RetryPolicy, key: str, failures: int) -> float:
    """How long to wait after so many failures (1: the first). The jitter is drawn from `key`: it can be told again."""
    assert failures >= 1
    plain = min(policy.first_seconds * policy.factor ** min(failures - 1, 60), policy.most_seconds)
    drawn = int.from_bytes(blake2b(f"{key} {failures}".encode(), digest_size=4).digest()) / 0xFFFFFFFF
    return plain * (1 + policy.jitter * (2 * drawn - 1))


def quiet_until(quiet: Quiet, now: datetime) -> datetime | None:
    """When the quiet hours that `now` lies in are over; None outside them."""
    here = now.astimezone(BEIJING)
    at, begins, ends = here.time().replace(tzinfo=None), quiet.begins, quiet.ends
    inside = begins <= at < ends if begins <= ends else at >= begins or at < ends
    if not inside:
        return None
    morning = datetime.combine(here.date(), ends, tzinfo=BEIJING)
    if morning <= here:
        morning += timedelta(days=1)
    return morning.astimezone(UTC)


def tokens(limit: ChannelLimit, sent: Sequence[datetime], now: datetime, *, window_seconds: float) -> int:
    """How many messages the channel takes now. `sent`: when messages were sent, of the last `window_seconds`."""
    left = limit.per_minute - sum((now - at).total_seconds() < window_seconds for at in sent)
    if limit.per_second:
        left = min(left, limit.per_second - sum((now - at).total_seconds() < 1 for at in sent))
    return max(left, 0)


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that may go out. `sent_as`: the digest that it was part of when nobody recorded how that ended."""

    notice_id: str
    critical: bool
    sent_as: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out as one message: the id that it is sent under, and its notices."""

    sent_as: str
    notice_ids: tuple[str, ...]


def messages(due: Sequence[Due], limit: ChannelLimit, *, left: int) -> list[Message]:
    """The messages to claim now, at most `limit.chunk` and `left`, of `due` in the order in which they should go.

    A digest whose end is unknown goes out again as it was, under its old id. Critical notices go alone, unless there
    are more of them than the channel takes. The others are told as one where `digest_from` or more wait, or where
    they are more than the channel takes.
    """
    if left <= 0:
        return []
    again: dict[str, list[str]] = {}
    for one in due:
        if one.sent_as is not None and one.sent_as != one.notice_id:
            again.setdefault(one.sent_as, []).append(one.notice_id)
    made = [Message(sent_as, tuple(ids)) for sent_as, ids in again.items()]
    fresh = [one for one in due if one.sent_as is None or one.sent_as == one.notice_id]
    made += _together([one.notice_id for one in fresh if one.critical], limit, at=limit.digest_from and left + 1)
    rest = [one.notice_id for one in fresh if not one.critical]
    made += _together(rest, limit, at=min(limit.digest_from, max(left - len(made), 1) + 1))
    return made[: min(limit.chunk, left)]


def _together(ids: Sequence[str], limit: ChannelLimit, *, at: int) -> list[Message]:
    """Alone, or in digests from `at` on; 0: never together."""
    if not at or len(ids) < at:
        return [Message(one, (one,)) for one in ids]
    cut = [tuple(ids[i : i + limit.digest_most]) for i in range(0, len(ids), limit.digest_most)]
    return [Message(digest_id(some) if len(some) > 1 else some[0], some) for some in cut]


def digest_id(notice_ids: Sequence[str]) -> str:
    """The id of a digest of these notices."""
    return f"d{blake2b(' '.join(sorted(notice_ids)).encode(), digest_size=12).hexdigest()}"
