"""Was it too warm for too long? One probe's readings, in the order of their time, to excursions.

A limit that is passed is nothing yet: an excursion opens when it was passed for long enough, or by so much that the
degree minutes count at once; it ends when the value stayed a margin behind the limit for a while. Between two readings
further apart than a gap nobody knows, so that time counts neither for nor against. The state after a reading depends on
the readings alone: what comes late is told again from the start (usecases/road/record_readings.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from engine.logistics.cold_policy import ColdPolicy, LayerPolicy, SensorPolicy
from engine.model.cold_chain import Breach, SensorFault, WatchState


class Reading(NamedTuple):
    """At `at` (unix seconds): degrees C, and percent relative humidity or None."""

    at: float
    celsius: float
    humidity: float | None


@dataclass(frozen=True, slots=True)
class Watch:
    """One limit of one probe. since: when it was passed; back_since: when the value came back; beyond it, until now:
    minutes, degree minutes and the farthest value. last: excess at the last good reading, None before one."""

    state: WatchState = WatchState.INSIDE
    since: float | None = None
    alarm_at: float | None = None
    back_since: float | None = None
    minutes: float = 0.0
    degree_minutes: float = 0.0
    peak: float | None = None
    last: float | None = None


@dataclass(frozen=True, slots=True)
class Excursion:
    """A limit passed for too long, as far as is known. Times in unix seconds; peak in degrees C or percent."""

    breach: Breach
    started_at: float
    alarm_at: float
    ended_at: float | None
    minutes: float
    degree_minutes: float
    peak: float


@dataclass(frozen=True, slots=True)
class Probe:
    """All that must be known of a probe's past. last_at: of the last good reading; newest: of the last of any kind."""

    newest: float | None = None
    last_at: float | None = None
    celsius: float | None = None
    humidity: float | None = None
    fault: SensorFault | None = None
    same_since: float | None = None
    same_count: int = 0
    gaps: int = 0
    watches: dict[Breach, Watch] = field(default_factory=lambda: {breach: Watch() for breach in Breach})

    @property
    def state(self) -> WatchState:
        """The worst of its watches."""
        order = (WatchState.INSIDE, WatchState.OVER, WatchState.EASING, WatchState.OPEN)
        return max((watch.state for watch in self.watches.values()), key=order.index)


Told = tuple[Probe, list[SensorFault | None], dict[tuple[Breach, float], Excursion]]
"""The probe afterwards, the fault of each reading, and every excursion that opened, grew or ended, by its start."""


def told(probe: Probe, readings: Iterable[Reading], layer: str, policy: ColdPolicy) -> Told:
    """What `readings`, all later than what the probe knows and in order, say."""
    limits = policy.layers[layer]
    faults: list[SensorFault | None] = []
    excursions: dict[tuple[Breach, float], Excursion] = {}
    for reading in readings:
        fault, probe = _judged(probe, reading, policy.sensor)
        faults.append(fault)
        if fault is not None:
            continue
        apart = None if probe.last_at is None else (reading.at - probe.last_at) / 60.0
        blind = apart is not None and apart > policy.sensor.gap_minutes
        watches = {}
        for breach, watch in probe.watches.items():
            value, excess = _excess(breach, reading, limits)
            if excess is None or value is None:
                watches[breach] = watch
                continue
            after, excursion = _watched(watch, excess, reading.at, None if blind else apart, limits)
            if excursion is not None:
                beyond = _value(breach, excursion[0].peak or 0.0, limits)
                excursions[breach, excursion[0].since or 0.0] = _excursion(breach, *excursion, beyond)
            watches[breach] = after
        probe = replace(
            probe, last_at=reading.at, celsius=reading.celsius, humidity=reading.humidity, watches=watches,
            gaps=probe.gaps + blind,
        )  # fmt: skip
    return probe, faults, excursions


def _judged(probe: Probe, reading: Reading, policy: SensorPolicy) -> tuple[SensorFault | None, Probe]:
    """Whether the reading means anything, and the probe that remembers the run of equal values."""
    fault: SensorFault | None = None
    wet = reading.humidity
    if not policy.lowest_c <= reading.celsius <= policy.highest_c or (wet is not None and not 0.0 <= wet <= 100.0):
        return SensorFault.IMPOSSIBLE, replace(probe, newest=reading.at, fault=SensorFault.IMPOSSIBLE)
    same = probe.same_since is not None and (reading.celsius, wet) == (probe.celsius, probe.humidity)
    since, count = (probe.same_since, probe.same_count + 1) if same else (reading.at, 1)
    if since is not None and count >= policy.stuck_readings and reading.at - since >= 60.0 * policy.stuck_minutes:
        fault = SensorFault.STUCK
    return fault, replace(probe, newest=reading.at, fault=fault, same_since=since, same_count=count)


def _excess(breach: Breach, reading: Reading, limits: LayerPolicy) -> tuple[float | None, float | None]:
    if breach is Breach.WARM:
        return reading.celsius, reading.celsius - limits.high_c
    if breach is Breach.COLD:
        return reading.celsius, limits.low_c - reading.celsius
    return (None, None) if reading.humidity is None else (reading.humidity, reading.humidity - limits.max_humidity)


def _value(breach: Breach, excess: float, limits: LayerPolicy) -> float:
    """The value that lies so far beyond the limit."""
    if breach is Breach.COLD:
        return limits.low_c - excess
    return excess + (limits.high_c if breach is Breach.WARM else limits.max_humidity)


def _watched(
    watch: Watch, excess: float, at: float, apart: float | None, limits: LayerPolicy
) -> tuple[Watch, tuple[Watch, float | None] | None]:
    """The watch after one good reading `apart` minutes after the last (None: unknown time), and the excursion it
    tells of: the watch that describes it, and when it ended."""
    before = watch.last or 0.0
    if apart is not None and watch.state is not WatchState.INSIDE:
        beyond = (max(before, 0.0) + max(excess, 0.0)) / 2.0
        watch = replace(
            watch,
            minutes=watch.minutes + (apart if before > 0.0 else 0.0),
            degree_minutes=watch.degree_minutes + apart * beyond,
        )
    watch = replace(watch, last=excess)
    if watch.state is not WatchState.INSIDE and excess > 0.0:
        watch = replace(watch, peak=max(watch.peak or 0.0, excess))
    if watch.state in (WatchState.INSIDE, WatchState.OVER):
        return _before_alarm(watch, excess, at, apart, limits)
    return _after_alarm(watch, excess, at, apart, limits)


def _before_alarm(
    watch: Watch, excess: float, at: float, apart: float | None, limits: LayerPolicy
) -> tuple[Watch, tuple[Watch, float | None] | None]:
    if excess <= 0.0:
        return Watch(last=excess), None
    if watch.state is WatchState.INSIDE or apart is None:  # after a gap, what was over may have been fine in between
        watch = Watch(WatchState.OVER, since=at, peak=excess, last=excess)
    assert watch.since is not None, "what is over began somewhen"
    if at - watch.since >= 60.0 * limits.over_minutes or watch.degree_minutes >= limits.degree_minutes:
        watch = replace(watch, state=WatchState.OPEN, alarm_at=at)
        return watch, (watch, None)
    return watch, None


def _after_alarm(
    watch: Watch, excess: float, at: float, apart: float | None, limits: LayerPolicy
) -> tuple[Watch, tuple[Watch, float | None] | None]:
    if excess > -limits.margin:
        watch = replace(watch, state=WatchState.OPEN, back_since=None)
        return watch, (watch, None)
    if watch.state is WatchState.OPEN or apart is None:
        watch = replace(watch, state=WatchState.EASING, back_since=at)
    assert watch.back_since is not None, "what eases came back somewhen"
    if at - watch.back_since >= 60.0 * limits.clear_minutes and watch.state is WatchState.EASING and apart is not None:
        return Watch(last=excess), (watch, watch.back_since)
    return watch, (watch, None)


def _excursion(breach: Breach, watch: Watch, ended_at: float | None, peak: float) -> Excursion:
    assert watch.since is not None, "an excursion began somewhen"
    assert watch.alarm_at is not None, "and was told of"
    return Excursion(breach, watch.since, watch.alarm_at, ended_at, watch.minutes, watch.degree_minutes, peak)
