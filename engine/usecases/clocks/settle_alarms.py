"""Alarms of clocks about to run out: what stands behind each cause now? Raises, escalates and clears, in one commit."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from engine.model.alarms import ALARM_TRANSITIONS, AlarmState, Watch
from engine.model.frames import INSTANT, Contract
from engine.rules.alarms import Alarm, Cause, Pressure, Step, pressures, settle
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.clocks.alarm_policy import load_alarm_policy
from engine.usecases.clocks.judge_clocks import judge_clocks
from engine.usecases.room.workplace import Workplace

_OPEN = "SELECT alarm_id, watch, carrier, place, state, quiet_since FROM clock_alarms WHERE state <> 'cleared'"
_COLUMNS: Contract = {
    "alarm_id": pl.String, "watch": pl.String, "carrier": pl.String, "place": pl.String, "state": pl.String,
    "quiet_since": INSTANT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AlarmRun:
    """Alarms raised (escalated at once included), escalated and cleared by one run."""

    raised: int = 0
    escalated: int = 0
    cleared: int = 0

    @property
    def any(self) -> bool:
        """Whether a state changed."""
        return bool(self.raised or self.escalated or self.cleared)


def settle_alarms(work: Workplace, *, actor: str = "alarms") -> AlarmRun:
    """One run. Nothing is written where nothing changes."""
    policy, now = load_alarm_policy(), work.now()
    standing = judge_clocks(work.database, work.platforms, now=now, fresh=True)
    found = pressures(standing.book, policy, now=now)
    if not settle(_of_frame(work.database.read(_OPEN)), found, policy, now=now):
        return AlarmRun()
    with work.database.transaction(actor=actor, verb="settle_alarms", subject=f"{len(found)} causes") as tx:
        # Decided again inside: another process may have settled meanwhile.
        steps = settle(_of_frame(tx.frame(_OPEN, _COLUMNS)), found, policy, now=tx.at)
        run = _write(tx, steps)
        tx.note(raised=run.raised, escalated=run.escalated, cleared=run.cleared)
    return run


def _of_frame(frame: pl.DataFrame) -> list[Alarm]:
    return [
        Alarm(
            alarm_id=row["alarm_id"],
            cause=Cause(Watch(row["watch"]), row["carrier"], row["place"]),
            state=AlarmState(row["state"]),
            quiet_since=row["quiet_since"],
        )
        for row in frame.iter_rows(named=True)
    ]


def _write(tx: Transaction, steps: list[Step]) -> AlarmRun:
    fresh, moved, quiet, events = [], [], [], []
    for number, step in enumerate(steps, start=1):
        alarm = step.alarm
        if alarm is None:
            alarm_id = f"a{tx.version}-{number}"
            desk = load_alarm_policy().rules[step.cause.watch].desk.value
            fresh.append((alarm_id, *_cause(step.cause), desk, step.to.value))
        else:
            alarm_id = alarm.alarm_id
            quiet.append((alarm_id, step.quiet_since))
        if alarm is None or alarm.state is not step.to:
            assert alarm is None or step.to in ALARM_TRANSITIONS[alarm.state]
            events.append((alarm_id, step.to.value, *_behind(step.pressure)))
            if alarm is not None:
                moved.append((alarm_id, step.to.value))
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    names = ("alarm_id", "watch", "carrier", "place", "desk", "state")
    raised = pl.DataFrame(fresh, schema=dict.fromkeys(names, pl.String), orient="row")
    tx.append(tables.clock_alarms, raised.with_columns(raised_at=at, state_at=at), stamp=True)
    changed = pl.DataFrame(moved, schema={"alarm_id": pl.String, "state": pl.String}, orient="row")
    tx.amend(tables.clock_alarms, changed.with_columns(state_at=at), on=("alarm_id",))
    since = pl.DataFrame(quiet, schema={"alarm_id": pl.String, "quiet_since": INSTANT}, orient="row")
    tx.amend(tables.clock_alarms, since, on=("alarm_id",))
    told = pl.DataFrame(
        events,
        schema={
            "alarm_id": pl.String,
            "kind": pl.String,
            "orders": pl.Int64,
            "pressing": pl.Int64,
            "cents": pl.Int64,
            "next_at": INSTANT,
        },
        orient="row",
    )
    tx.append(tables.clock_alarm_events, told.with_columns(at=at), stamp=True)
    states = [to for _, to in moved]
    return AlarmRun(len(fresh), states.count(AlarmState.ESCALATED), states.count(AlarmState.CLEARED))


def _cause(cause: Cause) -> tuple[str, str, str]:
    return cause.watch.value, cause.carrier, cause.place


def _behind(pressure: Pressure) -> tuple[int, int, int, datetime | None]:
    return pressure.orders, pressure.pressing, pressure.cents, pressure.next_at
