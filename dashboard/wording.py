"""Everything a screen says, in 简体中文 or English: texts by key, money, counts, ages, Beijing time.

Words live in locale/zh.toml and locale/en.toml under the same keys. `t("orders.title")` is a text,
`t.of("status", "held")` one of a family whose members come from data. Knows no screen and no session.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from engine.clock import BEIJING

LANGUAGES = ("zh", "en")
LOCALE = Path(__file__).with_name("locale")
NOTHING = "—"
"""Shown where there is no data. Never 0: nothing known and nothing there are different things."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$<>:&])")


@dataclass(frozen=True, slots=True)
class Words:
    """One language's texts and number forms."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, with `{name}` filled in. An unknown key raises KeyError: a bug of ours."""
        text = self.texts[key]
        return text.format(**values) if values else text

    def of(self, family: str, member: str | None) -> str:
        """The text of `family.member`; a member without one is shown as it is."""
        if member is None:
            return NOTHING
        return self.texts.get(f"{family}.{member}", member)

    def name(self, row: Mapping[str, Any], prefix: str = "name") -> str:
        """`name_zh` or `name_en` (or another prefix) of a row in this language; the other one if it is empty."""
        other = "en" if self.language == "zh" else "zh"
        return row[f"{prefix}_{self.language}"] or row[f"{prefix}_{other}"] or NOTHING

    def count(self, number: float | None) -> str:
        """12,345; fractions of small numbers keep one digit."""
        if number is None:
            return NOTHING
        return f"{number:,.0f}" if abs(number) >= 10 or number == round(number) else f"{number:,.1f}"

    def money(self, cents: int | None) -> str:
        """¥1,234.50."""
        return NOTHING if cents is None else f"¥{cents / 100:,.2f}"

    def big_money(self, cents: int | None) -> str:
        """Three figures that can be read across a room: ¥12.3万, ¥1.23亿; ¥123k, ¥12.3M."""
        if cents is None:
            return NOTHING
        yuan = cents / 100
        steps = ((1e8, "亿"), (1e4, "万")) if self.language == "zh" else ((1e6, "M"), (1e3, "k"))
        for size, unit in steps:
            if abs(yuan) >= size:
                return f"¥{_three(yuan / size)}{unit}"
        return f"¥{yuan:,.0f}"

    def share(self, part: float | None) -> str:
        """43 %; one digit below 10 %; 100 % only for all of it."""
        if part is None:
            return NOTHING
        if 0.99 < part < 1:
            return "99%"
        return f"{part:.0%}" if part >= 0.1 or part == 0 else f"{part:.1%}"

    def duration(self, seconds: float | None) -> str:
        """12 秒, 5 分钟, 3.5 小时, 4 天; 12 s, 5 min, 3.5 h, 4 d."""
        if seconds is None:
            return NOTHING
        for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
            if seconds >= (2 * size if unit == "days" else size):
                number = seconds / size
                return self(f"time.{unit}", n=f"{number:.0f}" if number >= 10 or unit == "minutes" else f"{number:.1f}")
        return self("time.seconds", n=f"{max(seconds, 0):.0f}")

    def age(self, seconds: float | None) -> str:
        """5 秒前; 5 s ago."""
        return NOTHING if seconds is None else self("time.ago", span=self.duration(seconds))

    def clock(self, at: datetime | None) -> str:
        """20:31:05, Beijing."""
        return NOTHING if at is None else f"{at.astimezone(BEIJING):%H:%M:%S}"

    def stamp(self, at: datetime | None) -> str:
        """11-22 20:31, Beijing; with the year when it is not this instant's neighbour."""
        return NOTHING if at is None else f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"

    def day(self, day: date | None) -> str:
        """2026-11-22."""
        return NOTHING if day is None else day.isoformat()


def _three(number: float) -> str:
    digits = 2 if abs(number) < 10 else 1 if abs(number) < 100 else 0
    return f"{number:,.{digits}f}"


def plain(text: str) -> str:
    """Outside text made safe where Streamlit reads Markdown (labels, captions): nothing in it is mark-up."""
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


@cache
def words(language: str) -> Words:
    """The words of "zh" or "en"."""
    with (LOCALE / f"{language}.toml").open("rb") as file:
        return Words(language, _flat(tomllib.load(file)))


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat
