"""A platform's notice, entered by somebody, moves the clocks at once, on both databases, and comes back out."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.errors import BadRequest, NotAllowed, NotFound
from engine.model.clocks import Clock as PromiseClock
from engine.rules.pack_parts import ExemptEnd
from engine.rules.penalties import Clause
from engine.usecases.clocks.alarm_policy import load_alarm_policy
from engine.usecases.clocks.enter_exemption import ExemptionNotice, enter_exemption
from engine.usecases.clocks.judge_clocks import heat, judge_clocks
from engine.usecases.clocks.withdraw_exemption import withdraw_exemption
from engine.usecases.room.room import Room
from tests.worlds import OPENING, Clock, order, take

HENAN = {"province": "河南省", "city": "郑州市", "district": "金水区", "street": "文化路街道", "detail": "******"}
FROM = datetime.fromisoformat("2026-11-13T00:00:00+08:00")


def notice(**changes: Any) -> ExemptionNotice:
    plain = {
        "platform": "douyin", "notice": "公告 2026-11-12：河南暴雪", "regions": ["41"], "since": FROM,
        "until": FROM + timedelta(days=4),
    }  # fmt: skip
    return ExemptionNotice(**(plain | changes))


@pytest.fixture
def snowed_in(room: Room, clock: Clock) -> Room:
    """Two orders for Henan and one for Shanghai, all paid on 11 November and late since the 13th."""
    clock.at = OPENING + timedelta(minutes=30)
    take(room, order(1, address=HENAN), order(2, address=HENAN), order(3))
    clock.at = OPENING + timedelta(hours=60)
    return room


def states(room: Room) -> list[str]:
    """Of the clock `late`, sorted."""
    found = judge_clocks(room.database, room.platforms, now=room.now()).book.at(PromiseClock.LATE, now=room.now())
    return sorted(found["state"].cast(str).to_list())


def test_a_notice_takes_the_orders_of_its_region_out_until_it_is_withdrawn(snowed_in: Room) -> None:
    assert states(snowed_in) == ["broken"] * 3
    name = enter_exemption(snowed_in, notice(), actor="lin")
    assert states(snowed_in) == ["broken", "exempt", "exempt"]
    judged = judge_clocks(snowed_in.database, snowed_in.platforms, now=snowed_in.now())
    heated = heat(judged, load_alarm_policy().t_minus_hours)
    assert heated.filter(clock="late")["orders"].sum() <= 1
    withdraw_exemption(snowed_in, name, reason="the platform took it back", actor="wu")
    assert states(snowed_in) == ["broken"] * 3
    told = snowed_in.database.read("SELECT actor, verb, subject FROM audit ORDER BY version DESC LIMIT 2").rows()
    assert told == [("wu", "withdraw_exemption", name), ("lin", "enter_exemption", "douyin")]
    with pytest.raises(NotAllowed, match="is withdrawn already"):
        withdraw_exemption(snowed_in, name, reason="again", actor="wu")
    enter_exemption(snowed_in, notice(), actor="lin")
    assert states(snowed_in).count("exempt") == 2, "entered anew, it stands anew"


@pytest.mark.parametrize(
    ("changes", "exempt"),
    [
        ({"regions": [""]}, 3),
        ({"regions": ["41", "31"]}, 3),
        ({"regions": ["4101"], "place": ExemptEnd.DESTINATION}, 2),
        ({"place": ExemptEnd.ORIGIN}, 0),
        ({"since": FROM + timedelta(days=1)}, 0),
        ({"clauses": [Clause.TRACE_TIMEOUT]}, 0),
    ],
)
def test_it_holds_for_its_region_its_end_its_days_and_its_clauses(
    snowed_in: Room, changes: dict[str, Any], exempt: int
) -> None:
    enter_exemption(snowed_in, notice(**changes), actor="lin")
    assert states(snowed_in).count("exempt") == exempt


def test_what_makes_no_sense_is_refused_with_a_sentence(room: Room) -> None:
    for changes, sentence in (
        ({"notice": " "}, "where the notice can be read"),
        ({"regions": []}, "names no region"),
        ({"regions": ["河南"]}, "'河南' is no region"),
        ({"until": FROM}, "ends before it begins"),
        ({"until": FROM + timedelta(days=121)}, "more than 120 days"),
        ({"since": FROM.replace(tzinfo=None)}, "without a zone"),
        ({"clauses": []}, "takes no clause out"),
    ):
        with pytest.raises(BadRequest, match=sentence):
            notice(**changes)
    with pytest.raises(NotFound, match="No rules of kuaishou are known"):
        enter_exemption(room, notice(platform="kuaishou"), actor="lin")
    name = enter_exemption(room, notice(), actor="lin")
    with pytest.raises(NotAllowed, match=f"stands already, as {name}"):
        enter_exemption(room, notice(regions=["41", "41"]), actor="wu")
    with pytest.raises(NotFound, match="There is no notice 'x0'"):
        withdraw_exemption(room, "x0", reason="none", actor="wu")
    with pytest.raises(BadRequest, match="Say why"):
        withdraw_exemption(room, name, reason=" ", actor="wu")
