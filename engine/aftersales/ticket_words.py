"""What does a buyer's text say once spelling is taken out of it? One plain form of every text, however it was typed.

Simplified characters, half width, lower case, no markup, single spaces. What is neither Chinese, nor printable ASCII,
nor a pictograph becomes a space. The text itself stays as it came; only the classifier reads this form.
"""

import unicodedata
from collections.abc import Mapping

import polars as pl

from engine.errors import BadSetting

_TAG = "</?[a-zA-Z!][^<>]*>"
_ENTITY = "&(?:[a-zA-Z]{2,8}|#[0-9]{1,7});"
_KEPT = r"[^ -;=?-~\u3001\u3002\u300a-\u3011\u4e00-\u9fff\u2600-\u27bf\x{1f300}-\x{1faff}]"
"""Everything else becomes a space: < and > too, so that no two passes find two different tags."""
_READ = 20_000
"""Characters looked at, at most; markup is dropped before the policy's limit is applied."""


def plain(texts: pl.Series, simplified: Mapping[str, str], *, most: int) -> pl.Series:
    """The plain form of each text, at most `most` characters of it; null becomes empty.

    `simplified`: one character each way; none of its values is one of its keys (see `read_pairs`).
    """
    said = pl.col("said").fill_null("").str.slice(0, _READ).str.normalize("NFKC")
    said = said.str.replace_all(_TAG, " ").str.replace_all(_ENTITY, " ").str.to_lowercase()
    said = said.str.replace_many(list(simplified), list(simplified.values()))
    said = said.str.replace_all(_KEPT, " ").str.replace_all(" {2,}", " ").str.strip_chars(" ")
    return (
        pl.DataFrame({"said": texts.cast(pl.String)}).select(said.str.slice(0, most).str.strip_chars(" ")).to_series()
    )


def plain_with_places(text: str, simplified: Mapping[str, str], *, most: int) -> tuple[str, list[int]]:
    """One text letter by letter, and where in `text` each letter of it stands: for showing words as they were typed.

    Markup stays in, which `plain` drops: words are looked up in it, nothing is counted.
    """
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text[:_READ]):
        for one in unicodedata.normalize("NFKC", letter).lower():
            letters.append(simplified.get(one, one))
            places.append(place)
    return "".join(letters[:most]), places[:most]


def read_pairs(lines: str, *, file: str) -> dict[str, str]:
    """Traditional to simplified from a file of pairs; a line that begins with # is a comment. Raises BadSetting."""
    pairs: dict[str, str] = {}
    for line in lines.splitlines():
        if line.startswith("#"):
            continue
        for pair in line.split():
            if len(pair) != 2 or pair[0] == pair[1] or pairs.get(pair[0], pair[1]) != pair[1]:
                raise BadSetting(f"{file}: {pair!r} is no pair of a traditional character and its one simplified form.")
            pairs[pair[0]] = pair[1]
    circular = sorted(set(pairs) & set(pairs.values()))
    if circular:
        raise BadSetting(f"{file}: {circular[0]} is both a traditional and a simplified character.")
    return pairs
