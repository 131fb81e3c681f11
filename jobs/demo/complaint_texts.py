"""What a buyer of the demo writes: a message composed from many parts, as people write them.

Openings and closings, asides about something else, denials, emoji, typos, dialects, one whole thing said in pieces. The
parts are in data/demo/complaints.toml and are no text that the classifier learns from.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

from engine.errors import BadSetting
from engine.model.tickets import Complaint
from engine.settings import DATA

FILE = DATA / "demo" / "complaints.toml"

OPENING, CLOSING, DETAIL, ASIDE, EMOJI, DIALECT, TYPO, SILENT, MARKUP, PROMPT = (
    0.35, 0.40, 0.45, 0.15, 0.18, 0.10, 0.12, 0.03, 0.008, 0.004
)  # fmt: skip
"""Shares of messages that have one. Typos and dialects as shop owners tell; the silent give the platform's reason only;
markup and prompts come once in a hundred, so that a demo of a hundred tickets has some."""
STOPS = ("，", "。", "，", " ", "！", "…", "\n", ",")


@cache
def parts() -> dict[str, Any]:
    """The parts, read once a process. Raises BadSetting."""
    try:
        return tomllib.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise BadSetting(f"{FILE} cannot be read: {wrong}") from wrong


def reason_of(complaint: Complaint, luck: Random) -> str:
    """The platform's reason that such a buyer picks."""
    return str(luck.choice(parts()["reasons"][complaint.value]))


def text_of(complaint: Complaint, category: str, packaging: str, luck: Random, *, theme: str | None = None) -> str:
    """A message about goods of a category in such packaging; '' from one who writes nothing. `theme`: what is wrong
    with a whole lot, by its name in the file; None draws one."""
    if luck.random() < SILENT:
        return ""
    said = _filled(_core(complaint, category, packaging, luck, theme), category, luck)
    odd = luck.random()
    if odd < MARKUP:
        return str(luck.choice(parts()["odd"]["html"])).format(core=said)
    if odd < MARKUP + PROMPT:
        return str(luck.choice(parts()["odd"]["prompts"])).format(core=said)
    return _as_people_write(said, luck)


def themes(category: str) -> Sequence[str]:
    """What can be wrong with a whole lot of a category: names in the file, sorted."""
    return sorted(_of_family(category))


def _of_family(category: str) -> dict[str, list[str]]:
    quality: dict[str, Any] = parts()["quality"]
    family = quality.get(category, quality["grain"])
    assert isinstance(family, dict), f"{category} is a family of goods"
    return family


def _core(complaint: Complaint, category: str, packaging: str, luck: Random, theme: str | None) -> str:
    known = parts()[complaint.value]
    if complaint is Complaint.QUALITY:
        family = _of_family(category)
        core, openers = luck.choice(family[theme or luck.choice(sorted(family))]), known["openers"]
    elif complaint is Complaint.DAMAGED:
        kind = "oil" if category == "oil" and luck.random() < 0.7 else packaging
        core, openers = luck.choice(known.get(kind, known["oil" if kind == "plastic" else "box"])), known["openers"]
    else:
        core, openers = luck.choice(known["cores"]), []
    said = [core]
    if openers and luck.random() < 0.5:
        said.insert(0, luck.choice(openers))
    if luck.random() < 0.3:
        said.insert(0, "{goods}")
    if luck.random() < DETAIL:
        said.append(luck.choice(known["details"]))
    return luck.choice(STOPS[:4]).join(said)


def _filled(text: str, category: str, luck: Random) -> str:
    names = parts()["names"]
    others = sorted(set(names) - {category})
    return text.format(
        goods=luck.choice(names.get(category, names["grain"])),
        other=luck.choice(names[luck.choice(others)]),
        n=luck.randint(3, 9),
        m=luck.randint(1, 2),
        days=luck.choice(["四", "五", "六", "7", "8", "九"]),
        city=luck.choice(["本市", "我们这", "省城", "中转站"]),
    )


def _as_people_write(said: str, luck: Random) -> str:
    habits = parts()["habits"]
    pieces = [said]
    if luck.random() < OPENING:
        pieces.insert(0, luck.choice(habits["openings"]))
    if luck.random() < ASIDE:
        pieces.insert(luck.randint(0, len(pieces)), luck.choice(habits["asides"]))
    if luck.random() < CLOSING:
        pieces.append(luck.choice(habits["closings"]))
    text = pieces[0]
    for piece in pieces[1:]:
        text += luck.choice(STOPS) + piece
    if luck.random() < DIALECT:
        text = _replaced(text, parts()["dialects"][luck.choice(sorted(parts()["dialects"]))])
    elif luck.random() < TYPO:
        fitting = [pair for pair in habits["typos"] if pair[0] in text]
        text = _replaced(text, [luck.choice(fitting)]) if fitting else text
    if luck.random() < EMOJI:
        text += luck.choice(habits["emoji"]) * luck.choice((1, 1, 2, 3))
    return text


def _replaced(text: str, pairs: Sequence[Sequence[str]]) -> str:
    for honest, written in pairs:
        text = text.replace(honest, written)
    return text
