"""Questions to a copy of the room: how a screen asks one, looks how far it is, and takes its files along.

They are answered beside the room and shared (jobs/what_ifs.py); nothing is cached here, and nothing is written.
"""

from dashboard import state
from dashboard.runtime import what_ifs
from engine.usecases.allocation.ask_what_if import Scope
from jobs.what_if_states import Question, Standing


def minutes() -> tuple[int, ...]:
    """The choices of "planned in the last ... minutes"."""
    return what_ifs().policy.minutes


def ask(question: Question, *, fresh: bool) -> None:
    """Have a question answered, on a fresh copy if wanted; what this session asked before is dropped."""
    what_ifs().ask(question, asker=state.session_name(), fresh=fresh)


def look(question: Question) -> Standing | None:
    """Where a question stands; None if nobody asked it."""
    return what_ifs().look(question)


def answers(scope: Scope) -> tuple[Standing, ...]:
    """The answers that compare with one another: from the copy shared now, newest first."""
    return what_ifs().answers(scope)


def files(question: Question) -> bytes:
    """The problem files that a question was answered from, as a zip."""
    return what_ifs().zipped(question)
