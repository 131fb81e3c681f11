"""The page of returns says what the tables hold, in both languages, and its refusals are told in Chinese."""

from collections.abc import Iterator

import pytest

from dashboard import sentences
from dashboard.wording import words
from engine.errors import WarRoomError
from engine.usecases.making_good.propose_improvements import propose_improvements
from engine.usecases.making_good.review_improvements import approve_improvements, end_improvements
from engine.usecases.room.room import Room
from jobs.runtime import use_room
from tests.dashboard.test_partner_pages import metrics, page, tables_of
from tests.stores.test_improvements import build
from tests.worlds import Clock, small_room

ZH = words("zh")


@pytest.fixture
def shop(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    made = small_room(duckdb_url, clock)
    build(made)
    propose_improvements(made.database, actor="test", now=made.now())
    with use_room(made):
        yield made
    made.close()


def test_shares_changes_and_ratings_are_told_as_they_are(shop: Room) -> None:
    app = page("returns", dimension="carrier")
    assert metrics(app)[words("en")("returns.damaged")] == "20%"
    assert "20.0% (16.5–24.1)" in tables_of(app)
    assert "STRONG 箱" in tables_of(page("returns", "zh", panel="changes"))
    empty = page("returns", "zh", panel="ratings")
    assert any(ZH("returns.no_ratings") in caption.value for caption in empty.caption)


def test_every_refusal_about_a_change_is_told_in_chinese(shop: Room) -> None:
    [improvement_id] = shop.database.read("SELECT improvement_id FROM improvements")["improvement_id"]
    for act in (
        lambda: approve_improvements(shop.database, [], actor="a"),
        lambda: approve_improvements(shop.database, ["nothing"], actor="a"),
        lambda: end_improvements(shop.database, [improvement_id], actor="a", reason="x"),
        lambda: end_improvements(shop.database, [improvement_id], actor="a", reason=""),
    ):
        with pytest.raises(WarRoomError) as told:
            act()
        assert sentences.said(ZH, str(told.value)) != str(told.value), str(told.value)
