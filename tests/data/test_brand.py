"""The shipped demo brand keeps its promises: complete, consistent, servable, scarce where it should be."""

import itertools
import json
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from engine.intake.brand import Brand, load_brand

DATA = Path(__file__).parents[2] / "data"
BRAND = DATA / "brand"

CODES_OF_THE_SHOP_EXPORT = [
    "BEAN-2",
    "FLOUR-5",
    "FRESH-BEEF-1",
    "FRESH-STRAW-1",
    "GRAIN-MIX-1",
    "KIT-DOUBLE",
    "KIT-FAMILY",
    "NOODLE-3",
    "OIL-OLV-1",
    "OIL-PEA-5",
    "OIL-SUN-5",
    "RICE-PJ-10",
    "RICE-WC-5",
    "SAUCE-SET",
]
REMOTE_PROVINCES = {"15", "46", "54", "62", "63", "64", "65"}
SHANGHAI = (30.65, 31.90, 120.84, 122.25)  # south, north, west, east
HANGZHOU = (29.18, 30.58, 118.33, 120.73)


@cache
def brand() -> Brand:
    return load_brand(BRAND)


@cache
def regions() -> pl.DataFrame:
    return pl.read_csv(DATA / "geo" / "regions.csv", infer_schema=False)


def near_expiry_days(shelf_life: int) -> int:
    """Days to expiry at or below which goods must not ship (the platform's near-expiry table, 2026-06-02)."""
    for at_least, threshold in ((365, 45), (180, 30), (90, 20), (30, 10), (15, 5)):
        if shelf_life >= at_least:
            return threshold
    return 4


def stock_with_days_left() -> pl.DataFrame:
    """Stock rows with `left`, days to expiry on the day of seeding, `threshold` and `free` units."""
    return (
        brand()
        .stock.join(brand().lots.select("lot", "produced_days_ago"), on="lot")
        .join(brand().skus.select("sku", "shelf_life_days", "category"), on="sku")
        .with_columns(
            left=pl.col("shelf_life_days") - pl.col("produced_days_ago"),
            threshold=pl.col("shelf_life_days").map_elements(near_expiry_days, return_dtype=pl.Int64),
            free=pl.col("quantity") - pl.col("quarantined"),
        )
    )


def usable_units(*, days_later: int = 0) -> dict[str, int]:
    """Units per SKU that may still ship when picked up `days_later` days after seeding."""
    usable = stock_with_days_left().filter(pl.col("left") - days_later > pl.col("threshold"))
    return dict(usable.group_by("sku").agg(pl.col("free").sum()).iter_rows())


def components(sold: str) -> list[tuple[str, int]]:
    parts = brand().kits.filter(pl.col("kit") == sold).select("sku", "qty").rows()
    return parts or [(sold, 1)]


def offers(origin: str, destination: str, layer: str) -> pl.DataFrame:
    """Tariff rows that apply from one adcode to another."""
    return brand().tariffs.filter(
        pl.col("layer") == layer,
        (pl.col("origin") == "*") | pl.lit(origin).str.starts_with(pl.col("origin")),
        (pl.col("destination") == "*") | pl.lit(destination).str.starts_with(pl.col("destination")),
    )


def mainland() -> list[str]:
    return (
        regions()
        .filter(pl.col("level") == "province", pl.col("adcode").str.slice(0, 2).cast(pl.Int32) < 70)["adcode"]
        .to_list()
    )


# --- files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", sorted((*BRAND.iterdir(), DATA / "geo" / "regions.csv")), ids=lambda p: p.name
)
def test_files_are_utf8_without_byte_order_mark_and_with_plain_line_ends(path: Path) -> None:
    raw = path.read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    raw.decode("utf-8")


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("skus", ["sku"]),
        ("kits", ["kit", "sku"]),
        ("lots", ["lot"]),
        ("stock", ["node", "sku", "lot"]),
        ("carriers", ["carrier"]),
        ("tariffs", ["carrier", "origin", "destination", "layer"]),
        ("delay_history", ["carrier", "origin", "weekdays", "hours"]),
    ],
)
def test_rows_are_sorted_by_their_key_so_that_changes_read_well(table: str, key: list[str]) -> None:
    frame = getattr(brand(), table).select(key)
    assert frame.equals(frame.sort(key))


# --- catalogue ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES_OF_THE_SHOP_EXPORT)
def test_every_code_of_the_shop_export_is_a_sku_or_a_kit(code: str) -> None:
    assert code in set(brand().skus["sku"]) | set(brand().kits["kit"])


def test_the_catalogue_has_about_forty_skus_over_all_categories_and_layers() -> None:
    skus = brand().skus
    assert 36 <= skus.height <= 40
    assert set(skus["category"]) == {"rice", "oil", "grain", "noodle", "sauce", "fresh"}
    assert set(skus["layer"]) == {"ambient", "chilled", "frozen"}
    assert 5 <= brand().kits["kit"].n_unique() <= 7


def test_a_packed_litre_weighs_what_food_weighs() -> None:
    density = brand().skus.select(pl.col("weight_kg") / pl.col("volume_l")).to_series()
    assert density.is_between(0.3, 1.3).all()


def test_everything_costs_less_than_its_price_and_a_kit_less_than_its_parts() -> None:
    skus = {s["sku"]: s for s in brand().skus.iter_rows(named=True)}
    assert all(0 < s["cost_cents"] < s["price_cents"] for s in skus.values())
    for kit, price in brand().kits.select("kit", "price_cents").unique().iter_rows():
        assert sum(skus[s]["cost_cents"] * q for s, q in components(kit)) < price
        assert price < sum(skus[s]["price_cents"] * q for s, q in components(kit))


def test_one_kit_mixes_temperature_layers_so_that_splitting_is_exercised() -> None:
    layers = brand().kits.join(brand().skus.select("sku", "layer"), on="sku")
    assert layers.group_by("kit").agg(pl.col("layer").n_unique())["layer"].max() == 2


# --- network ------------------------------------------------------------------------------------------------


def test_the_network_has_three_warehouses_a_dozen_depots_and_eighty_shops() -> None:
    kinds = dict(brand().nodes.group_by("kind").len().iter_rows())
    assert kinds["warehouse"] == 3
    assert kinds["depot"] >= 12
    assert kinds["store"] + kinds["pickup"] >= 80


def test_a_nodes_adcode_is_the_district_it_names() -> None:
    named = brand().nodes.join(
        regions()
        .filter(pl.col("level") == "district")
        .select("adcode", p="province", c="city", d="district"),
        on="adcode",
        how="left",
    )
    wrong = named.filter(
        pl.col("p").ne_missing(pl.col("province"))
        | pl.col("c").ne_missing(pl.col("city"))
        | pl.col("d").ne_missing(pl.col("district"))
    )
    assert wrong.is_empty()


def inside(lon: float, lat: float, ring: list[list[float]]) -> bool:
    """Even-odd rule."""
    crossings = 0
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


def test_every_node_lies_in_china_and_every_shop_in_its_district_of_shanghai_or_hangzhou() -> None:
    collection = json.loads((DATA / "geo" / "districts_demo.geojson").read_text(encoding="utf-8"))
    outlines = {f["properties"]["adcode"]: f["geometry"]["coordinates"] for f in collection["features"]}
    for node in brand().nodes.iter_rows(named=True):
        assert 18 < node["lat"] < 54
        assert 73 < node["lon"] < 136
        if node["kind"] in ("store", "pickup"):
            south, north, west, east = SHANGHAI if node["city"] == "上海市" else HANGZHOU
            assert node["city"] in ("上海市", "杭州市")
            assert south < node["lat"] < north
            assert west < node["lon"] < east
            assert any(inside(node["lon"], node["lat"], part[0]) for part in outlines[node["adcode"]]), node


def test_shops_serve_all_districts_of_both_cities() -> None:
    shops = brand().nodes.filter(pl.col("kind").is_in(["store", "pickup"]))
    districts = regions().filter(
        pl.col("level") == "district", pl.col("adcode").str.slice(0, 4).is_in(["3101", "3301"])
    )
    assert set(shops["adcode"]) == set(districts["adcode"])


def test_cold_places_are_rarer_than_warm_ones_except_warehouses() -> None:
    nodes = brand().nodes.with_columns(pl.col("layers").str.split("|"))
    assert all(len(layers) == 3 for layers in nodes.filter(pl.col("kind") == "warehouse")["layers"])
    for kind in ("depot", "store", "pickup"):
        layers = nodes.filter(pl.col("kind") == kind)["layers"]
        chilled = sum("chilled" in one for one in layers) / len(layers)
        frozen = sum("frozen" in one for one in layers) / len(layers)
        assert 0.25 <= chilled <= 0.45
        assert frozen < chilled


# --- stock --------------------------------------------------------------------------------------------------


def test_every_sku_has_two_to_four_lots_and_stock_in_every_warehouse() -> None:
    lots = brand().lots.group_by("sku").len()
    assert set(lots["sku"]) == set(brand().skus["sku"])
    assert lots["len"].is_between(2, 4).all()
    for warehouse in brand().nodes.filter(pl.col("kind") == "warehouse")["node"]:
        held = brand().stock.filter(pl.col("node") == warehouse)["sku"]
        assert set(held) == set(brand().skus["sku"])


def test_some_lots_on_hand_are_near_expiry_one_of_them_exactly_at_the_limit_and_none_expired() -> None:
    stock = stock_with_days_left()
    near = stock.filter(pl.col("left") <= pl.col("threshold"), pl.col("quantity") > 0)
    assert near["lot"].n_unique() >= 5
    assert (near["left"] == near["threshold"]).any()
    assert (stock["left"] > 0).all()


def test_one_or_two_lots_have_quarantined_units() -> None:
    held = brand().stock.filter(pl.col("quarantined") > 0)
    assert 1 <= held["lot"].n_unique() <= 2


def test_shops_hold_small_quantities_and_hot_components_reach_show_size() -> None:
    shops = brand().nodes.filter(pl.col("kind").is_in(["store", "pickup"]))["node"]
    held = brand().stock.filter(pl.col("node").is_in(shops.implode()))["quantity"]
    assert held.is_between(20, 200).all()
    for sku in ("RICE-WC-5", "OIL-SUN-5", "SAUCE-SOY-1", "SAUCE-VIN-1", "GRAIN-MIX-1"):
        assert 30_000 <= usable_units()[sku] <= 120_000


def test_all_pools_of_a_sku_fit_into_its_usable_stock_even_when_pick_up_is_the_next_day() -> None:
    usable = usable_units(days_later=1)
    for sku, pooled in brand().pools.group_by("sku").agg(pl.col("quantity").sum()).iter_rows():
        assert pooled <= usable[sku]


# --- carriers and tariffs -----------------------------------------------------------------------------------


def test_there_are_eight_carriers_with_one_main_and_two_backups() -> None:
    carriers = brand().carriers
    assert carriers.height == 8
    parcel = carriers.filter(pl.col("kind") == "parcel")
    assert sorted(parcel["max_share"])[-1] == 0.6
    assert (parcel["max_share"] == 0.2).sum() == 2
    assert set(carriers["kind"]) == {"own_rider", "crowd_rider", "store_clerk", "parcel"}


def test_store_clerks_ride_off_peak_and_within_three_kilometres() -> None:
    clerks = brand().carriers.filter(pl.col("kind") == "store_clerk").row(0, named=True)
    assert clerks["hours"] == "09:30-11:00|13:30-16:30"
    assert clerks["max_km"] == 3


def test_every_warehouse_can_send_ambient_goods_to_every_mainland_province() -> None:
    for adcode in brand().nodes.filter(pl.col("kind") == "warehouse")["adcode"]:
        for province in mainland():
            assert offers(adcode, province, "ambient")["carrier"].n_unique() == 4


@pytest.mark.parametrize("layer", ["chilled", "frozen"])
def test_cold_goods_reach_every_province_but_the_remote_ones(layer: str) -> None:
    for adcode in brand().nodes.filter(pl.col("kind") == "warehouse")["adcode"]:
        for province in mainland():
            served = not offers(adcode, province, layer).is_empty()
            assert served == (province[:2] not in REMOTE_PROVINCES), (adcode, province)


def test_riders_stay_in_the_city_of_their_node() -> None:
    riders = brand().carriers.filter(pl.col("kind") != "parcel")["carrier"]
    rides = brand().tariffs.filter(pl.col("carrier").is_in(riders.implode()))
    assert (rides["origin"] == rides["destination"]).all()
    assert set(rides["origin"]) == {"3101", "3301"}


def test_further_costs_more() -> None:
    warehouse = "330411"

    def zto(province: str) -> float:
        rows = offers(warehouse, province, "ambient").filter(pl.col("carrier") == "ZTO")
        best = rows.sort(pl.col("destination").str.len_chars(), pl.col("origin").str.len_chars()).row(
            -1, named=True
        )
        return float(best["fixed_yuan"] + 5 * best["per_kg_yuan"])

    assert zto("330000") < zto("310000") < zto("440000") < zto("510000") < zto("650000")


# --- the floor ---------------------------------------------------------------------------------------------


def test_everything_in_stock_has_a_bin_at_its_node() -> None:
    assert brand().stock.join(brand().bins, on=["node", "sku"], how="anti").is_empty()


def test_heavy_goods_stand_on_the_floor_and_cold_goods_in_aisles_of_their_own() -> None:
    bins = brand().bins.join(brand().skus.select("sku", "layer", "weight_kg"), on="sku")
    assert bins.filter(pl.col("weight_kg") >= 5)["level"].max() == 1
    assert (bins.group_by("node", "aisle").agg(pl.col("layer").n_unique())["layer"] == 1).all()


def test_every_sku_can_be_packed_in_something_that_keeps_its_temperature() -> None:
    materials = brand().packing_materials.rows(named=True)
    for sku in brand().skus.iter_rows(named=True):
        assert any(
            sku["packaging"] in m["goods"].split("|")
            and sku["layer"] in m["layers"].split("|")
            and sku["weight_kg"] <= m["max_kg"]
            and sku["volume_l"] <= 0.85 * m["max_l"]
            for m in materials
        ), sku["sku"]


def test_history_is_only_of_materials_made_for_the_goods_and_bottles_break_near_the_threshold() -> None:
    goods = {m["material"]: m["goods"].split("|") for m in brand().packing_materials.iter_rows(named=True)}
    history = brand().damage_history
    assert all(packaging in goods[material] for packaging, material in history.select("packaging", "material").rows())
    bottles = history.filter(pl.col("packaging") == "glass", pl.col("material") == "CARTON-5")
    assert 0.06 < bottles["damaged"].sum() / bottles["shipped"].sum() < 0.09  # S4 claims 8 % of oil bottles
    routes = bottles.with_columns(share=pl.col("damaged") / pl.col("shipped")).filter(pl.col("shipped") > 100)
    assert (routes["share"] > 0.08).any()
    assert (routes["share"] < 0.06).any()


# --- shows --------------------------------------------------------------------------------------------------


def test_there_is_one_evening_show_and_one_shelf_that_is_always_open() -> None:
    evening, shelf = brand().shows.iter_rows(named=True)
    assert (evening["platform"], evening["starts_local"], evening["minutes"]) == ("douyin", "20:00", 180)
    assert evening["province_quota"] == 2000
    assert (shelf["show_id"], shelf["always"], shelf["province_quota"]) == ("shelf", True, None)
    assert 14 <= brand().show_items.height <= 18


def test_the_shelf_has_a_pool_for_everything_the_brand_sells() -> None:
    shelf = brand().pools.filter(pl.col("show_id") == "shelf")
    assert set(shelf["sku"]) == set(brand().skus["sku"])
    assert (shelf["quantity"] > 0).all()


def test_show_prices_are_below_everyday_prices_and_above_cost() -> None:
    skus = {s["sku"]: s for s in brand().skus.iter_rows(named=True)}
    everyday = {s: v["price_cents"] for s, v in skus.items()} | dict(
        brand().kits.select("kit", "price_cents").iter_rows()
    )
    for sold, price in brand().show_items.select("sku", "price_cents").iter_rows():
        assert sum(skus[s]["cost_cents"] * q for s, q in components(sold)) < price < everyday[sold]


def test_a_show_of_a_hundred_thousand_orders_sells_out_a_couple_of_hot_items_and_no_more() -> None:
    show = brand().shows["show_id"][0]
    items = brand().show_items.filter(pl.col("show_id") == show)
    expected = items["expected_units"].sum()
    assert 100_000 <= expected <= 120_000
    demand: dict[str, float] = {}
    for sold, units in items.select("sku", "expected_units").iter_rows():
        for sku, qty in components(sold):
            demand[sku] = demand.get(sku, 0) + qty * units * 100_000 / expected
    pools = dict(brand().pools.filter(pl.col("show_id") == show).select("sku", "quantity").iter_rows())
    assert set(pools) == set(demand)
    assert sorted(sku for sku in pools if pools[sku] < demand[sku]) == ["FRESH-STRAW-1", "OIL-PEA-5"]


def test_quotas_name_provinces_and_leave_room_for_a_hundred_thousand_orders() -> None:
    names = regions().filter(pl.col("adcode").is_in(mainland()))["province"]
    quotas = brand().quotas
    assert set(quotas["province"]) <= set(names)
    default = brand().shows["province_quota"][0]
    assert quotas["quota"].sum() + default * (31 - quotas.height) >= 100_000


# --- delays -------------------------------------------------------------------------------------------------


def test_every_carrier_has_a_delay_history_and_parcel_carriers_one_for_every_origin() -> None:
    history = brand().delay_history
    assert set(history["carrier"]) == set(brand().carriers["carrier"])
    anywhere = history.filter(pl.col("origin") == "*", pl.col("weekdays") == "*", pl.col("hours") == "*")
    assert set(anywhere["carrier"]) == set(brand().carriers.filter(pl.col("kind") == "parcel")["carrier"])


def test_carriers_are_late_as_carriers_are_and_differ() -> None:
    late = (
        brand()
        .delay_history.group_by("carrier")
        .agg(share=1 - pl.col("on_time").sum() / pl.col("parcels").sum())
        .sort("share")
    )
    assert late["share"].is_between(0.03, 0.30).all()
    assert late["share"].max() > 2 * late["share"].min()
    assert late["carrier"][0] == "SF", "what it costs more must be worth something"
