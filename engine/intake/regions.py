"""Which administrative division is meant? Names as platforms and people write them -> adcode and official names.

Goes as fine as it can: the district, else the city, else the province. Refuses to guess a province.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import polars as pl

from engine.errors import BadFile

COLUMNS = ("adcode", "level", "province", "city", "district", "lat", "lon", "aliases")
NAMES = ("adcode", "level", "province", "city", "district", "aliases")

_SUFFIXES = {
    "province": re.compile(r"(?:(?:维吾尔|壮族|回族)?自治区|特别行政区|省|市)$"),
    "city": re.compile(r"(?:自治州|地区|盟|州|市)$"),
    "district": re.compile(r"(?:自治县|自治旗|林区|特区|新区|区|县|市|旗)$"),
}
_NO_CITY = re.compile(r"^(?:市辖区|县|.*直辖.*|)$")
"""What stands in a city column where there is no city between province and district."""


@dataclass(frozen=True, slots=True)
class Place:
    """A resolved division: adcode and the official names down to its level; deeper names as they were given."""

    adcode: str
    province: str
    city: str
    district: str | None


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The divisions, ready for look-up. `regions`: adcode, level, province, city, district, lat, lon (f64), aliases."""

    regions: pl.DataFrame
    _provinces: dict[str, tuple[str, str]] = field(init=False, repr=False, compare=False)
    _cities: dict[tuple[str, str], tuple[str, str]] = field(init=False, repr=False, compare=False)
    _districts: dict[tuple[str, str, str], tuple[str, str]] = field(init=False, repr=False, compare=False)
    _anywhere: dict[tuple[str, str], tuple[str, str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        missing = [c for c in COLUMNS if c not in self.regions.columns]
        if missing:
            raise BadFile(f"The table of regions has no column {', '.join(missing)}.")
        provinces: list[tuple[str, tuple[str, str], int]] = []
        cities: list[tuple[tuple[str, str], tuple[str, str], int]] = []
        districts: list[tuple[tuple[str, str, str], tuple[str, str], int]] = []
        anywhere: list[tuple[tuple[str, str], tuple[str, str, str], int]] = []
        for adcode, level, province, city, district, aliases in self.regions.select(NAMES).iter_rows():
            official = {"province": province, "city": city, "district": district}.get(level)
            if not (adcode and province and official):
                raise BadFile(f"Region {adcode} has level {level!r} but no name of that level.")
            for name, weight in _spellings(official, level, aliases):
                if level == "province":
                    provinces.append((name, (adcode, province), weight))
                elif level == "city":
                    cities.append(((province, name), (adcode, city), weight))
                else:
                    districts.append(((province, city or "", name), (adcode, district), weight))
                    anywhere.append(((province, name), (adcode, city or "", district), weight))
        object.__setattr__(self, "_provinces", _unambiguous(provinces))
        object.__setattr__(self, "_cities", _unambiguous(cities))
        object.__setattr__(self, "_districts", _unambiguous(districts))
        object.__setattr__(self, "_anywhere", _unambiguous(anywhere))

    def find(self, province: str | None, city: str | None, district: str | None) -> Place | None:
        """The finest division these names mean, or None when the province is not one."""
        given_city, given_district = (city or "").strip(), (district or "").strip()
        known = self._provinces.get((province or "").strip())
        if known is None:
            return None
        code, name = known
        no_city = _NO_CITY.match(given_city) is not None
        # 北京, 天津, 上海 and 重庆 are their own city, whatever stands in the city's column instead.
        in_city = self._cities.get((name, name if no_city else given_city))
        if in_city is not None:
            inside = self._districts.get((name, in_city[1], given_district))
            if inside is not None:
                return Place(inside[0], name, in_city[1], inside[1])
            return Place(in_city[0], name, in_city[1], given_district or None)
        # A county right under its province (仙桃市), perhaps in the city's column, or a city nobody knows.
        lone = self._anywhere.get((name, given_district)) or self._anywhere.get((name, given_city))
        if lone is not None:
            return Place(lone[0], name, lone[1] or lone[2], lone[2])
        return Place(code, name, "" if no_city else given_city, given_district or None)

    def resolve(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with official `province`, `city`, `district` and `adcode`; where the province is unknown, adcode is
        null and the names stay. `city` is "" rather than null. One look-up a distinct triple:
        about 3,000 in 28,000 orders.
        """
        triple = ["province", "city", "district"]
        places = rows.select(triple).unique()
        found = [self._names(*names) for names in places.iter_rows()]
        official = [f"official_{name}" for name in (*triple, "adcode")]
        columns = [
            pl.Series(name, cells, dtype=pl.String)
            for name, cells in zip(official, zip(*found, strict=True), strict=True)
        ]
        table = places.with_columns(columns)
        told = rows.drop("adcode").join(table, on=triple, how="left", nulls_equal=True, maintain_order="left")
        return told.drop(triple).rename(dict(zip(official, (*triple, "adcode"), strict=True)))

    def _names(self, province: str | None, city: str | None, district: str | None) -> tuple[str | None, ...]:
        place = self.find(province, city, district)
        if place is None:
            return province, city or "", district, None
        return place.province, place.city, place.district, place.adcode


def load_gazetteer(path: Path) -> Gazetteer:
    """The gazetteer of a CSV file with the columns of COLUMNS (data/geo/regions.csv). Raises BadFile."""
    try:
        regions = pl.read_csv(path, infer_schema=False)
        return Gazetteer(regions.with_columns(pl.col("lat", "lon").cast(pl.Float64)))
    except FileNotFoundError:
        raise BadFile(f"{path.name}: there is no such file in {path.parent}.") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadFile(f"{path.name} cannot be read as the table of regions: {error}") from error


def _spellings(official: str, level: str, aliases: str | None) -> list[tuple[str, int]]:
    """Names a division goes by, and how far each is from the official one: 0 itself, 1 an alias, 2 without suffix."""
    short = _SUFFIXES[level].sub("", official)
    named = [(official, 0)] + [(alias.strip(), 1) for alias in (aliases or "").split("|") if alias.strip()]
    return [*named, (short, 2)] if len(short) > 1 else named


_K = TypeVar("_K")
_V = TypeVar("_V")


def _unambiguous(entries: list[tuple[_K, _V, int]]) -> dict[_K, _V]:
    """Key -> value, the nearest spelling winning; a key that two values claim equally well is nobody's."""
    best: dict[_K, tuple[int, set[_V]]] = {}
    for key, value, weight in entries:
        held = best.get(key)
        if held is None or weight < held[0]:
            best[key] = (weight, {value})
        elif weight == held[0]:
            held[1].add(value)
    return {key: next(iter(values)) for key, (_, values) in best.items() if len(values) == 1}
