"""The outbox on both databases: with its cause or not at all, at least once, one sender at a time, with manners."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from engine.channels.outgoing import Answer, Outcome, Outgoing
from engine.errors import NotAllowed
from engine.model.notices import NoticeKind
from engine.usecases.dispatch_notices import dispatch_notices
from engine.usecases.record_consents import ConsentSaid, record_consents
from engine.usecases.record_notice_reports import NoticeReport, record_notice_reports
from engine.usecases.review_notices import give_up_notices, retry_notices, send_test
from engine.usecases.room import Room
from engine.usecases.verify import verify
from engine.usecases.write_notice import write_staff_notice
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


def test_nobody_is_told_where_there_is_no_channel(room: Room) -> None:
    assert (write(room, alert("a")), tell_buyers(room, order_id(1))) == (0, 0)
    with_channels(room, **ROBOT, listen="ops=carrier:lisi")
    assert write(room, alert("b")) == 0, "the robot serves another desk"


def test_a_channel_that_is_down_for_an_hour_loses_nothing_and_tells_nothing_twice(told: Room, clock: Clock) -> None:
    up_at = clock.at + timedelta(hours=1)
    outside = Outside(lambda message, now: down(message, now) if now < up_at else Answer(Outcome.SENT))
    for number in range(30):
        write(told, alert(f"a{number:02}"))
    tell_buyers(told, *(order_id(n) for n in range(1, 6)))
    run(told, outside, clock, minutes=60, step=30)
    assert set(states(told)) <= {"queued", "failed"}
    tried = [at for at, channel, _ in outside.tried if channel == "ops"]
    assert len(tried) < 20, "a dead channel is asked ever more rarely"
    run(told, outside, clock, minutes=20)
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


def test_nothing_waits_for_the_network_inside_a_transaction(told: Room) -> None:
    write(told, alert("a"))
    committed = threading.Event()

    def judge(message: Outgoing, now: datetime) -> Answer:
        def commit() -> None:
            write(told, alert("b"))
            committed.set()

        thread = threading.Thread(target=commit)
        thread.start()
        thread.join(10)
        return Answer(Outcome.SENT)

    dispatch_notices(told, sender=Outside(judge))
    assert committed.is_set()


def test_a_robot_gets_no_more_than_it_takes_and_a_crowd_becomes_a_digest(told: Room, clock: Clock) -> None:
    outside = Outside()
    for number in range(4):
        write(told, alert(f"one{number}"))
    dispatch_notices(told, sender=outside)
    assert len(outside.accepted) == 4, "few are told one by one"
    write(told, *(alert(f"many{number:03}") for number in range(90)), alert("urgent", critical=True))
    run(told, outside, clock, minutes=1, step=5)
    first, *digests = [message for _, _, message in outside.accepted[4:]]
    assert "urgent" in first.text, "what is critical goes first, and alone"
    assert [message.title for message in digests] == ["40 条通知合并", "40 条通知合并", "10 条通知合并"]
    assert sum(message.text.count("many") for message in digests) == 90
    write(told, *(alert(f"hot{number:03}", critical=True) for number in range(30)))
    run(told, outside, clock, minutes=3, step=5)
    assert set(states(told)) == {"sent"}
    moments = [at for at, _, _ in outside.tried]
    for at in moments:
        assert sum(at <= other < at + timedelta(seconds=60) for other in moments) <= 20
    assert verify(told.database).clean


def test_a_throttled_channel_rests_for_as_long_as_it_says(told: Room, clock: Clock) -> None:
    busy = [Answer(Outcome.THROTTLED, "The robot answered 45009: freq", 600.0)]
    outside = Outside(lambda message, now: busy.pop() if busy else Answer(Outcome.SENT))
    write(told, alert("a"))
    run(told, outside, clock, minutes=9)
    assert (len(outside.tried), states(told)) == (1, ["failed"])
    run(told, outside, clock, minutes=2)
    assert (len(outside.tried), states(told)) == (2, ["sent"])


def test_at_night_staff_hear_what_is_critical_and_buyers_nothing(told: Room, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 12, 18, 0, tzinfo=UTC)  # 02:00 in Beijing
    outside = Outside()
    write(told, alert("a"), alert("b", critical=True))
    tell_buyers(told, order_id(1))
    run(told, outside, clock, minutes=5)
    assert ["b：" in text for text in outside.texts] == [True]
    assert states(told) == ["deferred", "sent", "deferred"]
    clock.at = datetime(2026, 11, 12, 23, 31, tzinfo=UTC)  # 07:31: staff's morning, not yet the buyers'
    run(told, outside, clock, minutes=1)
    assert states(told) == ["sent", "sent", "deferred"]
    clock.at = datetime(2026, 11, 13, 0, 31, tzinfo=UTC)
    run(told, outside, clock, minutes=1)
    assert states(told) == ["sent", "sent", "sent"]


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


def test_what_cannot_be_sent_while_it_is_good_is_given_up_for_all_to_see(told: Room, clock: Clock) -> None:
    outside = Outside(down)
    write(told, alert("a"))
    run(told, outside, clock, minutes=12 * 60 + 20, step=600)
    assert states(told) == ["given_up"]
    [detail] = told.database.read("SELECT detail FROM notice_events WHERE state = 'given_up'")["detail"]
    assert detail == "Too late: it could not be sent while it was good."
    with pytest.raises(NotAllowed, match="given_up cannot be stopped"):
        give_up_notices(told, _ids(told), actor="li", reason="x")
    retry_notices(told, _ids(told), actor="li")
    outside.judge = lambda message, now: Answer(Outcome.SENT)
    dispatch_notices(told, sender=outside)
    assert states(told) == ["sent"], "its channel, which was resting, is asked at once as well"
    assert verify(told.database).clean


def test_a_person_may_stop_a_notice_with_a_reason(told: Room) -> None:
    write(told, alert("a"))
    with pytest.raises(NotAllowed, match="Say why"):
        give_up_notices(told, _ids(told), actor="li", reason=" ")
    give_up_notices(told, _ids(told), actor="li", reason="told by phone")
    outside = Outside()
    dispatch_notices(told, sender=outside)
    assert (states(told), outside.tried) == (["given_up"], [])


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


def test_a_channel_that_is_no_longer_named_keeps_its_notices_until_it_is_again(told: Room, clock: Clock) -> None:
    write(told, alert("a"))
    with_channels(told)
    outside = Outside()
    run(told, outside, clock, minutes=2)
    assert (states(told), outside.tried) == (["queued"], [])
    with_channels(told, **ROBOT)
    run(told, outside, clock, minutes=1)
    assert states(told) == ["sent"]


def test_a_test_message_reaches_one_channel(told: Room) -> None:
    send_test(told, "ops", actor="lin")
    outside = Outside()
    dispatch_notices(told, sender=outside)
    assert "lin" in outside.texts[0]
    with pytest.raises(NotAllowed, match="reaches buyers"):
        send_test(told, "gateway", actor="lin")


def _ids(room: Room) -> list[str]:
    return room.database.read("SELECT notice_id FROM notices")["notice_id"].to_list()
