"""`jobs complaints`: tickets of a run's own orders, each once, at the pace asked for; with a bad SKU they burst."""

import threading
from collections import Counter
from datetime import UTC, datetime

import orjson
import pytest

from engine.errors import NotFound
from engine.intake.brand import load_brand
from engine.intake.canonical_tickets import parse_canonical_tickets
from engine.intake.regions import load_gazetteer
from engine.intake.ticket_files import rows_as_table
from engine.settings import DATA
from jobs.demo.buyers import places
from jobs.demo.complaint_load import AT_ONCE, invented, send_tickets
from jobs.demo.demo_show import plan_show
from jobs.demo.show_script import show_script
from jobs.demo.unhappy_buyers import Written

NOW = datetime(2026, 11, 13, 7, 40, tzinfo=UTC)
RUN = "r7-"


@pytest.fixture(scope="module")
def told() -> dict[str | None, list[Written]]:
    brand = load_brand(DATA / "brand")
    known = places(load_gazetteer(DATA / "geo" / "regions.csv").regions)
    show = plan_show(show_script(brand), known, orders=1500, minutes=10, seed=3)
    with pytest.raises(NotFound, match="There is no SKU 'MOON'"):
        invented(brand, show, run=RUN, seed=3, now=NOW, bad="MOON")
    return {bad: invented(brand, show, run=RUN, seed=3, now=NOW, bad=bad) for bad in (None, "OIL-SUN-5")}


class Sink:
    """A room's door that only writes down what came."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, object]]] = []

    def send(self, path: str, payload: bytes) -> dict[str, int]:
        assert path == "/api/tickets"
        self.batches.append(orjson.loads(payload)["tickets"])
        return {"recorded": len(self.batches[-1])}


def test_they_are_tickets_of_that_run_that_intake_takes_and_a_bad_sku_stands_out(
    told: dict[str | None, list[Written]],
) -> None:
    usual, burst = told[None], told["OIL-SUN-5"]
    numbers = [one.ticket["ticket_no"] for one in usual]
    assert len(set(numbers)) == len(numbers) > 60
    assert all(one.ticket["order_no"].startswith(RUN) for one in usual)
    parsed = parse_canonical_tickets(rows_as_table([one.ticket for one in usual if one.at <= NOW]), now=NOW)
    assert parsed.faults.is_empty() and parsed.rows.height == sum(one.at <= NOW for one in usual)
    by_sku = Counter(one.ticket["sku"] for one in burst) - Counter(one.ticket["sku"] for one in usual)
    assert by_sku.keys() == {"OIL-SUN-5"} and by_sku.total() > 100


@pytest.mark.parametrize("minutes", [None, 0.002])
def test_every_ticket_goes_out_once_and_none_is_asked_for_in_the_future(
    told: dict[str | None, list[Written]], minutes: float | None
) -> None:
    sink, seen = Sink(), [0]

    def report(sent: int) -> None:
        seen[0] += sent

    written = told["OIL-SUN-5"]
    stop = threading.Event()
    totals = send_tickets(written, sink, clock=lambda: NOW, minutes=minutes, stop=stop, report=report)  # type: ignore[arg-type]
    sent = [ticket for batch in sink.batches for ticket in batch]
    assert sorted(str(one["ticket_no"]) for one in sent) == sorted(one.ticket["ticket_no"] for one in written)
    assert totals.tickets == totals.recorded == seen[0] == len(written) and totals.finished
    assert max(map(len, sink.batches)) <= AT_ONCE or minutes is not None
    assert max(str(one["asked_at"]) for one in sent) <= NOW.isoformat()


def test_stopped_buyers_send_nothing_more(told: dict[str | None, list[Written]]) -> None:
    sink, stop = Sink(), threading.Event()
    stop.set()
    for minutes in (None, 1.0):
        totals = send_tickets(
            told[None],
            sink,
            clock=lambda: NOW,
            minutes=minutes,
            stop=stop,
            report=lambda _: None,  # type: ignore[arg-type]
        )
        assert (totals.tickets, totals.finished, sink.batches) == (0, False, [])
