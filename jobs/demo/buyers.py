"""Who buys in the demo show, and where they live: masked names as platforms hand them on, real places.

The people are drawn, not copied. Provinces are weighted by the 2020 census and by where the brand is strong.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from engine.errors import BadBrand

# Residents in ten thousands, rounded: Seventh National Population Census (2020), communique no. 3 of the
# National Bureau of Statistics.
POPULATION: dict[str, int] = {
    "广东省": 12601, "山东省": 10153, "河南省": 9937, "江苏省": 8475, "四川省": 8367, "河北省": 7461,
    "湖南省": 6644, "浙江省": 6457, "安徽省": 6103, "湖北省": 5775, "广西壮族自治区": 5013, "云南省": 4721,
    "江西省": 4519, "辽宁省": 4259, "福建省": 4154, "陕西省": 3953, "贵州省": 3856, "山西省": 3492,
    "重庆市": 3205, "黑龙江省": 3185, "新疆维吾尔自治区": 2585, "甘肃省": 2502, "上海市": 2487,
    "吉林省": 2407, "内蒙古自治区": 2405, "北京市": 2189, "天津市": 1387, "海南省": 1008,
    "宁夏回族自治区": 720, "青海省": 592, "西藏自治区": 365,
}  # fmt: skip

# How much more (or less) the brand sells there than heads alone would say: home market, big cities, and the
# far west, where freight on a 5 kg bag eats the discount.
STRENGTH: dict[str, float] = {
    "上海市": 6.0, "浙江省": 2.2, "江苏省": 1.5, "北京市": 4.0, "天津市": 3.0, "重庆市": 1.4, "辽宁省": 1.3,
    "新疆维吾尔自治区": 0.4, "西藏自治区": 0.3, "青海省": 0.5, "内蒙古自治区": 0.6, "甘肃省": 0.6,
}  # fmt: skip

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
PHONE_HEADS = (
    "130",
    "131",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "158",
    "159",
    "176",
    "182",
    "188",
)
STREETS = (
    "人民路街道", "解放路街道", "城关镇", "新华街道", "建设路街道", "中山街道", "东风街道", "文化路街道",
    "幸福街道", "和平街道", "胜利街道", "光明街道", "开发区街道", "南门街道", "北城街道", "河东街道",
)  # fmt: skip
MASKED = "******"
URBAN = 2.5
"""A district of a city counts this many times a county: people who buy from a livestream live in towns."""


@dataclass(frozen=True, slots=True)
class Places:
    """Districts to deliver to, with the weight of each; the frame has province, city, district."""

    frame: pl.DataFrame
    weight: np.ndarray[tuple[int], np.dtype[np.float64]]


def places(regions: pl.DataFrame) -> Places:
    """Every mainland district of the gazetteer, weighted: province by census and strength, then towns.

    `regions` has level, province, city, district. Raises BadBrand if a weighted province is not in it.
    """
    districts = (
        regions.filter((pl.col("level") == "district") & pl.col("province").is_in(list(POPULATION)))
        .filter(pl.col("district").is_not_null() & pl.col("city").is_not_null())
        .unique(["province", "city", "district"], maintain_order=True)
        .select("province", "city", "district")
    )
    missing = sorted(set(POPULATION) - set(districts["province"].to_list()))
    if missing:
        raise BadBrand(f"The gazetteer has no districts of {', '.join(missing)}: data/geo/regions.csv is cut off.")
    weighted = districts.with_columns(
        local=pl.when(pl.col("district").str.ends_with("区")).then(URBAN).otherwise(1.0),
        people=pl.col("province").replace_strict(
            {name: heads * STRENGTH.get(name, 1.0) for name, heads in POPULATION.items()},
            return_dtype=pl.Float64,
        ),
    ).with_columns(weight=pl.col("people") * pl.col("local") / pl.col("local").sum().over("province"))
    weight = weighted["weight"].to_numpy()
    return Places(frame=districts, weight=weight / weight.sum())


def masked_name(surname: int) -> str:
    """The name as a platform shows it."""
    return SURNAMES[surname] + "**"


def masked_phone(head: int, tail: int) -> str:
    """The number as a platform shows it."""
    return f"{PHONE_HEADS[head]}****{tail:04d}"
