"""Looks at every condition that is due, and settles alerts with what was found: one commit, or none.

Cheap questions are asked every second, dear ones less often, and nothing is asked while nothing was committed. A raised
alert whose cause an action would answer gets that action proposed, priced by the code that would carry it out.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, product
from weakref import WeakKeyDictionary

import orjson
import polars as pl

from engine.clock import BEIJING
from engine.errors import WarRoomError
from engine.model.alerts import ALERT_TRANSITIONS, AlertState, Condition, Severity
from engine.model.frames import INSTANT, Contract
from engine.model.notices import StaffDesk
from engine.response.alerting import Alert, Finding, Step, settle_alerts
from engine.store import tables
from engine.store.database import Database, as_json
from engine.store.transaction import Transaction
from engine.usecases.actions.propose_action import Because, propose_action
from engine.usecases.alerts.alert_policy import load_alert_policy
from engine.usecases.alerts.conditions import CONDITIONS
from engine.usecases.notices.tell_staff import Raised, tell_staff
from engine.usecases.notices.write_notice import withdraw_notices
from engine.usecases.room.workplace import Workplace

ASKED_ANYWAY = 60.0
"""Seconds after which a condition is looked at although nothing was committed: clocks run down by themselves."""
FIGURES = 30.0
"""Seconds after which the figures of a standing alert are written again; each commit makes every board read anew."""

_STANDING = (
    "SELECT alert_id, condition, cause, raised_at, state, state_at, severity, under, quiet_since, silence FROM alerts "
    "WHERE state <> 'cleared'"
)
_ALERT: Contract = {
    "alert_id": pl.String, "condition": pl.String, "cause": pl.String, "raised_at": INSTANT, "state": pl.String,
    "state_at": INSTANT, "severity": pl.String, "under": pl.String, "quiet_since": INSTANT, "silence": pl.String,
}  # fmt: skip
_FIGURES: Contract = {"measure": pl.Float64, "orders": pl.Int64, "cents": pl.Int64, "facts": pl.String}


@dataclass(frozen=True, slots=True)
class AlertRun:
    """Alerts raised, worse or escalated, and cleared by one run; actions proposed; proposals that the room refused."""

    raised: int = 0
    worse: int = 0
    cleared: int = 0
    proposed: int = 0
    refused: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.raised or self.worse or self.cleared or self.proposed)


@dataclass(slots=True)
class _Looked:
    lock: threading.Lock = field(default_factory=threading.Lock)
    at: dict[Condition, datetime] = field(default_factory=dict)
    version: dict[Condition, int] = field(default_factory=dict)
    found: dict[Condition, list[Finding]] = field(default_factory=dict)
    figures_at: datetime | None = None


_LOOKED: "WeakKeyDictionary[Database, _Looked]" = WeakKeyDictionary()
_LOOKED_LOCK = threading.Lock()


def watch_alerts(work: Workplace, *, actor: str = "alerts") -> AlertRun:
    """One look. Nothing is written where no alert begins, changes or ends."""
    with _LOOKED_LOCK:
        looked = _LOOKED.setdefault(work.database, _Looked())
    with looked.lock:
        now = work.now()
        findings = _findings(work, looked, now)
        standing = _of_frame(work.database.read(_STANDING))
        steps = _settled(standing, findings, now, told={}, ids=(str(n) for n in count()))
        figures = bool(standing) and (looked.figures_at is None or (now - looked.figures_at).total_seconds() >= FIGURES)
        if not figures and not any(_changes(step, standing) for step in steps):
            return AlertRun()
        looked.figures_at = now
        subject = f"{len(standing)} standing"
        with work.database.transaction(actor=actor, verb="settle_alerts", subject=subject) as tx:
            # Decided again inside: another process may have settled, or somebody acknowledged, meanwhile.
            standing = _of_frame(tx.frame(_STANDING, _ALERT))
            ids = (f"w{tx.version}-{n}" for n in count(1))
            steps = _settled(standing, findings, tx.at, told=_told(tx), ids=ids)
            run = _write(tx, steps)
            tx.note(raised=run.raised, worse=run.worse, cleared=run.cleared)
    return _proposed(work, run, steps, actor=actor)


def _findings(work: Workplace, looked: _Looked, now: datetime) -> list[Finding]:
    version = work.database.data_version()
    for condition, watched in CONDITIONS.items():
        before = looked.at.get(condition)
        waited = None if before is None else (now - before).total_seconds()
        committed = looked.version.get(condition) != version
        if waited is not None and 0 <= waited < (watched.seconds if committed else ASKED_ANYWAY):
            continue
        looked.found[condition] = watched.look(work, now)
        looked.at[condition], looked.version[condition] = now, version
    return [finding for found in looked.found.values() for finding in found]


def _settled(
    standing: Sequence[Alert], findings: Sequence[Finding], now: datetime, *, told: dict[str, int], ids: Iterator[str]
) -> list[Step]:
    policy = load_alert_policy()
    quiet = policy.habits.quiet(now.astimezone(BEIJING))
    return settle_alerts(standing, findings, policy, now=now, quiet=quiet, told=told, new_ids=ids)


def _changes(step: Step, standing: Sequence[Alert]) -> bool:
    """Whether the alert stands otherwise than it is stored; its figures aside."""
    before = next((alert for alert in standing if alert.alert_id == step.alert.alert_id), None)
    after = step.alert
    return before is None or (before.state, before.severity, before.under, before.quiet_since) != (
        after.state, after.severity, after.under, after.quiet_since,
    )  # fmt: skip


def _told(tx: Transaction) -> dict[str, int]:
    """Notices of alerts in the last hour by desk, whatever channels they went over."""
    rows = tx.rows(
        "SELECT desk, count(DISTINCT cause) FROM notices WHERE kind = 'alert' AND created_at > :since GROUP BY desk",
        {"since": tx.at - timedelta(hours=1)},
    )
    return {str(desk): int(notices) for desk, notices in rows}


def _of_frame(frame: pl.DataFrame) -> list[Alert]:
    return [
        Alert(
            alert_id=row["alert_id"],
            condition=Condition(row["condition"]),
            cause=tuple((name, value) for name, value in orjson.loads(row["cause"])),
            raised_at=row["raised_at"],
            state=AlertState(row["state"]),
            state_at=row["state_at"],
            severity=Severity(row["severity"]),
            under=row["under"],
            quiet_since=row["quiet_since"],
            silence=row["silence"],
        )
        for row in frame.iter_rows(named=True)
    ]


def _write(tx: Transaction, steps: list[Step]) -> AlertRun:
    rows, events = [], []
    for step in steps:
        alert, finding = step.alert, step.finding
        figures = (
            (None, None, None, None)
            if finding is None
            else (finding.measure, finding.orders, finding.cents, as_json(dict(finding.facts)))
        )
        rows.append(
            (alert.alert_id, alert.condition.value, as_json(alert.cause), alert.raised_at, alert.state.value,
             alert.state_at, alert.severity.value, alert.under, alert.quiet_since, alert.silence, *figures, step.raised)
        )  # fmt: skip
        if step.moved:
            events.append((alert.alert_id, alert.state.value, alert.severity.value, step.reason))
        if step.tell:
            _tell(tx, step)
        if alert.state is AlertState.CLEARED:
            _over(tx, alert)
    frame = pl.DataFrame(rows, schema={**_ALERT, **_FIGURES, "raised": pl.Boolean}, orient="row")
    tx.append(tables.alerts, frame.filter("raised").drop("raised"), stamp=True)
    stand = frame.filter(~pl.col("raised")).drop("raised", "condition", "cause", "raised_at", "silence")
    seen = stand.filter(pl.col("measure").is_not_null())
    tx.amend(tables.alerts, seen, on=("alert_id",))
    gone = stand.filter(pl.col("measure").is_null()).drop(list(_FIGURES))
    tx.amend(tables.alerts, gone, on=("alert_id",))
    names = ("alert_id", "kind", "severity", "reason")
    told = pl.DataFrame(events, schema=dict.fromkeys(names, pl.String), orient="row")
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.alert_events, told.with_columns(at=at, actor=pl.lit(tx.actor)), stamp=True)
    cleared = sum(step.moved and step.alert.state is AlertState.CLEARED for step in steps)
    raised = sum(step.raised for step in steps)
    worse = sum(step.moved and step.tell and not step.raised for step in steps)
    return AlertRun(raised, worse, cleared)


def _tell(tx: Transaction, step: Step) -> None:
    """The desk hears of it; of what escalated, managers as well."""
    alert, finding = step.alert, step.finding
    rule = load_alert_policy().rules[alert.condition]
    desks = {rule.desk}
    if alert.state is AlertState.ESCALATED:
        desks.add(StaffDesk.MANAGER)
    raised = [
        Raised(
            cause=_told_as(alert.alert_id, alert.state, alert.severity, desk),
            what=alert.condition.value,
            where=" · ".join(value for _, value in alert.cause),
            desk=desk,
            orders=None if finding is None else finding.orders,
            cents=None if finding is None else finding.cents,
            due_at=tx.at + timedelta(minutes=rule.escalate_minutes),
            critical=alert.severity is Severity.CRITICAL,
        )
        for desk in sorted(desks)
    ]
    tell_staff(tx, raised)


def _told_as(alert_id: str, state: AlertState, severity: Severity, desk: StaffDesk) -> str:
    return f"alert:{alert_id}:{state}:{severity}:{desk}"


def _over(tx: Transaction, alert: Alert) -> None:
    """What was not told by now need not be."""
    told = product((AlertState.OPEN, AlertState.ESCALATED), Severity, StaffDesk)
    withdraw_notices(tx, [_told_as(alert.alert_id, state, severity, desk) for state, severity, desk in told])


def _proposed(work: Workplace, run: AlertRun, steps: list[Step], *, actor: str) -> AlertRun:
    """Propose what answers the raised ones. What cannot be planned now is told as refused, and not proposed."""
    proposed, refused = 0, []
    for step in steps:
        wish = None if step.finding is None else step.finding.proposes
        if not step.raised or step.alert.under is not None or wish is None:
            continue
        try:
            propose_action(
                work,
                wish.kind,
                wish.params,
                because=Because(wish.why, f"alert:{step.alert.alert_id}"),
                actor=actor,
            )
            proposed += 1
        except WarRoomError as refusal:
            refused.append(f"{step.alert.alert_id}: {refusal}")
    return AlertRun(run.raised, run.worse, run.cleared, proposed, tuple(refused))


def acknowledge_alerts(work: Workplace, alert_ids: Sequence[str], *, actor: str) -> int:
    """Somebody has them; returns how many were still open. What is cleared or taken already stays as it is."""
    with work.database.transaction(actor=actor, verb="acknowledge_alerts", subject=f"{len(alert_ids)} alerts") as tx:
        keys = pl.DataFrame({"alert_id": list(alert_ids)}, schema={"alert_id": pl.String})
        known = tx.matching(tables.alerts, keys.unique(), "alert_id", "state", "severity")
        may = [AlertState.ACKNOWLEDGED in ALERT_TRANSITIONS[AlertState(state)] for state in known["state"]]
        taken = known.filter(pl.Series(may, dtype=pl.Boolean))
        at = pl.lit(tx.at).dt.cast_time_unit("us")
        state = pl.lit(AlertState.ACKNOWLEDGED.value)
        tx.amend(tables.alerts, taken.select("alert_id", state=state, state_at=at), on=("alert_id",))
        tx.append(
            tables.alert_events,
            taken.select("alert_id", "severity", kind=state, at=at, reason=pl.lit("taken"), actor=pl.lit(tx.actor)),
            stamp=True,
        )
        tx.note(taken=taken.height)
    return taken.height
