"""Buyers from outside: what a demo show's buyers would write, posted into a running room over HTTP.

The orders are those of `python -m jobs demo` with the same run, seed and number: the room finds each ticket's order,
also when it comes later. The days after a show are pressed into minutes, or sent as fast as the room acknowledges.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from engine.clock import type_now
from engine.errors import NotFound
from engine.intake.brand import Brand
from jobs.demo.carrier_chance import uniform
from jobs.demo.events import OrderSeen, numbered
from jobs.demo.planted_causes import Cause, CauseKind
from jobs.demo.player import TICK
from jobs.demo.show_plan import ShowPlan
from jobs.demo.sinks import HttpSink
from jobs.demo.unhappy_buyers import Delivery, Goods, Written, written_about

AT_ONCE, LANES = 100, 4
"""Tickets in one request, and requests under way at once, at full speed."""
ON_THE_WAY, AT_HOME = timedelta(days=2), timedelta(days=2)
"""The parcels came to their doors in the two days before now, and were as long on their way."""
BAD_SHARE = 0.5
"""Of the buyers of the bad SKU complain."""


@dataclass(slots=True)
class TicketTotals:
    """What was sent and acknowledged. `finished` is False when it was stopped before the end."""

    tickets: int = 0
    requests: int = 0
    recorded: int = 0
    seconds: float = 0.0
    tickets_per_second: float = 0.0
    finished: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For one line of JSON."""
        return asdict(self)


def invented(
    brand: Brand, show: ShowPlan, *, run: str, seed: int, now: datetime, bad: str | None = None
) -> list[Written]:
    """Everything written about the show's orders, the earliest first. `bad`: a SKU that is bad. Raises NotFound."""
    known = {row["sku"]: row for row in brand.skus.iter_rows(named=True)}
    if bad is not None and bad not in known:
        raise NotFound(f"There is no SKU {bad!r} in this brand.")
    parts: dict[str, list[str]] = {}
    for kit, sku in brand.kits.sort("kit", "sku").select("kit", "sku").iter_rows():
        parts.setdefault(kit, []).append(sku)
    causes = () if bad is None else (Cause(CauseKind.BAD_LOT, BAD_SHARE, now - timedelta(days=30), sku=bad),)
    found: list[Written] = []
    for event in show.events():
        if not isinstance(event, OrderSeen) or event.rows[0].fields.get("status") != "paid":
            continue
        fields = event.rows[0].fields
        number = numbered(str(fields["order_no"]), run=run)
        named = [sku for line in fields["lines"] for sku in parts.get(line["sku"], [line["sku"]])]
        goods = tuple(
            Goods(sku, "", known[sku]["category"], known[sku]["packaging"], known[sku]["price_cents"] or 0)
            for sku in dict.fromkeys(named)
            if sku in known
        )
        if goods:
            door = now - uniform(seed, number, "door") * AT_HOME
            buyer = f"{fields['buyer']['name']}{fields['buyer']['phone']}"
            delivery = Delivery(number, show.script.platform, number, buyer, "", "", goods, door - ON_THE_WAY, door)
            found += written_about(delivery, causes, seed=seed)
    once = {one.ticket["ticket_no"]: one for one in found}  # an order that the show sends twice is written about once
    return sorted(once.values(), key=lambda one: one.at)


def send_tickets(
    written: Sequence[Written],
    sink: HttpSink,
    *,
    clock: type_now,
    minutes: float | None,
    stop: threading.Event,
    report: Callable[[int], None],
) -> TicketTotals:
    """Send all, spread evenly over `minutes`; None: as fast as the room acknowledges."""
    totals, began = TicketTotals(), time.monotonic()
    if minutes is None:
        with ThreadPoolExecutor(LANES, thread_name_prefix="buyers") as lanes:
            batches = [written[first : first + AT_ONCE] for first in range(0, len(written), AT_ONCE)]
            for tickets, recorded in lanes.map(lambda batch: _send(batch, sink, clock(), stop), batches):
                _count(totals, tickets, recorded, report)
    else:
        for some in _paced(written, 60.0 * minutes, began, stop):
            _count(totals, *_send(some, sink, clock(), stop), report)
    totals.seconds = round(time.monotonic() - began, 3)
    totals.tickets_per_second = round(totals.tickets / max(totals.seconds, 1e-9), 1)
    totals.finished = not stop.is_set()
    return totals


def _paced(
    written: Sequence[Written], seconds: float, began: float, stop: threading.Event
) -> Iterator[Sequence[Written]]:
    sent = 0
    while sent < len(written) and not stop.is_set():
        due = min(int(len(written) * (time.monotonic() - began) / seconds) + 1, len(written))
        if due > sent:
            yield written[sent:due]
            sent = due
        stop.wait(TICK)


def _send(some: Sequence[Written], sink: HttpSink, now: datetime, stop: threading.Event) -> tuple[int, int]:
    """(sent, recorded). A ticket is asked for when it is sent, if its time has not come yet."""
    if stop.is_set():
        return 0, 0
    latest = now.replace(microsecond=0)
    tickets = [{**one.ticket, "asked_at": min(one.at, latest).isoformat()} for one in some]
    return len(tickets), int(sink.send("/api/tickets", orjson.dumps({"tickets": tickets}))["recorded"])


def _count(totals: TicketTotals, tickets: int, recorded: int, report: Callable[[int], None]) -> None:
    totals.tickets += tickets
    totals.requests += bool(tickets)
    totals.recorded += recorded
    report(tickets)
