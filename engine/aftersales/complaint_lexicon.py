"""What buyers mean, by the words they use for it: concepts, each a set of patterns, found in texts in plain form.

A concept only says whether its words are there. What that speaks for is learned (complaint_model.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.errors import BadSetting

_GAP = "[^,。!?; ]{0,6}"
"""What "~" stands for: a few characters inside one clause."""
_TAKEN_OUT = ";"
"""Stands where words were taken out: the end of a clause, which no gap crosses."""
_FEW = 64
"""Texts below which patterns compiled once are quicker than frames, which compile theirs at each call."""


@dataclass(frozen=True)
class Lexicon:
    """Names of concepts and one pattern each, in the file's order; the first `denials` of them deny.

    What denials match is taken out of a text before the others are looked for; what stands in `apart` for a concept,
    before that one is.
    """

    names: tuple[str, ...]
    patterns: tuple[str, ...]
    denials: int = 0
    apart: tuple[tuple[str, str], ...] = ()

    @cached_property
    def compiled(self) -> tuple[re.Pattern[str], ...]:
        """The patterns for one text at a time."""
        return tuple(re.compile(pattern) for pattern in self.patterns)

    @cached_property
    def _denied(self) -> str:
        return "|".join(self.patterns[: self.denials])

    @cached_property
    def _compiled_apart(self) -> dict[str, re.Pattern[str]]:
        return {name: re.compile(pattern) for name, pattern in self.apart}

    @cached_property
    def _compiled_denied(self) -> re.Pattern[str]:
        return re.compile(self._denied)

    def found(self, plain: pl.Series) -> npt.NDArray[np.bool_]:
        """Which concepts are in which text: texts x concepts."""
        if len(plain) <= _FEW:
            rows = [self._found_in(text) for text in plain]
            return np.array(rows, dtype=np.bool_).reshape(len(plain), len(self.names))
        apart = dict(self.apart)
        undenied = pl.col("said").str.replace_all(self._denied, _TAKEN_OUT) if self.denials else pl.col("said")
        frame = pl.DataFrame({"said": plain}).with_columns(undenied=undenied)
        asked = []
        for place, (name, pattern) in enumerate(zip(self.names, self.patterns, strict=True)):
            text = pl.col("said" if place < self.denials else "undenied")
            if name in apart:
                text = text.str.replace_all(apart[name], _TAKEN_OUT)
            asked.append(text.str.contains(pattern).alias(name))
        hits = frame.select(asked)
        return np.column_stack([hits[name].to_numpy() for name in self.names])

    def _found_in(self, text: str) -> list[bool]:
        undenied = self._compiled_denied.sub(_TAKEN_OUT, text) if self.denials else text
        hits = []
        for place, (name, pattern) in enumerate(zip(self.names, self.compiled, strict=True)):
            read = text if place < self.denials else undenied
            if name in self._compiled_apart:
                read = self._compiled_apart[name].sub(_TAKEN_OUT, read)
            hits.append(pattern.search(read) is not None)
        return hits


def read_lexicon(parsed: Mapping[str, Any], *, file: str) -> Lexicon:
    """The lexicon from its parsed TOML. Raises BadSetting with the concept that is wrong."""
    if set(parsed) - {"denials", "apart"} != {"concepts"}:
        raise BadSetting(
            f"{file}: there must be one table [concepts] with a list of patterns each; [denials] and [apart] may be."
        )
    denials, concepts, apart = (_joined(parsed, table, file) for table in ("denials", "concepts", "apart"))
    if not concepts or set(denials) & set(concepts):
        raise BadSetting(f"{file}: [concepts] is empty, or shares a name with [denials].")
    for name in apart:
        if name not in concepts:
            raise BadSetting(f"{file} [apart] {name} is no concept.")
    both = denials | concepts
    return Lexicon(tuple(both), tuple(both.values()), len(denials), tuple(apart.items()))


def _joined(parsed: Mapping[str, Any], table: str, file: str) -> dict[str, str]:
    found = parsed.get(table, {})
    if not isinstance(found, Mapping):
        raise BadSetting(f"{file}: {table} must be a table.")
    patterns = {}
    for name, parts in found.items():
        if not isinstance(parts, list) or not parts or not all(isinstance(part, str) and part for part in parts):
            raise BadSetting(f"{file} [{table}] {name} must be a list of patterns, at least one.")
        joined = "|".join(part.replace("~", _GAP) for part in parts)
        try:
            re.compile(joined)
        except re.error as wrong:
            raise BadSetting(f"{file} [{table}] {name} has a pattern that cannot be read: {wrong}.") from wrong
        if re.search(r"\(\?[=!<]|\\[1-9]", joined):
            raise BadSetting(f"{file} [{table}] {name} looks around or back, which the quick reader does not know.")
        patterns[name] = joined
    return patterns
