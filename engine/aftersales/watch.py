"""The watch over complaints: takes them as they come, raises an incident with its cause at the one that tips it.

Every decision rests on complaints up to that moment and on exposure up to that day. What comes in between two decisions
is computed at once; the result is the same as one by one. A complaint belongs to one incident at most, for ever, and is
then no evidence for anything else.
"""

import numpy as np

from engine.aftersales.batch_policy import BatchRules
from engine.aftersales.burst import Alarm, Incident, burst_of
from engine.aftersales.evidence import Evidence, Scan
from engine.aftersales.floor_count import FloorCount
from engine.aftersales.present import HOUR_US, UNHEARD, Present
from engine.aftersales.streams import DAY_US, Complaints, Floats, Ints, Universe
from engine.model.incidents import Ground, Level

FEW = 4.0
"""Complaints that an incident should have brought during a look that finds it over, had it gone on."""

NEARLY_ALL = 0.9
"""Share of an incident's complaints that must lie in a key for the incident to lie in it: some parcels are rerouted."""
WIDER: dict[Level, frozenset[Level]] = {
    Level.LOT: frozenset({Level.SKU}),
    Level.SKU: frozenset(),
    Level.NODE: frozenset(),
    Level.CARRIER: frozenset(),
    Level.REGION: frozenset({Level.NODE, Level.CARRIER}),
    Level.ROUTE: frozenset({Level.NODE, Level.CARRIER, Level.REGION}),
    Level.TOPIC: frozenset(),
}
"""Which levels may turn out to be the whole of which an incident is a part."""


class Watch:
    """All streams of one universe and its complaints. `run` lets the time pass."""

    def __init__(
        self,
        rules: BatchRules,
        universe: Universe,
        complaints: Complaints,
        *,
        claimed: Ints | None = None,
        first_number: int = 0,
    ) -> None:
        """`claimed`: by complaint, the number of the incident that explains it, below `first_number`; else -1."""
        self.rules, self.universe, self.complaints = rules, universe, complaints
        self.alarms: list[Alarm] = []
        self.open: list[Incident] = []
        self.claimed: Ints = np.full(len(complaints), -1, dtype=np.int64) if claimed is None else claimed.copy()
        self.absorbed: set[int] = set()  # incidents that turned out to be part of a wider one
        self._first_number = first_number
        self.present = Present(rules, universe, complaints)
        self._kinds, self._next = len(universe.kinds), 0
        self._waived = np.zeros(len(complaints), dtype=bool)
        # What the evidence is for, times what is usual at most.
        ratios = tuple(max(ratio / (1 + rules.test.exposure_margin), 1.2) for ratio in rules.test.ratios)
        self._evidence = {
            level: Evidence.none_yet(universe.size(level) * self._kinds, ratios, at=self.present.at)
            for level in universe.levels
        }
        self._floor = FloorCount(rules, universe, self._kinds)
        self._set_floor()

    def extend(self, more: Complaints) -> None:
        """Complaints that came after all that were taken; at once, so that the next `run` sees them."""
        self.complaints = self.complaints.then(more)
        self.claimed = np.append(self.claimed, np.full(len(more), -1, dtype=np.int64))
        self._waived = np.append(self._waived, np.zeros(len(more), dtype=bool))

    def stand(self, incident: Incident) -> None:
        """An incident that is known from before stands from now on, under a number that `claimed` may name."""
        incident.own_rate = self.present.usual.own_rate(incident.level, incident.key, incident.kind)
        self.open.append(incident)

    def run(self, until: int) -> list[Alarm]:
        """Take every complaint up to and including the instant `until` (us); returns the alarms raised on the way."""
        before = len(self.alarms)
        while True:
            tick = self.present.next_tick()
            stop = int(np.searchsorted(self.complaints.time, min(until, tick - 1), side="right"))
            self._take(self._next, stop)
            if until < tick:
                break
            self._tick(tick)
        return self.alarms[before:]

    def _tick(self, at: int) -> None:
        present, midnight = self.present, at % DAY_US == 0
        clock = present.clock(at)
        for level, evidence in self._evidence.items():
            evidence.tick(
                at=at, clock=clock, rate=present.most[level].ravel(), weight=present.weights[level], midnight=midnight
            )
        present.mark(at)
        if at % (self.rules.incident.look_hours * HOUR_US) == 0:
            self._look(at)
        if midnight:
            self._floor.midnight()
            present.close_day(self._without_incidents(), self._of_incidents())
        else:
            present.set_rates(clock)
        self._set_floor()

    def _set_floor(self) -> None:
        if Level.SKU in self.universe.levels:
            self._floor.rates(np.where(self.present.known, self.present.most[Level.SKU], UNHEARD))

    # --- complaints ------------------------------------------------------------------------------------------

    def _take(self, start: int, stop: int) -> None:
        while start < stop:
            for incident in self.open:
                self._join(incident, start, stop)
            scans = {level: self._scan(level, start, stop) for level in self.universe.levels}
            tipped = self._first_tipped(scans, start)
            end = stop if tipped is None else tipped[0] + 1
            for level, scan in scans.items():
                self._evidence[level].keep(scan, end)
                kept = scan.event < end
                self.present.count(level, scan.stream[kept], scan.time[kept])
                if level is Level.SKU:
                    self._floor.keep(scan, end)
            if tipped is not None:
                self._alarm(*tipped)
            start = self._next = end

    def _scan(self, level: Level, start: int, stop: int) -> Scan:
        told = self.complaints
        code = told.code[level][start:stop]
        used = np.flatnonzero((code >= 0) & told.fresh[level][start:stop] & (self.claimed[start:stop] < 0))
        time = told.time[start:stop][used]
        stream = code[used] * self._kinds + told.kind[start:stop][used]
        rate, weight = self.present.most[level].ravel(), self.present.weights[level]
        return self._evidence[level].scan(used + start, stream, time, self.present.clocks(time), rate, weight)

    def _first_tipped(self, scans: dict[Level, Scan], start: int) -> tuple[int, Level, int, Ground, float] | None:
        found: list[tuple[int, float, Level, int, Ground]] = []
        for level, scan in scans.items():
            over = np.flatnonzero((scan.total >= 0) & ~self._waived[scan.event])
            if len(over):
                first = over[np.argmin(scan.event[over])]
                found.append(
                    (int(scan.event[first]), -float(scan.total[first]), level, int(scan.stream[first]), Ground.EXCESS)
                )
        if Level.SKU in scans:
            counted = self._floor.first_tipped(scans[Level.SKU], self._waived, self.present.clocks)
            if counted is not None:
                event, stream, p_value = counted
                found.append((event, p_value, Level.SKU, stream, Ground.FLOOR))
        if not found:
            return None
        event, strength, level, stream, ground = min(
            found, key=lambda one: (one[0], one[4] is not Ground.FLOOR, one[1])
        )
        daily = self.rules.test.false_alarms_a_day
        p_value = strength if ground is Ground.FLOOR else -float(np.expm1(-daily * np.exp(strength)))
        return event, level, stream, ground, p_value

    def _join(self, incident: Incident, start: int, stop: int) -> None:
        told = self.complaints
        mine = (told.code[incident.level][start:stop] == incident.key) & (told.kind[start:stop] == incident.kind)
        mine &= self.claimed[start:stop] < 0
        self.claimed[start:stop][mine] = incident.number

    # --- incidents -------------------------------------------------------------------------------------------

    def _alarm(self, event: int, level: Level, stream: int, ground: Ground, p_value: float) -> None:
        found = burst_of(self, event, level, stream)
        if found is None:
            self._waived[event] = True
            self._evidence[level].lower(stream)
            return
        alarm = Alarm(
            number=self._first_number + len(self.alarms), raised_at=int(self.complaints.time[event]), event=event,
            ground=ground, p_value=p_value, kind=found.kind, began_at=found.began_at, cause=found.ranked[0],
            rivals=found.ranked[1:], beside=found.beside,
        )  # fmt: skip
        self.alarms.append(alarm)
        self.begin(alarm, found.first, event)

    def begin(self, alarm: Alarm, first: int, event: int) -> None:
        """Open an incident with the complaints from `first` to `event` that it explains; what lies in it ends."""
        cause = alarm.cause
        own_rate = self.present.usual.own_rate(cause.level, cause.key, alarm.kind)
        incident = Incident(
            alarm.number, cause.level, cause.key, alarm.kind, cause.ratio, alarm.began_at, alarm.raised_at, own_rate
        )
        within = [
            one
            for one in self.open
            if one.kind == incident.kind and self.key_around(one, incident.level) == incident.key
        ]
        self.open = [one for one in self.open if one not in within]
        self.absorbed.update(one.number for one in within)
        told = self.complaints
        span = slice(first, event + 1)
        mine = (told.code[incident.level][span] == incident.key) & (told.kind[span] == incident.kind)
        mine &= self.claimed[span] < 0
        places = np.flatnonzero(mine) + first
        self.claimed[places] = incident.number
        for level in self.universe.levels:
            self._take_out(level, places, own=level is incident.level)
        self._evidence[incident.level].forget(incident.key * self._kinds + incident.kind)
        self.open.append(incident)

    def key_around(self, incident: Incident, level: Level) -> int | None:
        """The key of another level that all of an incident lies in: a lot's SKU, the node of a route. None
        where there is none, or where hardly anything is known of its complaints."""
        if incident.level is level or level not in self.universe.levels:
            return None
        if incident.level is Level.LOT and level is Level.SKU:
            return int(self.universe.sku_of_lot[incident.key])
        if level not in WIDER[incident.level]:
            return None
        mine = self.complaints.code[level][: self._next][self.claimed[: self._next] == incident.number]
        mine = mine[mine >= 0]
        if len(mine) < self.rules.test.least_buyers:
            return None
        keys, counts = np.unique(mine, return_counts=True)
        most = int(np.argmax(counts))
        return int(keys[most]) if counts[most] >= NEARLY_ALL * len(mine) else None

    def _take_out(self, level: Level, places: Ints, *, own: bool) -> None:
        told = self.complaints
        counted = places[(told.code[level][places] >= 0) & told.fresh[level][places]]
        stream = told.code[level][counted] * self._kinds + told.kind[counted]
        which, how_many = np.unique(stream, return_counts=True)
        self._evidence[level].take_out(which, how_many)
        self.present.take_out(level, stream, told.time[counted] // DAY_US, own=own)

    def _look(self, at: int) -> None:
        """Is an open incident over? It is when it was quiet for some looks in a row."""
        rules = self.rules.incident
        for incident in list(self.open):
            # On a slow seller a day without complaints says little: the look covers what would have brought a few.
            daily = self._usually(incident, at - DAY_US, at)
            days = np.clip(FEW / max(daily * incident.ratio, 1e-9), rules.quiet_hours / 24, rules.look_back_days)
            since = at - round(days * DAY_US)
            few = max(1.0, rules.keep_ratio * self._usually(incident, since, at))
            quiet = incident.raised_at <= since and self.buyers_since(incident, since) <= few
            incident.quiet_looks = incident.quiet_looks + 1 if quiet else 0
            if incident.quiet_looks >= rules.quiet_looks:
                self.open.remove(incident)
                incident.over_at = at

    def _usually(self, incident: Incident, since: int, until: int) -> float:
        """Complaints expected of an incident's cause, had it gone on as before."""
        own = self.present.usual.own_rate(incident.level, incident.key, incident.kind)
        expected = self.present.expected(incident.level, since, until)
        return float(expected[incident.key, incident.kind]) * incident.own_rate / own

    def buyers_since(self, incident: Incident, since: int) -> int:
        """Distinct buyers of an incident's complaints at or after an instant, until now."""
        first = int(np.searchsorted(self.complaints.time, since))
        span = slice(first, self._next)
        mine = (self.claimed[span] == incident.number) & self.complaints.fresh[incident.level][span]
        return int(mine.sum())

    def accept(self, incident: Incident, at: int) -> None:
        """A person ended it: for some days its rate is the usual one of its cause."""
        self.open = [one for one in self.open if one.number != incident.number]
        incident.over_at = at
        until = at + round(self.rules.incident.accepted_days * DAY_US)
        ratio = max(incident.ratio, 1.0)
        self.present.accept(incident.level, incident.key, incident.kind, ratio, until=until)

    def _without_incidents(self) -> dict[Level, Floats]:
        """Today's complaints, with what open incidents took replaced by what would have come without them."""
        expected = self.present.expected_today()
        told = {level: counts.copy() for level, counts in self.present.today.items()}
        for incident in self.open:
            usual = float(expected[incident.level][incident.key, incident.kind])
            for level, counts in told.items():
                whole = float(expected[level][:, incident.kind].sum())
                if level is incident.level:
                    counts[incident.key, incident.kind] = usual
                elif level is Level.SKU and incident.level is Level.LOT:
                    counts[self.universe.sku_of_lot[incident.key], incident.kind] += usual
                elif whole > 0:
                    counts[:, incident.kind] += expected[level][:, incident.kind] * min(usual / whole, 1.0)
        return told

    def _of_incidents(self) -> list[tuple[Level, int, int, float]]:
        """level, key, kind and today's complaints of open incidents: a SKU that is bad for weeks is known to be."""
        since = self.present.day * DAY_US
        return [(one.level, one.key, one.kind, float(self.buyers_since(one, since))) for one in self.open]
