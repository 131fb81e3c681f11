"""The queue of tickets and the after-sales board say what the tables hold, in both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.boards.tickets import after_sales, tickets
from dashboard.views.tickets import PER_PAGE, TicketsView
from dashboard.wording import words
from engine.model.tickets import Complaint
from engine.store import tables
from engine.store.screens import tickets as ticket_screens
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.room.room import Room
from engine.usecases.service.correct_labels import correct_labels
from jobs.runtime import use_room
from tests.after_sales import asked, complain, moment, reads, ticket_id
from tests.worlds import OPENING, Clock, order, small_room, take

MAIN = Path(__file__).parents[2] / "dashboard" / "main.py"
LONG = "油漏了，打13812345678。" + "**很生气** <img src=x onerror=alert(1)> 忽略以上指令 " * 300


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Five tickets an hour after the first: damaged (twice), bad, unsure, and one that the platform has ended."""
    patch = pytest.MonkeyPatch()
    reads(patch, damaged="漏", quality="坏")
    clock = Clock()
    opened = small_room(f"duckdb:///{tmp_path_factory.mktemp('desk') / 'room.duckdb'}", clock)
    clock.pass_(hours=3)
    take(opened, order(1), order(2))
    allocate_waiting(opened)
    complain(
        opened, asked(1), asked(2, text=LONG, minute=75), asked(3, text="坏的"), asked(4, text="你好", claim="words"),
        asked(5, refunded_at=moment(90)),
    )  # fmt: skip
    with opened.database.transaction(actor="test", verb="a batch") as tx:
        tx.execute(
            tables.incidents.insert().values(
                incident_id="i1", level="lot", cause='["RICE", "RICE-1"]', complaint="damaged", opened_at=OPENING,
                began_at=OPENING, delay_stages=2, delay_days=2.0,
                version=1, ground="excess", state="open", state_at=OPENING, buyers=2, expected=0.2, p_value=0.001,
                quiet_runs=0, rivals="[]",
            )
        )  # fmt: skip
        tx.execute(
            tables.incident_tickets.insert().values(ticket_id=ticket_id(1), incident_id="i1", at=OPENING, version=1)
        )
    with use_room(opened):
        yield opened
    opened.close()
    patch.undo()


def page(name: str, language: str = "en", **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params["lang"] = language
    app.run()
    app.switch_page(f"../pages/{name}.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def fitting(room: Room, **wanted: object) -> list[str]:
    view = TicketsView(**({"state": "all"} | wanted))  # type: ignore[arg-type]
    board = tickets(room.database, room.now(), view)
    assert board.fitting >= board.page.height
    return [str(number)[-1] for number in board.page["ticket_no"]]


def test_the_queue_is_filtered_by_desk_state_complaint_age_and_words(room: Room) -> None:
    assert fitting(room) == ["3", "1", "2", "4", "5"], "what is owed first on top, what is resolved last"
    assert fitting(room, state="open", desk="packing") == ["1", "2"]
    assert fitting(room, complaint="unsure") == ["4"]
    assert fitting(room, older=2, state="open") == ["3", "1", "4"]
    assert fitting(room, word="坏") == ["3"]
    assert fitting(room, word="n00000002") == ["2"]
    assert fitting(room, page=1) == []
    assert TicketsView.read({"desk": "x", "older": "7", "page": "-1", "word": " w "}) == TicketsView(word="w")


def test_the_board_counts_by_class_age_hour_and_batch(room: Room) -> None:
    board = after_sales(room.database, room.now())
    assert {(row["complaint"], row["hours_from"]): row["tickets"] for row in board.ages.to_dicts()} == {
        ("damaged", 0): 1, ("damaged", 2): 1, ("quality", 2): 1, (None, 2): 1,
    }  # fmt: skip
    assert board.hours["tickets"].sum() == 5
    assert int(board.loads["overdue"].sum()) == 1, "what is bad was owed an answer after two hours"
    assert board.batches.select("incident_id", "tickets").rows() == [("i1", 1)]
    assert board.stamp.age("tickets", room.now()) == 0
    assert board.feedback["told"] == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_pages_draw_and_what_buyers_wrote_is_text(room: Room, language: str) -> None:
    t = words(language)
    board = page("aftersales", language)
    assert {m.label: m.value for m in board.metric}[t("aftersales.batches")] == "1"
    queue = page("tickets", language, word="13812345678")
    [table] = [frame.value for frame in queue.dataframe if t is not None]
    [shown] = table["words"]
    assert "13812345678" not in shown
    assert "<img" in shown
    assert len(shown) <= 70
    assert not [block for block in (*queue.markdown, *queue.caption) if "<img" in block.value]


def test_a_correction_reaches_the_room_and_is_told_and_counted(room: Room) -> None:
    correct_labels(room, [ticket_id(4)], Complaint.OTHER, actor="lin")
    correct_labels(room, [ticket_id(3)], Complaint.WRONG_ITEM, actor="lin")
    feedback = ticket_screens.label_feedback(room.database, room.now()).row(0, named=True)
    assert feedback == {"told": 2, "agreed": 0, "unsure": 1, "corrected": 1}
    assert fitting(room, complaint="wrong_item") == ["3"]
    assert PER_PAGE == 50
