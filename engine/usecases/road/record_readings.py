"""Readings of sensors in parcels and vehicles: stored, judged, and told on to excursions in the same commit.

A row that cannot be about anything is answered with its sentence and not stored; an impossible value is stored, as a
fault of its sensor. Late readings change the story of their probe: it is told again from its first reading.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
import polars as pl

from engine.errors import BadRequest
from engine.logistics.cold_chain import Excursion, Probe, Reading, Watch, told
from engine.logistics.cold_policy import ColdPolicy
from engine.model.cold_chain import Breach, Carried, SensorFault, WatchState
from engine.model.frames import INSTANT, Contract
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.alerts.alert_bell import BELL
from engine.usecases.road.cold_policy import load_cold_policy
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class SensorReading:
    """`device` measured at `at`, travelling with exactly one of parcel, waybill or vehicle; `layer` for a vehicle."""

    device: str
    at: datetime
    celsius: float
    humidity: float | None = None
    parcel_id: str | None = None
    waybill_no: str | None = None
    vehicle: str | None = None
    layer: str | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise BadRequest(f"A reading of {self.device} has a time without a zone.")


@dataclass(frozen=True, slots=True)
class ReadingReceipt:
    """read == recorded + repeated + refused. Of the recorded: `faulty`. `opened`: excursions that nobody knew of.
    `faults`: row (from 1), device and sentence of each refused one."""

    read: int
    recorded: int
    repeated: int
    refused: int
    faulty: int
    opened: int
    faults: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class _Subject(NamedTuple):
    device: str
    carried: Carried
    subject: str
    layer: str

    @property
    def probe_id(self) -> str:
        return f"{self.device}|{self.carried}|{self.subject}"


@dataclass(slots=True)
class _Story:
    """What changes of one probe."""

    subject: _Subject
    before: Probe | None
    new: dict[float, Reading] = field(default_factory=dict)


def record_readings(work: Workplace, readings: Sequence[SensorReading], *, actor: str) -> ReadingReceipt:
    """Store what is new, judge it and tell of excursions, in one commit."""
    policy = load_cold_policy()
    with work.database.transaction(actor=actor, verb="record_readings", subject=f"{len(readings)} readings") as tx:
        places = _Places.of(tx, readings)
        faults: list[dict[str, Any]] = []
        good: list[tuple[_Subject, Reading]] = []
        for row, reading in enumerate(readings, start=1):
            found = places.subject(reading, policy, now=tx.at)
            if isinstance(found, str):
                faults.append({"row": row, "device": reading.device, "fault": found})
            else:
                good.append((found, Reading(reading.at.timestamp(), reading.celsius, reading.humidity)))
        stories = _stories(tx, good)
        recorded, faulty, opened = _tell(tx, stories, policy)
        repeated = len(good) - recorded
        tx.note(recorded=recorded, repeated=repeated, refused=len(faults), faulty=faulty, opened=opened)
    return ReadingReceipt(len(readings), recorded, repeated, len(faults), faulty, opened, tuple(faults))


@dataclass(frozen=True, slots=True)
class _Places:
    """What readings can be about: layer of each parcel, parcel of each waybill, layer a probe was first seen with."""

    layers: Mapping[str, str]
    waybills: Mapping[str, str]

    @classmethod
    def of(cls, tx: Transaction, readings: Sequence[SensorReading]) -> "_Places":
        numbers = {r.waybill_no for r in readings if r.waybill_no is not None}
        waybills = dict(
            tx.matching(tables.waybills, _keys("waybill_no", numbers), "waybill_no", "parcel_id").iter_rows()
        )
        wanted = {r.parcel_id for r in readings if r.parcel_id is not None} | set(waybills.values())
        layers = dict(tx.matching(tables.parcels, _keys("parcel_id", wanted), "parcel_id", "layer").iter_rows())
        return cls(layers, waybills)

    def subject(self, reading: SensorReading, policy: ColdPolicy, *, now: datetime) -> _Subject | str:
        """What a reading is about, or the sentence that says why it is about nothing."""
        name = reading.device
        named = [v for v in (reading.parcel_id, reading.waybill_no, reading.vehicle) if v is not None]
        if len(named) != 1:
            return f"The reading of {name} names {len(named)} things: name one parcel, waybill or vehicle."
        if reading.at > now + timedelta(minutes=policy.sensor.ahead_minutes):
            return f"The reading of {name} has a time that has not come yet: a clock is wrong."
        if reading.layer is not None and reading.layer not in policy.layers:
            return f"The layer of {name} is {reading.layer!r}: it must be one of {', '.join(policy.layers)}."
        if reading.vehicle is not None:
            if reading.layer is None:
                return (
                    f"The reading of {name} in {reading.vehicle} names no layer: what must the goods there be kept at?"
                )
            return _Subject(name, Carried.VEHICLE, reading.vehicle, reading.layer)
        parcel = reading.parcel_id or self.waybills.get(reading.waybill_no or "")
        if parcel is None:
            return f"There is no waybill {reading.waybill_no!r}."
        layer = self.layers.get(parcel)
        if layer is None:
            return f"There is no parcel {parcel!r}."
        if reading.layer is not None and reading.layer != layer:
            return f"The parcel {parcel} is {layer}, the reading of {name} says {reading.layer}."
        return _Subject(name, Carried.PARCEL, parcel, layer)


_PROBE = ("layer", "newest_at", "good_at", "celsius", "humidity", "fault", "memory", "gaps")


def _stories(tx: Transaction, good: Sequence[tuple[_Subject, Reading]]) -> list[_Story]:
    """By probe: what it knows and what is new. A vehicle's layer is that of its probe's first reading."""
    ids = _keys("probe_id", {subject.probe_id for subject, _ in good})
    known = {row["probe_id"]: row for row in tx.matching(tables.cold_probes, ids, "probe_id", *_PROBE).to_dicts()}
    stories: dict[str, _Story] = {}
    for subject, reading in good:
        row = known.get(subject.probe_id)
        if subject.probe_id not in stories:
            kept = subject if row is None else subject._replace(layer=row["layer"])
            stories[subject.probe_id] = _Story(kept, _remembered(row) if row else None)
        stories[subject.probe_id].new.setdefault(reading.at, reading)
    return list(stories.values())


def _tell(tx: Transaction, stories: Sequence[_Story], policy: ColdPolicy) -> tuple[int, int, int]:
    """Tell each story on, or again where a reading is late; write it. Readings recorded, faulty, excursions opened."""
    late = [
        s for s in stories if s.before is not None and s.before.newest is not None and min(s.new) <= s.before.newest
    ]
    stored = _stored(tx, [story.subject.probe_id for story in late])
    facts: list[tuple[str, datetime, float, float | None, str | None]] = []
    judged: list[tuple[str, datetime, str | None]] = []
    states: list[tuple[_Story, Probe]] = []
    excursions: list[tuple[str, Excursion]] = []
    for story in stories:
        name = story.subject.probe_id
        old = stored.get(name, {})
        new = {at: reading for at, reading in story.new.items() if at not in old}
        if not new:
            continue
        again = name in stored
        line = sorted((old | new).values()) if again else sorted(new.values())
        start = Probe() if again or story.before is None else story.before
        probe, faults, found = told(start, line, story.subject.layer, policy)
        for reading, fault in zip(line, faults, strict=True):
            if reading.at in new:
                facts.append((name, _at(reading.at), reading.celsius, reading.humidity, fault))
            else:
                judged.append((name, _at(reading.at), fault))
        states.append((story, probe))
        excursions += [(name, excursion) for excursion in found.values()]
    _append(tx, facts)
    if judged:
        schema: Contract = {"probe_id": pl.String, "event_time": INSTANT, "fault": pl.String}
        frame = pl.DataFrame(judged, schema=dict(schema), orient="row")
        tx.amend(tables.cold_readings, frame, on=("probe_id", "event_time"))
    _save(tx, states)
    opened = _keep(tx, excursions, again=list(stored))
    return len(facts), sum(fact[4] is not None for fact in facts), opened


def _stored(tx: Transaction, probes: Sequence[str]) -> dict[str, dict[float, Reading]]:
    """All readings of these probes."""
    columns = ("probe_id", "event_time", "celsius", "humidity")
    found: dict[str, dict[float, Reading]] = defaultdict(dict)
    for name, at, celsius, humidity in tx.matching(
        tables.cold_readings, _keys("probe_id", set(probes)), *columns
    ).iter_rows():
        found[name][at.timestamp()] = Reading(at.timestamp(), celsius, humidity)
    return dict(found)


def _append(tx: Transaction, facts: Sequence[tuple[str, datetime, float, float | None, str | None]]) -> None:
    schema: Contract = {
        "probe_id": pl.String, "event_time": INSTANT, "celsius": pl.Float64, "humidity": pl.Float64, "fault": pl.String,
    }  # fmt: skip
    frame = pl.DataFrame(list(facts), schema=dict(schema), orient="row")
    tx.append(tables.cold_readings, frame.with_columns(ingest_time=_now(tx)), stamp=True)


def _save(tx: Transaction, states: Sequence[tuple[_Story, Probe]]) -> None:
    rows = [
        (
            story.subject.probe_id, *story.subject, _moment(probe.newest), _moment(probe.last_at), probe.celsius,
            probe.humidity, probe.fault, probe.state, _memory(probe), probe.gaps,
        )
        for story, probe in states
    ]  # fmt: skip
    schema: Contract = {
        "probe_id": pl.String, "device": pl.String, "carried": pl.String, "subject": pl.String, "layer": pl.String,
        "newest_at": INSTANT, "good_at": INSTANT, "celsius": pl.Float64, "humidity": pl.Float64, "fault": pl.String,
        "state": pl.String, "memory": pl.String, "gaps": pl.Int64,
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=dict(schema), orient="row").with_columns(
        version=pl.lit(tx.version, dtype=pl.Int64)
    )
    known = pl.col("probe_id").is_in([story.subject.probe_id for story, _ in states if story.before is not None])
    tx.amend(tables.cold_probes, frame.filter(known), on=("probe_id",))
    tx.append(tables.cold_probes, frame.filter(~known))


def _keep(tx: Transaction, excursions: Sequence[tuple[str, Excursion]], *, again: Sequence[str]) -> int:
    """Write excursions; those of stories told `again` that are no longer told leave. Returns how many are new."""
    rows = [
        (
            f"{name}|{e.breach}|{_at(e.started_at):%Y-%m-%dT%H:%M:%S.%f}", name, e.breach, _moment(e.started_at),
            _moment(e.alarm_at), _moment(e.ended_at), e.minutes, e.degree_minutes, e.peak,
        )
        for name, e in excursions
    ]  # fmt: skip
    schema: Contract = {
        "excursion_id": pl.String, "probe_id": pl.String, "breach": pl.String, "started_at": INSTANT,
        "alarm_at": INSTANT, "ended_at": INSTANT, "minutes": pl.Float64, "degree_minutes": pl.Float64,
        "peak": pl.Float64,
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=dict(schema), orient="row").with_columns(
        version=pl.lit(tx.version, dtype=pl.Int64)
    )
    told_again = tx.matching(tables.cold_excursions, _keys("probe_id", set(again)), "excursion_id")
    ids = frame.select("excursion_id").unique()
    known = pl.concat([told_again, tx.matching(tables.cold_excursions, ids, "excursion_id")]).unique()
    gone = told_again.join(ids, on="excursion_id", how="anti")
    if not gone.is_empty():
        table = tables.cold_excursions
        tx.execute(table.delete().where(table.c.excursion_id.in_(gone["excursion_id"].to_list())))
    is_known = pl.col("excursion_id").is_in(known["excursion_id"].implode())
    tx.amend(tables.cold_excursions, frame.filter(is_known), on=("excursion_id",))
    fresh = frame.filter(~is_known)
    tx.append(tables.cold_excursions, fresh)
    if fresh.height:
        tx.ring(BELL)
    return fresh.height


def _memory(probe: Probe) -> str:
    kept = {
        "same_since": probe.same_since,
        "same_count": probe.same_count,
        "watches": {breach.value: watch for breach, watch in probe.watches.items()},
    }
    return orjson.dumps(kept).decode()


def _remembered(row: Mapping[str, Any]) -> Probe:
    kept = orjson.loads(row["memory"])
    watches = {
        Breach(breach): Watch(**{**watch, "state": WatchState(watch["state"])})
        for breach, watch in kept["watches"].items()
    }
    return Probe(
        newest=row["newest_at"].timestamp(),
        last_at=None if row["good_at"] is None else row["good_at"].timestamp(),
        celsius=row["celsius"],
        humidity=row["humidity"],
        fault=None if row["fault"] is None else SensorFault(row["fault"]),
        same_since=kept["same_since"],
        same_count=kept["same_count"],
        gaps=row["gaps"],
        watches=watches,
    )


def _keys(column: str, values: set[str]) -> pl.DataFrame:
    return pl.DataFrame({column: sorted(values)}, schema={column: pl.String})


def _at(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _moment(at: float | None) -> datetime | None:
    return None if at is None else _at(at)


def _now(tx: Transaction) -> pl.Expr:
    return pl.lit(tx.at).dt.cast_time_unit("us")
