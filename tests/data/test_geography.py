"""The shipped geography: odd forms of addresses resolve; outlines are complete and small."""

import json
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from engine.intake.regions import Gazetteer, load_gazetteer

GEO = Path(__file__).parents[2] / "data" / "geo"


@cache
def regions() -> list[dict[str, str]]:
    return pl.read_csv(GEO / "regions.csv", infer_schema=False).fill_null("").rows(named=True)


def spellings(row: dict[str, str]) -> list[str]:
    return [row[row["level"]], *(a for a in row["aliases"].split("|") if a)]


@cache
def gazetteer() -> Gazetteer:
    return load_gazetteer(GEO / "regions.csv")


@pytest.mark.parametrize(
    ("address", "adcode"),
    [
        (("江苏省", "盐城市", "东台市"), "320981"),
        (("上海市", "上海市", "浦东新区"), "310115"),
        (("上海市", "市辖区", "浦东新区"), "310115"),
        (("上海市", "上海市", "崇明县"), "310151"),
        (("上海市", "上海市", "闸北区"), "310106"),
        (("北京市", "北京市", "宣武区"), "110102"),
        (("重庆市", "重庆市", "忠县"), "500233"),
        (("重庆市", "县", "忠县"), "500233"),
        (("浙江省", "杭州市", "江干区"), "330102"),
        (("浙江省", "杭州市", "下城区"), "330105"),
        (("湖北省", "省直辖县级行政区划", "仙桃市"), "429004"),
        (("湖北省", "仙桃市", "沙嘴街道"), "429004"),
        (("湖北省", "", "神农架林区"), "429021"),
        (("河南省", "省直辖县级行政区划", "济源市"), "419001"),
        (("新疆维吾尔自治区", "自治区直辖县级行政区划", "双河市"), "659007"),
        (("海南省", "省直辖县级行政区划", "琼海市"), "469002"),
        (("广东省", "东莞市", "南城街道"), "441900"),
        (("广东省", "中山市", "中山市"), "442000"),
        (("海南省", "儋州市", "儋州市"), "460400"),
        (("甘肃省", "嘉峪关市", "雄关街道"), "620200"),
        (("山东省", "莱芜市", "莱城区"), "370116"),
        (("湖北省", "恩施土家族苗族自治州", "恩施市"), "422801"),
        (("贵州", "黔西南", "兴义"), "522301"),
        (("台湾省", "台北市", "中正区"), "710000"),
        (("蓬莱", "", ""), None),
    ],
)
def test_renamed_shortened_and_odd_addresses_resolve(
    address: tuple[str, str, str], adcode: str | None
) -> None:
    place = gazetteer().find(*address)
    assert (place.adcode if place else None) == adcode


def test_adcodes_are_six_digits_and_stand_once() -> None:
    codes = [r["adcode"] for r in regions()]
    assert len(codes) == len(set(codes))
    assert all(len(c) == 6 and c.isdigit() for c in codes)
    assert codes == sorted(codes)


def test_all_provinces_cities_and_districts_are_there_with_a_place_on_the_map() -> None:
    levels = [r["level"] for r in regions()]
    assert levels.count("province") == 34
    assert levels.count("city") > 330
    assert levels.count("district") > 2900
    assert all(3 < float(r["lat"]) < 54 and 73 < float(r["lon"]) < 136 for r in regions())


def test_an_alias_never_means_two_districts_of_one_city() -> None:
    seen: set[tuple[str, str, str]] = set()
    for row in regions():
        if row["level"] == "district":
            for name in spellings(row):
                key = (row["province"], row["city"], name)
                assert key not in seen
                seen.add(key)


@pytest.mark.parametrize(
    ("file", "divisions", "limit"),
    [("provinces.geojson", 34, 600_000), ("districts_demo.geojson", 29, 200_000)],
)
def test_outlines_are_complete_closed_and_small(file: str, divisions: int, limit: int) -> None:
    raw = (GEO / file).read_bytes()
    assert len(raw) < limit
    features = [f for f in json.loads(raw)["features"] if f["properties"]["kind"] == "division"]
    known = {r["adcode"]: r[r["level"]] for r in regions()}
    assert len(features) == divisions
    for feature in features:
        assert known[feature["properties"]["adcode"]] == feature["properties"]["name"]
        for polygon in feature["geometry"]["coordinates"]:
            assert all(len(ring) >= 4 and ring[0] == ring[-1] for ring in polygon)


def test_the_national_map_shows_the_islands_and_the_line_in_the_south_china_sea() -> None:
    features = json.loads((GEO / "provinces.geojson").read_bytes())["features"]
    hainan = next(f for f in features if f["properties"]["adcode"] == "460000")
    assert min(lat for part in hainan["geometry"]["coordinates"] for _, lat in part[0]) < 10
    lines = [f for f in features if f["properties"]["kind"] == "line"]
    assert len(lines) == 1
    assert min(lat for line in lines[0]["geometry"]["coordinates"] for _, lat in line) < 5
