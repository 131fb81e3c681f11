"""Names as platforms and people write them find the finest division they can, and never a wrong province."""

from pathlib import Path

import polars as pl
import pytest

from engine.errors import BadFile
from engine.intake.regions import COLUMNS, Gazetteer, load_gazetteer
from engine.model.frames import ROWS, empty
from tests.engine.intake.worlds import GAZETTEER


@pytest.mark.parametrize(
    ("names", "adcode"),
    [
        (("上海市", "上海市", "浦东新区"), "310115"),
        (("上海", "上海市", "浦东"), "310115"),
        (("上海市", "市辖区", "浦东新区"), "310115"),
        (("上海市", "", "浦东新区"), "310115"),
        (("上海市", None, None), "310100"),
        (("广西", "南宁", "青秀"), "450103"),
        (("广西壮族自治区", "南宁市", "青秀区"), "450103"),
        (("广西", "南宁市", "没有的区"), "450100"),
        (("广西", "没有的市", "没有的区"), "450000"),
        (("内蒙古", None, None), "150000"),
        (("湖北省", "", "仙桃市"), "429004"),
        (("湖北省", "仙桃市", "沔城回族镇"), "429004"),
        (("湖北省", "省直辖县级行政区划", "仙桃市"), "429004"),
        (("江苏省", "徐州市", "鼓楼区"), "320302"),
        (("江苏省", "没有的市", "鼓楼区"), "320000"),  # two cities have one: the province is all that is sure
        (("广东", "东莞", "南城街道"), "441900"),
        (("火星省", "南宁市", "青秀区"), None),
        ((None, "南宁市", "青秀区"), None),
    ],
)
def test_a_place_is_found_as_fine_as_its_names_allow(names: tuple[str | None, ...], adcode: str | None) -> None:
    place = GAZETTEER.find(*names)
    assert (place and place.adcode) == adcode


def rows(*places: tuple[str | None, str | None, str | None]) -> pl.DataFrame:
    schema = {"province": pl.String, "city": pl.String, "district": pl.String}
    return pl.concat([empty(ROWS), pl.DataFrame(list(places), schema=schema, orient="row")], how="diagonal")


def test_rows_get_official_names_and_keep_their_order_and_unknown_places_keep_theirs() -> None:
    found = GAZETTEER.resolve(
        rows(("广西", "南宁", "青秀"), ("火星省", None, "坑"), ("广西", "南宁", "某镇"), ("广西", None, None))
    )
    assert found.select("province", "city", "district", "adcode").rows() == [
        ("广西壮族自治区", "南宁市", "青秀区", "450103"),
        ("火星省", "", "坑", None),
        ("广西壮族自治区", "南宁市", "某镇", "450100"),
        ("广西壮族自治区", "", None, "450000"),
    ]
    assert set(found.columns) == set(ROWS)


def test_a_name_that_two_places_claim_belongs_to_neither_unless_it_is_official() -> None:
    regions = pl.DataFrame(
        [
            ("110000", "province", "甲省", None, None, 0.0, 0.0, None),
            ("110100", "city", "甲省", "乙市", None, 0.0, 0.0, None),
            ("110101", "district", "甲省", "乙市", "丙山区", 0.0, 0.0, "旧丙"),
            ("110102", "district", "甲省", "乙市", "丙山县", 0.0, 0.0, "旧丙"),
        ],
        schema=list(COLUMNS),
        orient="row",
    )
    gazetteer = Gazetteer(regions)
    codes = [
        place.adcode for name in ("丙山区", "丙山县", "丙山", "旧丙") if (place := gazetteer.find("甲省", "乙市", name))
    ]
    assert codes == ["110101", "110102", "110100", "110100"]


def test_a_table_of_regions_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no such file"):
        load_gazetteer(tmp_path / "regions.csv")
    path = tmp_path / "regions.csv"
    path.write_text("adcode,level,lat,lon\n1,province,0,0\n", encoding="utf-8")
    with pytest.raises(BadFile, match="no column province, city, district, aliases"):
        load_gazetteer(path)
    path.write_text(f"{','.join(COLUMNS)}\n110000,city,甲省,,,0,0,\n", encoding="utf-8")
    with pytest.raises(BadFile, match="no name of that level"):
        load_gazetteer(path)
