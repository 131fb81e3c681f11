"""What the engine says, in the reader's language. It speaks English, one sentence a thing, with its figures inside;
locale/sentences.toml knows them in Chinese. What is not listed there is shown as it stands: never nothing."""

import re
import tomllib
from functools import cache, lru_cache

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


def passed_over(t: Words, kept: str | None, names: dict[str, str]) -> list[tuple[str, str, str]]:
    """Nodes not chosen, from the JSON of the decision: (node, why, figures), in the order they were looked at."""
    told = []
    for text in orjson.loads(kept or "{}").get("rejected") or []:
        found = _REJECTED.fullmatch(text)
        if found is None:
            told.append((text, NOTHING, NOTHING))
        else:
            node = names.get(found["node"], found["node"])
            told.append((node, t.of("why_not", found["why"]), said(t, found["figures"])))
    return told
