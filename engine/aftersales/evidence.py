"""How much speaks for a burst in each stream, complaint by complaint?

Shiryaev and Roberts' statistic for counts: the likelihood ratio of "the rate has risen q-fold since s" against "it is
at most the usual", summed over all moments s since the stream began, weighted by w a day; and averaged over three q.
While the rate is usual, the statistic's expectation is the weight that has run so far. So the expected number of times
that it passes 1 in T days is at most w T, whatever the other streams do; and over a family, however its streams hang
together, at most the sum of the weights: the bound that the policy's false alarms a day stand behind. Jumps pass the
limit by far and alarms are confirmed (burst.py), so fewer come; by how much is measured and a setting.

Kept as logarithms; computed for all streams of a chunk at once, with results that do not depend on the chunks.
"""

from dataclasses import dataclass, field

import numpy as np

from engine.aftersales.streams import DAY_US, Floats, Ints

NOTHING = -700.0
"""The logarithm of a statistic that is as good as zero; exp of it is still a normal float."""
_APART = 60.0  # logarithms between the streams of one accumulation: exp(-60) of the one before leaks into the next


@dataclass(frozen=True, slots=True)
class Scan:
    """What a chunk would do: for each of its complaints the statistics just after it, sorted by stream, then time."""

    event: Ints  # place in the chunk's complaints
    stream: Ints
    time: Ints
    clock: Floats
    log: Floats  # [ratio, complaint]
    total: Floats  # averaged over ratios


@dataclass(slots=True)
class Evidence:
    """The statistics of all streams of one level, each as of its last complaint or tick."""

    ratios: tuple[float, ...]
    log: Floats  # [ratio, stream]
    time: Ints  # us
    clock: Floats  # share of the day's complaints that usually came by then
    steps: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.steps = np.log(self.ratios)

    @classmethod
    def none_yet(cls, streams: int, ratios: tuple[float, ...], *, at: int) -> "Evidence":
        """A level of which nothing was heard before the instant `at`, a midnight."""
        return cls(
            ratios,
            np.full((len(ratios), streams), NOTHING),
            np.full(streams, at, dtype=np.int64),
            np.zeros(streams),
        )

    def scan(self, event: Ints, stream: Ints, time: Ints, clock: Floats, rate: Floats, weight: Floats) -> Scan:
        """What these complaints would do, in order of time. rate: usual complaints a day at most; weight: a day; both
        by stream, and the same since each stream's last complaint or tick."""
        order = np.argsort(stream, kind="stable")
        event, stream, time, clock = event[order], stream[order], time[order], clock[order]
        first = np.ones(len(stream), dtype=bool)
        first[1:] = stream[1:] != stream[:-1]
        before_time, before_clock = np.roll(time, 1), np.roll(clock, 1)
        before_time[first], before_clock[first] = self.time[stream[first]], self.clock[stream[first]]
        usual = rate[stream] * (clock - before_clock)
        started = weight[stream] * (time - before_time) / DAY_US
        log = np.empty((len(self.ratios), len(stream)))
        for row, ratio in enumerate(self.ratios):
            fall = (ratio - 1) * usual
            fresh = _log(started * _mean_survival(fall))
            log[row] = _run(self.log[row, stream[first]], fresh, fall, self.steps[row], first)
        return Scan(event, stream, time, clock, log, averaged(log))

    def keep(self, scan: Scan, before: int) -> None:
        """Let the scan's complaints whose place is below `before` have happened."""
        kept = scan.event < before
        last = kept.copy()
        last[:-1] &= ~(kept[1:] & (scan.stream[1:] == scan.stream[:-1]))
        stream = scan.stream[last]
        self.log[:, stream] = scan.log[:, last]
        self.time[stream], self.clock[stream] = scan.time[last], scan.clock[last]

    def tick(self, *, at: int, clock: float, rate: Floats, weight: Floats, midnight: bool) -> None:
        """Let the time run to `at`; at midnight the day's clock starts again."""
        usual = rate * (clock - self.clock)
        started = weight * (at - self.time) / DAY_US
        for row, ratio in enumerate(self.ratios):
            fall = (ratio - 1) * usual
            fresh = _log(started * _mean_survival(fall))
            self.log[row] = np.maximum(np.logaddexp(self.log[row] - fall, fresh), NOTHING)
        self.time[:] = at
        self.clock[:] = 0.0 if midnight else clock

    def take_out(self, stream: Ints, complaints: Ints) -> None:
        """Complaints of these streams that something else explains: no history that they were part of may use them."""
        self.log[:, stream] = np.maximum(self.log[:, stream] - np.outer(self.steps, complaints), NOTHING)

    def lower(self, stream: int) -> None:
        """Take back what one complaint may have added: it is no burst yet."""
        self.log[:, stream] = np.maximum(self.log[:, stream] - 1.0, NOTHING)

    def forget(self, stream: int) -> None:
        """Start a stream anew."""
        self.log[:, stream] = NOTHING


def averaged(log: Floats) -> Floats:
    """The logarithm of the mean over the ratios, the first axis."""
    top = log.max(axis=0)
    mean: Floats = top + np.log(np.exp(log - top).mean(axis=0))
    return mean


def _run(state: Floats, fresh: Floats, fall: Floats, step: float, first: np.ndarray) -> Floats:
    """log R just after each complaint; R -> (R exp(-fall) + exp(fresh)) exp(step), from `state` in each segment."""
    if not len(fresh):
        return fresh
    climb = np.cumsum(step - fall)
    start = np.flatnonzero(first)
    segment = np.cumsum(first) - 1
    rise = climb - (climb - (step - fall))[start][segment]  # since the segment began
    # R_j exp(-rise_j) only ever grows: by exp(fresh_j + step - rise_j). So it is a running sum.
    grown = fresh + step - rise
    grown[start] = np.logaddexp(grown[start], state)
    ends = np.append(start[1:], len(fresh))
    high = np.maximum.reduceat(grown, start)
    low = grown[start]
    gaps = np.zeros(len(start))
    # A running sum starts at its first term and ends at most log(length) above its highest.
    gaps[1:] = np.maximum(high[:-1] + np.log(ends - start)[:-1] - low[1:], 0.0) + _APART
    offset = np.cumsum(gaps)[segment]
    summed: Floats = np.logaddexp.accumulate(grown + offset) - offset + rise
    return np.maximum(summed, NOTHING)


def _mean_survival(fall: Floats) -> Floats:
    """The mean of exp(-x) for x even between 0 and `fall`: what is left of weight that ran in while evidence fell."""
    small = fall < 1e-6
    safe = np.where(small, 1.0, fall)
    left: Floats = np.where(small, 1.0 - fall / 2, -np.expm1(-safe) / safe)
    return left


def _log(value: Floats) -> Floats:
    logged: Floats = np.log(np.maximum(value, 1e-300))
    return logged
