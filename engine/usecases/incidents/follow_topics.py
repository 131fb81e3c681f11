"""Looks for what many buyers say that belongs to no class: an incident per topic that grew, filled while it goes on.

Runs in calm: nobody's answer waits for it.
"""

from dataclasses import dataclass
from datetime import timedelta

import orjson
import polars as pl

from engine.aftersales.topics import Said, Topic, find_topics
from engine.model.frames import INSTANT
from engine.model.incidents import Ground, IncidentState, Level
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.incidents.batch_policy import load_batch_rules
from engine.usecases.incidents.find_incidents import end_incident, incident_event
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class TopicRun:
    """Topics opened and over, tickets that joined one."""

    opened: int = 0
    over: int = 0
    tickets: int = 0


def follow_topics(work: Workplace, *, actor: str) -> TopicRun:
    """One look, in one commit where there is anything to write."""
    rules, now, database = load_batch_rules().topics, work.now(), work.database
    since = now - timedelta(days=rules.before_days, hours=rules.late_hours)
    rows = database.read(
        """
        SELECT t.ticket_id, t.buyer, t.said, (epoch($now) - epoch(t.asked_at)) / 3600.0 AS age_hours, i.incident_id,
               coalesce(t.complaint, 'other') = 'other' AS unsorted
        FROM tickets AS t LEFT JOIN incident_tickets AS i USING (ticket_id)
        LEFT JOIN (
            SELECT ticket_id, arg_max(coalesce(complaint, 'other'), version) AS complaint
            FROM ticket_labels WHERE labelled_by = 'classifier' GROUP BY ticket_id
        ) AS machine USING (ticket_id)
        -- Also where a person has sorted it since: else the older ones, which people have read, would be missing from
        -- what is usual, and everything would look new.
        WHERE 'other' IN (coalesce(machine.complaint, 'other'), coalesce(t.complaint, 'other'))
        AND t.asked_at > $since AND t.asked_at <= $now
        """,
        {"now": now, "since": since},
    )
    standing, unsorted = _standing(database), set(rows.filter("unsorted")["ticket_id"])
    topics = find_topics([Said(r[0], r[1], r[2], r[3]) for r in rows.iter_rows()], rules)
    taken = {row[0]: row[4] for row in rows.iter_rows() if row[4] is not None}
    fill: dict[str, list[str]] = {}
    fresh: list[Topic] = []
    for topic in topics:
        # A topic is that of the open incident that has any of its tickets; those of one that is over start no new one.
        whose = next((taken[one] for one in topic.ticket_ids if taken.get(one) in standing), None)
        free = [one for one in topic.late_ids if one not in taken and one in unsorted]
        if whose is not None:
            fill.setdefault(whose, []).extend(free)
        elif topic.grew and len(free) >= rules.least_buyers:
            fresh.append(topic)
    last = {name: rows.filter(pl.col("incident_id") == name)["age_hours"].min() for name in standing}
    silent = [
        name for name, age in last.items()
        if not fill.get(name) and (not isinstance(age, float) or age > rules.late_hours)
    ]  # fmt: skip
    if not fresh and not silent and not any(fill.values()):
        return TopicRun()
    joined = 0
    with database.transaction(actor=actor, verb="follow_topics") as tx:
        for number, topic in enumerate(fresh):
            joined += _open(tx, topic, [one for one in topic.late_ids if one not in taken and one in unsorted], number)
        for name, tickets in fill.items():
            joined += _join(tx, name, tickets)
            buyers = standing[name] + len(tickets)
            tx.amend(tables.incidents, pl.DataFrame({"incident_id": [name], "buyers": [buyers]}), on=("incident_id",))
        for name in silent:
            end_incident(tx, name, reason="silence")
        tx.note(opened=len(fresh), over=len(silent), tickets=joined)
    return TopicRun(len(fresh), len(silent), joined)


def _standing(database: Database) -> dict[str, int]:
    """Open topics with their buyers."""
    return dict(
        database.read("SELECT incident_id, buyers FROM incidents WHERE level = 'topic' AND state = 'open'").iter_rows()
    )


def _open(tx: Transaction, topic: Topic, tickets: list[str], number: int) -> int:
    incident_id = f"t{tx.version}-{number}"
    row = {
        "incident_id": incident_id, "level": Level.TOPIC.value, "cause": orjson.dumps(topic.words).decode(),
        "complaint": None, "began_at": tx.at, "opened_at": tx.at, "ground": Ground.TOPIC.value,
        "state": IncidentState.OPEN.value, "state_at": tx.at, "buyers": topic.buyers, "expected": topic.expected,
        "p_value": topic.p_value, "quiet_runs": 0, "delay_stages": 1, "delay_days": 0.0, "rivals": "[]",
    }  # fmt: skip
    times = dict.fromkeys(("began_at", "opened_at", "state_at"), INSTANT)
    tx.append(tables.incidents, pl.DataFrame([row], schema_overrides={**times, "complaint": pl.String}), stamp=True)
    incident_event(tx, incident_id, IncidentState.OPEN, reason=Ground.TOPIC.value)
    return _join(tx, incident_id, tickets)


def _join(tx: Transaction, incident_id: str, tickets: list[str]) -> int:
    rows = pl.DataFrame({"ticket_id": tickets}, schema={"ticket_id": pl.String}).unique(maintain_order=True)
    there = tx.matching(tables.incident_tickets, rows, "ticket_id")
    rows = rows.join(there, on="ticket_id", how="anti").with_columns(
        incident_id=pl.lit(incident_id), at=pl.lit(tx.at).dt.cast_time_unit("us")
    )
    return tx.append(tables.incident_tickets, rows, stamp=True)
