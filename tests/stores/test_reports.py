"""A report is kept once, numbered, audited and never rewritten; it is due at a show's end and once more later."""

from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest

from engine.errors import NotFound
from engine.model.actions import ActionKind
from engine.model.roles import Role
from engine.reports.content import Occasion, digest_of
from engine.reports.figures import Question
from engine.store.screens import reports as report_screens
from engine.usecases.actions.approve_action import approve_action
from engine.usecases.actions.judge_actions import judge_actions
from engine.usecases.actions.propose_action import Because, propose_action
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.clocks.record_waybills import Waybill, record_waybills
from engine.usecases.reports.appeal_pack import appeal_rows, fines
from engine.usecases.reports.export_appeals import export_appeals
from engine.usecases.reports.kept_reports import kept_report
from engine.usecases.reports.report_policy import load_report_policy
from engine.usecases.reports.report_words import report_words
from engine.usecases.reports.write_report import due_reports, write_due_report, write_report
from engine.usecases.room.room import Room
from engine.usecases.room.verify import questions
from tests.after_sales import asked, complain
from tests.worlds import OPENING, SHOW, Clock, order, order_id, take

RoomIn = Callable[[str, Callable[[Room], object]], Room]


def build(room: Room) -> None:
    """Two orders planned, one of them with a waybill and a complaint, one sold out, one refunded."""
    take(room, order(1), order(2, ("FAMILY", 1)), order(3, ("OIL", 90)), order(4, status="refunded"))
    allocate_waiting(room)
    [parcel] = room.database.read("SELECT parcel_id FROM allocations WHERE order_id = $o", {"o": order_id(1)})[
        "parcel_id"
    ]
    record_waybills(room, [Waybill(parcel, "SF1", room.now(), None)], actor="wms")
    complain(room, asked(1, order_no="N00000001"))


def test_a_report_is_kept_as_it_was_made_whatever_happens_afterwards(room_in: RoomIn, clock: Clock) -> None:
    room = room_in("reported", build)
    with pytest.raises(NotFound, match=r"There is no show \"x'; --\"\."):
        write_report(room, "x'; --", actor="lin")
    with pytest.raises(NotFound):
        kept_report(room.database, SHOW)
    first = write_report(room, SHOW, actor="lin")
    known = {figure.key: figure.value for figure in first.report.figures}
    assert (known["orders"], known["filled"], known["oversold"], known["complaints"]) == (4, 2 / 3, 0, 250)
    assert first.report.data_version == room.database.data_version() - 1
    take(room, order(5))
    clock.pass_(hours=1)
    second = write_report(room, SHOW, actor="lin")
    assert (first.report_no, second.report_no) == (1, 2)
    assert kept_report(room.database, SHOW, 1).report == first.report != second.report
    assert kept_report(room.database, SHOW).report_no == 2
    listed = report_screens.kept_reports(room.database, show_id=SHOW)
    assert listed["report_no"].to_list() == [2, 1]
    [audited] = room.database.read(
        "SELECT detail FROM audit WHERE verb = 'write_report' AND actor = 'lin' ORDER BY version LIMIT 1"
    )["detail"]
    content = report_screens.report_content(room.database, SHOW, 1)
    assert content is not None
    assert orjson.loads(audited)["digest"] == digest_of(content)
    assert room.database.read(questions()["reports_stay_as_they_were"][1]).is_empty()
    for name, sql in first.report.questions.items():
        if sql.startswith("FROM boards."):
            report_screens.answer(room.database.read, sql)  # the trace can be asked again as it stands
        else:
            assert name == Question.INVARIANTS
    assert "boards.report_parcels" in report_screens.definition(room.database, "report_orders")


def test_what_an_action_promised_did_and_brought_stands_in_the_report_and_no_effect_is_said(
    room_in: RoomIn, clock: Clock
) -> None:
    room, t = room_in("reported", build), report_words("en")

    def deeds() -> dict[str, dict[str, str]]:
        table = write_report(room, SHOW, actor="lin").report.table("actions")
        assert table is not None
        rows = [[t.cell(*cell) for cell in zip(table.columns, row, strict=True)] for row in table.rows]
        return {row[1]: dict(zip((column.key for column in table.columns), row, strict=True)) for row in rows}

    for sku in ("RICE", "OIL"):
        asked_for = {"show_id": SHOW, "sku": sku, "units": 100}
        action = propose_action(room, ActionKind.TOP_UP_POOL, asked_for, because=Because("selling fast"), actor="lin")
        approve_action(room, action, actor="chen", role=Role.MANAGER)
    propose_action(
        room, ActionKind.PAUSE_SKU, {"show_id": "shelf", "sku": "RICE"}, because=Because("of another show"), actor="lin"
    )
    assert {row["verdict"] for row in deeds().values()} == {"Not due yet"}
    take(room, order(6, ("OIL", 60)))  # more than the old pool had; of rice nothing more was wanted
    clock.pass_(minutes=61)
    assert judge_actions(room, actor="actions") == 2
    told = deeds()
    assert set(told) == {"Night · RICE", "Night · OIL"}
    rice, oil = told["Night · RICE"], told["Night · OIL"]
    assert (rice["verdict"], rice["effect"], rice["low"], rice["high"]) == ("No effect", "0", "0", "0")
    assert (oil["verdict"], oil["measured"]) == ("Worked", "units sold beyond the old pool")
    assert (oil["action_state"], oil["actor"], oil["promised"]) == ("Done", "chen", "units 100, pool after 110")
    assert oil["promised"] == oil["happened"]
    changes = [change.key for change in kept_report(room.database, SHOW).report.changes]
    assert "drop_what_does_nothing" in changes


def test_a_show_is_reported_at_its_end_and_once_more_when_its_parcels_had_their_time(
    room_in: RoomIn, clock: Clock
) -> None:
    room, policy = room_in("reported", build), load_report_policy()
    assert due_reports(room.database, policy, now=room.now()) == []
    clock.at = OPENING + timedelta(minutes=180)  # its last second is over
    made = write_due_report(room, actor="reports")
    assert made is not None
    assert (made.show_id, made.report_no) == (SHOW, 1)
    assert write_due_report(room, actor="reports") is None
    write_report(room, SHOW, actor="lin")  # what somebody asks for puts nothing off
    clock.pass_(hours=policy.times.settle_hours)
    assert due_reports(room.database, policy, now=room.now()) == [(SHOW, Occasion.SETTLED)]
    write_due_report(room, actor="reports")
    assert due_reports(room.database, policy, now=room.now()) == []
    assert kept_report(room.database, SHOW).occasion == "settled"


def test_what_broke_a_clock_stands_in_the_appeal_pack_with_its_evidence(room_in: RoomIn, clock: Clock) -> None:
    room, policy = room_in("reported", build), load_report_policy()

    def pack() -> dict[tuple[str, str], str]:
        rows = appeal_rows(room.database, room.rules.platforms, policy, SHOW, now=room.now())
        return {(row["order_no"], row["clock"]): row["appeal_state"] for row in rows.iter_rows(named=True)}

    clock.pass_(hours=36)
    assert pack()["N00000001", "late"] == "running"
    rows = appeal_rows(room.database, room.rules.platforms, policy, SHOW, now=room.now())
    assert fines(rows) == 3  # 轨迹超时, 1 % of 29 yuan, at least 3
    assert pack()["N00000001", "no_pick_up"] == "broken"
    clock.pass_(hours=24)
    assert pack()["N00000002", "late"] == "broken"
    assert "N00000004" not in {number for number, _ in pack()}  # refunded: nobody is fined for it
    made = export_appeals(room, SHOW, language="zh", actor="lin")
    assert "发货超时" in made.data.decode() and "SF1" in made.data.decode()
    clock.pass_(days=policy.times.appeal_days + 3)
    assert pack() == {}
    with pytest.raises(NotFound):
        appeal_rows(room.database, room.rules.platforms, policy, "moon", now=room.now())
