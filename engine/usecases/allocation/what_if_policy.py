"""How large may a question to a copy of the room be, and how long are its answers kept? data/rules/what_if.toml."""

from dataclasses import dataclass, fields
from pathlib import Path

from engine.errors import BadSetting
from engine.settings import DATA
from engine.usecases.room.rule_files import parsed_rules

FILE = DATA / "rules" / "what_if.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfPolicy:
    """The knobs of what-if; the file gives each with its unit and reason.

    newest_orders: planned orders that a copy holds at most. minutes: the choices of "planned in the last ...".
    copy_minutes: how long questions share one copy. patience_seconds: after which a question is stopped.
    answers_kept: how many answers are kept.
    """

    newest_orders: int
    minutes: tuple[int, ...]
    copy_minutes: int
    patience_seconds: int
    answers_kept: int

    def __post_init__(self) -> None:
        for name, low, high in (
            ("newest_orders", 1, 1_000_000),
            ("copy_minutes", 1, 24 * 60),
            ("patience_seconds", 1, 3600),
            ("answers_kept", 1, 1000),
        ):
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise BadSetting(f"what_if.toml: {name} is {value!r}; it must be a whole number from {low} to {high}.")
        if not self.minutes or any(type(m) is not int or not 1 <= m <= 24 * 60 for m in self.minutes):
            raise BadSetting("what_if.toml: minutes must list whole numbers from 1 to 1440.")


def load_what_if_policy(path: Path = FILE) -> WhatIfPolicy:
    """The policy in the file. Raises BadSetting with what is wrong."""
    rules = parsed_rules(path, "what-if rules")
    known = {field.name for field in fields(WhatIfPolicy)}
    if set(rules) != known:
        raise BadSetting(
            f"what_if.toml must set exactly {', '.join(sorted(known))}; it sets {', '.join(sorted(rules))}."
        )
    minutes = rules["minutes"]
    if not isinstance(minutes, list):
        raise BadSetting("what_if.toml: minutes must list whole numbers from 1 to 1440.")
    return WhatIfPolicy(**(dict(rules) | {"minutes": tuple(minutes)}))
