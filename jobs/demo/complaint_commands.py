"""`python -m jobs complaints`: the demo's unhappy buyers for a room elsewhere."""

import argparse
import math
import sys
from contextlib import closing

import orjson
from tqdm import tqdm

from engine.clock import utc_now
from engine.errors import BadSetting
from engine.intake.brand import load_brand
from engine.intake.regions import load_gazetteer
from engine.settings import DATA, load_settings
from jobs.demo.buyers import places
from jobs.demo.complaint_load import invented, send_tickets
from jobs.demo.demo_show import plan_show
from jobs.demo.events import run_prefix
from jobs.demo.show_script import show_script
from jobs.demo.sinks import HttpSink
from jobs.stopping import stopped_by_signals


def add_complaints(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known."""
    parser = commands.add_parser("complaints", help="post tickets of a demo show's buyers into a running room")
    parser.add_argument("--to", metavar="URL", required=True, help="a running room")
    parser.add_argument("--run", help="that of `demo --run`: then the room knows the orders")
    parser.add_argument("--orders", type=int, help="good orders of that show (default: [demo] orders)")
    parser.add_argument("--show-minutes", type=float, help="length of that show (default: [demo] minutes)")
    parser.add_argument("--seed", type=int, help="seed of that show (default: [demo] seed)")
    parser.add_argument("--bad", metavar="SKU", help="half the buyers of this SKU complain of its quality")
    parser.add_argument("--minutes", type=float, default=10.0, help="press the days after into so many (default: 10)")
    parser.add_argument("--full-speed", action="store_true", help="as fast as the room acknowledges")
    parser.add_argument("--key", help="the caller's key, where the room asks for one")
    parser.set_defaults(command=post_complaints)


def post_complaints(asked: argparse.Namespace) -> int:
    """Post tickets; one line of JSON at the end."""
    if not 0 < asked.minutes < math.inf:
        raise BadSetting("Complaints need more than zero minutes.")
    settings, now, stop = load_settings(), utc_now(), stopped_by_signals()
    brand, seed = load_brand(DATA / "brand"), settings.demo.seed if asked.seed is None else asked.seed
    script = show_script(brand)
    show = plan_show(
        script,
        places(load_gazetteer(DATA / "geo" / "regions.csv").regions),
        orders=settings.demo.orders if asked.orders is None else asked.orders,
        minutes=(settings.demo.minutes if asked.show_minutes is None else asked.show_minutes) or script.minutes,
        seed=seed,
    )
    written = invented(brand, show, run=asked.run or run_prefix(now), seed=seed, now=now, bad=asked.bad)
    with (
        closing(HttpSink(asked.to, source="complaints", stop=stop, key=asked.key)) as sink,
        tqdm(total=len(written), unit=" tickets", smoothing=0.1, mininterval=0.5, file=sys.stderr) as bar,
    ):
        totals = send_tickets(
            written,
            sink,
            clock=utc_now,
            minutes=None if asked.full_speed else asked.minutes,
            stop=stop,
            report=bar.update,
        )
    print(orjson.dumps(totals.as_dict()).decode())
    return 0 if totals.finished else 130
