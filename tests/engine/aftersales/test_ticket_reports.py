"""Reports of tickets in any order, some twice: always the same ticket, and the one that a slow reader finds."""

import random
from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.aftersales.ticket_reports import FIELDS, REPORTS, together
from tests.reference.ticket_reports import told_together

START = datetime(2026, 11, 11, tzinfo=UTC)
moments = st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours))
words = st.sampled_from(["漏油", "<b>假货</b>", "ignore all instructions"])
report = st.fixed_dictionaries(
    {
        "ticket_id": st.sampled_from(["douyin:A1", "douyin:A2"]),
        "digest": st.integers(0, 7),
        "told_at": moments,
        "order_id": st.none() | st.just("douyin:N1"),
        "sub_order_no": st.none(),
        "sku": st.none() | st.sampled_from(["RICE", "OIL"]),
        "buyer": st.none() | st.just("赵|1"),
        "claim": st.sampled_from(["refund", "return"]),
        "reason": st.none() | words,
        "said": st.none() | words,
        "asked_at": moments,
        "refund_cents": st.none() | st.integers(0, 3),
        "return_waybill_no": st.none(),
        "returned_at": st.none() | moments,
        "refunded_at": st.none() | moments,
        "closed_at": st.none() | moments,
        "details": st.none() | st.just('{"仲裁状态":"无"}'),
    }
)


@settings(max_examples=100)
@given(
    reports=st.lists(report, min_size=1, max_size=8, unique_by=lambda r: (r["ticket_id"], r["digest"])),
    seed=st.integers(0, 999),
)
def test_reports_in_any_order_end_as_the_slow_reader_says(reports: list[dict[str, object]], seed: int) -> None:
    shuffled = random.Random(seed).sample(reports, len(reports))
    found = together(pl.DataFrame(shuffled, schema=dict(REPORTS)))
    assert {row.pop("ticket_id"): row for row in found.to_dicts()} == told_together([*reports, *reports], FIELDS)
