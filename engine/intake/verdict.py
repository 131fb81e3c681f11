"""Named rules over a frame: which rows break one, and in what words? Knows no column of any format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

SHOWN = 60
"""Characters of a value that a sentence quotes; the whole value stands in the row as it came."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`broken` is true where a row breaks the rule (null counts as kept); `says` builds the sentence for such a row.

    The sentence is built only when a row needs it: in a small batch, building expressions is most of the work.
    """

    broken: pl.Expr
    says: Callable[[], pl.Expr]


def says(sentence: str) -> Callable[[], pl.Expr]:
    """The same sentence for every row."""
    return lambda: pl.lit(sentence)


def quotes(label: str, value: pl.Expr, complaint: str) -> Callable[[], pl.Expr]:
    """`<label> is "<value>": <complaint>`, a long value cut short."""

    def sentence() -> pl.Expr:
        text = value.cast(pl.String).fill_null("")
        short = pl.when(text.str.len_chars() > SHOWN).then(text.str.head(SHOWN) + "…").otherwise(text)
        return pl.concat_str(pl.lit(f'{label} is "'), short, pl.lit(f'": {complaint}'))

    return sentence


def faulty(frame: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """The rows that break at least one rule, with all their sentences in the new column `fault`, joined by "; "."""
    guilty = frame.select(pl.any_horizontal(rule.broken for rule in rules).fill_null(value=False)).to_series()
    if not guilty.any():
        return frame.clear().with_columns(fault=pl.lit(None, dtype=pl.String))
    said = [pl.when(rule.broken).then(rule.says()) for rule in rules]
    return frame.filter(guilty).with_columns(fault=pl.concat_str(said, separator="; ", ignore_nulls=True))
