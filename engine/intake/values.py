"""One cell of text -> one value: identifiers, quantities, money, times. What does not parse becomes null.

Whole columns at a time. Whether a null is a fault, and in what words, is decided by the rules in `fields`.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache

import polars as pl

EMPTY = ("", "-", "~")
"""Platforms write "-" for nothing and "~" for no data, which is not zero."""

ID_WRAPPING = "'‘’`=\"\ufeff \t\r\n\u3000\u00a0"
"""What spreadsheets and platforms wrap around an identifier so that it stays text: '6917..., ="6917..." and blanks."""

LOST_DIGITS = r"^[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+$"
"""A number in scientific notation: a spreadsheet turned the identifier into a number and its last digits are gone."""

WORD = r"[0-9A-Za-z_-]{6,64}"
"""What may be an order number inside a line of text."""

TOO_LARGE = 2**53
"""From here on a floating-point number, which is what spreadsheets and many JSON writers keep, loses digits."""

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
"""Control characters other than tab and line break: no platform writes them, damaged files do."""

_MONEY = r"^[¥￥]?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,2}0*)?$"
_WHOLE = r"^(?:[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.0+)?$"
_DAY = r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_OFFSET = r"(?:[Zz]|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)"
EXPORT_TIME = f"^{_DAY} {_CLOCK}$"
ISO_TIME = f"^{_DAY}T{_CLOCK}[+-](?:0[0-9]|1[0-4]):[0-5][0-9]$"
ANY_TIME = (
    r"^[12][0-9]{3}[-/](?:0?[1-9]|1[0-2])[-/](?:0?[1-9]|[12][0-9]|3[01])[ Tt](?:[01]?[0-9]|2[0-3]):[0-5][0-9]"
    rf"(?::[0-5][0-9](?:\.[0-9]{{1,9}})?)?{_OFFSET}?$"
)
_BEIJING = timedelta(hours=8)
"""China has kept UTC+8 without summer time since 1992; earlier times are refused by the rules."""


def cell(name: str) -> pl.Expr:
    """The text of a cell without blanks around it; null where it is empty or says "no data"."""
    text = pl.col(name).str.strip_chars()
    return pl.when(~text.is_in(EMPTY)).then(text)


def identifier(text: pl.Expr) -> pl.Expr:
    """An order number or code without what keeps it text in a spreadsheet; null where nothing is left."""
    bare = text.str.strip_chars(ID_WRAPPING)
    return pl.when(bare != "").then(bare)


def cents(text: pl.Expr) -> pl.Expr:
    """Yuan as written (`1,234.50`, `¥39.9`) in whole cents, Int64. Exact: a float holds 12 digits and 2 decimals
    with an error below a hundredth of a cent. Negative, more than two decimals, wrong groups of digits: null.
    """
    plain = text.str.strip_chars_start("¥￥").str.replace_all(",", "", literal=True)
    amount = (plain.cast(pl.Float64, strict=False) * 100).round().cast(pl.Int64, strict=False)
    return pl.when(text.str.contains(_MONEY)).then(amount)


def whole_number(text: pl.Expr) -> pl.Expr:
    """A count as written (`3`, `1,200`, `2.0`), Int64. Fractions, signs and words: null."""
    plain = text.str.replace_all(",", "", literal=True).str.replace(r"\.0+$", "")
    return pl.when(text.str.contains(_WHOLE)).then(plain.cast(pl.Int64, strict=False))


def instants(frame: pl.DataFrame, named: Mapping[str, str]) -> pl.DataFrame:
    """The frame with, for each (new name -> column of text), the time as an aware UTC instant; null where unreadable.

    `2020-02-01 00:14:15` means Beijing time, ISO 8601 with a zone means what it says. Seconds may be missing and
    slashes may stand for dashes, as after a round trip through a spreadsheet; years before 1000 are no times.
    Sources keep to one notation, so the general reading, several times slower, is used only where it is needed.
    """
    texts = [pl.col(text) for text in named.values()]
    exports, iso = frame.select(
        pl.all_horizontal((text.is_null() | text.str.contains(form)).all() for text in texts).alias(form)
        for form in (EXPORT_TIME, ISO_TIME)
    ).row(0)
    read = _export_time if exports else _iso_time if iso else _any_time
    return frame.with_columns(read(text).alias(name) for name, text in named.items())


@cache
def _export_time(name: str) -> pl.Expr:
    local = pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    return (local - _BEIJING).dt.replace_time_zone("UTC")


@cache
def _iso_time(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_unit="us", strict=False)


@cache
def _any_time(name: str) -> pl.Expr:
    text = pl.col(name)
    known = pl.when(text.str.contains(ANY_TIME)).then(text)
    tidy = known.str.replace_all("/", "-", literal=True).str.replace("[Tt]", " ").str.replace("[Zz]$", "+00:00")
    with_seconds = tidy.str.replace("^([^ ]+ [0-9]+:[0-9]{2})($|[+-])", "${1}:00${2}")
    with_zone = with_seconds.str.replace(r"(:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)$", "${1}+08:00").str.replace(
        "([+-][0-9]{2})$", "${1}:00"
    )
    return with_zone.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", time_unit="us", strict=False)
