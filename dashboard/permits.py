"""May this person do that? The same table for the button that offers a command and for the command itself.

A command is a function of dashboard/*commands.py under `@command`: its verb stands in data/rules/roles.toml. Who
may not do it is told so in words, nothing happens, and the audit keeps that it was asked for.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from dashboard import people, sentences
from dashboard.runtime import room
from dashboard.wording import Words
from engine.errors import WarRoomError
from engine.usecases.room.permissions import load_permissions
from engine.usecases.room.record_refusal import record_refusal

F = TypeVar("F", bound=Callable[..., Any])

COMMANDS: dict[str, Callable[..., Any]] = {}
"""Every command by its verb."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told after a click: done or not, and the sentence. `nothing`: done, and nothing came of it."""

    done: bool
    text: str
    nothing: bool = False


def command(what: F | str) -> Any:
    """Let a command run only for whoever may do it; others get Told, and leave an audit row. `@command`, or
    `@command("verb")` where the function is called otherwise."""
    if isinstance(what, str):
        return functools.partial(_guarded, verb=what)
    return _guarded(what, verb=what.__name__)


def _guarded(act: F, *, verb: str) -> F:
    known = COMMANDS.get(verb)
    if known is not None and known.__module__ != act.__module__:
        raise RuntimeError(f"Two commands are called {verb}: in {known.__module__} and in {act.__module__}.")

    @functools.wraps(act)
    def permitted(t: Words, *args: Any, **named: Any) -> Any:
        try:
            asking = people.person()
            refusal = _refusal(t, asking, verb)
            if refusal is not None:
                needs = load_permissions().least[verb]
                record_refusal(room().database, verb, actor=asking.name or "?", role=asking.role or "none", needs=needs)
                return Told(done=False, text=refusal)
        except WarRoomError as trouble:
            return Told(done=False, text=sentences.said(t, str(trouble)))
        return act(t, *args, **named)

    COMMANDS[verb] = permitted
    return permitted  # type: ignore[return-value]


def why_not(t: Words, verb: str) -> str | None:
    """Why this person may not do `verb`; None: it is allowed."""
    try:
        return _refusal(t, people.person(), verb)
    except WarRoomError as trouble:
        return sentences.said(t, str(trouble))


def permit(t: Words, verb: str, *, disabled: bool = False, help: str | None = None) -> dict[str, Any]:
    """`disabled` and `help` of the button for `verb`: `st.button(label, **permit(t, "top_up"))`."""
    refusal = why_not(t, verb)
    return {"disabled": disabled or refusal is not None, "help": refusal or help}


def _refusal(t: Words, asking: people.Person, verb: str) -> str | None:
    table = load_permissions()
    if table.allows(asking.role, verb):
        return None
    if asking.role is None:
        return t.of("standing", asking.standing)
    needs = table.least.get(verb)
    return t("roles.refused", role=t.of("role", asking.role), needs=t.of("role", needs))
