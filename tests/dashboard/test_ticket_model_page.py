"""The page of the complaint classifier: its card once there is one, and a box to try a text, which is shown escaped."""

from collections.abc import Iterator

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from engine.model.frames import INSTANT
from engine.store import tables
from engine.usecases.room.room import Room
from engine.usecases.service.train_tickets import train_tickets
from jobs.runtime import use_room
from tests.dashboard.test_pages import MAIN
from tests.worlds import Clock, small_room

HOSTILE = "盖子松了漏了一箱 **x** <img src=x onerror=alert(1)>"


@pytest.fixture
def room(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    opened = small_room(duckdb_url, clock)
    with use_room(opened):
        yield opened
    opened.close()


def page() -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params["lang"] = "en"
    app.run().switch_page("../pages/ticket_model.py").run()
    assert not app.exception
    return app


def test_a_text_can_be_tried_before_any_training_and_is_shown_escaped(room: Room) -> None:
    app = page()
    assert any("No model has been trained yet" in info.value for info in app.info)
    app.text_area[0].set_value(HOSTILE)
    app.button[-1].click().run()
    assert not app.exception
    assert any(said.value.startswith("It would say “Damaged”") for said in app.markdown)
    assert any("盖子松" in said.value for said in app.text)
    assert not any("<img" in said.value for said in app.markdown)


def test_after_a_training_the_page_says_who_speaks_how_good_it_is_and_what_it_listens_to(room: Room) -> None:
    train_tickets(room, actor="test")
    app = page()
    assert app.metric[0].value.startswith("complaints-")
    assert len(app.dataframe) == 3, "scores by complaint, words, models"


def test_the_machine_asks_one_by_one_and_an_answer_is_a_persons_label(room: Room) -> None:
    words = [f"老样子，又唱歌了，第{number}回" for number in range(4)]
    with room.database.transaction(actor="test", verb="tickets") as tx:
        at = pl.lit(tx.at).cast(INSTANT)
        ids = [f"T{number}" for number in range(4)]
        frame = pl.DataFrame(
            {"ticket_id": ids, "platform": "douyin", "ticket_no": ids, "claim": "words", "said": words}
        )
        frame = frame.with_columns(
            desk=pl.lit("service"), state=pl.lit("open"), asked_at=at, ingest_time=at, state_at=at
        )
        tx.append(tables.tickets, frame, stamp=True)
    app = page()
    app.button(key="questions-start").click().run()
    first = next(said.value for said in app.text if said.value in words)
    app.button(key="questions-damaged").click().run()
    assert not app.exception
    labelled = room.database.read("SELECT said, complaint FROM tickets WHERE labelled_by = 'operator'").rows()
    assert labelled == [(first, "damaged")]
    assert first not in {said.value for said in app.text}, "the next one is asked"
