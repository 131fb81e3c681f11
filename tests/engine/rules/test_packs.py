"""Versions of a platform's rules: each day has one, each row is the field notes', one wrong thing is one sentence."""

import shutil
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.allocation.problem import NEAR_EXPIRY_DAYS
from engine.errors import BadSetting, NotFound
from engine.model.clocks import Cliff, CliffOf, Clock, NamedPromise
from engine.rules.pack_parts import ExemptEnd, exemption_from
from engine.rules.packs import pack_from
from engine.rules.penalties import Clause
from engine.settings import DATA
from engine.store.database import Database
from engine.usecases.room.rules import load_rules

RULES = load_rules()
DOUYIN = RULES.platforms["douyin"]
[JUNE, AUGUST] = DOUYIN.versions


def parsed(version: str = "2026-08-10") -> dict[str, Any]:
    return tomllib.loads((DATA / "rules" / "douyin" / f"{version}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2026, 6, 1), None),
        (date(2026, 6, 2), "2026-06-02"),
        (date(2026, 8, 9), "2026-06-02"),
        (date(2026, 8, 10), "2026-08-10"),
        (date(2030, 1, 1), "2026-08-10"),
    ],
)
def test_a_day_belongs_to_one_version(day: date, version: str | None) -> None:
    found = DOUYIN.on(day)
    assert (found.version if found else None) == version
    assert RULES.ladders_on(day)["douyin"].version == (version or "2026-06-02"), "which then says when it takes effect"


def test_what_is_not_known_is_empty_and_says_so() -> None:
    for name in ("kuaishou", "channels"):
        assert RULES.platforms[name].versions == ()
        assert RULES.platforms[name].empty
    assert set(RULES.ladders) == {"douyin"}
    assert not JUNE.ladder.rules[Clause.LATE].sourced, "the text of June was not read"
    assert JUNE.ladder.penalty_yuan(Clause.LATE, 2990, 48) is None
    assert JUNE.ladder.penalty_yuan(Clause.LATE_BEYOND, 2990, 48) == 2
    assert {rule.cliff for rule in JUNE.cliffs} == {Cliff.TRACE_ANOMALY_DAY, Cliff.OUT_OF_STOCK_DAY}
    with pytest.raises(NotFound, match="there are: 2026-06-02, 2026-08-10"):
        DOUYIN.named("2026-07-01")


@pytest.mark.parametrize(
    ("cliff", "counts", "per", "days", "due", "least", "orders_per_day"),
    [
        (Cliff.SHOP_DAY, Clock.LATE, CliffOf.SHOP, 1, 1000, 300, 0),
        (Cliff.SHOP_DAY, Clock.LATE, CliffOf.SHOP, 1, 600, 200, 0),
        (Cliff.SHOP_DAY, Clock.LATE, CliffOf.SHOP, 1, 1001, 301, 0),
        (Cliff.SHOP_TWO_DAYS, Clock.LATE, CliffOf.SHOP, 2, 1000, 400, 100),
        (Cliff.SHOP_TWO_DAYS, Clock.LATE, CliffOf.SHOP, 2, 100, 200, 100),
        (Cliff.SKU_DAY, Clock.LATE, CliffOf.SKU, 1, 300, 150, 0),
        (Cliff.SKU_DAY, Clock.LATE, CliffOf.SKU, 1, 10, 100, 0),
        (Cliff.TRACE_ANOMALY_DAY, Clock.NO_PICK_UP_LONG, CliffOf.SHOP, 1, 1000, 101, None),
        (Cliff.TRACE_ANOMALY_DAY, Clock.NO_PICK_UP_LONG, CliffOf.SHOP, 1, 100, 20, None),
        (Cliff.OUT_OF_STOCK_DAY, Clock.LATE_BEYOND, CliffOf.SHOP, 1, 1000, 301, None),
        (Cliff.OUT_OF_STOCK_DAY, Clock.LATE_BEYOND, CliffOf.SHOP, 1, 50, 30, None),
    ],
)
def test_every_cliff_is_the_field_notes(
    cliff: Cliff, counts: Clock, per: CliffOf, days: int, due: int, least: int, orders_per_day: int | None
) -> None:
    [rule] = [rule for rule in AUGUST.cliffs if rule.cliff is cliff]
    assert (rule.counts, rule.per, rule.days, rule.least(due)) == (counts, per, days, least)
    assert rule.orders_per_day == orders_per_day
    assert {rule.cliff for rule in AUGUST.cliffs} == set(Cliff)


def test_transit_refunds_and_near_expiry_are_the_field_notes() -> None:
    transit = AUGUST.transit
    assert (transit.no_hub_hours, transit.no_hub_long_hours) == (24, 48)
    assert (transit.near_hours, transit.far_hours, transit.remote_hours) == (48, 72, 120)
    assert len(transit.remote) == 8
    assert AUGUST.auto_refund.without_waybill
    assert (AUGUST.auto_refund.max_order_yuan, AUGUST.auto_refund.after_upload_hours) == (8000, 48)
    assert AUGUST.near_expiry == NEAR_EXPIRY_DAYS == RULES.near_expiry_on(date(2026, 11, 11))
    assert RULES.near_expiry_on(date(2026, 1, 1)) is None


def test_the_stock_boards_use_the_packs_near_expiry(duckdb_url: str) -> None:
    database = Database.open(duckdb_url)
    assert tuple(database.read("FROM boards.near_expiry_bands").rows()) == AUGUST.near_expiry
    database.close()


def test_named_promises_are_the_field_notes() -> None:
    rules = {rule.name: rule for rule in AUGUST.promises}
    assert set(rules) == set(NamedPromise)
    assert rules[NamedPromise.SAME_DAY].paid_before == time(16)
    assert (rules[NamedPromise.NEXT_DAY].days, rules[NamedPromise.NEXT_DAY].until) == (1, time(23, 59, 59))
    assert rules[NamedPromise.USUAL].hours == 48


@given(due=st.integers(0, 100_000), percent=st.integers(1, 100), orders=st.integers(1, 500), strict=st.booleans())
def test_the_least_number_reaches_a_cliff_and_one_less_does_not(
    due: int, percent: int, orders: int, strict: bool
) -> None:
    one = parsed()
    one["cliff"] = [{**one["cliff"][0], "share_percent": percent, "orders": orders, "strict": strict}]
    [rule] = pack_from(one, file="x").cliffs

    def reached(late: int) -> bool:
        share = late * 100 > due * percent if strict else late * 100 >= due * percent
        return share and late >= orders

    assert reached(rule.least(due))
    assert not reached(rule.least(due) - 1)


# --- exemptions ---------------------------------------------------------------------------------------------

NOTICE: dict[str, Any] = {
    "notice": "flood, 2026-08-21",
    "regions": ["45", "4601"],
    "end": "either",
    "from": datetime.fromisoformat("2026-08-21T00:00:00+08:00"),
    "until": datetime.fromisoformat("2026-08-28T00:00:00+08:00"),
    "clauses": ["late", "trace_timeout"],
}


def test_a_notice_is_read() -> None:
    found = exemption_from(NOTICE, file="exemptions.toml")
    assert found.end is ExemptEnd.EITHER
    assert found.clauses == {Clause.LATE, Clause.TRACE_TIMEOUT}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"until": NOTICE["from"]}, "it ends before it begins."),
        ({"from": datetime(2026, 8, 21)}, "it must be a time with its zone"),  # noqa: DTZ001 - that is the point
        ({"from": date(2026, 8, 21)}, "it must be a time with its zone"),
        ({"regions": ["Guangxi"]}, "'Guangxi' is no region; it must begin an adcode."),
        ({"regions": []}, "regions is []; it must be a list of texts, at least one."),
        ({"clauses": ["rude"]}, "rude is no clause; it must be one of"),
        ({"end": "both"}, "end is 'both'; it must be one of origin, destination, either."),
        ({"why": ""}, "has a setting nobody reads: why."),
    ],
)
def test_a_notice_with_one_thing_wrong_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSetting) as caught:
        exemption_from(NOTICE | change, file="exemptions.toml")
    assert str(caught.value).startswith("exemptions.toml, exemption 'flood, 2026-08-21'")
    assert sentence in str(caught.value)


# --- one thing wrong ----------------------------------------------------------------------------------------

Spoil = Callable[[dict[str, Any]], object]
FAULTS: dict[str, tuple[Spoil, str]] = {
    "no transit": (lambda r: r.pop("transit"), "the table [transit] is missing."),
    "hub hours crossed": (lambda r: r["transit"].update(no_hub_hours=50), "no_hub_long_hours must be more"),
    "transit hours crossed": (lambda r: r["transit"].update(far_hours=20), "must rise"),
    "no province": (lambda r: r["transit"].update(remote=["Tibet"]), "'Tibet' is no province"),
    "a cliff twice": (lambda r: r["cliff"].append(r["cliff"][0]), "the cliff shop_day stands there twice."),
    "an unknown clock": (lambda r: r["cliff"][0].update(counts="rude"), "counts is 'rude'; it must be one of late,"),
    "a share of all and more": (lambda r: r["cliff"][0].update(share_percent=130), "share_percent is 130"),
    "three days": (lambda r: r["cliff"][0].update(days=3), "days must be 1 or 2"),
    "a promise of nothing": (lambda r: r["promise"][1].pop("until"), "it needs either hours or until."),
    "a time of no day": (lambda r: r["promise"][1].update(until="25:00"), "until is '25:00'; it must be a time of day"),
    "near expiry upside down": (lambda r: r["near_expiry"].reverse(), "near_expiry must go from long shelf lives"),
    "refunds at once": (lambda r: r["auto_refund"].update(after_upload_hours=0), "it must be above 0."),
    "an end before the start": (lambda r: r.update(effective_until=date(2026, 8, 1)), "lies before effective_from."),
    "a slip of the pen": (lambda r: r.update(transid=1), "has a setting nobody reads: transid."),
    "amounts that are not sourced": (
        lambda r: r["clause"][0].update(sourced=False),
        "clause late has a setting nobody reads: over_240h.",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_pack_with_one_thing_wrong_is_refused_with_a_sentence(fault: str) -> None:
    spoil, sentence = FAULTS[fault]
    rules = parsed()
    spoil(rules)
    with pytest.raises(BadSetting) as caught:
        pack_from(rules, file="douyin/x.toml")
    assert str(caught.value).startswith("douyin/x.toml")
    assert sentence in str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(DATA / "rules", tmp_path / "rules")


def rewritten(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


UNTIL = "effective_until = 2026-08-09"


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("effective_until = 2026-08-12", "2026-06-02.toml and 2026-08-10.toml overlap"),
        ("# no end", "2026-06-02.toml and 2026-08-10.toml overlap"),
        ("effective_until = 2026-08-01", "2026-06-02.toml and 2026-08-10.toml leave a gap"),
    ],
)
def test_versions_that_overlap_or_leave_a_gap_are_refused(folder: Path, new: str, sentence: str) -> None:
    rewritten(folder / "douyin" / "2026-06-02.toml", UNTIL, new)
    with pytest.raises(BadSetting, match=rf"{sentence}: the former must have effective_until = 2026-08-09\."):
        load_rules(folder)


def test_a_folder_that_contradicts_itself_is_refused(folder: Path) -> None:
    douyin, other = folder / "douyin", folder / "other"
    shutil.copytree(douyin, other)
    with pytest.raises(BadSetting, match=r"^other/2026-06-02\.toml: platform is 'douyin', and the folder is named"):
        load_rules(folder)
    shutil.rmtree(other)
    shutil.copy(folder / "kuaishou" / "empty.toml", douyin / "empty.toml")
    with pytest.raises(BadSetting, match=r"^douyin/empty\.toml: there are rules beside it; remove it\."):
        load_rules(folder)
    (douyin / "empty.toml").unlink()
    (douyin / "2026-08-10.toml").rename(douyin / "2026-08-11.toml")
    with pytest.raises(BadSetting, match=r"^douyin/2026-08-11\.toml: version and effective_from must be"):
        load_rules(folder)
    (douyin / "2026-08-11.toml").unlink()
    with pytest.raises(BadSetting, match="the last version must have no effective_until"):
        load_rules(folder)
    shutil.rmtree(douyin)
    assert "douyin" not in load_rules(folder).platforms


def test_an_unsourced_clause_prices_nothing_and_breaks_no_frame() -> None:
    frame = pl.DataFrame({"amount_cents": [2990], "band": ["up_to_48h"]})
    assert frame.select(JUNE.ladder.penalty(Clause.LATE)).item() is None
