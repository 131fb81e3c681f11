"""How long a parcel waits for its next scan is learned from gaps, also from those that have not ended yet."""

from datetime import UTC, datetime, timedelta

import numpy as np
import orjson
import polars as pl
import pytest

from engine.logistics.scan_gaps import GAPS, After, gaps_from, learn_gaps, usual_gaps
from engine.usecases.forecasts.delay_policy import load_delay_policy

POLICY = load_delay_policy()
NOW = datetime(2026, 11, 25, tzinfo=UTC)
MOMENT = int(NOW.timestamp() * 1000)
HOUR = 3_600_000


def gaps(count: int = 4_000) -> pl.DataFrame:
    """Of the last ten days: a quick carrier scans after 6 h, a slow one after 24 h, give or take a third."""
    draw = np.random.default_rng(2)
    slow = draw.random(count) < 0.5
    at = np.sort(draw.uniform(0, 240, count))
    ends = at + np.where(slow, 24.0, 6.0) * draw.lognormal(0, 0.33, count)
    first = NOW - timedelta(hours=240)
    rows = [
        (("QUICK", "SLOW")[int(late)], "41", After.HUB.value, first + timedelta(hours=float(begins)),
         first + timedelta(hours=float(end)) if end < 240 else None)
        for late, begins, end in zip(slow, at, ends, strict=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(GAPS), orient="row")


def test_the_chance_of_no_scan_is_the_carriers_own_and_waiting_is_news() -> None:
    learned = learn_gaps(gaps(), MOMENT, POLICY)
    kept = gaps_from(orjson.loads(orjson.dumps(learned.as_content())))
    asked = pl.DataFrame({"carrier": ["QUICK", "SLOW", "SLOW", "SLOW"], "area": ["41"] * 4})
    since = np.full(4, MOMENT) - np.array([0, 0, 20, 0]) * HOUR
    deadline = since + np.array([24, 24, 24, 48]) * HOUR
    chance = kept.chance(After.HUB, asked, since, deadline, MOMENT)
    assert chance[0] < 0.02
    assert chance[1] == pytest.approx(0.5, abs=0.06), "half of the slow one's gaps are longer than their median"
    assert chance[2] == pytest.approx(0.5 / 0.71, abs=0.1), "of those that waited 20 h, seven in ten wait 24"
    assert chance[3] < 0.06
    assert kept.chance(After.HUB, asked, since, since - HOUR, MOMENT).tolist() == [1.0] * 4


def test_what_nobody_has_seen_is_as_usual() -> None:
    learned, usual = learn_gaps(gaps(), MOMENT, POLICY), usual_gaps(POLICY)
    asked = pl.DataFrame({"carrier": ["NEW"], "area": ["65"]})
    since, deadline = np.array([MOMENT]), np.array([MOMENT + 24 * HOUR])
    for after, expected in ((After.PICK_UP, usual), (After.HUB, learned)):
        told = learned.chance(after, asked, since, deadline, MOMENT)
        assert 0 < told[0] < 1
        assert told == pytest.approx(expected.chance(after, asked, since, deadline, MOMENT))
