"""Carriers from outside: parcels of an invented shop, or of a file, pushed into a running room over HTTP.

At full speed everything that carriers would have told up to now goes out as fast as the room acknowledges: a load test
of the doors that providers use. Else pushes go out when they are due.
"""

import csv
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import md5
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import orjson

from engine.clock import BEIJING, type_now
from engine.errors import BadFile
from engine.intake.brand import Brand
from engine.intake.regions import Gazetteer
from jobs.demo.buyers import Places, places
from jobs.demo.carrier_incidents import incidents
from jobs.demo.carrier_network import Consignment, Network
from jobs.demo.carrier_post import CarrierSink, Post, pushes_of
from jobs.demo.carrier_pushes import Push
from jobs.demo.carrier_world import World
from jobs.demo.floor_hands import waybill_no
from jobs.demo.player import TICK
from jobs.demo.sinks import HttpSink

COLUMNS = ("waybill_no", "carrier", "node", "adcode", "layer", "labelled_at")
LABELLED_DAYS = 5.0
"""Invented parcels were labelled over so many days: some are signed for, some wait for their van."""
SHARES = {"ZTO": 0.55, "YTO": 0.2, "JD": 0.15, "SF": 0.1}
CANONICAL_AT_ONCE = 500
"""Events of the room's own format in one request."""
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class LoadTotals:
    """What was sent and acknowledged. `finished` is False when it was stopped before the end."""

    parcels: int = 0
    requests: int = 0
    events: int = 0
    seconds: float = 0.0
    events_per_second: float = 0.0
    finished: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For one line of JSON."""
        return asdict(self)


class HttpCarriers:
    """The doors of providers at a room behind HTTP. `salt`: what kuaidi100's pushes are signed with."""

    def __init__(self, sink: HttpSink, *, salt: str = "") -> None:
        self._sink = sink
        self._salt = salt

    def kuaidi100(self, form: str) -> int:
        """POST /api/tracking/kuaidi100."""
        sign = md5(f"{form}{self._salt}".encode(), usedforsecurity=False).hexdigest().upper()
        fields = {"param": form, **({"sign": sign} if self._salt else {})}
        self._sink.send("/api/tracking/kuaidi100", urlencode(fields).encode(), kind=FORM)
        return len(orjson.loads(form)["lastResult"]["data"])

    def canonical(self, events: list[dict[str, object]]) -> int:
        """POST /api/tracking/canonical."""
        return int(self._sink.send("/api/tracking/canonical", orjson.dumps({"events": events}))["read"])


def brand_network(brand: Brand, gazetteer: Gazetteer) -> Network:
    """The network as the brand's files have it."""
    return Network(brand.nodes, brand.carriers, brand.tariffs, gazetteer.regions)


def adcodes_of(where: Places, gazetteer: Gazetteer) -> list[str]:
    """The adcode of each of the places."""
    names = ["province", "city", "district"]
    known = gazetteer.regions.filter(level="district").unique(names)
    return where.frame.join(known, on=names, how="left", maintain_order="left")["adcode"].to_list()


def invented(
    brand: Brand, gazetteer: Gazetteer, *, parcels: int, seed: int, run: str, now: datetime
) -> list[Consignment]:
    """Parcels of warehouses and depots to everywhere, labelled in the days before `now`."""
    rng = np.random.default_rng(seed)
    where = places(gazetteer.regions)
    districts = where.frame.join(
        gazetteer.regions, on=["province", "city", "district"], how="left", maintain_order="left"
    )
    adcodes = districts["adcode"].to_list()
    nodes = brand.nodes.filter(brand.nodes["kind"].is_in(["warehouse", "depot"]))["node"].to_list()
    to = rng.choice(len(where.weight), size=parcels, p=where.weight)
    out = rng.integers(0, len(nodes), parcels)
    by = rng.choice(len(SHARES), size=parcels, p=list(SHARES.values()))
    ago = np.sort(rng.uniform(0.0, LABELLED_DAYS, parcels))[::-1]
    names = list(SHARES)
    return [
        Consignment(
            waybill_no(f"{run}-{n}", names[by[n]]), names[by[n]], nodes[out[n]], adcodes[to[n]], "ambient",
            now - timedelta(days=float(ago[n])),
        )
        for n in range(parcels)
    ]  # fmt: skip


def from_file(path: Path) -> list[Consignment]:
    """Parcels of a CSV file with the columns of COLUMNS; times without a zone are Beijing time. Raises BadFile."""
    found = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise BadFile(f"{path} has no column {', '.join(missing)}.")
            for number, row in enumerate(rows, start=2):
                try:
                    at = datetime.fromisoformat(row["labelled_at"])
                except ValueError:
                    raise BadFile(f"{path} line {number}: labelled_at is {row['labelled_at']!r}, no time.") from None
                at = at if at.tzinfo else at.replace(tzinfo=BEIJING)
                waybill, carrier, node, adcode, layer = (row[name] for name in COLUMNS[:5])
                found.append(Consignment(waybill, carrier, node, adcode, layer, at))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read: {error}") from error
    return found


def send_all(
    world: World,
    parcels: Sequence[Consignment],
    sink: CarrierSink,
    *,
    now: datetime,
    lanes: int,
    stop: threading.Event,
    report: Callable[[int], None],
) -> LoadTotals:
    """Everything told up to `now`, over several connections at once; `report` is given the events of each answer."""
    post, totals, began = Post(), LoadTotals(parcels=len(parcels)), time.monotonic()
    for parcel in parcels:
        post.add(world.journey(parcel))
    requests = _requests(pushes_of(post.due(now)))

    def send(request: tuple[str, Any]) -> int:
        if stop.is_set():
            return 0
        form, events = request
        return sink.kuaidi100(form) if form else sink.canonical(events)

    with ThreadPoolExecutor(lanes, thread_name_prefix="carriers") as pool:
        while not stop.is_set() and (batch := list(islice(requests, 64 * lanes))):
            for events in pool.map(send, batch):
                totals.requests += 1
                totals.events += events
                report(events)
    return _ended(totals, began, stop)


def send_when_due(
    world: World,
    parcels: Sequence[Consignment],
    sink: CarrierSink,
    *,
    clock: type_now,
    seconds: float,
    stop: threading.Event,
    report: Callable[[int], None],
) -> LoadTotals:
    """Pushes at their time, from now on for `seconds`."""
    post, totals, began = Post(), LoadTotals(parcels=len(parcels)), time.monotonic()
    for parcel in parcels:
        post.add(world.journey(parcel), after=clock())
    while not stop.is_set() and time.monotonic() - began < seconds:
        for form, events in _requests(pushes_of(post.due(clock()))):
            sent = sink.kuaidi100(form) if form else sink.canonical(events)
            totals.requests += 1
            totals.events += sent
            report(sent)
        stop.wait(TICK)
    return _ended(totals, began, stop)


def _requests(pushes: Iterator[Push]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A form, or events of the room's own format, as many as one request may well bring."""
    waiting: list[dict[str, Any]] = []
    for push in pushes:
        if push.form is not None:
            yield push.form, []
            continue
        waiting.extend(push.events)
        if len(waiting) >= CANONICAL_AT_ONCE:
            yield "", waiting
            waiting = []
    if waiting:
        yield "", waiting


def _ended(totals: LoadTotals, began: float, stop: threading.Event) -> LoadTotals:
    totals.seconds = round(time.monotonic() - began, 3)
    totals.events_per_second = round(totals.events / max(totals.seconds, 1e-9), 1)
    totals.finished = not stop.is_set()
    return totals


def load_world(brand: Brand, gazetteer: Gazetteer, *, seed: int, epoch: datetime) -> World:
    """The world of the brand's files."""
    return World(brand_network(brand, gazetteer), seed, incidents(seed, epoch))
