"""Is this parsed TOML what the rules need? Strict reading of tables into values, each refusal one sentence.

Knows no file: the caller names the one a sentence is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from engine.errors import BadSetting

Part = TypeVar("Part")
Choice = TypeVar("Choice", bound=StrEnum)

_WORDS: dict[type, tuple[tuple[type, ...], str]] = {
    float: ((int, float), "a number"),
    int: ((int,), "a whole number"),
    bool: ((bool,), "true or false"),
    str: ((str,), "text"),
    date: ((date,), "a date such as 2026-08-10"),
    datetime: ((datetime,), "a time with its zone, such as 2026-08-21T00:00:00+08:00"),
}


def table(parsed: Mapping[str, Any], name: str, *, file: str) -> Mapping[str, Any]:
    """The TOML table called `name`."""
    found = parsed.get(name)
    if not isinstance(found, Mapping):
        raise BadSetting(f"{file}: the table [{name}] is missing.")
    return found


def tables(parsed: Mapping[str, Any], name: str, *, file: str) -> Sequence[Mapping[str, Any]]:
    """The array of TOML tables called `name`, at least one."""
    found = parsed.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(one, Mapping) for one in found):
        raise BadSetting(f"{file}: there is no [[{name}]] in it.")
    return found


def value(parsed: Mapping[str, Any], key: str, kind: type, *, file: str, where: str) -> Any:
    """One value of exactly this kind; true is no number here, and a moment is no date."""
    if key not in parsed:
        raise BadSetting(f"{file}{where}: {key} is missing.")
    found: Any = parsed[key]
    kinds, words = _WORDS[kind]
    fits = isinstance(found, kinds) and isinstance(found, bool) == (kind is bool)
    fits = fits and isinstance(found, datetime) == (kind is datetime)
    if kind is datetime and fits:
        fits = found.tzinfo is not None
    if not fits:
        raise BadSetting(f"{file}{where}: {key} is {found!r}; it must be {words}.")
    return float(found) if kind is float else found


def texts(parsed: Mapping[str, Any], key: str, *, file: str, where: str) -> tuple[str, ...]:
    """A list of texts, at least one."""
    found = parsed.get(key)
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        raise BadSetting(f"{file}{where}: {key} is {found!r}; it must be a list of texts, at least one.")
    return tuple(found)


def member(parsed: Mapping[str, Any], key: str, kind: type[Choice], *, file: str, where: str) -> Choice:
    """One member of a closed set."""
    found = value(parsed, key, str, file=file, where=where)
    if found not in list(kind):
        raise BadSetting(f"{file}{where}: {key} is {found!r}; it must be one of {', '.join(kind)}.")
    return kind(found)


def no_strangers(parsed: Mapping[str, Any], known: Sequence[str], *, file: str, where: str) -> None:
    """Raise at a key that nobody reads: it is a slip of the pen, and its author believes that it counts."""
    strange = sorted(set(parsed) - set(known))
    if strange:
        raise BadSetting(f"{file}{where} has a setting nobody reads: {strange[0]}.")


def part(cls: type[Part], parsed: Mapping[str, Any], name: str, *, file: str) -> Part:
    """A dataclass of plain numbers and switches from the table `name`: every field, and nothing else."""
    found = table(parsed, name, file=file)
    where = f" [{name}]"
    kinds: dict[str, Any] = {field.name: field.type for field in fields(cls)}  # type: ignore[arg-type]
    no_strangers(found, list(kinds), file=file, where=where)
    return cls(**{key: value(found, key, kind, file=file, where=where) for key, kind in kinds.items()})


def inside(file: str, name: str, found: float, low: float, high: float) -> None:
    """Raise unless `found` lies between its limits, both allowed; not a number is outside."""
    if not low <= found <= high:
        raise BadSetting(f"{file}: {name} is {found:g}; it must lie between {low:g} and {high:g}.")


def within(policy: object, file: str, limits: Mapping[str, tuple[float, float]]) -> None:
    """`inside` for the fields of a policy, at the first that is not."""
    for name, (low, high) in limits.items():
        inside(file, name, getattr(policy, name), low, high)
