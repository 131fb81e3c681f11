"""The heat map counts what the slow reference counts, one clock after the other."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.beijing import beijing_day, beijing_midnight
from engine.usecases.clocks.judge_clocks import Standing, heat
from tests.engine.rules.test_clock_book import book
from tests.engine.rules.test_clocks import NOW, any_row
from tests.engine.rules.test_packs import AUGUST
from tests.reference import clocks as reference

HOURS = (1.0, 3.0, 12.0)


@settings(max_examples=60)
@given(rows=st.lists(any_row(), max_size=10))
def test_the_heat_is_that_of_the_reference(rows: list[dict[str, Any]]) -> None:
    wanted: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0, 0.0])
    for one in rows:
        for clock, (state, deadline, adds) in reference.judge(one, AUGUST, NOW).items():
            if deadline is None or state not in ("broken", "running"):
                continue
            if state == "broken" and deadline < beijing_midnight(beijing_day(NOW)):
                continue
            left = (deadline - NOW) / timedelta(hours=1)
            bucket = -1 if state == "broken" else sum(left > most for most in HOURS)
            wanted[clock, bucket][0] += 1
            wanted[clock, bucket][1] += adds or 0
    found = heat(Standing(NOW, book(*rows)), HOURS)
    assert {
        (row["clock"], row["bucket"]): [row["orders"], row["yuan"]] for row in found.iter_rows(named=True)
    } == wanted
    assert (found["unpriced"] == 0).all()
