"""When an answer is owed: against a clock that is watched minute by minute, and rules that refuse nonsense."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.aftersales.answer_times import STRETCHES, Answer, AnswerTimes, NightClock, due, due_from
from engine.aftersales.ticket_moves import MOVES, stretches
from engine.errors import BadSetting
from engine.model.frames import INSTANT
from engine.model.tickets import Claim, Complaint
from engine.usecases.service.answer_times import answer_times_from, load_answer_times
from tests.reference.answer_times import owed_at

START = datetime(2026, 11, 11, tzinfo=UTC)
SHIPPED: dict[str, Any] = {
    "night": {"from": "23:00", "until": "08:00"},
    "queue": {"soon_minutes": 60.0},
    "answer": [{"hours": 12.0, "night": "stands", "why": "x"}],
}


def times(hours: float, night: NightClock, night_from: int = 1380, night_until: int = 480) -> AnswerTimes:
    rule = Answer(hours=hours, night=night, why="because")
    return AnswerTimes(night_from=night_from, night_until=night_until, soon_minutes=60.0, answers=(rule,))


def owed(stretches: list[tuple[datetime, datetime | None]], rules: AnswerTimes) -> datetime | None:
    rows = [("t", since, until, None, "refund") for since, until in stretches]
    [(_, at)] = due(pl.DataFrame(rows, schema=dict(STRETCHES), orient="row"), rules).rows()
    return at  # type: ignore[no-any-return]


minutes = st.integers(0, 5000)


@settings(max_examples=150)
@given(
    gaps=st.lists(st.integers(1, 900), min_size=1, max_size=6),
    first=minutes,
    allowance=st.integers(6, 2000),
    night=st.tuples(st.integers(0, 1439), st.integers(0, 1439)).filter(lambda n: n[0] != n[1]),
    runs=st.booleans(),
    ends=st.booleans(),
)
def test_an_answer_is_owed_when_a_watched_clock_says_so(
    gaps: list[int], first: int, allowance: int, night: tuple[int, int], runs: bool, ends: bool
) -> None:
    edges = [START + timedelta(minutes=first)]
    for gap in gaps:
        edges.append(edges[-1] + timedelta(minutes=gap))
    stretches: list[tuple[datetime, datetime | None]] = list(zip(edges[::2], edges[1::2], strict=False))
    if len(edges) % 2 or not ends:
        stretches.append((edges[-1] + timedelta(minutes=5), None))
    rules = times(allowance / 60, NightClock.RUNS if runs else NightClock.STANDS, *night)
    assert owed(stretches, rules) == owed_at(stretches, allowance, None if runs else night)


def test_asked_in_the_evening_and_owed_in_the_morning() -> None:
    at = datetime(2026, 11, 11, 14, 30, tzinfo=UTC)  # 22:30 in Beijing: half an hour counts, then the night
    frame = pl.DataFrame({"at": [at]}, schema={"at": INSTANT})
    found = frame.select(
        due_from(pl.col("at"), pl.lit(4 * 3_600_000_000), pl.lit("stands"), times(4, NightClock.STANDS))
    ).item()
    assert found == datetime(2026, 11, 12, 3, 30, tzinfo=UTC)


def test_the_first_rule_that_fits_counts_and_the_shipped_ones_give_every_ticket_one() -> None:
    shipped = load_answer_times()
    assert shipped.rule_of(Complaint.QUALITY, Claim.REFUND).night is NightClock.RUNS
    assert shipped.rule_of(None, Claim.WORDS).hours == 24
    assert shipped.rules().height == (len(Complaint) + 1) * len(Claim)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"night": {"from": "25:00", "until": "08:00"}}, "a time of day is written like 23:00"),
        ({"night": {"from": "08:00", "until": "08:00"}}, "never ends"),
        ({"answer": [{"hours": 0.0, "night": "stands", "why": "x"}]}, "must lie between"),
        ({"answer": [{"hours": 1.0, "night": "sleeps", "why": "x"}]}, "must be one of stands, runs"),
        ({"answer": [{"hours": 1.0, "night": "runs", "why": " "}]}, "why is empty"),
        ({"answer": [{"hours": 1.0, "night": "runs", "why": "x", "claim": "words"}]}, "fits all"),
        ({"answer": [{"hours": 1.0, "night": "runs", "why": "x", "desk": "words"}]}, "nobody reads: desk"),
    ],
)
def test_a_wrong_rule_stops_the_start_with_one_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        answer_times_from(SHIPPED | change)


def test_a_ticket_answered_and_opened_again_counts_from_then_and_the_wait_for_the_buyer_does_not_count() -> None:
    tickets = pl.DataFrame(
        [("t", START, None, "refund")],
        schema={"ticket_id": pl.String, "asked_at": INSTANT, "complaint": pl.String, "claim": pl.String},
        orient="row",
    )

    def hour(n: int) -> datetime:
        return START + timedelta(hours=n)

    def told(*moves: tuple[str, int]) -> list[tuple[datetime, datetime | None]]:
        rows = [("t", version, state, hour(n)) for version, (state, n) in enumerate(moves, start=1)]
        found = stretches(tickets, pl.DataFrame(rows, schema=dict(MOVES), orient="row"))
        return found.select("since", "until").rows()  # type: ignore[return-value]

    assert told() == [(START, None)]
    assert told(("waiting", 1), ("open", 3)) == [(START, hour(1)), (hour(3), None)]
    assert told(("resolved", 1)) == [(START, None)], "by when it was owed stays to be seen"
    assert told(("waiting", 1), ("resolved", 2), ("open", 9), ("waiting", 10)) == [(hour(9), hour(10))]
