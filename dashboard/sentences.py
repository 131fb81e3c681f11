"""What the engine says, in the reader's language. It speaks English, one sentence a thing, with its figures inside;
locale/sentences.toml knows them in Chinese. What is not listed there is shown as it stands: never nothing."""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import orjson

from dashboard.wording import LOCALE, NOTHING, Words

_REJECTED = re.compile(r"(?P<node>[^:]+): (?P<why>\w+) \((?P<figures>.*)\)", re.DOTALL)


@cache
def known() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Every sentence that is known in Chinese: its pattern and its wording, in the order they are tried."""
    with (LOCALE / "sentences.toml").open("rb") as file:
        listed = tomllib.load(file)["sentence"]
    return tuple((re.compile(entry["says"], re.DOTALL), entry["zh"]) for entry in listed)


def said(t: Words, text: str) -> str:
    """One sentence of the engine, worded for the reader."""
    return text if t.language == "en" else _in_chinese(text)


@lru_cache(maxsize=4096)
def _in_chinese(text: str) -> str:
    """Seventy patterns a sentence, for every row of a table at every refresh: hence the cache."""
    for pattern, wording in known():
        found = pattern.fullmatch(text)
        if found is not None:
            values = found.groupdict()
            if "rest" in values:
                values["rest"] = _in_chinese(values["rest"])
            return wording.format(**values)
    return text


def faults(t: Words, text: str) -> list[str]:
    """Fault sentences as intake joins them with "; ", which some of them hold themselves."""
    parts = text.split("; ")
    told: list[str] = []
    while parts:
        take = next((n for n in (1, 2) if n <= len(parts) and _listed("; ".join(parts[:n]))), 1)
        told.append(said(t, "; ".join(parts[:take])))
        parts = parts[take:]
    return told


def _listed(text: str) -> bool:
    """Whether a text is a known sentence down to its last part."""
    for pattern, _ in known():
        found = pattern.fullmatch(text)
        if found is not None:
            rest = found.groupdict().get("rest")
            return rest is None or _listed(rest)
    return False


def reasons(t: Words, kept: str | None) -> list[str]:
    """Reasons kept as a JSON list of {rule, detail}."""
    return [said(t, str(entry["detail"])) or t.of("rule", entry["rule"]) for entry in orjson.loads(kept or "[]")]


def unserved(t: Words, kept: str | None) -> str:
    """Why an order found no way out: JSON of the decision."""
    decision = orjson.loads(kept or "{}")
    why, figures = t.of("unserved", decision.get("unserved")), decision.get("detail")
    return t("order.with_figures", why=why, figures=said(t, figures)) if figures else why


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A node that was not chosen, worded; `node` and `why` are codes. yuan_more is None where nobody asked."""

    node: str
    place: str
    carrier: str
    yuan_more: float | None
    why: str
    words: str
    figures: str


def passed_over(
    t: Words, kept: str | None, *, nodes: Mapping[str, str], carriers: Mapping[str, str]
) -> list[PassedOver]:
    """Nodes not chosen, from the JSON of the decision, in the order they were looked at. Rooms of old kept texts."""
    told = []
    for entry in orjson.loads(kept or "{}").get("rejected") or []:
        found = _of_old(entry) if isinstance(entry, str) else entry
        node, why, figures, carrier = found["node"], found["why"], found["figures"], found["carrier"]
        told.append(
            PassedOver(
                node=node,
                place=nodes.get(node, node),
                carrier=NOTHING if carrier is None else carriers.get(carrier, carrier),
                yuan_more=found["yuan_more"],
                why=why or "",
                words=t.of("why_not", why),
                figures=said(t, figures) if figures else "",
            )
        )
    return told


def _of_old(text: str) -> dict[str, Any]:
    """One that was kept as "node: why (figures)"; what does not read like that is shown whole."""
    found = _REJECTED.fullmatch(text)
    plain = {"node": text, "why": None, "figures": ""} if found is None else found.groupdict()
    return {**plain, "carrier": None, "yuan_more": None}


@dataclass(frozen=True, slots=True)
class ParcelCost:
    """What a parcel of an order costs: `parts` in yuan by their name, None where it is not known."""

    node: str
    carrier: str
    kg: float
    parts: Mapping[str, float | None]
    orders: int

    @property
    def total(self) -> float | None:
        """All parts, in yuan."""
        known = [yuan for yuan in self.parts.values() if yuan is not None]
        return math.fsum(known) if len(known) == len(self.parts) else None


COST_PARTS = ("handling_yuan", "fixed_yuan", "weight_yuan", "late_yuan")


def costs(kept: str | None) -> list[ParcelCost]:
    """The parcels of an order with their cost, from the JSON of the decision; none in what rooms of old kept."""
    return [
        ParcelCost(p["node"], p["carrier"], p["kg"], {part: p[part] for part in COST_PARTS}, p["orders"])
        for p in orjson.loads(kept or "{}").get("costs") or []
    ]
