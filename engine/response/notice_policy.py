"""The knobs of the outbox (data/rules/notices.toml): what channels take, when to try again, when to keep quiet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from engine.errors import BadSetting
from engine.model.notices import Audience, ChannelKind
from engine.model.toml_values import member, no_strangers, part, table, tables, value, within

FILE = "notices.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Waits between tries: `first_seconds`, then `factor` times longer each, at most `most_seconds`, +- `jitter`."""

    first_seconds: float
    factor: float
    most_seconds: float
    jitter: float

    def __post_init__(self) -> None:
        limits = {
            "first_seconds": (1.0, 600.0),
            "factor": (1.0, 10.0),
            "most_seconds": (self.first_seconds, 6 * 3600.0),
            "jitter": (0.0, 0.5),
        }
        within(self, f"{FILE} [retry]", limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPolicy:
    """timeout_seconds: one exchange. lease_seconds: how long a claim holds. window_seconds: of the limits a minute."""

    timeout_seconds: float
    lease_seconds: float
    window_seconds: float

    def __post_init__(self) -> None:
        limits = {
            "timeout_seconds": (1.0, 60.0),
            "lease_seconds": (3 * self.timeout_seconds, 3600.0),
            "window_seconds": (60.0, 120.0),
        }
        within(self, f"{FILE} [send]", limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """link_hours: how long a card's link leads to the action."""

    link_hours: float

    def __post_init__(self) -> None:
        within(self, f"{FILE} [approval]", {"link_hours": (1.0, 168.0)})


@dataclass(frozen=True, slots=True)
class Quiet:
    """Beijing times between which nothing is sent; `begins` after `ends` spans midnight, equal is never."""

    begins: time
    ends: time


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLimit:
    """What a kind of channel takes, and how notices are put together for it; see the file."""

    kind: ChannelKind
    per_minute: int
    per_second: int
    chunk: int
    text_bytes: int
    rich_bytes: int
    digest_from: int
    digest_most: int

    def __post_init__(self) -> None:
        limits = {
            "per_minute": (1, 100_000),
            "per_second": (0, 10_000),
            "chunk": (1, 1000),
            "text_bytes": (200, 100_000),
            "rich_bytes": (200, 100_000),
            "digest_from": (0, 1000),
            "digest_most": (self.digest_from, 1000),
        }
        within(self, f"{FILE} [[limit]] {self.kind}", limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePolicy:
    """All of it; `limits` has every kind of channel."""

    retry: RetryPolicy
    send: SendPolicy
    approval: ApprovalPolicy
    quiet: Mapping[Audience, Quiet]
    limits: Mapping[ChannelKind, ChannelLimit]


def policy_from(parsed: Mapping[str, Any]) -> NoticePolicy:
    """The policy of a parsed notices.toml; raises BadSetting at what is missing, unknown or out of bounds."""
    no_strangers(parsed, ["retry", "send", "approval", "quiet", "limit"], file=FILE, where="")
    quiet = table(parsed, "quiet", file=FILE)
    no_strangers(quiet, list(Audience), file=FILE, where=" [quiet]")
    limits = [_limit(one) for one in tables(parsed, "limit", file=FILE)]
    kinds = [limit.kind for limit in limits]
    if twice := [kind for kind in kinds if kinds.count(kind) > 1]:
        raise BadSetting(f"{FILE}: the limits of {twice[0]} stand there twice.")
    if missing := [kind for kind in ChannelKind if kind not in kinds]:
        raise BadSetting(f"{FILE}: the limits of {missing[0]} are missing.")
    return NoticePolicy(
        retry=part(RetryPolicy, parsed, "retry", file=FILE),
        send=part(SendPolicy, parsed, "send", file=FILE),
        approval=part(ApprovalPolicy, parsed, "approval", file=FILE),
        quiet={audience: _quiet(quiet, audience) for audience in Audience},
        limits={limit.kind: limit for limit in limits},
    )


def _quiet(parsed: Mapping[str, Any], audience: Audience) -> Quiet:
    found, where = table(parsed, audience, file=FILE), f" [quiet.{audience}]"
    no_strangers(found, ["begins", "ends"], file=FILE, where=where)
    return Quiet(_time(found, "begins", where), _time(found, "ends", where))


def _time(parsed: Mapping[str, Any], key: str, where: str) -> time:
    found = value(parsed, key, str, file=FILE, where=where)
    try:
        return time.fromisoformat(found)
    except ValueError:
        raise BadSetting(f"{FILE}{where}: {key} is {found!r}; it must be a time of day such as 08:30.") from None


def _limit(parsed: Mapping[str, Any]) -> ChannelLimit:
    kind = member(parsed, "kind", ChannelKind, file=FILE, where=" [[limit]]")
    where = f" [[limit]] {kind}"
    names = [name for name in ChannelLimit.__slots__ if name != "kind"]
    no_strangers(parsed, ["kind", *names], file=FILE, where=where)
    return ChannelLimit(kind=kind, **{name: value(parsed, name, int, file=FILE, where=where) for name in names})
