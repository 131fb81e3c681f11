"""Cells are read as the slow reference reads them, one by one with Decimal and datetime."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.intake import values
from tests.reference import parsing

EXPORT = st.datetimes().map(lambda time: f"{time:%Y-%m-%d %H:%M:%S}".rjust(19, "0"))
ZONES = st.sampled_from(["", "Z", "z", "+08:00", "+0800", "+08", "-05:30", "+14:00", "+15:00", "+08:60"])
MANY_TIMES = st.one_of(
    EXPORT,
    st.builds(
        "{}{}{}{}{}".format,
        st.dates().map(lambda d: f"{d.year:04}-{d.month:02}-{d.day:02}"),
        st.sampled_from([" ", "T", "t", "  "]),
        st.times().map(lambda t: f"{t:%H:%M:%S}"),
        st.sampled_from(["", ".5", ".123456", ".123456789", "."]),
        ZONES,
    ),
    st.builds(
        "{}/{}/{} {}:{:02}{}".format,
        st.integers(1990, 2110),
        st.integers(0, 14),
        st.integers(0, 33),
        st.integers(0, 25),
        st.integers(0, 61),
        ZONES,
    ),
    st.text("0123456789-/: TZ+.", max_size=26),
)
MONEY = st.one_of(
    st.from_regex(r"\A[¥￥-]?[0-9]{1,13}(\.[0-9]{0,4})?\Z"),
    st.from_regex(r"\A[0-9]{1,4}(,[0-9]{2,4}){1,4}(\.[0-9]{1,2})?\Z"),
    st.text("0123456789,.¥- １२e", max_size=12),
)


def read_times(texts: list[str]) -> list[datetime | None]:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    times: list[datetime | None] = values.instants(frame, {"time": "text"})["time"].to_list()
    return times


@settings(deadline=None)
@given(st.lists(MANY_TIMES, min_size=1, max_size=8))
def test_times_of_any_notation_are_read_as_the_reference_reads_them(texts: list[str]) -> None:
    assert read_times(texts) == [parsing.instant(text) for text in texts]


@settings(deadline=None)
@given(st.lists(EXPORT, min_size=1, max_size=8))
def test_times_of_an_export_alone_take_the_fast_way_to_the_same_result(texts: list[str]) -> None:
    assert read_times(texts) == [parsing.instant(text) for text in texts]


@settings(deadline=None)
@given(st.lists(st.datetimes(), min_size=1, max_size=8))
def test_iso_times_with_a_zone_take_the_fast_way_to_the_same_result(times: list[datetime]) -> None:
    texts = [f"{time:%Y-%m-%dT%H:%M:%S}+08:00".rjust(25, "0") for time in times]
    assert read_times(texts) == [parsing.instant(text) for text in texts]


def test_a_day_that_does_not_exist_is_no_time_in_any_notation() -> None:
    for text in ("2026-02-29 10:00:00", "2026-02-29T10:00:00+08:00", "2026/2/29 10:00"):
        assert read_times([text]) == [None]
    assert read_times(["2024-02-29 10:00:00"]) == [datetime(2024, 2, 29, 2, tzinfo=UTC)]


@settings(deadline=None)
@given(st.lists(MONEY, min_size=1, max_size=8))
def test_money_is_exact_to_the_cent_or_refused(texts: list[str]) -> None:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    assert frame.select(values.cents(pl.col("text")))["text"].to_list() == [parsing.cents(text) for text in texts]


@settings(deadline=None)
@given(st.integers(0, 10**14 - 1))
def test_every_amount_of_up_to_twelve_digits_survives(cents: int) -> None:
    text = f"{cents // 100}.{cents % 100:02}"
    assert pl.select(values.cents(pl.lit(text))).item() == cents


@settings(deadline=None)
@given(st.lists(st.text("0123456789,.-１ ", max_size=12), min_size=1, max_size=8))
def test_counts_are_read_as_the_reference_reads_them(texts: list[str]) -> None:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    found = frame.select(values.whole_number(pl.col("text")))["text"].to_list()
    assert found == [parsing.whole_number(text) for text in texts]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("'6917", "6917"), ('="6917"', "6917"), ("\t6917 ", "6917"), ("‘6917", "6917"), ("'", None), ("6917", "6917")],
)
def test_identifiers_lose_what_keeps_them_text_in_a_spreadsheet(written: str, meant: str | None) -> None:
    assert pl.select(values.identifier(pl.lit(written))).item() == meant


@pytest.mark.parametrize("text", ["", " ", "-", " - ", "~", "\u3000", "\u00a0"])
def test_empty_dash_and_tilde_are_no_data(text: str) -> None:
    assert pl.DataFrame({"a": [text]}).select(values.cell("a")).item() is None
