"""A stream has tipped: since when, how many, and what at which level is behind it?

And is it one at all? The evidence takes rates for known and hours for usual. Here the best cause must surprise even if
its rate is only roughly known, and after all that the others of its level had more than expected, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy.special import xlogy

from engine.aftersales.batch_policy import BatchRules
from engine.aftersales.cause import Candidate, Seen, candidates, choices, surprise
from engine.aftersales.present import HOUR_US, Present
from engine.aftersales.streams import DAY_US, Complaints, Floats, Ints, Universe
from engine.model.incidents import Ground, Level


@dataclass(frozen=True, slots=True)
class Alarm:
    """An incident as it was raised: at which complaint, on which ground, what is behind it. p_value: the chance that
    anything as strong turns up anywhere in a day when nothing is the matter. `beside`: each rival's times the usual
    among complaints that the cause has no part in."""

    number: int
    raised_at: int
    event: int
    ground: Ground
    p_value: float
    kind: int
    began_at: int
    cause: Candidate
    rivals: tuple[Candidate, ...]
    beside: tuple[float, ...]


@dataclass(slots=True)
class Incident:
    """An alarm that stands. `ratio`: times the usual when it was raised; instants in us."""

    number: int
    level: Level
    key: int
    kind: int
    ratio: float
    began_at: int
    raised_at: int
    own_rate: float  # how its cause differed from others before
    quiet_looks: int = 0
    over_at: int | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Burst:
    """When it began, the first complaint that may belong to it, and causes, the best first."""

    kind: int
    began_at: int
    first: int
    ranked: tuple[Candidate, ...]
    beside: tuple[float, ...]


class Watched(Protocol):
    """What is read of the watch that tipped. `claimed`: by complaint, the number of its incident, else -1."""

    rules: BatchRules
    universe: Universe
    complaints: Complaints
    present: Present
    claimed: Ints

    @property
    def open(self) -> Sequence[Incident]:
        """Incidents that stand."""

    def key_around(self, incident: Incident, level: Level) -> int | None:
        """The key of another level that all of an incident lies in; None where there is none."""


def burst_of(watch: Watched, event: int, level: Level, stream: int) -> Burst | None:
    """The burst that this complaint tipped; None while too few distinct buyers are in it."""
    kinds = len(watch.universe.kinds)
    key, kind = divmod(stream, kinds)
    told = watch.complaints
    now = int(told.time[event])
    back = now - round(watch.rules.incident.look_back_days * 24 * HOUR_US)
    lowest = int(np.searchsorted(told.time, back))
    places = np.flatnonzero(told.kind[lowest : event + 1] == kind) + lowest
    free = watch.claimed[places] < 0
    own = places[(told.code[level][places] == key) & told.fresh[level][places] & free]
    least = watch.rules.test.least_buyers
    if len(own) < least:
        return None
    first = int(own[_began(watch, level, key, kind, told.time[own], now)])
    # What was told a short while ago may be a part of the same thing: then its complaints belong to the burst.
    lately = [one.began_at for one in watch.open if one.kind == kind and one.raised_at > now - DAY_US]
    first = min(first, int(np.searchsorted(told.time, min(lately, default=now))))
    began = int(told.time[first])
    during = places[places >= first]
    # Nobody knows when it began before its first complaint. Without that hour, ten complaints of one instant would be
    # beyond all expectation at every level alike.
    since = began - HOUR_US
    levels = {one: _seen(watch, one, kind, during, since, now) for one in watch.universe.levels}
    ranked = candidates(levels, least_buyers=least, margin=watch.rules.test.exposure_margin)
    if not ranked or ranked[0].sure < watch.rules.test.least_sure:
        return None
    cause = ranked[0]
    outside = during[told.code[cause.level][during] != cause.key]
    rivals = tuple(one for one in ranked[1:] if one.level is not cause.level)[:4]
    beside = tuple(_beside(watch, one, cause, outside, levels) for one in rivals)
    return Burst(kind, began, first, (cause, *rivals), beside)


def _began(watch: Watched, level: Level, key: int, kind: int, times: Ints, now: int) -> int:
    """Which of a stream's complaints was the first of its burst: where "raised since" is likeliest."""
    # Looking at the last few hundred is enough: a burst that long has tipped long ago.
    tail = times[-300:]
    until = watch.present.expected_until(level, key, kind, np.append(tail, now))
    expected = until[-1] - until[:-1]
    buyers = np.arange(len(tail), 0, -1, dtype=np.float64)
    usual = np.maximum(expected, 1e-6)
    likely = np.where(buyers > usual, xlogy(buyers, buyers / usual) - (buyers - usual), 0.0)
    enough = buyers >= watch.rules.test.least_buyers
    return len(times) - len(tail) + int(np.argmax(np.where(enough, likely, -1.0)))


def _seen(watch: Watched, level: Level, kind: int, during: Ints, began: int, now: int) -> Seen:
    told, size, rules = watch.complaints, watch.universe.size(level), watch.rules
    expected: Floats = watch.present.expected(level, began, now)[:, kind]
    code = told.code[level][during]
    counted = (code >= 0) & told.fresh[level][during]
    free = counted & (watch.claimed[during] < 0)
    buyers = np.bincount(code[free], minlength=size).astype(np.float64)
    few = rules.learning.everywhere_complaints
    elsewhere = (buyers.sum() - buyers + few) / (expected.sum() - expected + few)
    explained = np.zeros(size)
    for incident in watch.open:
        key = watch.key_around(incident, level) if incident.kind == kind else None
        if key is None:
            continue
        mine = during[watch.claimed[during] == incident.number]
        mine = mine[told.fresh[incident.level][mine]]
        usual = watch.present.expected(incident.level, began, now)[incident.key, kind]
        buyers[key] += len(mine)
        explained[key] += float(surprise(np.array([float(len(mine))]), usual * (1 + rules.test.exposure_margin))[0])
    return Seen(
        buyers, expected, explained, choices(level, size, watch.universe.sku_of_lot),
        watch.present.usual.doubt(level, kind), np.maximum(elsewhere, 1.0),
        rules.likely.head_start(watch.universe.kinds[kind], level),
    )  # fmt: skip


def _beside(watch: Watched, rival: Candidate, cause: Candidate, outside: Ints, levels: dict[Level, Seen]) -> float:
    """A rival's times the usual without the cause's complaints, and without its share of what was expected."""
    told = watch.complaints
    code = told.code[rival.level][outside]
    left = int(((code == rival.key) & told.fresh[rival.level][outside] & (watch.claimed[outside] < 0)).sum())
    whole = float(levels[rival.level].expected.sum())
    nested = cause.level is Level.LOT and rival.level is Level.SKU
    share = cause.expected if nested else rival.expected * cause.expected / max(whole, 1e-9)
    return left / max(rival.expected - share, 1e-6)
