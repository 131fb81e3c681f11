"""The book of clocks says at any moment what the slow reference says then, however its orders came into it."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.clocks import Clock
from engine.rules.clock_book import BOOK_ROWS, CODES, Book, book_of
from engine.rules.packs import PlatformRules
from tests.engine.rules.test_clocks import NOW, any_row
from tests.engine.rules.test_packs import AUGUST, DOUYIN
from tests.reference import clocks as reference

RULES: dict[str, PlatformRules] = {"douyin": DOUYIN}
NO_CODES = pl.DataFrame(schema={"arrival": pl.Int64, "sku": pl.String})


def book(*rows: dict[str, Any], codes: pl.DataFrame = NO_CODES) -> Book:
    named = [
        {"arrival": place, "platform": "douyin", "carrier": None, "node": None} | one for place, one in enumerate(rows)
    ]
    return book_of(pl.DataFrame(named, schema=dict(BOOK_ROWS)), RULES, codes)


def said(found: Book, now: datetime) -> Counter[tuple[Any, ...]]:
    """(order, clock, state, deadline, adds) of every clock that applies."""
    return Counter(
        (row["arrival"], clock.value, row["state"], row["deadline"], row["adds"])
        for clock in Clock
        for row in found.at(clock, now=now).iter_rows(named=True)
    )


@settings(max_examples=100)
@given(rows=st.lists(any_row(), max_size=8), later=st.integers(0, 200))
def test_the_book_says_later_what_the_reference_says_then(rows: list[dict[str, Any]], later: int) -> None:
    now = NOW + timedelta(hours=later / 2)
    wanted = Counter(
        (place, clock, state, deadline, adds)
        for place, one in enumerate(rows)
        for clock, (state, deadline, adds) in reference.judge(one, AUGUST, now).items()
        if state != "not_applicable"
    )
    found = book(*rows)
    assert said(found, now) == wanted
    for entries in found.clocks.values():
        assert entries["deadline"].is_sorted()


@settings(max_examples=60)
@given(
    old=st.lists(any_row(), min_size=1, max_size=8),
    news=st.lists(any_row(), min_size=1, max_size=8),
    gone=st.sets(st.integers(0, 7)),
)
def test_a_book_brought_up_to_date_is_the_book_written_anew(
    old: list[dict[str, Any]], news: list[dict[str, Any]], gone: set[int]
) -> None:
    """Orders vanish, change and come."""
    changed = {place: one | {"arrival": place} for place, one in enumerate(news)}
    first = {place: one | {"arrival": place} for place, one in enumerate(old)}
    touched = pl.Series("arrival", sorted({*changed, *gone}), dtype=pl.Int64)
    found = book(*first.values()).replaced(touched, book(*changed.values()))
    left = {place: one for place, one in first.items() if place not in gone} | changed
    wanted = book(*left.values())
    assert said(found, NOW) == said(wanted, NOW)
    assert found.orders.sort("arrival").equals(wanted.orders.sort("arrival"))
    assert (found.versions, found.unjudged) == (wanted.versions, wanted.unjudged)
    for watch, waits in wanted.waits.items():
        assert found.waits[watch].sort("begin", "arrival").equals(waits.sort("begin", "arrival"))
        assert found.waits[watch]["begin"].is_sorted()
    for clock, entries in found.clocks.items():
        assert entries["deadline"].is_sorted(), clock


def test_an_orders_codes_are_known_once_however_often_it_changes() -> None:
    codes = pl.DataFrame({"arrival": [0, 0], "sku": ["RICE", "OIL"]})
    kept = book(codes=codes).replaced(pl.Series("arrival", [0]), book(codes=codes.reverse()))
    assert sorted(kept.codes.cast({"sku": pl.String}).rows()) == [(0, "OIL"), (0, "RICE")]
    assert list(kept.codes.columns) == list(CODES)
