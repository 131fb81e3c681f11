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
_FEW = 64
"""Texts below which patterns compiled once are quicker than frames, which compile theirs at each call."""


@dataclass(frozen=True)
class Lexicon:
    """Names of concepts and one pattern each, in the file's order."""

    names: tuple[str, ...]
    patterns: tuple[str, ...]

    @cached_property
    def compiled(self) -> tuple[re.Pattern[str], ...]:
        """The patterns for one text at a time."""
        return tuple(re.compile(pattern) for pattern in self.patterns)

    def found(self, plain: pl.Series) -> npt.NDArray[np.bool_]:
        """Which concepts are in which text: texts x concepts."""
        if len(plain) <= _FEW:
            rows = [[pattern.search(text) is not None for pattern in self.compiled] for text in plain]
            return np.array(rows, dtype=np.bool_).reshape(len(plain), len(self.names))
        asked = pl.DataFrame({"said": plain}).select(
            pl.col("said").str.contains(pattern).alias(name)
            for name, pattern in zip(self.names, self.patterns, strict=True)
        )
        return np.column_stack([asked[name].to_numpy() for name in self.names])


def read_lexicon(parsed: Mapping[str, Any], *, file: str) -> Lexicon:
    """The lexicon from its parsed TOML. Raises BadSetting with the concept that is wrong."""
    concepts = parsed.get("concepts")
    if not isinstance(concepts, Mapping) or not concepts or set(parsed) != {"concepts"}:
        raise BadSetting(f"{file}: there must be one table, [concepts], with a list of patterns for each concept.")
    patterns = []
    for name, parts in concepts.items():
        if not isinstance(parts, list) or not parts or not all(isinstance(part, str) and part for part in parts):
            raise BadSetting(f"{file} [concepts] {name} must be a list of patterns, at least one.")
        joined = "|".join(part.replace("~", _GAP) for part in parts)
        try:
            re.compile(joined)
        except re.error as wrong:
            raise BadSetting(f"{file} [concepts] {name} has a pattern that cannot be read: {wrong}.") from wrong
        if re.search(r"\(\?[=!<]|\\[1-9]", joined):
            raise BadSetting(f"{file} [concepts] {name} looks around or back, which the quick reader does not know.")
        patterns.append(joined)
    return Lexicon(tuple(concepts), tuple(patterns))
