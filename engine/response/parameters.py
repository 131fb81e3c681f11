"""Does what was asked for name everything that a kind of action needs? Reads it, or refuses in one sentence.

Whether the things named exist is the plan's matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.errors import BadRequest

Params = Mapping[str, Any]
"""Checked parameters: texts and whole numbers by name."""

LONGEST = 200
"""Characters of a text; a code of the brand has at most some twenty."""


LONGEST_LIST = 100_000
"""Characters of a list of ids: some five thousand of them, more than a list on a page holds."""

UNBOUNDED = 10**12
"""A whole number beyond this counts nothing that the room knows."""


class Of(StrEnum):
    """What a parameter names. A form offers what there is of it."""

    SHOW = "show"
    SKU = "sku"
    PROVINCE = "province"
    NODE = "node"
    LOT = "lot"
    CARRIER = "carrier"
    REGION = "region"  # prefix of division codes; "" is the whole country
    UNITS = "units"  # a whole number
    CHOICE = "choice"  # one of a few words
    OFFERS = "offers"  # ids of offers to wait, comma between them; "" leaves the choice to the plan
    IMPROVEMENT = "improvement"  # a proposed change of packing or carrier


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that a kind must be told. `least`, `most`: of a whole number. `choices`: of a choice."""

    name: str
    of: Of
    least: int = 1
    most: int = UNBOUNDED
    choices: tuple[str, ...] = ()


def read_params(kind: str, parameters: Sequence[Parameter], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an action, in the order in which the kind names them. Raises BadRequest."""
    strange = sorted(set(raw) - {one.name for one in parameters})
    if strange:
        raise BadRequest(f"The action {kind} takes no {strange[0]}.")
    return {one.name: _value(kind, one, raw.get(one.name)) for one in parameters}


def _value(kind: str, one: Parameter, found: Any) -> Any:
    if one.of is Of.UNITS:
        if isinstance(found, bool) or not isinstance(found, int) or not one.least <= found <= one.most:
            most = "" if one.most == UNBOUNDED else f" and at most {one.most}"
            raise BadRequest(f"The action {kind} needs {one.name}, a whole number of at least {one.least}{most}.")
        return found
    if one.of is Of.CHOICE and found not in one.choices:
        raise BadRequest(f"The action {kind} needs {one.name}, one of {', '.join(one.choices)}.")
    if one.of is Of.OFFERS and found is None:
        return ""
    empty_counts = one.of in (Of.REGION, Of.OFFERS)
    longest = LONGEST_LIST if one.of is Of.OFFERS else LONGEST
    if not isinstance(found, str) or len(found) > longest or not (found.strip() or (empty_counts and found == "")):
        raise BadRequest(f"The action {kind} needs {one.name}, a text of at most {longest} characters.")
    return found.strip()
