"""Who may do what? One table of verbs, each under the least role that may do it (data/rules/roles.toml).

Knows neither buttons nor doors: they ask here, and the command that executes asks again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import BadSetting
from engine.model.roles import Role

FILE = "roles.toml"

LADDER = (Role.ANALYST, Role.OPERATOR, Role.MANAGER, Role.ADMIN)
"""From the one who only looks to the one who may do everything; higher may do all that lower may."""


def at_least(role: Role | None, least: Role) -> bool:
    """Whether a role stands as high as `least`; who has none stands nowhere."""
    return role is not None and LADDER.index(role) >= LADDER.index(least)


@dataclass(frozen=True, slots=True)
class Permissions:
    """`least`: the lowest role that may do each verb. `operators_only`: doors of the API that plain keys find shut."""

    least: Mapping[str, Role]
    operators_only: frozenset[str]

    def allows(self, role: Role | None, verb: str) -> bool:
        """Whether `role` may do `verb`. A verb that stands nowhere is a bug of ours, and nobody may do it."""
        return at_least(role, self.least[verb]) if verb in self.least else False


def permissions_from(rules: Mapping[str, Any]) -> Permissions:
    """The table, checked: every role named, every verb once. Raises BadSetting with what would be right."""
    for table in rules:
        if table not in ("least", "keys"):
            raise BadSetting(f"{FILE} has a section nobody reads: [{table}].")
    listed = rules.get("least")
    known = ", ".join(LADDER)
    if not isinstance(listed, Mapping) or set(listed) != set(LADDER):
        raise BadSetting(f"{FILE} [least] must list the verbs of each of {known}, and of nobody else.")
    least: dict[str, Role] = {}
    for role in LADDER:
        for verb in _words(listed[role], f"[least] {role}"):
            if verb in least:
                raise BadSetting(f"{FILE} names {verb} twice, under {least[verb]} and {role}: once is what counts.")
            least[verb] = role
    keys = rules.get("keys")
    if not isinstance(keys, Mapping) or set(keys) != {"operators_only"}:
        raise BadSetting(f"{FILE} [keys] must say operators_only, and nothing else.")
    return Permissions(least, frozenset(_words(keys["operators_only"], "[keys] operators_only")))


def _words(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise BadSetting(f"{FILE} {where} must be a list of words.")
    return tuple(value)
