"""How the outbox behaves: limits, digests, quiet hours, giving up, and what a person may do."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.channels.outgoing import Answer, Outcome, Outgoing
from engine.errors import NotAllowed
from engine.usecases.notices.dispatch_notices import dispatch_notices
from engine.usecases.notices.review_notices import give_up_notices, retry_notices, send_test
from engine.usecases.room.room import Room
from engine.usecases.room.verify import verify
from tests import vendors
from tests.outbox import GATEWAY, ROBOT, Outside, alert, down, states, tell_buyers, with_channels, write
from tests.worlds import Clock, order, order_id, small_room, take

MORNING = datetime(2026, 11, 12, 2, 0, tzinfo=UTC)  # 10:00 in Beijing


@pytest.fixture
def told(duckdb_url: str, clock: Clock) -> Iterator[Room]:
    """Three orders, a robot and a gateway, at ten in the morning."""
    room = small_room(duckdb_url, clock)
    take(room, *(order(n, ("GRAIN", 1)) for n in range(1, 4)))
    clock.at = MORNING
    yield with_channels(room, **ROBOT, **GATEWAY)
    room.close()


def run(room: Room, outside: Outside, clock: Clock, *, minutes: float, step: float = 10) -> None:
    """The job's runs of so many minutes, one every `step` seconds."""
    until = clock.at + timedelta(minutes=minutes)
    while clock.at < until:
        dispatch_notices(room, sender=outside)
        clock.pass_(seconds=step)


def test_nobody_is_told_where_there_is_no_channel(told: Room) -> None:
    room = with_channels(told)
    assert (write(room, alert("a")), tell_buyers(room, order_id(1))) == (0, 0)
    with_channels(room, **ROBOT, listen="ops=carrier:lisi")
    assert write(room, alert("b")) == 0, "the robot serves another desk"


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


def test_what_cannot_be_sent_while_it_is_good_is_given_up_for_all_to_see(told: Room, clock: Clock) -> None:
    outside = Outside(down)
    write(told, alert("a"))
    run(told, outside, clock, minutes=13 * 60, step=1800)
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


def test_over_the_real_network_a_lost_answer_is_sent_again_and_the_gateway_knows_the_key(
    told: Room, clock: Clock
) -> None:
    with vendors.running(vendors.gateway) as gateway, vendors.running(vendors.wecom) as robot:
        with_channels(
            told,
            wecom=f"ops={robot.url}/cgi-bin/webhook/send?key=wecom-key-1",
            gateway=f"{gateway.url}/notices",
            gateway_key=vendors.GATEWAY_KEY,
        )
        gateway.script = [vendors.half]
        robot.script = [vendors.answers({"errcode": 45009, "errmsg": "freq out of limit"}), vendors.answers({}, 500)]
        tell_buyers(told, order_id(1), order_id(2))
        write(told, alert("a"))
        for _ in range(12):
            dispatch_notices(told)
            clock.pass_(seconds=30)
        assert states(told) == ["sent", "sent", "sent"]
        keys = [headers["Idempotency-Key"] for _, headers, _ in gateway.got]
        assert (len(keys), len(set(keys)), len(robot.got)) == (3, 2, 3)
        kept = told.database.read("SELECT detail FROM notice_events WHERE state = 'sent'")["detail"]
        assert "The gateway has it already." in kept
    assert verify(told.database).clean
