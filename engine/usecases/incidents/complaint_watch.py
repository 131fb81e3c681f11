"""The room's watch over complaints, kept in memory: counted anew now and then, and in between fed with what is new.

Two watches: complaints about goods are held against what came to the door, those about parcels that never came against
what left. Each gets its kinds' share of the false alarms.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import polars as pl

from engine.aftersales.batch_policy import BatchRules
from engine.aftersales.burst import Incident
from engine.aftersales.streams import Flags, complaints_of, universe_of
from engine.aftersales.watch import Watch
from engine.model.incidents import COMPLAINTS, Level
from engine.model.tickets import Complaint
from engine.store.database import Database
from engine.store.screens import incidents as incident_screens

PARTS: dict[bool, tuple[str, ...]] = {
    True: (Complaint.NOT_RECEIVED,),
    False: (Complaint.DAMAGED, Complaint.WRONG_ITEM, Complaint.QUALITY),
}
"""Whether what left (else what came to the door) is the exposure of these kinds."""
INCIDENT_VERBS = ("find_incidents", "resolve_incident")
_BEIJING = timedelta(hours=8)


@dataclass(slots=True)
class Part:
    """One watch with its complaints by row, which of them the tables know to be an incident's, and which incident of
    the room each of its numbers is ('' is one that is not looked at any more, or was never kept)."""

    watch: Watch
    told: pl.DataFrame  # TICKETED, in the order of the watch's complaints
    stored: Flags
    known: list[str]
    first_number: int  # of the alarms that this watch raised itself
    told_figures: dict[str, tuple[int, float, int]]  # by open incident, as the tables have them; see `figures`

    def buyers(self, incident: Incident) -> int:
        """Distinct buyers over its whole life."""
        fresh = self.watch.complaints.fresh[incident.level]
        return int(np.count_nonzero((self.watch.claimed == incident.number) & fresh))

    def figures(self, incident: Incident, at: int) -> tuple[int, float, int]:
        """Distinct buyers over its whole life, how many were expected since it began, quiet looks in a row."""
        buyers = self.buyers(incident)
        expected = self.watch.present.expected(incident.level, incident.began_at, at)
        return buyers, max(float(expected[incident.key, incident.kind]), 0.0), incident.quiet_looks


@dataclass(slots=True)
class ComplaintWatch:
    """What a process remembers between looks. `stale`: something changed that only a recount sees."""

    parts: list[Part]
    version: int  # commits up to this one are in it
    incidents_version: int  # the last commit about incidents that it knows of
    counted_at: datetime
    stale: bool = False

    def recount_due(self, rules: BatchRules, now: datetime) -> bool:
        """Now and then in any case, and soon where it is known to be wrong."""
        age = (now - self.counted_at).total_seconds()
        return age >= 60 * rules.exposure.recount_minutes or (self.stale and age >= rules.exposure.restless_seconds)


def counted(database: Database, rules: BatchRules, *, now: datetime, afresh: bool = False) -> ComplaintWatch:
    """Everything counted anew from the tables; incidents that are known stand where they stand. `afresh`: as if none
    were known, to find the ticket that tipped each."""
    version, incidents_version = database.data_version(), database.last_version(*INCIDENT_VERBS)
    since = now - timedelta(days=rules.exposure.history_days)
    digits = rules.exposure.region_digits
    told = incident_screens.complaints_since(database, since, now=now, digits=digits)
    known = incident_screens.standing_incidents(database, since=since)
    taken = database.read("SELECT ticket_id, incident_id FROM incident_tickets")
    if afresh:
        known, taken = known.clear(), taken.clear()
    parts = []
    for shipped, kinds in PARTS.items():
        mine = told.filter(pl.col("kind").is_in(kinds))
        if mine.is_empty():
            continue
        exposure = incident_screens.units_by_day(
            database, since, now=now, shipped=shipped, assumed_days=rules.exposure.assumed_days, digits=digits
        )
        weekly = rules.test.false_alarms_a_week * len(kinds) / sum(map(len, PARTS.values()))
        allowed = replace(rules, test=replace(rules.test, false_alarms_a_week=weekly))
        part = _part(mine, exposure, known.filter(pl.col("complaint").is_in(kinds)), taken, allowed, now=now)
        if part is not None:
            parts.append(part)
    return ComplaintWatch(parts, version, incidents_version, now)


def _part(
    told: pl.DataFrame,
    exposure: pl.DataFrame,
    known: pl.DataFrame,
    taken: pl.DataFrame,
    rules: BatchRules,
    *,
    now: datetime,
) -> Part | None:
    universe = universe_of(exposure, told)
    if not universe.levels:
        return None
    complaints = complaints_of(told.select(list(COMPLAINTS)), universe, again_days=rules.buyers.again_days)
    names = known["incident_id"].to_list()
    numbers = pl.DataFrame({"incident_id": names}, schema={"incident_id": pl.String}).with_row_index("number")
    whose = (
        told.select("ticket_id")
        .join(taken, on="ticket_id", how="left", maintain_order="left")
        .join(numbers, on="incident_id", how="left", maintain_order="left")
    )
    stored = whose["incident_id"].is_not_null().to_numpy()
    # The ticket of an incident that is no longer looked at is no evidence either: it has the number after all others.
    number = whose["number"].cast(pl.Int64).fill_null(len(names)).to_numpy()
    watch = Watch(rules, universe, complaints, claimed=np.where(stored, number, -1), first_number=len(names) + 1)
    steps = []
    for number_, row in enumerate(known.iter_rows(named=True)):
        incident = _incident(watch, number_, row)
        if incident is not None and (row["state"] == "open" or row["by_person"]):
            steps.append((clock_us(row["state_at"]), row["state"], incident))
    for at, state, incident in sorted(steps, key=lambda step: (step[0], step[2].number)):
        watch.run(at)
        if state == "open":
            watch.stand(incident)
        else:
            watch.accept(incident, at)
    watch.run(clock_us(now))
    told_figures = {
        row["incident_id"]: (row["buyers"], row["expected"], row["quiet_runs"])
        for row in known.filter(pl.col("state") == "open").iter_rows(named=True)
    }
    return Part(watch, told, stored, [*names, ""], len(names) + 1, told_figures)


def _incident(watch: Watch, number: int, row: dict[str, Any]) -> Incident | None:
    level, universe = Level(row["level"]), watch.universe
    key = universe.code(level, tuple(orjson.loads(row["cause"])))
    if key is None or row["complaint"] not in universe.kinds:
        return None
    ratio = row["buyers"] / max(row["expected"], 1.0)
    kind = universe.kinds.index(row["complaint"])
    began, raised = clock_us(row["began_at"]), clock_us(row["opened_at"])
    return Incident(number, level, key, kind, ratio, began, raised, 1.0, row["quiet_runs"])


def take_news(database: Database, known: ComplaintWatch, rules: BatchRules, *, now: datetime) -> None:
    """Feed the watches what came since. A ticket that they have and that is labelled anew, or a key that no universe
    knows, makes them stale."""
    version = database.data_version()
    if version != known.version:
        since = now - timedelta(days=rules.exposure.history_days)
        digits = rules.exposure.region_digits
        news = incident_screens.complaints_of_versions(database, known.version, since, now=now, digits=digits)
        known.version = version
        for part in known.parts:
            again = news["ticket_id"].is_in(part.told["ticket_id"].implode())
            known.stale |= bool(again.any())
            news = news.filter(~again)
        for kinds in PARTS.values():
            mine = news.filter(pl.col("kind").is_in(kinds))
            if mine.height:
                part_of = [one for one in known.parts if set(one.watch.universe.kinds) & set(kinds)]
                known.stale |= not (part_of and _fed(part_of[0], mine, rules, now=now))
    for part in known.parts:
        part.watch.run(clock_us(now))


def _fed(part: Part, news: pl.DataFrame, rules: BatchRules, *, now: datetime) -> bool:
    """False where the universe does not know a key of it; then nothing was fed."""
    if not part.watch.universe.knows(news):
        return False
    last = max(part.told["time"][-1], _clock(part.watch.present.at))
    in_turn = pl.col("time").clip(lower_bound=last, upper_bound=max(last, beijing(now)))
    news = news.with_columns(in_turn).sort("time", maintain_order=True)
    # Whether a buyer counts is seen among the same buyers' complaints of before; nobody else's are needed.
    before = part.told.filter(pl.col("buyer").is_in(news["buyer"].drop_nulls().unique().implode()))
    together = pl.concat([before, news]).select(list(COMPLAINTS))
    numbered = complaints_of(together, part.watch.universe, again_days=rules.buyers.again_days)
    part.watch.extend(numbered.last(news.height))
    part.told = pl.concat([part.told, news])
    part.stored = np.append(part.stored, np.zeros(news.height, dtype=bool))
    return True


def clock_us(at: datetime) -> int:
    """An instant on Beijing's clock, in us: the clock by which exposure counts its days."""
    return round((at + _BEIJING).timestamp() * 1_000_000)


def beijing(at: datetime) -> datetime:
    """An instant as the clocks in Beijing show it, without zone."""
    return (at.astimezone(UTC) + _BEIJING).replace(tzinfo=None)


def _clock(at: int) -> datetime:
    return datetime.fromtimestamp(0, UTC).replace(tzinfo=None) + timedelta(microseconds=at)


def instant(at: int) -> datetime:
    """The instant of a clock_us."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at) - _BEIJING
