"""The outbox on both databases: with its cause or not at all, at least once, one sender at a time, with manners."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from engine.channels.outgoing import Answer, Outcome, Outgoing
from engine.model.notices import NoticeKind
from engine.usecases.notices.dispatch_notices import dispatch_notices
from engine.usecases.notices.record_consents import ConsentSaid, record_consents
from engine.usecases.notices.record_notice_reports import NoticeReport, record_notice_reports
from engine.usecases.notices.write_notice import write_staff_notice
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests.outbox import GATEWAY, ROBOT, Outside, alert, down, states, tell_buyers, with_channels, write
from tests.worlds import Clock, opened, order, order_id, take

MORNING = datetime(2026, 11, 12, 2, 0, tzinfo=UTC)  # 10:00 in Beijing


@pytest.fixture
def told(room: Room, clock: Clock) -> Room:
    """Five orders, a robot and a gateway, at ten in the morning."""
    take(room, *(order(n, ("GRAIN", 1)) for n in range(1, 6)))
    clock.at = MORNING
    return with_channels(room, **ROBOT, **GATEWAY)


def run(room: Room, outside: Outside, clock: Clock, *, minutes: float, step: float = 10) -> None:
    """The job's runs of so many minutes, one every `step` seconds."""
    until = clock.at + timedelta(minutes=minutes)
    while clock.at < until:
        dispatch_notices(room, sender=outside)
        clock.pass_(seconds=step)


def test_a_notice_is_committed_with_its_cause_once_or_not_at_all(told: Room) -> None:
    with pytest.raises(RuntimeError), told.database.transaction(actor="test", verb="cause") as tx:
        write_staff_notice(tx, alert("a"))
        raise RuntimeError("the cause did not happen")
    assert states(told) == []
    assert (write(told, alert("a"), alert("a")), write(told, alert("a"))) == (1, 0)
    assert (tell_buyers(told, order_id(1), order_id(2)), tell_buyers(told, order_id(1))) == (2, 0)
    assert states(told) == ["queued"] * 3


def test_a_channel_that_is_down_for_an_hour_loses_nothing_and_tells_nothing_twice(told: Room, clock: Clock) -> None:
    up_at = clock.at + timedelta(hours=1)
    outside = Outside(lambda message, now: down(message, now) if now < up_at else Answer(Outcome.SENT))
    for number in range(30):
        write(told, alert(f"a{number:02}"))
    tell_buyers(told, *(order_id(n) for n in range(1, 6)))
    run(told, outside, clock, minutes=60, step=60)
    assert set(states(told)) <= {"queued", "failed"}
    tried = [at for at, channel, _ in outside.tried if channel == "ops"]
    assert len(tried) < 20, "a dead channel is asked ever more rarely"
    run(told, outside, clock, minutes=20, step=30)
    assert set(states(told)) == {"sent"}
    buyers = [key for (_, channel, _), key in zip(outside.accepted, outside.keys, strict=True) if channel == "gateway"]
    assert len(buyers) == len(set(buyers)) == 5
    heard = "\n".join(outside.texts)
    assert all(heard.count(f"a{number:02}：") == 1 for number in range(30)), "each alert in one message"
    assert verify(told.database).clean


def test_a_crash_between_sending_and_recording_sends_again_under_the_same_key(told: Room, clock: Clock) -> None:
    tell_buyers(told, order_id(1))
    arrived: list[str] = []

    def crash(message: Outgoing, now: datetime) -> Answer:
        arrived.append(message.key)
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        dispatch_notices(told, sender=Outside(crash))
    assert states(told) == ["sending"]
    again = Outside()
    dispatch_notices(told, sender=again)
    assert again.tried == [], "the claim still holds: the other process may be alive"
    clock.pass_(seconds=91)
    dispatch_notices(told, sender=again)
    assert again.keys == arrived
    events = told.database.read("SELECT state FROM notice_events ORDER BY version, state")["state"]
    assert events.to_list() == ["queued", "sending", "failed", "sending", "sent"]
    assert verify(told.database).clean


def test_two_processes_never_send_the_same_notice(told: Room, room_url: str, clock: Clock) -> None:
    # A DuckDB file has one process: there, two threads of it.
    other = told if told.database.is_duckdb else with_channels(opened(room_url, clock), **ROBOT, **GATEWAY)
    tell_buyers(told, *(order_id(n) for n in range(1, 6)))
    outside, start = Outside(), threading.Barrier(2)

    def process(room: Room) -> None:
        start.wait(10)
        dispatch_notices(room, sender=outside)

    threads = [threading.Thread(target=process, args=(room,)) for room in (told, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if other is not told:
        other.close()
    assert sorted(outside.keys) == sorted(told.database.read("SELECT notice_id FROM notices")["notice_id"])


def test_buyers_are_told_what_they_want_to_hear_in_their_language(told: Room, clock: Clock) -> None:
    now = clock.at
    said = [
        ConsentSaid(order_id(1), "*", allowed=False, at=now),
        ConsentSaid(order_id(2), "*", allowed=False, at=now),
        ConsentSaid(order_id(2), "late", allowed=True, at=now, language="en"),
        ConsentSaid(order_id(3), "*", allowed=False, at=now - timedelta(days=1)),
        ConsentSaid(order_id(3), "*", allowed=True, at=now),
        ConsentSaid("nowhere", "*", allowed=True, at=now),
    ]
    receipt = record_consents(told, said, actor="test")
    assert (receipt.read, receipt.applied, receipt.repeated, len(receipt.refused)) == (6, 4, 1, 1)
    outside = Outside()
    tell_buyers(told, order_id(1), order_id(2), order_id(3))
    dispatch_notices(told, sender=outside)
    assert states(told) == ["suppressed", "sent", "sent"]
    by_order = {message.order["order_id"]: message for _, _, message in outside.accepted}
    assert (by_order[order_id(2)].title, by_order[order_id(3)].title) == ("Your parcel may be late", "包裹可能晚到")
    assert by_order[order_id(3)].order | {"created_at": ""} == {
        "kind": "late", "platform": "douyin", "order_no": "N00000003", "order_id": order_id(3), "language": "zh",
        "via": ["app", "service", "sms"], "fields": {"order_no": "N00000003", "carrier": "FAST"}, "created_at": "",
        "attempt": 1,
    }  # fmt: skip
    told_anyway = tell_buyers(
        told, order_id(1), kind=NoticeKind.LOT_CARE, order_no="N1", goods="OIL", lot="OIL-1"
    )  # fmt: skip
    dispatch_notices(told, sender=outside)
    assert (told_anyway, outside.accepted[-1][2].title) == (1, "请先不要食用"), "safety asks nobody"


def test_the_gateway_reports_and_refuses_for_good(told: Room, clock: Clock) -> None:
    no = Answer(Outcome.REFUSED, "The gateway answered 422: unknown order")
    outside = Outside(lambda message, now: no if message.order["order_id"] == order_id(2) else Answer(Outcome.SENT))
    tell_buyers(told, order_id(1), order_id(2), order_id(3))
    dispatch_notices(told, sender=outside)
    assert states(told) == ["sent", "given_up", "sent"]
    one, two, three = told.database.read("SELECT notice_id FROM notices ORDER BY cause")["notice_id"]
    reports = [
        NoticeReport(one, "undelivered", clock.at, "the phone is off"),
        NoticeReport(one, "delivered", clock.at),
        NoticeReport(three, "delivered", clock.at),
        NoticeReport(three, "undelivered", clock.at),
        NoticeReport(two, "delivered", clock.at),
        NoticeReport("none", "delivered", clock.at),
    ]
    receipt = record_notice_reports(told, reports, actor="api:gateway")
    assert (receipt.applied, receipt.repeated, len(receipt.refused)) == (3, 1, 2)
    assert states(told) == ["delivered", "given_up", "delivered"]
    assert record_notice_reports(told, reports[:2], actor="api:gateway").repeated == 2
    assert verify(told.database).clean
