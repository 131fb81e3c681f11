"""What the room does by itself about what complaints mean: learns it from operators' corrections."""

from engine.model.tickets import TrainingVerdict
from engine.usecases.room.room import Room
from engine.usecases.service.train_tickets import train_tickets
from jobs.runner import JobResult, Outcome


def learn_complaints(room: Room) -> JobResult:
    """Keep the first model, or let a challenger learn from the corrections and judge it on the newest."""
    done = train_tickets(room, actor="train_tickets")
    if done.model_id is None or done.verdict is None:
        return JobResult(Outcome.IDLE)
    outcomes = {
        TrainingVerdict.FIRST: "the first; it speaks",
        TrainingVerdict.REFITTED: "fitted anew for another lexicon; it speaks",
        TrainingVerdict.BETTER: f"better on {done.tested} new corrections; it speaks",
        TrainingVerdict.NO_BETTER: f"no better on {done.tested} new corrections; the champion stays",
    }
    return JobResult(Outcome.DONE, f"{done.model_id}: {outcomes[done.verdict]}")
