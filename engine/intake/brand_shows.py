"""What do the shows of shows.toml sell, at what price, from which pool, to how many orders a province?

Reads one file into four frames and checks each show by itself. Does not know which SKUs, kits or stock exist.
"""

import re
import tomllib
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl

from engine.errors import BadBrand
from engine.intake.brand_csv import read_utf8
from engine.intake.brand_tables import CLOCK
from engine.model.frames import Contract
from engine.model.states import Platform

FILE: Final = "shows.toml"
DAY_MINUTES: Final = 24 * 60

SHOWS: Contract = {
    "show_id": pl.String,
    "title_zh": pl.String,
    "title_en": pl.String,
    "platform": pl.String,  # Platform; null: on every platform
    "anchors": pl.String,  # separated by |, empty if nobody presents
    "starts_local": pl.String,  # HH:MM Beijing time on the day of seeding; null: always open
    "minutes": pl.Int32,  # length; null: always open
    "always": pl.Boolean,  # open all day; such a show has no start
    "province_quota": pl.Int64,  # orders a province may take where `quotas` says nothing else; null: no limit
}
SHOW_ITEMS: Contract = {
    "show_id": pl.String,
    "sku": pl.String,  # as sold: a SKU or a kit
    "price_cents": pl.Int64,
    "expected_units": pl.Int64,  # as sold: a kit counts once
    "from_minute": pl.Int32,  # minute of the show in which the anchor presents it
}
POOLS: Contract = {
    "show_id": pl.String,
    "sku": pl.String,  # physical
    "quantity": pl.Int64,
}
QUOTAS: Contract = {
    "show_id": pl.String,
    "province": pl.String,  # full name
    "quota": pl.Int64,  # orders
}

SHOW_KEYS: Final = (
    "id",
    "title_zh",
    "title_en",
    "platform",
    "anchors",
    "starts",
    "minutes",
    "always",
    "province_quota",
    "quota",
    "item",
    "pool",
)

Row = dict[str, object]


def read_shows(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Shows, items, pools and quotas in file order; BadBrand names the show and the entry that is wrong."""
    try:
        document = tomllib.loads(read_utf8(folder / FILE), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BadBrand(f"{FILE}: this is not TOML: {error}.") from error
    _only(document, {"show"}, where=FILE)
    shows: list[Row] = []
    items: list[Row] = []
    pools: list[Row] = []
    quotas: list[Row] = []
    for number, entry in enumerate(_tables(document, "show", where=FILE), start=1):
        show = _show(entry, where=f"{FILE}, show {number}")
        if show["show_id"] in [s["show_id"] for s in shows]:
            raise BadBrand(f"{FILE}, show {number}: the id {show['show_id']} is already taken by an earlier show.")
        shows.append(show)
        where = f"{FILE}, show {show['show_id']}"
        items += _items(entry, show, where=where)
        pools += _pools(entry, show, where=where)
        quotas += _quotas(entry, show, where=where)
    if not shows:
        raise BadBrand(f"{FILE}: there is no [[show]] in it.")
    return (
        pl.DataFrame(shows, schema=dict(SHOWS), orient="row"),
        pl.DataFrame(items, schema=dict(SHOW_ITEMS), orient="row"),
        pl.DataFrame(pools, schema=dict(POOLS), orient="row"),
        pl.DataFrame(quotas, schema=dict(QUOTAS), orient="row"),
    )


def _show(entry: dict[str, Any], *, where: str) -> Row:
    _only(entry, SHOW_KEYS, where=where)
    always = entry.get("always", False)
    if not isinstance(always, bool):
        raise BadBrand(f"{where}: always is {always!r}; it must be true or false.")
    anchors = entry.get("anchors", [])
    if not isinstance(anchors, list) or not all(isinstance(a, str) and a and "|" not in a for a in anchors):
        raise BadBrand(f"{where}: anchors is {anchors!r}; it must be a list of names without |.")
    row: Row = {
        "show_id": _text(entry, "id", where=where),
        "title_zh": _text(entry, "title_zh", where=where),
        "title_en": _text(entry, "title_en", where=where),
        "platform": None,
        "anchors": "|".join(anchors),
        "starts_local": None,
        "minutes": None,
        "always": always,
        "province_quota": _whole(entry, "province_quota", where=where) if "province_quota" in entry else None,
    }
    if "platform" in entry:
        row["platform"] = _text(entry, "platform", where=where)
        if row["platform"] not in list(Platform):
            raise BadBrand(f"{where}: platform is {row['platform']!r}; it must be one of {', '.join(Platform)}.")
    if always:
        if "starts" in entry or "minutes" in entry:
            raise BadBrand(f"{where}: it is always open, so it has neither starts nor minutes.")
        return row
    starts = _text(entry, "starts", where=where)
    if not re.fullmatch(CLOCK, starts):
        raise BadBrand(f"{where}: starts is {starts!r}; it must be a time such as 20:00.")
    minutes = _whole(entry, "minutes", where=where)
    if not 1 <= minutes <= DAY_MINUTES:
        raise BadBrand(f"{where}: minutes is {minutes}; a show lasts from 1 to {DAY_MINUTES} minutes.")
    return row | {"starts_local": starts, "minutes": minutes}


def _items(entry: dict[str, Any], show: Row, *, where: str) -> list[Row]:
    rows: list[Row] = []
    minutes = show["minutes"]
    for number, item in enumerate(_tables(entry, "item", where=where), start=1):
        here = f"{where}, item {number}"
        _only(item, ("sku", "price_yuan", "expected_units", "from_minute"), where=here)
        from_minute = _whole(item, "from_minute", where=here)
        if isinstance(minutes, int) and from_minute >= minutes:
            raise BadBrand(f"{here}: from_minute is {from_minute}, but the show is over after {minutes} minutes.")
        rows.append(
            {
                "show_id": show["show_id"],
                "sku": _text(item, "sku", where=here),
                "price_cents": _cents(item, "price_yuan", where=here),
                "expected_units": _whole(item, "expected_units", where=here),
                "from_minute": from_minute,
            }
        )
    _refuse_repeated([str(r["sku"]) for r in rows], "item", where=where)
    return rows


def _pools(entry: dict[str, Any], show: Row, *, where: str) -> list[Row]:
    rows: list[Row] = []
    for number, pool in enumerate(_tables(entry, "pool", where=where), start=1):
        here = f"{where}, pool {number}"
        _only(pool, ("sku", "quantity"), where=here)
        rows.append(
            {
                "show_id": show["show_id"],
                "sku": _text(pool, "sku", where=here),
                "quantity": _whole(pool, "quantity", where=here),
            }
        )
    _refuse_repeated([str(r["sku"]) for r in rows], "pool", where=where)
    return rows


def _quotas(entry: dict[str, Any], show: Row, *, where: str) -> list[Row]:
    quota = entry.get("quota", {})
    if not isinstance(quota, dict):
        raise BadBrand(f"{where}: quota must be a table [show.quota] of provinces and orders.")
    here = f"{where}, quota"
    return [
        {"show_id": show["show_id"], "province": province, "quota": _whole(quota, province, where=here)}
        for province in quota
    ]


def _refuse_repeated(skus: list[str], what: str, *, where: str) -> None:
    for number, sku in enumerate(skus, start=1):
        if sku in skus[: number - 1]:
            raise BadBrand(f"{where}, {what} {number}: {sku} already has an earlier {what} in this show.")


def _only(table: dict[str, Any], known: Collection[str], *, where: str) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise BadBrand(f"{where}: {unknown[0]} is not known here. Remove or rename it.")


def _tables(table: dict[str, Any], key: str, *, where: str) -> list[dict[str, Any]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise BadBrand(f"{where}: {key} must be written as [[...{key}]], one block an entry.")
    return value


def _present(table: dict[str, Any], key: str, *, where: str) -> object:
    if key not in table:
        raise BadBrand(f"{where}: {key} is missing.")
    value: object = table[key]
    return value


def _text(table: dict[str, Any], key: str, *, where: str) -> str:
    value = _present(table, key, where=where)
    if not isinstance(value, str) or not value.strip():
        raise BadBrand(f"{where}: {key} is {value!r}; it must be text in quotes, not empty.")
    return value.strip()


def _whole(table: dict[str, Any], key: str, *, where: str) -> int:
    value = _present(table, key, where=where)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**9:
        raise BadBrand(f"{where}: {key} is {value}; it must be a whole number of at least 0.")
    return value


def _cents(table: dict[str, Any], key: str, *, where: str) -> int:
    value = _present(table, key, where=where)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        amount = Decimal(value)
        if amount.is_finite() and 0 <= amount < 10**9 and amount * 100 == int(amount * 100):
            return int(amount * 100)
    raise BadBrand(f"{where}: {key} is {value}; it must be yuan of at least 0 with at most two decimals.")
