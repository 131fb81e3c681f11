"""The jobs from the command line: list, run one, serve without boards, play a show or carriers into a room."""

import argparse
import logging
import math
import sys
import threading
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from tqdm import tqdm

from engine.clock import utc_now
from engine.errors import WarRoomError
from engine.intake.brand import load_brand
from engine.intake.regions import load_gazetteer
from engine.model.datum import Datum
from engine.settings import DATA, load_settings
from engine.usecases.room.room import open_room
from jobs.demo.buyers import places
from jobs.demo.carrier_commands import add_commands
from jobs.demo.complaint_commands import add_complaints
from jobs.demo.demo_show import plan_show
from jobs.demo.events import run_prefix
from jobs.demo.lade import lade_day
from jobs.demo.play_riders import replay_riders
from jobs.demo.player import Pace, Totals, play
from jobs.demo.replay import Replay, replay_file
from jobs.demo.show_plan import ShowPlan
from jobs.demo.show_script import show_script
from jobs.demo.sinks import HttpSink, RoomSink
from jobs.registry import job_named, jobs
from jobs.runner import Outcome, Runner
from jobs.runtime import start_room, stop_room
from jobs.stopping import stopped_by_signals

FULL_SPEED = Pace(speed=math.inf, batch=1000, lanes=4)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 refused (one sentence on stderr), 130 interrupted."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    try:
        return int(asked.command(asked))
    except WarRoomError as refusal:
        print(refusal, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m jobs", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    listed = commands.add_parser("list", help="name, cadence and purpose of every job")
    listed.set_defaults(command=_list)
    run = commands.add_parser("run", help="run one job now, in this process")
    run.add_argument("name")
    run.set_defaults(command=_run)
    serve = commands.add_parser("serve", help="run the jobs without boards (beside others on PostgreSQL)")
    serve.set_defaults(command=_serve)
    demo = commands.add_parser("demo", help="play the demo show, or an order file, into a room")
    demo.add_argument("--to", metavar="URL", help="a running room; without it, the database is opened here")
    demo.add_argument("--orders", type=int, help="good orders of the demo show (default: [demo] orders)")
    demo.add_argument("--minutes", type=float, help="length of the play (default: [demo] minutes)")
    demo.add_argument("--full-speed", action="store_true", help="as fast as the room acknowledges")
    demo.add_argument("--file", type=Path, help="replay this order file instead of the demo show")
    demo.add_argument("--seed", type=int, help="seed of the demo show (default: [demo] seed)")
    demo.add_argument("--key", help="the caller's key, where the room asks for one")
    demo.add_argument("--run", help="prefix of the order numbers; the same one again sends duplicates")
    demo.set_defaults(command=_demo)
    add_commands(commands)
    add_complaints(commands)
    riders = commands.add_parser("riders", help="replay recorded couriers (LaDe pick-ups) as of now into a room")
    riders.add_argument("--lade", type=Path, required=True, metavar="FILE", help="pick-ups of LaDe as Parquet")
    riders.add_argument("--minutes", type=float, default=30.0, help="the recorded day is pressed into so many minutes")
    riders.add_argument(
        "--datum", choices=[str(d) for d in Datum], default="wgs84", help="datum of the file's positions"
    )
    riders.add_argument("--to", metavar="URL", help="a running room; without it, the database is opened here")
    riders.add_argument("--key", help="the caller's key, where the room asks for one")
    riders.set_defaults(command=_riders)
    return parser


def _list(asked: argparse.Namespace) -> int:
    for job in jobs(load_settings().jobs):
        print(f"{job.name:10} every {job.seconds:g} s   {job.purpose_en} / {job.purpose_zh}")
    return 0


def _run(asked: argparse.Namespace) -> int:
    settings = load_settings()
    job = job_named(asked.name, settings.jobs)
    with closing(open_room(settings)) as room:
        runner = Runner(room, strict=True)
        result = runner.run(job)
        runner.flush()
    print(orjson.dumps({"job": job.name, "outcome": result.outcome, "detail": result.detail}).decode())
    return 0 if result.outcome in (Outcome.DONE, Outcome.IDLE) else 1


def _serve(asked: argparse.Namespace) -> int:
    stop = stopped_by_signals()
    room = start_room()
    try:
        print(f"Jobs run on: {room.database.where}. Stop with Ctrl-C.", flush=True)
        stop.wait()
    finally:
        stop_room()
    return 0


def _demo(asked: argparse.Namespace) -> int:
    settings = load_settings()
    if asked.minutes is not None and asked.minutes < 0:
        raise SystemExit("--minutes must not be below zero")
    minutes = settings.demo.minutes if asked.minutes is None else asked.minutes
    full_speed = asked.full_speed or minutes == 0
    show: ShowPlan | Replay
    if asked.file is not None:
        show = replay_file(asked.file, minutes=minutes or 60.0)
    else:
        script = show_script(load_brand(DATA / "brand"))
        show = plan_show(
            script,
            places(load_gazetteer(DATA / "geo" / "regions.csv").regions),
            orders=settings.demo.orders if asked.orders is None else asked.orders,
            minutes=minutes or script.minutes,
            seed=settings.demo.seed if asked.seed is None else asked.seed,
        )
    stop = stopped_by_signals()
    now = utc_now()
    # At full speed the whole show lies behind us: its last order is paid now, none in the future.
    start = now - timedelta(seconds=show.seconds) if full_speed else now
    totals = _deliver(asked, show, start, stop, pace=FULL_SPEED if full_speed else Pace())
    print(orjson.dumps(totals.as_dict()).decode())
    return 0 if totals.finished else 130


def _riders(asked: argparse.Namespace) -> int:
    events = lade_day(asked.lade, Datum(asked.datum))
    if not 0 < asked.minutes <= 24 * 60:
        raise SystemExit("--minutes must lie between 0 and 1440")
    speed = max(events[-1][0] / (60 * asked.minutes), 1e-9)
    stop, start = stopped_by_signals(), utc_now()
    if asked.to:
        with closing(HttpSink(asked.to, source="lade", stop=stop, key=asked.key)) as sink:
            sent = replay_riders(events, sink, start=start, speed=speed, stop=stop)
    else:
        with closing(open_room(load_settings())) as room:
            sent = replay_riders(events, RoomSink(room, source="lade"), start=start, speed=speed, stop=stop)
    print(orjson.dumps(sent).decode())
    return 130 if stop.is_set() else 0


def _deliver(
    asked: argparse.Namespace,
    show: ShowPlan | Replay,
    start: datetime,
    stop: threading.Event,
    *,
    pace: Pace,
) -> Totals:
    run = asked.run if asked.run is not None else run_prefix(utc_now())
    source = f"demo-{run}"
    with tqdm(total=show.rows, unit=" rows", smoothing=0.1, mininterval=0.5, file=sys.stderr) as bar:

        def report(totals: Totals) -> None:
            bar.set_postfix(held=totals.receipts["held"], sold_out=totals.receipts["sold_out"], refresh=False)
            bar.update(totals.receipts["read"] - bar.n)

        if asked.to:
            with closing(HttpSink(asked.to, source=source, stop=stop, key=asked.key)) as sink:
                return play(show.events(), sink, start=start, run=run, stop=stop, pace=pace, report=report)
        with closing(open_room(load_settings())) as room:
            return play(
                show.events(),
                RoomSink(room, source=source),
                start=start,
                run=run,
                stop=stop,
                pace=pace,
                report=report,
            )


if __name__ == "__main__":
    sys.exit(main())
