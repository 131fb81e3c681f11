"""What the room does by itself about how long parcels take: learns it, forecasts each parcel, and watches for drift."""

from engine.usecases.forecasts.score_delays import score_delays
from engine.usecases.forecasts.train_delays import train_delays
from engine.usecases.forecasts.watch_drift import watch_drift
from engine.usecases.room.room import Room
from jobs.runner import JobResult, Outcome


def learn_delays(room: Room) -> JobResult:
    """Learn from the parcels that have arrived, test on the last weeks, keep the model with its card."""
    done = train_delays(room.database, now=room.now(), actor="train_delays")
    if done.model_id is None:
        return JobResult(Outcome.IDLE)
    place = "speaks" if done.champion else "lost to the history of lanes"
    return JobResult(
        Outcome.DONE, f"{done.model_id} learned from {done.arrived} parcels, {done.tested} tested; {place}"
    )


def forecast_delays(room: Room) -> JobResult:
    """Make the forecasts that are missing, old, or behind a parcel's last scan."""
    run = score_delays(room.database, room.rules, now=room.now(), actor="score_delays")
    if not run.made and not run.ended:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{run.made} forecasts made by {run.model_id}, {run.ended} taken away")


def watch_for_drift(room: Room) -> JobResult:
    """Hold this week's parcels against those that the model learned from."""
    look = watch_drift(room.database, now=room.now(), actor="watch_drift")
    if not look.kept:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{look.watched} things watched, {look.alarms} have drifted")
