"""Benchmarks: each measures beside a peer or a limit in the same run, and fails if what it measured was wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.bench.allocate import run_allocate
from engine.bench.batches import run_batches
from engine.bench.boards import run_boards
from engine.bench.delay import run_delay
from engine.bench.freshness import run_freshness
from engine.bench.intake import run_intake
from engine.bench.lookahead import run_lookahead
from engine.bench.mass_delay import run_mass_delay
from engine.bench.measure import BenchFailed
from engine.bench.show import run_show
from engine.bench.ticket_intake import run_ticket_intake
from engine.bench.tickets import run_tickets
from engine.bench.tipping import run_tipping
from engine.bench.track import run_track
from engine.bench.tracking import run_tracking
from engine.bench.upload import run_upload

BENCHES: dict[str, str] = {
    "batches": "bad lots and other causes in simulated weeks, beside ten in 24 h, EARS C2, CUSUM, an oracle",
    "allocate": "eight families of problems from files to files, beside today's rule and HiGHS on the whole LP",
    "delay": "rolling origins on real orders (--olist DIR), beside the lane history and a default of scikit-learn",
    "freshness": "from a scan over HTTP to its alert on an open page, in real Chromium, with twenty viewers",
    "intake": "a pulse of orders through the engine and over HTTP, beside DuckDB alone and a Valkey script",
    "lookahead": "a seeded show batch by batch: rule, myopic, looking ahead, all-knowing; a room's batch timed",
    "mass_delay": "planted causes of delays of many parcels, beside the value that most late parcels have",
    "show": "100,000 orders at full speed with viewers watching, then a hundred viewers",
    "tickets": "complaints named as people did (--labelled FILE, --unlabelled FILE), beside TF-IDF and a linear SVM",
    "tickets-intake": "after-sales tickets by file and one by one, beside the plain append; their pages at scale",
    "tipping": "from the ticket that tips a bad lot to its incident, at 50 tickets a second over 100,000 stored",
    "track": "the buyer's page under 32 clients, beside /healthz of the same room",
    "boards": "each board's reading with a million orders stored, beside the plainest scan",
    "tracking": "a million scans in and reflected in stages, beside the plain append of the same rows",
    "upload": "uploads of waybills as proposed, at once, with the pick-up; beside the one that knows every fate",
}
ORDERS = {
    "allocate": 100_000,
    "batches": 6,
    "freshness": 4_000,
    "intake": 100_000,
    "boards": 1_000_000,
    "lookahead": 10_000,
    "delay": 1_000_000,
    "mass_delay": 8_000,
    "show": 100_000,
    "tickets": 100_000,
    "tracking": 1_000_000,
    "tickets-intake": 100_000,
    "tipping": 100_000,
    "upload": 100_000,
    "track": 200_000,
}
"""The published sizes."""


def run_bench(
    name: str,
    *,
    orders: int | None,
    say: Callable[[str], None],
    olist: Path | None = None,
    labelled: Path | None = None,
    unlabelled: Path | None = None,
    real: Path | None = None,
) -> dict[str, Any]:
    """Run one of BENCHES with so many orders (None: the published size); `say` is told how it goes.

    "delay" measures on the orders in `olist`; its size is that of the timed scoring. "tickets" learns and is
    judged on `labelled` (text, label), may learn from `unlabelled`; its size is the texts of the timed labelling.
    "batches" simulates so many worlds of each kind; with `real`, it plants bursts into that stream too.

    Returns figures ready for JSON. Raises BenchFailed where something measured was wrong or a peer cannot run.
    """
    size = ORDERS[name] if orders is None else orders
    if name == "delay":
        if olist is None:
            raise BenchFailed("The delay benchmark needs --olist DIR: a directory with Olist's orders.")
        return run_delay(olist=olist, parcels=size, say=say)
    if name == "batches":
        return run_batches(worlds=size, say=say, real=real)
    if name == "tickets":
        if labelled is None:
            raise BenchFailed("The tickets benchmark needs --labelled FILE: a CSV of text and label.")
        return run_tickets(labelled=labelled, unlabelled=unlabelled, texts=size, say=say)
    if name == "allocate":
        return run_allocate(orders=size, say=say)
    if name == "boards":
        return run_boards(orders=size, say=say)
    if name == "freshness":
        return run_freshness(orders=size, say=say)
    if name == "lookahead":
        return run_lookahead(orders=size, say=say)
    if name == "mass_delay":
        return run_mass_delay(parcels=size, say=say)
    if name == "show":
        return run_show(orders=size, say=say)
    if name == "tickets-intake":
        return run_ticket_intake(tickets=size, say=say)
    if name == "tipping":
        return run_tipping(tickets=size, say=say)
    if name == "tracking":
        return run_tracking(events=size, say=say)
    if name == "upload":
        return run_upload(orders=size, say=say)
    if name == "track":
        return run_track(orders=size, say=say)
    return run_intake(orders=size, say=say)
