"""The room itself: feeds that fell silent, jobs that fail, promises that do not hold, channels that take nothing."""

from datetime import datetime, timedelta

from engine.model.alerts import Condition
from engine.response.alerting import Finding
from engine.store.screens import room as screens
from engine.usecases.alerts.conditions.watched import asked, cause
from engine.usecases.room.workplace import Workplace

UNDER_WAY = 1000
"""Parcels on the road from which on carriers have something to tell every quarter of an hour, by day or night."""


def stale_feed(work: Workplace, now: datetime) -> list[Finding]:
    """Feeds that must speak now: orders and live signals while a show is on, tracking while much is on the road."""
    ages = {row["feed"]: row["ingest_time"] for row in screens.feed_ages(work.database).iter_rows(named=True)}
    [live] = asked(
        work.database,
        "SELECT count(*) AS shows, min(starts_at) AS since FROM shows WHERE starts_at <= $now AND ends_at > $now",
        now=now,
    )
    [road] = asked(
        work.database,
        "SELECT count(*) AS parcels FROM parcel_tracks "
        "WHERE stage NOT IN ('labelled', 'signed', 'returned', 'rejected', 'cancelled', 'lost')",
    )
    due = {"orders": live["shows"] > 0, "signals": live["shows"] > 0, "tracking": road["parcels"] >= UNDER_WAY}
    found = []
    for feed, speaks in due.items():
        heard = ages.get(feed)
        if not speaks or heard is None:
            continue
        since = max(heard, live["since"]) if live["since"] is not None and feed != "tracking" else heard
        minutes = (now - since).total_seconds() / 60
        found.append(
            Finding(
                condition=Condition.STALE_FEED, cause=cause(feed=feed), measure=minutes,
                facts={"feed": feed, "minutes": round(minutes)},
            )
        )  # fmt: skip
    return found


def job_failing(work: Workplace, now: datetime) -> list[Finding]:
    """Bugs of jobs in the last hour; what the room refused in words is no failure."""
    rows = asked(
        work.database,
        "SELECT job, sum(runs)::BIGINT AS runs, arg_max(detail, version) AS detail FROM job_runs "
        "WHERE outcome = 'failed' AND started_at > $since GROUP BY job",
        since=now - timedelta(hours=1),
    )
    return [
        Finding(
            condition=Condition.JOB_FAILING, cause=cause(job=row["job"]), measure=float(row["runs"]),
            facts={"job": row["job"], "runs": row["runs"], "detail": row["detail"][:200]},
        )
        for row in rows
    ]  # fmt: skip


def promise_broken(work: Workplace, now: datetime) -> list[Finding]:
    """Invariants that the last check found broken."""
    return [
        Finding(
            condition=Condition.PROMISE_BROKEN, cause=cause(invariant=row["invariant"]), measure=float(row["breaches"]),
            facts={"invariant": row["invariant"], "breaches": row["breaches"]},
        )
        for row in screens.invariant_states(work.database).iter_rows(named=True)
        if row["breaches"] > 0
    ]  # fmt: skip


def notices_stuck(work: Workplace, now: datetime) -> list[Finding]:
    """Attempts that channels did not take in the last hour."""
    rows = asked(
        work.database,
        "SELECT channel, count(*) AS failures FROM notice_events "
        "WHERE state IN ('failed', 'given_up') AND \"at\" > $since GROUP BY channel",
        since=now - timedelta(hours=1),
    )
    return [
        Finding(
            condition=Condition.NOTICES_STUCK, cause=cause(channel=row["channel"]), measure=float(row["failures"]),
            facts={"channel": row["channel"], "failures": row["failures"]},
        )
        for row in rows
    ]  # fmt: skip
