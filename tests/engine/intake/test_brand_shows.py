"""A show with one thing wrong is refused with its place and a sentence; a right one becomes rows."""

import shutil
from pathlib import Path

import pytest

from engine.errors import BadBrand
from engine.intake.brand import load_brand

FAULTS = [
    # (what stands there, what somebody wrote instead, what the refusal says)
    ("[[show]]", "quota = 3\n[[show]]", "quota is not known here."),
    ("[show.quota]", "[show.limit]", "show 1: limit is not known here."),
    ('["小杨", "姐姐"]', '"小杨"', "show 1: anchors is '小杨'; it must be a list of names"),
    ('"夜场"', "5", "show 1: title_zh is 5; it must be text in quotes, not empty."),
    ('"夜场"', '" "', "show 1: title_zh is ' '; it must be text in quotes"),
    ("[[show.item]]", "[show.item]", "show night: item must be written as [[...item]]"),
    ("[[show]]", "[[show]", "this is not TOML: "),
    ('id = "night"\n', "", "show 1: id is missing."),
    ('"shelf"', '"night"', "show 2: the id night is already taken by an earlier show."),
    ('"douyin"', '"tv"', "show 1: platform is 'tv'; it must be one of douyin,"),
    ('"20:00"', '"8 pm"', "show 1: starts is '8 pm'; it must be a time such as 20:00."),
    ("minutes = 180", "minutes = 0", "show 1: minutes is 0; a show lasts from 1 to 1440 minutes."),
    ("minutes = 180", "minutes = true", "show 1: minutes is True; it must be a whole number"),
    ("minutes = 180", "length = 180", "show 1: length is not known here."),
    ('"小杨"', '"小|杨"', "show 1: anchors is ['小|杨', '姐姐']; it must be a list of names"),
    ("always = true", 'always = "yes"', "show 2: always is 'yes'; it must be true or"),
    ("always = true", 'always = true\nstarts = "20:00"', "show 2: it is always open, so it has"),
    ('"上海市" = 3000', '"上海市" = -1', "show night, quota: 上海市 is -1; it must be a whole number"),
    ("28.85", "28.855", "show night, item 1: price_yuan is 28.855; it must be yuan of at least 0"),
    ("28.85", "nan", "show night, item 1: price_yuan is NaN; it must be yuan"),
    ("28.85", '"28"', "show night, item 1: price_yuan is 28; it must be yuan"),
    ("from_minute = 10", "from_minute = 180", "item 1: from_minute is 180, but the show is over"),
    ("quantity = 300", "quantity = -300", "show night, pool 1: quantity is -300; it must be a whole"),
    ('"SALT"', '"RICE"', "show night, pool 2: RICE already has an earlier pool in this show."),
    ('"SALT"', '"DUO"', "show night: the pool of DUO cannot be kept: it is a kit"),
    ('"SALT"', '"SUGAR"', "show night: the pool of SUGAR cannot be kept: it is not in skus.csv."),
    ('"DUO"', '"TRIO"', "show night: the item TRIO is neither in skus.csv nor in kits.csv."),
    ('"SALT"', '"STRAW"', "show night: DUO needs SALT, which has no pool in this show."),
    ("600", "641", "the pools promise 941 units of RICE, and stock.csv has 940 outside quarantine."),
    ('[show.quota]\n"上海市" = 3000', "quota = 1", "show night: quota must be a table"),
]
SMALL = Path(__file__).parent / "small_brand"


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


def test_shows_and_the_shelf_become_rows(folder: Path) -> None:
    brand = load_brand(folder)
    night, shelf = brand.shows.rows(named=True)
    assert night == {
        "show_id": "night",
        "title_zh": "夜场",
        "title_en": "Night",
        "platform": "douyin",
        "anchors": "小杨|姐姐",
        "starts_local": "20:00",
        "minutes": 180,
        "always": False,
        "province_quota": 2000,
    }
    assert (shelf["starts_local"], shelf["minutes"], shelf["always"]) == (None, None, True)
    assert (shelf["platform"], shelf["province_quota"], shelf["anchors"]) == (None, None, "")
    assert brand.quotas.rows() == [("night", "上海市", 3000)]
    assert brand.pools.rows() == [("night", "RICE", 300), ("night", "SALT", 250), ("shelf", "RICE", 600)]


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_what_is_wrong_in_a_show_is_said_with_its_place(folder: Path, old: str, new: str, sentence: str) -> None:
    edit(folder, "shows.toml", old, new)
    message = refusal(folder)
    assert message.startswith(("shows.toml, ", "shows.toml: "))
    assert sentence in message


def test_pools_may_take_the_last_unit_outside_quarantine(folder: Path) -> None:
    edit(folder, "shows.toml", "600", "640")
    load_brand(folder)


def test_the_same_item_twice_in_a_show_is_refused(folder: Path) -> None:
    path = folder / "shows.toml"
    content = path.read_text(encoding="utf-8")
    start = content.index("[[show.item]]")
    block = content[start : content.index("[[show.pool]]")]
    path.write_text(content.replace(block, block + block, 1), encoding="utf-8")
    assert "show night, item 2: DUO already has an earlier item in this show." in refusal(folder)
