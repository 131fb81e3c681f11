"""Which texts a person is asked about: wavered over, like many others, each unlike those before it."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.aftersales.complaint_model import chances, features, said_in
from engine.aftersales.worth_asking import worth_asking
from engine.usecases.service.classify_tickets import shipped_model

LEAKS = ["老样子，又唱歌了，盖子呢", "老样子，又唱歌了，盖子啊", "老样子，又唱歌了，盖子"]
SURE = ["快递一直没收到，三天没动静了", "快递一直没收到，五天没动静了", "快递一直没收到，物流没动静"]
ODD = ["嘎嘣脆鸡肉味"]
SHRUGS = ["行吧就那样", "行吧也就那样了"]


def test_of_many_alike_that_it_wavers_over_one_is_asked_and_then_something_else() -> None:
    texts = pl.Series([*SURE, *ODD, *LEAKS, *SHRUGS])
    first, second = (texts[int(row)] for row in worth_asking(shipped_model(), texts, most=2))
    assert {first, second} <= {*LEAKS, *SHRUGS}, "not what it is sure of, nor what only one buyer wrote"
    assert (first in LEAKS) != (second in LEAKS), "the same question twice teaches once"


def test_nothing_is_asked_where_nothing_is_said_or_nobody_wrote_like_another() -> None:
    assert worth_asking(shipped_model(), pl.Series([], dtype=pl.String), most=5).size == 0
    assert worth_asking(shipped_model(), pl.Series(["", "   ", "嘎嘣脆鸡肉味"]), most=5).size == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([*LEAKS, *SURE, *ODD, "坏了", "少发一瓶", "坏了一瓶", ""]), min_size=1, max_size=9))
def test_it_is_the_product_of_wavering_and_likeness_falling_with_what_was_asked(texts: list[str]) -> None:
    """Against the definition, written out over dense vectors."""
    model, said = shipped_model(), pl.Series(texts, dtype=pl.String)
    vectors = np.asarray(features(model, said_in(model, said)).todense(), dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    unit = [vector / length if length else vector for vector, length in zip(vectors, lengths, strict=True)]
    alike = [[float(one @ other) for other in unit] for one in unit]
    two = np.sort(chances(model, said), axis=1)[:, -2:]
    worth = [
        (1 - (two[row, 1] - two[row, 0])) * sum(alike[row][other] for other in range(len(texts)) if other != row)
        for row in range(len(texts))
    ]
    for picked in worth_asking(model, said, most=3):
        assert worth[picked] >= max(worth) - 1e-5
        worth = [one * (1 - min(alike[picked][row], 1.0)) for row, one in enumerate(worth)]
        worth[picked] = 0.0
    assert len(worth_asking(model, said, most=3)) <= min(3, len(texts))
