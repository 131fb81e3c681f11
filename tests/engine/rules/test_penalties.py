"""The shipped ladder takes what the field notes say, and a ladder with one thing wrong is refused with a sentence."""

import tomllib
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadSetting
from engine.rules.penalties import DELAY_CLAUSES, Clause, Ladder, ladder_from, penalty_yuan
from engine.settings import DATA

FILE = DATA / "rules" / "douyin" / "2026-08-10.toml"
RICE = 2990  # a bag of rice for 29.9 yuan


def parsed() -> dict[str, Any]:
    """The penalties of the shipped pack, without its other parts."""
    whole = tomllib.loads(Path(FILE).read_text(encoding="utf-8"))
    keys = ("platform", "version", "effective_from", "source", "rounding", "band", "clause")
    return {key: whole[key] for key in keys}


LADDER = ladder_from(parsed(), file="douyin.toml")


# --- what it takes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clause", "yuan"),
    [
        (Clause.LATE, 0),  # up to 48 h late: nothing, but it counts toward the lock-out
        (Clause.LATE_BEYOND, 2),
        (Clause.OUT_OF_STOCK, 2),
        (Clause.TRACE_TIMEOUT, 3),
        (Clause.TRACE_ANOMALY, 7),  # 25 % of 29.9 is 7.475
        (Clause.FRAUD, 10),
    ],
)
def test_a_bag_of_rice_promised_within_48_hours_costs_what_the_field_notes_say(clause: Clause, yuan: int) -> None:
    assert penalty_yuan(LADDER, clause, RICE, 48) == yuan


@pytest.mark.parametrize(
    ("clause", "hours", "percent", "least", "most"),
    [
        (Clause.LATE_BEYOND, 48, 1, 2, 50),
        (Clause.LATE, 240, 1, 2, 50),
        (Clause.LATE_BEYOND, 240, 3, 3, 50),
        (Clause.LATE, 241, 1, 3, 50),
        (Clause.LATE_BEYOND, 241, 5, 5, 50),
        (Clause.OUT_OF_STOCK, 48, 1, 2, 50),
        (Clause.OUT_OF_STOCK, 49, 3, 3, 50),
        (Clause.OUT_OF_STOCK, 241, 5, 5, 50),
        (Clause.TRACE_TIMEOUT, 48, 1, 3, 30),
        (Clause.TRACE_TIMEOUT, 48.01, 5, 5, 50),
        (Clause.TRACE_TIMEOUT, 10_000, 5, 5, 50),
        (Clause.TRACE_ANOMALY, 48, 25, 5, 100),
        (Clause.TRACE_ANOMALY, 500, 25, 5, 100),
        (Clause.FRAUD, 48, 30, 10, 500),
    ],
)
@given(cents=st.integers(min_value=0, max_value=10_000_000))
def test_every_row_is_a_percentage_between_its_limits_rounded_half_up(
    clause: Clause, hours: float, percent: int, least: int, most: int, cents: int
) -> None:
    exact = (Decimal(cents) * percent / 10_000).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert penalty_yuan(LADDER, clause, cents, hours) == min(max(int(exact), least), most)


def test_half_a_yuan_is_rounded_up() -> None:
    assert penalty_yuan(LADDER, Clause.TRACE_ANOMALY, 3000, 48) == 8  # 7.50
    assert penalty_yuan(LADDER, Clause.TRACE_ANOMALY, 2999, 48) == 7  # 7.4975


@pytest.mark.parametrize(("hours", "band"), [(0, 0), (24, 0), (48, 0), (48.001, 1), (240, 1), (240.001, 2), (1e6, 2)])
def test_a_band_ends_with_its_last_hour(hours: float, band: int) -> None:
    assert LADDER.band(hours) == LADDER.bands[band].name


@given(
    orders=st.lists(
        st.tuples(st.integers(0, 1_000_000), st.floats(0, 1000)),
        min_size=1,
        max_size=30,
    ),
    clause=st.sampled_from(Clause),
)
def test_a_column_of_orders_is_priced_like_one_order_after_the_other(
    orders: list[tuple[int, float]], clause: Clause
) -> None:
    frame = pl.DataFrame(orders, schema={"amount_cents": pl.Int64, "promise_hours": pl.Float64}, orient="row")
    found = frame.with_columns(band=LADDER.band_name()).select(LADDER.penalty(clause)).to_series().to_list()
    assert found == [penalty_yuan(LADDER, clause, cents, hours) for cents, hours in orders]


# --- what it says of itself ---------------------------------------------------------------------------------


def test_the_ladder_says_which_version_it_is_and_which_rows_are_interpreted() -> None:
    assert (LADDER.platform, LADDER.version) == ("douyin", "2026-08-10")
    assert LADDER.source
    assert set(LADDER.rules) == set(Clause)
    for rule in LADDER.rules.values():
        assert rule.interpreted
        assert rule.note
        assert rule.effective_from <= LADDER.effective_from
    assert all(LADDER.rules[clause].after_hours is not None for clause in DELAY_CLAUSES)
    assert [LADDER.hours_of(clause) for clause in DELAY_CLAUSES] == [0, 48, 24, 48]


# --- one thing wrong ----------------------------------------------------------------------------------------

Spoil = Callable[[dict[str, Any]], object]


def clause_of(rules: dict[str, Any], name: Clause) -> dict[str, Any]:
    [found] = [one for one in rules["clause"] if one["clause"] == name]
    return found


FAULTS: dict[str, tuple[Spoil, str]] = {
    "no platform": (lambda r: r.pop("platform"), "douyin.toml: platform is missing."),
    "a version as a number": (lambda r: r.update(version=3), "version is 3; it must be text."),
    "another rounding": (lambda r: r.update(rounding="up"), "the only one known is half_up_to_yuan."),
    "a slip of the pen": (lambda r: r.update(bandz=[]), "has a setting nobody reads: bandz."),
    "no bands": (lambda r: r.pop("band"), "there is no [[band]] in it."),
    "bands out of order": (lambda r: r["band"].reverse(), "the bands must go from short to long"),
    "an endless band in the middle": (lambda r: r["band"][0].pop("up_to_hours"), "only the last has no up_to_hours."),
    "two bands of one name": (lambda r: r["band"][1].update(name="up_to_48h"), "two bands have the same name."),
    "a clause nobody knows": (lambda r: r["clause"][0].update(clause="rude"), "rude is no clause; it must be one of"),
    "a clause twice": (lambda r: r["clause"].append(r["clause"][1]), "the clause late_beyond stands there twice."),
    "a clause too few": (lambda r: r["clause"].pop(), "the clause fraud is missing."),
    "a clause without its band": (
        lambda r: clause_of(r, Clause.LATE).pop("over_240h"),
        "the table [over_240h] is missing.",
    ),
    "a percentage beyond all": (
        lambda r: clause_of(r, Clause.FRAUD)["over_240h"].update(percent=130),
        "percent is 130; it must lie between 0 and 100",
    ),
    "a percentage that is not a number": (
        lambda r: clause_of(r, Clause.FRAUD)["over_240h"].update(percent=float("nan")),
        "percent is nan; it must lie between 0 and 100",
    ),
    "limits the wrong way round": (
        lambda r: clause_of(r, Clause.LATE)["up_to_240h"].update(min_yuan=60),
        "min_yuan 60 and max_yuan 50 must be 0 or more, the smaller one first.",
    ),
    "true for a number": (
        lambda r: clause_of(r, Clause.LATE)["up_to_240h"].update(min_yuan=True),
        "min_yuan is True; it must be a whole number.",
    ),
    "a clause of time without a time": (
        lambda r: clause_of(r, Clause.TRACE_TIMEOUT).pop("after_hours"),
        "the clause trace_timeout needs after_hours.",
    ),
    "trace clauses crossed": (
        lambda r: clause_of(r, Clause.TRACE_TIMEOUT).update(after_hours=50),
        "trace_anomaly must come later than trace_timeout.",
    ),
    "late before the promise": (
        lambda r: clause_of(r, Clause.LATE).update(after_hours=1),
        "the clause late begins at the promise, so its after_hours must be 0.",
    ),
    "a negative time": (
        lambda r: clause_of(r, Clause.LATE).update(after_hours=-1),
        "after_hours is -1; it must not be negative.",
    ),
    "a date as text": (lambda r: r.update(effective_from="soon"), "it must be a date such as 2026-08-10."),
    "a clause younger than its ladder": (
        lambda r: r.update(effective_from=clause_of(r, Clause.FRAUD)["effective_from"]),
        "takes effect after the ladder it belongs to.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_ladder_with_one_thing_wrong_is_refused_with_a_sentence(fault: str) -> None:
    spoil, sentence = FAULTS[fault]
    rules = parsed()
    spoil(rules)
    with pytest.raises(BadSetting) as caught:
        ladder_from(rules, file="douyin.toml")
    assert str(caught.value).startswith("douyin.toml")
    assert sentence in str(caught.value)


def test_a_ladder_is_a_value() -> None:
    assert ladder_from(parsed(), file="douyin.toml") == LADDER
    assert isinstance(LADDER, Ladder)
