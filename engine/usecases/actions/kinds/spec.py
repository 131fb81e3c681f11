"""What every kind of action is made of, so that a card, a button and a job need to know none of them.

A kind is one module with one `ActionSpec`, and one line in the table of engine/usecases/actions/kinds/__init__.py:

    plan     looks and decides as of the last commit, writes nothing; refuses in words what cannot be done
    apply    writes a plan that was made inside the same commit, before anything else of it was written
    undo     plans and writes the way back inside one commit; refuses in words where the world has moved on
    measure  what it brought, given its horizon, against the forecast of doing nothing
    outlook  what a preview can say more of, at its leisure: it is asked outside every commit and changes no plan

A kind whose doing nobody can take back has `no_undo` instead of `undo`: the sentence that says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from engine.model.actions import ActionKind, Desk, Reversibility
from engine.response.outcome import Outcome
from engine.response.parameters import Parameter, Params
from engine.response.preview import Preview
from engine.store.transaction import Transaction
from engine.usecases.room.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Planned:
    """What would be done: the preview to show, and whatever `apply` needs to do exactly that."""

    preview: Preview
    made: Any


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: the figures that were promised, as they came out, and what an undo will need to know (JSON)."""

    happened: Mapping[str, int]
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Executed:
    """An action that was carried out, for its undo and its outcome."""

    action_id: str
    params: Params
    at: datetime
    version: int
    happened: Mapping[str, int]
    kept: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """One kind. `subject`: what an action of these parameters is about, in short; two of one cause about one subject
    are one action. `undo` returns the figures of what was taken back."""

    kind: ActionKind
    desk: Desk
    reversibility: Reversibility
    parameters: tuple[Parameter, ...]
    subject: Callable[[Params], str]
    plan: Callable[[Workplace, Params], Planned]
    apply: Callable[[Workplace, Transaction, Planned, str], Applied]
    measure: Callable[[Workplace, Executed, timedelta], Outcome]
    undo: Callable[[Workplace, Transaction, Executed, str], Mapping[str, int]] | None = None
    no_undo: str = ""
    outlook: Callable[[Workplace, Planned], Preview] | None = None

    def look(self, work: Workplace, params: Params) -> Planned:
        """Its plan, the preview with all that can be said of it. Not for the inside of a commit. Raises like `plan`."""
        planned = self.plan(work, params)
        return planned if self.outlook is None else replace(planned, preview=self.outlook(work, planned))

    def preview(self, work: Workplace, params: Params) -> Preview:
        """The preview of that."""
        return self.look(work, params).preview

    def __post_init__(self) -> None:
        assert (self.undo is None) == bool(self.no_undo), "a kind has a way back, or says why there is none"
