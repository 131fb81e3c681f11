"""A brand with one thing wrong is refused with file, row and a sentence; a right one keeps its values."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from engine.errors import BadBrand, WarRoomError
from engine.intake.brand import CONTRACTS, load_brand

SHIPPED = Path(__file__).parents[3] / "data" / "brand"

SMALL = Path(__file__).parent / "small_brand"

FAULTS = {
    # file: (what stands there, what somebody wrote instead, what the refusal says)
    "skus.csv": [
        ("5.06", "-5", "row 2: weight_kg is '-5'; it must be a number from 0.001 to 1000."),
        ("5.06", "NaN", "row 2: weight_kg is 'NaN'; it must be a number"),
        ("5.06", "１２", "row 2: weight_kg is '１２'; it must be a number"),
        ("29.9,", "29.905,", "row 2: price_yuan is '29.905'; it must be an amount in yuan"),
        ("29.9,", "-1,", "row 2: price_yuan is '-1'; it must be an amount in yuan of at least 0"),
        ("sauce,", "sauces,", "row 3: category is 'sauces'; it must be one of rice, oil,"),
        ("chilled", "cold", "row 4: layer is 'cold'; it must be one of ambient, chilled, frozen."),
        ("foam,", "paper,", "row 4: packaging is 'paper'; it must be one of bag,"),
        ("草莓", "", "row 4: name_zh is empty; it must be filled in."),
        (",365,", ",0,", "row 2: shelf_life_days is '0'; it must be a whole number of at least 1."),
        ("SALT,", "RICE,", "row 3: sku RICE is already in an earlier row; it may stand once."),
    ],
    "kits.csv": [
        ("RICE,1", "RICE,0", "row 2: qty is '0'; it must be a whole number of at least 1."),
        ("SALT,2", "RICE,2", "row 3: kit DUO, sku RICE is already in an earlier row"),
        ("SALT,2", "SUGAR,2", "row 3: sku SUGAR is not in skus.csv."),
        ("双拼,Duo,31.90,SALT", "双拼,Duo,30,SALT", "row 3: price_yuan of DUO differs from"),
        ("DUO,双拼,Duo,31.90,SALT", "SALT,双拼,Duo,31.90,SALT", "row 3: SALT is already the code of a SKU"),
    ],
    "nodes.csv": [
        ("310101", "3101", "row 3: adcode is '3101'; it must be a district's code of six digits."),
        ("31.2322", "131.2", "row 3: lat is '131.2'; it must be a number from 3 to 54."),
        ("23:30", "24:30", "row 2: cutoff is '24:30'; it must be a time such as 22:30, or empty."),
        ("ambient|chilled", "ambient|ambient", "row 2: layers is 'ambient|ambient'; it must be one"),
        (",,ambient", ",,", "row 3: layers is empty; it must be one or more of ambient,"),
        ("ST,", "WH,", "row 3: node WH is already in an earlier row"),
    ],
    "stock.csv": [
        ("40,0", "-3,0", "row 2: quantity is '-3'; it must be a whole number of at least 0."),
        ("40,0", "4.5,0", "row 2: quantity is '4.5'; it must be a whole number"),
        ("ST,RICE", "WH,RICE", "row 3: node WH, sku RICE, lot R1 is already"),
        (",quarantined", ",held", "the column quarantined is missing."),
        ("ST,RICE", "XX,RICE", "row 2: node XX is not in nodes.csv."),
        ("ST,RICE", "ST,SUGAR", "row 2: sku SUGAR is not in skus.csv."),
        ("ST,RICE,R1", "ST,RICE,R9", "row 2: lot R9 is not in lots.csv."),
        ("ST,RICE,R1", "ST,RICE,S1", "row 2: lot S1 is of SALT in lots.csv, not of RICE."),
        ("WH,STRAW", "ST,STRAW", "row 5: STRAW is chilled, and ST keeps only ambient."),
        ("1000,100", "90,100", "row 3: 100 units are quarantined of only 90."),
    ],
    "carriers.csv": [
        ("0.6,,", "1.6,,", "row 3: max_share is '1.6'; it must be a number from 0 to 1."),
        ("09:30-11:00", "9:30-11", "row 2: hours is '9:30-11|13:30-16:30'; it must be"),
        ("0.1,0.6", "0.7,0.6", "row 3: min_share 0.7 is above max_share 0.6."),
        ("0,1,3", "0.95,1,3", "the min_share of all carriers together is above 1."),
        ("0.6,,", "0.6,5,", "row 3: max_km must be empty for a parcel carrier"),
        ("0,1,3,", "0,1,,", "row 2: max_km must be empty for a parcel carrier"),
        ("07:30-23:30", "23:30-07:30", "row 3: the hours 23:30-07:30 end before they start."),
    ],
    "tariffs.csv": [
        ("*,31,ambient", "*,310,ambient", "row 3: destination is '310'; it must be 2, 4"),
        ("chilled", "ambient", "row 4: carrier ZTO, origin *, destination 31, layer amb"),
        ("CLERK,3101", "RIDER,3101", "row 2: carrier RIDER is not in carriers.csv."),
        ("3101,ambient", "3101,chilled", "row 2: CLERK does not carry chilled goods"),
    ],
    "delay_history.csv": [
        ("CLERK,", "RIDER,", "row 2: carrier RIDER is not in carriers.csv."),
        ("3101,*", "31O1,*", "row 2: origin is '31O1'; it must be 2, 4 or 6 digits of an adcode, or *."),
        ("3101,*", ",*", "row 2: origin is empty; it must be 2, 4"),
        ("1-5", "Mon-Fri", "row 4: weekdays is 'Mon-Fri'; it must be days such as 1-5 (Monday is 1), or *."),
        ("1-5", "5-1", "row 4: the weekdays 5-1 end before they start."),
        ("18:00-23:59", "18:00-24:00", "row 4: hours is '18:00-24:00'; it must be hours such as 18:00-23:59, or *."),
        ("18:00-23:59", "22:00-06:00", "row 4: the hours 22:00-06:00 end before they start."),
        ("18:00-23:59", "22:00-22:00", "row 4: the hours 22:00-22:00 end before they start."),
        ("1000,900", "1000,901", "row 3: the buckets hold 1001 parcels, and parcels says 1000."),
        ("100,90", "-100,90", "row 2: parcels is '-100'; it must be a whole number of at least 1."),
        ("6,2,1", "6,2.5,1", "row 2: within_4h is '2.5'; it must be a whole number of at least 0."),
        ("33,1-5,18:00-23:59,", "*,*,*,", "row 4: carrier ZTO, origin *, weekdays *, hours * is already"),
        ("within_12h", "within_13h", "the column within_12h is missing."),
    ],
    "bins.csv": [
        ("ST,RICE,1,1,1", "ST,RICE,0,1,1", "row 2: aisle is '0'; it must be a whole number of at least 1."),
        ("WH,SALT,1,2,3", "WH,SALT,1,2,low", "row 4: level is 'low'; it must be a whole number"),
        ("WH,SALT,1,2,3", "WH,SALT,,2,3", "row 4: aisle is empty; it must be a whole number"),
        ("WH,SALT,1,2,3", "WH,SALT,1,1,1", "row 4: aisle 1, bay 1, level 1 of WH already holds another SKU"),
        ("WH,SALT", "WH,RICE", "row 4: node WH, sku RICE is already in an earlier row"),
        ("ST,RICE", "XX,RICE", "row 2: node XX is not in nodes.csv."),
        ("ST,RICE", "ST,SUGAR", "row 2: sku SUGAR is not in skus.csv."),
        (",level", ",shelf", "the column level is missing."),
    ],
    "packaging.csv": [
        ("2.10,25", "2.105,25", "row 2: cost_yuan is '2.105'; it must be an amount in yuan"),
        ("2.10,25", "2.10,0", "row 2: max_kg is '0'; it must be a number from 0.001 to 1000."),
        ("bag|glass", "bag|bag", "row 2: goods is 'bag|bag'; it must be one or more of bag,"),
        ("foam,chilled", "foam,cold", "row 3: layers is 'cold'; it must be one or more of ambient,"),
        ("FOAM,", "CARTON,", "row 3: material CARTON is already in an earlier row"),
    ],
    "damage_history.csv": [
        ("bag,ZTO", "paper,ZTO", "row 2: packaging is 'paper'; it must be one of bag,"),
        ("31,CARTON,400,8", "310,CARTON,400,8", "row 2: destination is '310'; it must be 2, 4"),
        ("400,8", "0,0", "row 2: shipped is '0'; it must be a whole number of at least 1."),
        ("400,8", "400,-1", "row 2: damaged is '-1'; it must be a whole number of at least 0."),
        ("400,8", "7,8", "row 2: 8 units were damaged of only 7 shipped."),
        ("bag,ZTO", "bag,DHL", "row 2: carrier DHL is not in carriers.csv."),
        ("31,CARTON", "31,PAPER", "row 2: material PAPER is not in packaging.csv."),
    ],
    "lots.csv": [
        ("S1,", "R1,", "row 3: lot R1 is already in an earlier row"),
        ("supplier", "supplier,note", "the column note is not known. Remove or rename it."),
        ("R1,RICE,18,黑土", "R1,RICE,18,黑土,x,y", "a row does not fit the header ("),
        ("S1,SALT", "S1,SUGAR", "row 3: sku SUGAR is not in skus.csv."),
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SMALL, tmp_path / "brand")


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    content = path.read_text(encoding="utf-8")
    assert old in content, f"{old!r} is not in {file}: the test would change nothing"
    path.write_text(content.replace(old, new, 1), encoding="utf-8")


def refusal(folder: Path) -> str:
    with pytest.raises(BadBrand) as caught:
        load_brand(folder)
    return str(caught.value)


# --- right --------------------------------------------------------------------------------------------------


def test_every_frame_has_its_contract(folder: Path) -> None:
    for root in (folder, SHIPPED):
        brand = load_brand(root)
        for name, contract in CONTRACTS.items():
            assert dict(getattr(brand, name).schema) == dict(contract)


def test_codes_keep_their_zeros_money_becomes_cents_and_empty_means_null(folder: Path) -> None:
    edit(folder, "nodes.csv", "310101", "031010")
    brand = load_brand(folder)
    assert brand.nodes["adcode"].to_list() == ["330411", "031010"]
    assert brand.nodes["cutoff"].to_list() == ["23:30", None]
    assert brand.skus["price_cents"].to_list() == [2990, 300, 4500]
    assert brand.skus["cost_cents"].to_list() == [2150, 120, 2900]
    assert brand.skus["shelf_life_days"].to_list() == [365, None, 7]
    assert brand.carriers["max_km"].to_list() == [3.0, None]
    assert brand.show_items["price_cents"].to_list() == [2885]


@pytest.mark.parametrize("cents", [1, 29, 57, 58, 113, 114, 115, 116_999, 99_999_999_999])
def test_amounts_become_exact_cents(folder: Path, cents: int) -> None:
    edit(folder, "skus.csv", "29.9,21.50", f"{cents // 100}.{cents % 100:02d},0")
    assert load_brand(folder).skus["price_cents"][0] == cents


def test_a_brand_without_a_delay_history_is_whole_and_says_that_it_has_none(folder: Path) -> None:
    assert load_brand(folder).delay_history.height == 3
    (folder / "delay_history.csv").unlink()
    assert load_brand(folder).delay_history.is_empty()


def test_a_byte_order_mark_and_blanks_around_cells_are_tolerated(folder: Path) -> None:
    edit(folder, "lots.csv", "R1,RICE,18", " R1 , RICE, 18 ")
    path = folder / "lots.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_brand(folder).lots.row(0) == ("R1", "RICE", 18, "黑土")


def test_columns_may_stand_in_any_order(folder: Path) -> None:
    path = folder / "lots.csv"
    frame = pl.read_csv(path, infer_schema=False)
    frame.select(reversed(frame.columns)).write_csv(path)
    assert load_brand(folder).lots.columns == list(CONTRACTS["lots"])


# --- one thing wrong ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [(file, *fault) for file, faults in FAULTS.items() for fault in faults],
)
def test_what_is_wrong_is_said_with_its_place(folder: Path, file: str, old: str, new: str, sentence: str) -> None:
    edit(folder, file, old, new)
    message = refusal(folder)
    assert message.startswith((f"{file}, ", f"{file}: "))
    assert sentence in message


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.unlink(), "the file is missing in "),
        (lambda path: path.write_bytes(b""), "the file is empty; it needs a header row."),
        (
            lambda path: path.write_text("node,sku,lot,quantity,quarantined\n", encoding="utf-8"),
            "there is a header and no row.",
        ),
        (
            lambda path: path.write_bytes("node,sku,lot,quantity,quarantined\n仓,RICE,R1,1,0\n".encode("gb18030")),
            "row 2: the text is not UTF-8 (GBK from a spreadsheet?). Save the file as UTF-8.",
        ),
        (lambda path: (path.unlink(), path.mkdir()), "the file cannot be read: "),
    ],
    ids=["missing", "empty", "header only", "gbk", "a folder"],
)
def test_a_file_that_cannot_be_a_table_is_refused(folder: Path, spoil: Callable[[Path], object], sentence: str) -> None:
    spoil(folder / "stock.csv")
    message = refusal(folder)
    assert message.startswith("stock.csv")
    assert sentence in message


def test_a_missing_folder_and_a_folder_without_shows_are_refused(folder: Path) -> None:
    assert "is not a folder" in refusal(folder / "nowhere")
    (folder / "shows.toml").write_text("", encoding="utf-8")
    assert refusal(folder) == "shows.toml: there is no [[show]] in it."


def test_a_bad_brand_is_a_refusal_not_a_crash(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "brand")
    (tmp_path / "brand" / "carriers.csv").unlink()
    with pytest.raises(WarRoomError, match=r"carriers\.csv"):
        load_brand(tmp_path / "brand")
