"""Runs of characters counted at once are those that a loop counts."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from engine.aftersales.character_grams import common_keys, counted, grams, key_of, spelled
from tests.reference.runs import runs_of

TEXTS = st.lists(st.text("漏油了没a,😡 ", max_size=7), max_size=6)


@given(TEXTS)
def test_every_run_is_counted_in_its_own_text_and_none_across_two(texts: list[str]) -> None:
    found = grams(pl.Series("said", texts, dtype=pl.String))
    expected = runs_of(texts)
    known = np.unique(np.array([key_of(run) for one in expected for run in one], dtype=np.uint64))
    table = counted(found, known).toarray()
    assert table.shape[0] == len(texts)
    for row, runs in enumerate(expected):
        assert {int(key): int(n) for key, n in zip(known, table[row], strict=True) if n} == {
            key_of(run): n for run, n in runs.items()
        }
    assert len(found.keys) == sum(one.total() for one in expected)


@given(TEXTS)
def test_a_common_run_stands_in_several_texts_however_often_in_one(texts: list[str]) -> None:
    found = grams(pl.Series("said", texts, dtype=pl.String))
    expected = runs_of(texts)
    several = {run for one in expected for run in one if sum(run in other for other in expected) >= 2}
    assert {int(key) for key in common_keys(found, least=2)} == {key_of(run) for run in several}


def test_a_run_reads_as_it_was_typed_without_its_marks() -> None:
    assert spelled(key_of("漏油了")) == "漏油了"
    assert spelled(key_of("\n漏")) == "漏"
