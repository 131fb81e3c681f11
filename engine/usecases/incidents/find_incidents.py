"""Looks whether complaints are one problem: opens incidents, fills the open ones, ends those that are over.

Cheap when nothing came. A ticket belongs to one incident at most, for ever; a resolved incident is never filled again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import orjson
import polars as pl

from engine.aftersales.burst import Alarm, Incident
from engine.aftersales.delay_curves import CURVES
from engine.model.frames import INSTANT, Contract
from engine.model.incidents import IncidentState
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.alerts.alert_bell import BELL
from engine.usecases.incidents.batch_policy import load_batch_rules
from engine.usecases.incidents.complaint_watch import INCIDENT_VERBS, Part, clock_us, counted, instant, take_news
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class IncidentRun:
    """Incidents opened and over, tickets that joined one."""

    opened: int = 0
    over: int = 0
    tickets: int = 0


def find_incidents(work: Workplace, *, actor: str) -> IncidentRun:
    """One look, in one commit where there is anything to write."""
    rules, now, database = load_batch_rules(), work.now(), work.database
    known = work.complaint_watch
    foreign = known is not None and database.last_version(*INCIDENT_VERBS) != known.incidents_version
    if known is None or foreign or known.recount_due(rules, now):
        known = counted(database, rules, now=now)
        work.complaint_watch = known
    else:
        take_news(database, known, rules, now=now)
    if not any(_anything(part) for part in known.parts):
        return IncidentRun()
    opened = over = tickets = 0
    with database.transaction(actor=actor, verb="find_incidents") as tx:
        for part in known.parts:
            fresh = list(_open_new(tx, part, first=opened))
            opened += len(fresh)
            tickets += _fill(tx, part)
            over += _follow(tx, part)
        tx.note(opened=opened, over=over, tickets=tickets)
        if opened:
            tx.ring(BELL)
    known.incidents_version = tx.version if tx.wrote else known.incidents_version
    return IncidentRun(opened, over, tickets)


def _anything(part: Part) -> bool:
    """Whether the tables do not say what the watch knows."""
    new_alarms = len(part.watch.alarms) > len(part.known) - part.first_number
    return new_alarms or bool(((part.watch.claimed >= 0) & ~part.stored).any()) or bool(_changed(part))


def _open_new(tx: Transaction, part: Part, *, first: int) -> Iterator[str]:
    """Keep alarms that stand; one that began and ended between two looks is the past, and known as ''."""
    standing = {incident.number: incident for incident in part.watch.open}
    for alarm in part.watch.alarms[len(part.known) - part.first_number :]:
        incident = standing.get(alarm.number)
        if incident is None:
            part.known.append("")
            part.stored |= part.watch.claimed == alarm.number
            continue
        incident_id = f"i{tx.version}-{first}"
        first += 1
        part.known.append(incident_id)
        tx.append(tables.incidents, _head(tx, part, alarm, incident, incident_id), stamp=True)
        incident_event(tx, incident_id, IncidentState.OPEN, reason=alarm.ground.value)
        part.told_figures[incident_id] = part.figures(incident, clock_us(tx.at))
        yield incident_id


def _head(tx: Transaction, part: Part, alarm: Alarm, incident: Incident, incident_id: str) -> pl.DataFrame:
    universe = part.watch.universe
    rivals = [
        {"level": one.level.value, "cause": universe.name(one.level, one.key), "ratio": one.ratio, "beside": beside}
        for one, beside in zip(alarm.rivals, alarm.beside, strict=True)
    ]
    buyers, expected, quiet = part.figures(incident, clock_us(tx.at))
    stages, days = CURVES[int(part.watch.present.usual.delays.best[alarm.kind])]
    row = {
        "incident_id": incident_id, "level": incident.level.value,
        "cause": orjson.dumps(universe.name(incident.level, incident.key)).decode(),
        "complaint": universe.kinds[alarm.kind], "began_at": instant(alarm.began_at), "opened_at": tx.at,
        "ground": alarm.ground.value, "state": IncidentState.OPEN.value, "state_at": tx.at, "buyers": buyers,
        "expected": expected, "p_value": alarm.p_value, "quiet_runs": quiet, "delay_stages": stages, "delay_days": days,
        "rivals": orjson.dumps(rivals).decode(),
    }  # fmt: skip
    return pl.DataFrame([row], schema_overrides=dict.fromkeys(("began_at", "opened_at", "state_at"), INSTANT))


def _fill(tx: Transaction, part: Part) -> int:
    """List tickets that joined; one that is in an incident already stays there."""
    new = np.flatnonzero((part.watch.claimed >= 0) & ~part.stored)
    if not len(new):
        return 0
    part.stored[new] = True
    whose = [part.known[number] for number in part.watch.claimed[new]]
    rows = (
        pl.DataFrame({"ticket_id": part.told["ticket_id"].gather(new), "incident_id": whose})
        .filter(pl.col("incident_id") != "")
        .unique("ticket_id", keep="first", maintain_order=True)
    )
    there = tx.matching(tables.incident_tickets, rows.select("ticket_id"), "ticket_id")
    rows = rows.join(there, on="ticket_id", how="anti").with_columns(at=pl.lit(tx.at).dt.cast_time_unit("us"))
    return tx.append(tables.incident_tickets, rows, stamp=True)


def _changed(part: Part) -> list[tuple[str, Incident | None]]:
    """Incidents with other buyers or quiet looks than the tables have; None: it is over."""
    standing = {part.known[one.number]: one for one in part.watch.open if one.number < len(part.known)}
    found: list[tuple[str, Incident | None]] = []
    for name, (buyers, _, quiet) in part.told_figures.items():
        incident = standing.get(name)
        if incident is None or (part.buyers(incident), incident.quiet_looks) != (buyers, quiet):
            found.append((name, incident))
    return found


def _follow(tx: Transaction, part: Part) -> int:
    over = 0
    for name, incident in _changed(part):
        if incident is None:
            del part.told_figures[name]
            wider = part.known.index(name) in part.watch.absorbed
            end_incident(tx, name, reason="wider" if wider else "silence")
            over += 1
            continue
        buyers, expected, quiet = part.told_figures[name] = part.figures(incident, clock_us(tx.at))
        row = {"incident_id": name, "buyers": buyers, "expected": expected, "quiet_runs": quiet}
        tx.amend(tables.incidents, pl.DataFrame([row]), on=("incident_id",))
    return over


def end_incident(tx: Transaction, incident_id: str, *, reason: str) -> None:
    """The fact and the state that follows."""
    row = {"incident_id": incident_id, "state": IncidentState.RESOLVED.value, "state_at": tx.at}
    times: Contract = {"state_at": INSTANT}
    tx.amend(tables.incidents, pl.DataFrame([row], schema_overrides=times), on=("incident_id",))
    incident_event(tx, incident_id, IncidentState.RESOLVED, reason=reason)


def incident_event(tx: Transaction, incident_id: str, state: IncidentState, *, reason: str) -> None:
    """What happened to an incident, as a fact."""
    row = {"at": tx.at, "incident_id": incident_id, "state": state.value, "reason": reason, "actor": tx.actor}
    tx.append(tables.incident_events, pl.DataFrame([row], schema_overrides={"at": INSTANT}), stamp=True)
