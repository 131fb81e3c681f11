"""The carriers of the demo: from a labelled parcel to everything its carrier will scan and tell, when and how late.

Pure and seeded: the same seed, network and parcel give the same journey, whoever asks and whenever. So the past can be
played, the live room continued after a stop, and a test can compare the room's stages with the truth.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp

from engine.clock import BEIJING
from engine.model.tracking import Scan, Trouble
from jobs.demo.carrier_chance import normal, uniform
from jobs.demo.carrier_incidents import Incident, IncidentKind
from jobs.demo.carrier_network import Consignment, Network, Route, Stop
from jobs.demo.carrier_times import FAILED_DELIVERY, Law, by_day, law_of


@dataclass(frozen=True, slots=True)
class Shares:
    """Of all parcels, unless they say otherwise. From what shops and carriers report; invented where nobody does."""

    missed_collection: float = 0.03  # packed, and the van left without it: the next collection takes it
    locker: float = 0.30  # of parcels that are not refrigerated: to a station, and fetched later
    rejected: float = 0.006
    damaged: float = 0.004
    lost: float = 0.002
    no_courier_call: float = 0.01  # the buyer cannot be reached at first
    late_push: float = 0.02  # of scans: told hours later
    repeated_push: float = 0.015  # of scans: the same push again
    corrected: float = 0.006  # scanned into a hub it never saw, and taken back


@dataclass(frozen=True, slots=True)
class ScanTold:
    """One scan and when the room hears of it. withdrawn_at: when its provider takes it back; None: never."""

    scan: Scan
    at: datetime
    told_at: datetime
    stop: Stop
    trouble: Trouble | None = None
    repeated_at: datetime | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """Everything one carrier will tell of one parcel, in the order of the scans."""

    parcel: Consignment
    scans: tuple[ScanTold, ...]
    door_at: datetime | None  # the parcel is handed over or in the locker; None: it never is

    def moments(self) -> list[datetime]:
        """When the carrier pushes, ascending: for every scan, every repetition and every scan taken back."""
        pushes = [scan.told_at for scan in self.scans]
        pushes += [at for scan in self.scans for at in (scan.repeated_at, scan.withdrawn_at) if at is not None]
        return sorted(pushes)

    def known(self, at: datetime) -> tuple[ScanTold, ...]:
        """What the carrier says at `at`, when asked for everything."""
        return tuple(
            scan for scan in self.scans if scan.told_at <= at and (scan.withdrawn_at is None or scan.withdrawn_at > at)
        )


@dataclass(frozen=True, slots=True)
class World:
    """Carriers of one network under one seed, with what was planted."""

    network: Network
    seed: int
    planted: tuple[Incident, ...] = ()
    shares: Shares = Shares()

    def journey(self, parcel: Consignment) -> Journey:
        """Everything that will be told of a parcel."""
        walk, door = self.walk(parcel)
        return Journey(parcel, self._told(parcel, walk, _Luck(self.seed, parcel.waybill_no)), door)

    def walk(self, parcel: Consignment) -> tuple[list["Step"], datetime | None]:
        """What happens to a parcel, told or not; and when it is at its door or in a locker, None: never."""
        route = self.network.route(parcel)
        luck = _Luck(self.seed, parcel.waybill_no)
        collected = self._collected(parcel, route, luck)
        law = law_of(self.seed, route, parcel.carrier, collected, self.planted)
        walk = (
            _local(route, collected, law, luck) if route.local else self._carried(parcel, route, collected, law, luck)
        )
        if parcel.layer != "ambient":
            walk = [step for step in walk if step.scan is not Scan.LOCKER]
        return walk, _door(walk)

    def law(self, parcel: Consignment, collected: datetime) -> Law:
        """The law of a parcel that is picked up at `collected`."""
        return law_of(self.seed, self.network.route(parcel), parcel.carrier, collected, self.planted)

    def _collected(self, parcel: Consignment, route: Route, luck: "_Luck") -> datetime:
        """The pick-up scan: at the next collection, scanned while the van is loaded, or at the one after it."""
        ready = parcel.labelled_at + timedelta(minutes=10)
        due = route.collections.first_from(ready)
        if not route.local and luck.share("missed") < self.shares.missed_collection:
            due = route.collections.first_from(due + timedelta(minutes=1))
        minutes = 6.0 * exp(0.6 * luck.normal("loading")) if route.local else 18.0 * exp(0.7 * luck.normal("loading"))
        return due.astimezone(UTC) + timedelta(minutes=minutes)

    def _carried(self, parcel: Consignment, route: Route, collected: datetime, law: Law, luck: "_Luck") -> list["Step"]:
        hours = law.hours(luck.normal("transit"))
        legs = _shares_of_way(route, luck, lies=law.lies)
        at = [collected + timedelta(hours=hours * share) for share in legs]
        walk = [Step(Scan.PICKED_UP, collected, route.origin)]
        for number, hub in enumerate(route.hubs):
            walk += [Step(Scan.HUB_IN, at[2 * number], hub), Step(Scan.HUB_OUT, at[2 * number + 1], hub)]
        door_raw = collected + timedelta(hours=hours)
        walk.append(Step(Scan.ARRIVED_CITY, at[-1], route.city))
        walk = self._stalled(parcel, route, walk)
        late_by = walk[-1].at - at[-1]
        if luck.share("lost") < self.shares.lost:
            kept = walk[: 2 + int(luck.share("lost where") * 2 * len(route.hubs))]
            silent = kept[-1].at + timedelta(hours=74)
            return [*kept, Step(Scan.EXCEPTION, silent, kept[-1].stop, Trouble.NO_NEWS),
                    Step(Scan.LOST_SUSPECT, silent + timedelta(days=2), kept[-1].stop)]  # fmt: skip
        return walk + self._delivered(route, walk[-1].at, door_raw + late_by, luck)

    def _delivered(self, route: Route, arrived: datetime, door_raw: datetime, luck: "_Luck") -> list["Step"]:
        door = by_day(max(door_raw, arrived + timedelta(minutes=30)), luck.share("round"))
        out = max(door - timedelta(hours=0.6 + 2.4 * luck.share("out")), arrived + timedelta(minutes=15))
        city, steps = route.city, [Step(Scan.OUT_FOR_DELIVERY, out, route.city)]
        if luck.share("damage") < self.shares.damaged:
            steps.append(Step(Scan.EXCEPTION, out + timedelta(minutes=5), city, Trouble.DAMAGED))
        if luck.share("failed") < FAILED_DELIVERY:
            steps.append(Step(Scan.EXCEPTION, door, city, Trouble.FAILED_DELIVERY))
            door += timedelta(hours=24)
            steps.append(Step(Scan.OUT_FOR_DELIVERY, door - timedelta(hours=1.5), city))
        elif luck.share("call") < self.shares.no_courier_call:
            steps.append(Step(Scan.EXCEPTION, out + (door - out) / 2, city, Trouble.UNREACHABLE))
        if luck.share("reject") < self.shares.rejected:
            back = door + timedelta(hours=20)
            home = back + timedelta(hours=max(route.days, 1.0) * 22)
            steps += [Step(Scan.REJECTED, door, city), Step(Scan.RETURNING, back, city),
                      Step(Scan.RETURNED, home, route.origin)]  # fmt: skip
        elif luck.share("locker") < self.shares.locker:
            fetched = by_day(door + timedelta(hours=5.0 * exp(0.9 * luck.normal("fetched"))), luck.share("fetch"))
            steps += [Step(Scan.LOCKER, door, city), Step(Scan.SIGNED, fetched, city)]
        else:
            steps.append(Step(Scan.SIGNED, door, city))
        return steps

    def _stalled(self, parcel: Consignment, route: Route, walk: list["Step"]) -> list["Step"]:
        """Nothing leaves the first hub while the lane stands still; everything after it moves by as much."""
        for incident in self.planted:
            stalls = incident.kind is IncidentKind.LANE_STALLED
            leaves = walk[2].at
            if stalls and incident.touches(parcel.carrier, route.city.adcode[:2], leaves):
                by = incident.ends - leaves
                walk = walk[:2] + [Step(step.scan, step.at + by, step.stop, step.trouble) for step in walk[2:]]
        return walk

    def _told(self, parcel: Consignment, walk: list["Step"], luck: "_Luck") -> tuple[ScanTold, ...]:
        shares, told = self.shares, []
        for number, step in enumerate(walk):
            at = step.at.replace(microsecond=0)  # providers tell whole seconds
            lag = timedelta(minutes=2.0 * exp(0.8 * luck.normal("lag", number)))
            if luck.share("late push", number) < shares.late_push:
                lag = timedelta(hours=2.0 + 16.0 * luck.share("how late", number))
            again = luck.share("again", number) < shares.repeated_push
            told_at = at + lag
            repeated = told_at + timedelta(minutes=30) if again else None
            told.append(ScanTold(step.scan, at, told_at, step.stop, step.trouble, repeated))
        if luck.share("corrected") < shares.corrected and len(walk) > 3:
            told.insert(2, self._never_there(parcel, told[1], luck))
        return tuple(told)

    def _never_there(self, parcel: Consignment, after: ScanTold, luck: "_Luck") -> ScanTold:
        """A scan in the hub of another province, which the provider takes back hours later."""
        wrong = [
            stop for stop in self.network.capitals if stop.adcode[:2] not in (parcel.adcode[:2], after.stop.adcode[:2])
        ]
        stop = wrong[int(luck.share("wrong hub") * len(wrong))]
        at = after.at + timedelta(minutes=20)
        return ScanTold(Scan.HUB_IN, at, at + timedelta(minutes=4), stop, withdrawn_at=at + timedelta(hours=3))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to a parcel."""

    scan: Scan
    at: datetime
    stop: Stop
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class _Luck:
    """The luck of one parcel, each draw under its own name."""

    seed: int
    waybill_no: str

    def share(self, *name: object) -> float:
        return uniform(self.seed, self.waybill_no, *name)

    def normal(self, *name: object) -> float:
        return normal(self.seed, self.waybill_no, *name)


def _local(route: Route, collected: datetime, law: Law, luck: _Luck) -> list[Step]:
    """A rider's or clerk's tour: to the door at once, or in the next hours of work."""
    door = collected + timedelta(hours=law.hours(luck.normal("transit")))
    out = collected + timedelta(minutes=2)
    if route.collections.first_from(door) != door:  # after hours: tomorrow's first tour
        out = route.collections.first_from(door).astimezone(UTC) + timedelta(minutes=5)
        door = out + timedelta(hours=law.hours(luck.normal("transit")))
    return [Step(Scan.PICKED_UP, collected, route.origin), Step(Scan.OUT_FOR_DELIVERY, out, route.origin),
            Step(Scan.SIGNED, door, route.city)]  # fmt: skip


def _shares_of_way(route: Route, luck: _Luck, *, lies: float) -> list[float]:
    """Shares of the time at which each hub is entered and left, and the city reached; ascending, below 1. `lies`: share
    in the last hub beyond what it usually takes."""
    legs = [2.0, 2.0]  # to the first hub, and through it
    for _ in route.hubs[1:]:
        legs += [6.0, 1.6]
    legs += [2.2, 4.0]  # into the city; sorted there and carried to the door
    weights = [leg * exp(0.25 * luck.normal("leg", number)) for number, leg in enumerate(legs)]
    total, so_far, shares = sum(weights), 0.0, []
    for weight in weights[:-1]:
        so_far += weight
        shares.append((1.0 - lies) * so_far / total)
    left = 2 * len(route.hubs) - 1  # where the last hub is left
    return [*shares[:left], *(share + lies for share in shares[left:])]


def _door(walk: list[Step]) -> datetime | None:
    return next((step.at for step in walk if step.scan in (Scan.LOCKER, Scan.SIGNED)), None)


def beijing(at: datetime) -> str:
    """The time as providers write it."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
