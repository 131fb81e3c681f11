"""Are these parsed TOML tables the numbers a policy needs? Strict: one sentence names what is wrong and would be right.

Knows no file: the caller names the one that a sentence is about.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from engine.errors import BadSetting

P = TypeVar("P")


def within(file: str, section: str, policy: object, limits: Mapping[str, tuple[float, float]]) -> None:
    """Raise at the first field outside its limits, both allowed; not a number is outside."""
    for name, (low, high) in limits.items():
        found = getattr(policy, name)
        if not low <= found <= high:
            raise BadSetting(f"{file} [{section}] {name} is {found:g}: it must lie between {low:g} and {high:g}.")


def numbers(kind: type[P], rules: Mapping[str, Any], section: str, *, file: str) -> P:
    """A dataclass of numbers, whole ones where its field is an int, from one table: every field, and nothing else."""
    found = rules.get(section)
    if not isinstance(found, Mapping):
        raise BadSetting(f"{file} has no table [{section}].")
    known: dict[str, Any] = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]
    for name, value in found.items():
        if name not in known:
            raise BadSetting(f"{file} [{section}] has a setting nobody reads: {name}.")
        whole = known[name] is int
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            wanted = "a whole number" if whole else "a number"
            raise BadSetting(f"{file} [{section}] {name} is {value!r}: it must be {wanted}.")
    missing = sorted(set(known) - set(found))
    if missing:
        raise BadSetting(f"{file} [{section}] does not say {missing[0]}.")
    return kind(**{name: known[name](value) for name, value in found.items()})


def no_other(rules: Mapping[str, Any], known: tuple[str, ...], *, file: str) -> None:
    """Raise at a table that nobody reads."""
    for name in rules:
        if name not in known:
            raise BadSetting(f"{file} has a section nobody reads: [{name}].")
