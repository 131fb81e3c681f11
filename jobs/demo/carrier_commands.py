"""`python -m jobs carriers` and `python -m jobs history`: the demo's carriers for a room elsewhere, and for a model."""

import argparse
import math
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import orjson
from tqdm import tqdm

from engine.clock import utc_now
from engine.errors import BadSetting
from engine.intake.brand import load_brand
from engine.intake.regions import load_gazetteer
from engine.settings import DATA, load_settings
from jobs.demo.carrier_load import LABELLED_DAYS, HttpCarriers, from_file, invented, load_world, send_all, send_when_due
from jobs.demo.delay_history import delay_history
from jobs.demo.events import run_prefix
from jobs.demo.sinks import HttpSink
from jobs.stopping import stopped_by_signals

LANES = 4


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make both commands known."""
    carriers = commands.add_parser("carriers", help="push scans of parcels into a running room, over HTTP")
    carriers.add_argument("--to", metavar="URL", required=True, help="a running room")
    carriers.add_argument("--parcels", type=int, default=2000, help="parcels to invent (default: 2000)")
    carriers.add_argument("--file", type=Path, help="parcels of this CSV instead: waybill_no, carrier, node, ...")
    carriers.add_argument("--minutes", type=float, default=10.0, help="how long to push what is due (default: 10)")
    carriers.add_argument("--full-speed", action="store_true", help="all that was told up to now, at once")
    carriers.add_argument("--seed", type=int, help="seed of the carriers' world (default: [demo] seed)")
    carriers.add_argument("--run", help="makes the waybill numbers; the same one again sends repeats")
    carriers.add_argument("--key", help="the caller's key, where the room asks for one")
    carriers.add_argument("--salt", default="", help="what pushes of kuaidi100 are signed with, where the room asks")
    carriers.set_defaults(command=push_scans)
    history = commands.add_parser("history", help="write a delivery history, and the true chances beside it")
    history.add_argument("--parcels", type=int, required=True)
    history.add_argument("--days", type=int, default=120, help="over so many days (default: 120)")
    history.add_argument("--seed", type=int, help="seed of the carriers' world (default: [demo] seed)")
    history.add_argument("--out", type=Path, required=True, metavar="FILE.parquet")
    history.set_defaults(command=write_history)


def push_scans(asked: argparse.Namespace) -> int:
    """Push scans; one line of JSON at the end."""
    if asked.parcels < 1 or not 0 < asked.minutes < math.inf:
        raise BadSetting("Carriers need at least one parcel and more than zero minutes.")
    settings, now, stop = load_settings(), utc_now(), stopped_by_signals()
    seed = settings.demo.seed if asked.seed is None else asked.seed
    brand, gazetteer = load_brand(DATA / "brand"), load_gazetteer(DATA / "geo" / "regions.csv")
    world = load_world(brand, gazetteer, seed=seed, epoch=now - timedelta(days=LABELLED_DAYS))
    run = asked.run or run_prefix(now)
    parcels = (
        from_file(asked.file)
        if asked.file is not None
        else invented(brand, gazetteer, parcels=asked.parcels, seed=seed, run=run, now=now)
    )
    with (
        closing(HttpSink(asked.to, source="carriers", stop=stop, key=asked.key)) as sink,
        tqdm(unit=" events", smoothing=0.1, mininterval=0.5, file=sys.stderr) as bar,
    ):
        doors = HttpCarriers(sink, salt=asked.salt)
        if asked.full_speed:
            totals = send_all(world, parcels, doors, now=now, lanes=LANES, stop=stop, report=bar.update)
        else:
            totals = send_when_due(
                world, parcels, doors, clock=utc_now, seconds=60 * asked.minutes, stop=stop, report=bar.update
            )
    print(orjson.dumps(totals.as_dict()).decode())
    return 0 if totals.finished else 130


def write_history(asked: argparse.Namespace) -> int:
    """Write FILE.parquet and FILE.oracle.parquet; one line of JSON at the end."""
    if asked.parcels < 1 or asked.days < 1:
        raise BadSetting("A history needs at least one parcel and one day.")
    seed = load_settings().demo.seed if asked.seed is None else asked.seed
    history, oracle = delay_history(
        load_brand(DATA / "brand"),
        load_gazetteer(DATA / "geo" / "regions.csv"),
        parcels=asked.parcels,
        days=asked.days,
        seed=seed,
        until=utc_now(),
    )
    beside = asked.out.with_suffix(".oracle.parquet")
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    history.write_parquet(asked.out)
    oracle.write_parquet(beside)
    late = (history["delivered_at"] > history["promised_at"]).mean()
    told = {"parcels": history.height, "late_share": late, "history": str(asked.out), "oracle": str(beside)}
    print(orjson.dumps(told).decode())
    return 0
