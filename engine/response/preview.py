"""What would an action change, and did what happened differ from what was promised? Values and their comparison.

A preview is made by the planning that also executes; this file only says what one holds. Money is in cents.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Level:
    """A level that the action moves: `what` of `subject`, such as the pool of night/RICE or the shelf of WH/RICE-1."""

    what: str
    subject: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Impossible:
    """What cannot be done, how often, and why: a code that the screen words."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an action would do.

    `orders`: that it touches. `stake_cents`: what these are worth, or the goods that it commits; decides who may
    approve. `cost_cents`: what it costs, negative where it saves. `gain_cents`: what it is expected to bring; None
    where that cannot be said. `on_time`: share of the touched orders expected to keep their promise, before and after;
    None where it is not touched or nothing is known. `promised`: the figures that execution will report again, by
    name. `inputs`: whatever it was computed from, as a fingerprint.
    """

    orders: int = 0
    stake_cents: int = 0
    cost_cents: int = 0
    gain_cents: int | None = None
    on_time: tuple[float, float] | None = None
    levels: tuple[Level, ...] = ()
    impossible: tuple[Impossible, ...] = ()
    promised: Mapping[str, int] = field(default_factory=dict)
    inputs: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that came out otherwise than promised."""

    figure: str
    promised: int
    happened: int

    @property
    def told(self) -> str:
        """In a sentence."""
        return f"{self.figure}: {self.promised} promised, {self.happened} happened"


def differences(promised: Mapping[str, int], happened: Mapping[str, int]) -> tuple[Difference, ...]:
    """Every figure that is not what was promised, in the order of the promise; a figure named once only counts as 0."""
    names = [*promised, *(name for name in happened if name not in promised)]
    pairs = ((name, promised.get(name, 0), happened.get(name, 0)) for name in names)
    return tuple(Difference(name, before, after) for name, before, after in pairs if before != after)


def fingerprint(*inputs: Any) -> str:
    """A short name for what something was computed from: equal inputs have equal names."""
    return blake2b(orjson.dumps(inputs, default=str, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def preview_json(preview: Preview) -> str:
    """As the actions table keeps it."""
    return orjson.dumps(asdict(preview)).decode()


def preview_of(kept: str) -> Preview:
    """What `preview_json` made."""
    found: dict[str, Any] = orjson.loads(kept)
    on_time = found.pop("on_time")
    levels, impossible = found.pop("levels"), found.pop("impossible")
    return Preview(
        **found,
        on_time=None if on_time is None else (on_time[0], on_time[1]),
        levels=tuple(Level(**one) for one in levels),
        impossible=tuple(Impossible(**one) for one in impossible),
    )
