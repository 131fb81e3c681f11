"""The engine's command line: import orders, allocate problem files, write waves, replay rules, verify, run benchmarks.

Exit codes: 0 done, 1 an invariant is broken, 2 refused, with a sentence on stderr.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path

import orjson
from tqdm import tqdm

from engine.allocation.change_words import FORMS, read_change
from engine.bench import BENCHES, run_bench
from engine.clock import utc_now
from engine.errors import WarRoomError
from engine.evaluate_commands import add_evaluations
from engine.floor.policy import WaveReason
from engine.model.tracking import Provider
from engine.report_commands import add_report
from engine.settings import load_settings
from engine.store.database import Database
from engine.usecases.allocation.allocate_files import allocate_files
from engine.usecases.allocation.what_if_files import what_if_files
from engine.usecases.clocks.replay_rules import replay_rules
from engine.usecases.floor.floor_policy import load_floor_policy
from engine.usecases.floor.wave_files import write_wave_files
from engine.usecases.forecasts.weather_files import Told, take_weather_file
from engine.usecases.orders.import_files import ImportTotals, import_file, send_file
from engine.usecases.riders.plan_routes import plan_node_routes
from engine.usecases.riders.route_files import write_route_files
from engine.usecases.riders.route_policy import load_route_policy
from engine.usecases.road.track_files import track_file
from engine.usecases.room.room import open_room
from engine.usecases.room.rules import load_rules
from engine.usecases.room.verify import verify
from engine.usecases.service.ticket_files import COUNTS, send_ticket_file, ticket_file


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except WarRoomError as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of our output (head, less) has left; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    take = commands.add_parser("import", help="take in order files (Douyin export CSV/XLSX, canonical CSV/JSON)")
    take.add_argument("files", nargs="+", type=Path, metavar="FILE")
    take.add_argument("--to", metavar="URL", help="send to a running room, e.g. http://127.0.0.1:8501")
    take.add_argument("--key", default=os.environ.get("WARROOM_KEY"), help="key for --to, if the room asks for one")
    take.add_argument("--json", action="store_true", help="print one JSON object of totals as the last line")
    take.set_defaults(run=_import)

    tickets = commands.add_parser("tickets", help="take in after-sales files (Douyin export CSV/XLSX, canonical JSON)")
    tickets.add_argument("files", nargs="+", type=Path, metavar="FILE")
    tickets.add_argument("--to", metavar="URL", help="send to a running room, e.g. http://127.0.0.1:8501")
    tickets.add_argument("--key", default=os.environ.get("WARROOM_KEY"), help="key for --to, if the room asks for one")
    tickets.add_argument("--json", action="store_true", help="print one JSON object of totals as the last line")
    tickets.set_defaults(run=_tickets)

    scans = commands.add_parser("track", help="take in tracking files (JSON, JSON Lines)")
    scans.add_argument("file", type=Path, metavar="FILE")
    scans.add_argument("--provider", choices=tuple(Provider), default=Provider.CANONICAL, type=Provider)
    scans.set_defaults(run=_track)

    for told, said in (("weather", "hours of weather"), ("hubs", "how carriers' hubs stand")):
        sky = commands.add_parser(told, help=f"take in {said} (CSV)")
        sky.add_argument("file", type=Path, metavar="FILE.csv")
        sky.set_defaults(run=_weather, told=Told(told))

    plan = commands.add_parser("allocate", help="plan an allocation problem directory")
    plan.add_argument("directory", type=Path, metavar="DIR")
    plan.add_argument("--out", type=Path, required=True, metavar="DIR2")
    plan.add_argument(
        "--change",
        action="append",
        default=[],
        metavar="CHANGE",
        help="what if this were different; may be given several times: " + "; ".join(FORMS.values()).replace("%", "%%"),
    )
    plan.set_defaults(run=_allocate)

    waves = commands.add_parser("waves", help="write a node's waves as CSV: pick lists and pack lists")
    waves.add_argument("--node", required=True, metavar="N")
    waves.add_argument("--out", type=Path, required=True, metavar="DIR")
    waves.add_argument("--release", choices=("none", "due", "all"), default="none", help="release open work first")
    waves.set_defaults(run=_waves)

    replay = commands.add_parser("replay-rules", help="judge past orders by another version of a platform's rules")
    replay.add_argument("--platform", required=True, metavar="P")
    replay.add_argument("--version", required=True, metavar="A")
    replay.add_argument("--against", required=True, metavar="B")
    replay.add_argument("--from", dest="first_day", type=date.fromisoformat, metavar="DAY", help="paid from (Beijing)")
    replay.add_argument("--to", dest="last_day", type=date.fromisoformat, metavar="DAY", help="paid until, inclusive")
    replay.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    replay.set_defaults(run=_replay_rules)

    routes = commands.add_parser("routes", help="plan the routes of a node's own riders and clerks; write them as CSV")
    routes.add_argument("--node", required=True, metavar="N")
    routes.add_argument("--out", type=Path, required=True, metavar="DIR")
    routes.set_defaults(run=_routes)

    check = commands.add_parser("verify", help="check every invariant; JSON; exit 1 on a breach")
    check.set_defaults(run=_verify)

    bench = commands.add_parser("bench", help="measure, with a peer or a limit in the same run")
    bench.add_argument("name", choices=sorted(BENCHES))
    bench.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    bench.add_argument("--orders", type=int, default=None, help="size; the default is the published one")
    bench.add_argument("--olist", type=Path, default=None, metavar="DIR", help="Olist's orders, for delay")
    bench.add_argument("--labelled", type=Path, default=None, metavar="FILE", help="text, label: for tickets")
    bench.add_argument("--unlabelled", type=Path, default=None, metavar="FILE", help="text or review: for tickets")
    bench.add_argument("--real", type=Path, default=None, metavar="FILE", help="reviews with flags: for batches")
    bench.set_defaults(run=_bench)

    add_report(commands)
    add_evaluations(commands)
    return parser


def _import(options: argparse.Namespace) -> int:
    totals, faults = ImportTotals(), []
    room = None if options.to else open_room(load_settings())
    try:
        for path in options.files:
            with tqdm(desc=path.name, unit=" rows", disable=None, file=sys.stderr) as bar:
                if room is None:
                    totals, more = send_file(path, options.to, totals, key=options.key, progress=bar.update)
                else:
                    totals, more = import_file(room, path, totals, actor="import", progress=bar.update)
            faults.extend(more)
    finally:
        if room is not None:
            room.close()
    for fault in faults[:20]:
        print(f"row {fault['row']}: {fault['fault']}", file=sys.stderr)
    if options.json:
        print(orjson.dumps(asdict(totals)).decode())
    else:
        print(
            f"{totals.read} rows read: {totals.accepted} accepted, {totals.duplicate} duplicate, "
            f"{totals.unpaid} unpaid, {totals.quarantined} quarantined."
        )
        print(f"Orders: {totals.reserved} reserved, {totals.held} held for review, {totals.sold_out} sold out.")
    return 0


def _tickets(options: argparse.Namespace) -> int:
    totals: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
    room = None if options.to else open_room(load_settings())
    try:
        for path in options.files:
            with tqdm(desc=path.name, unit=" tickets", disable=None, file=sys.stderr) as bar:
                if room is None:
                    told, faults = send_ticket_file(path, options.to, key=options.key, progress=bar.update)
                else:
                    told, faults = ticket_file(room, path, actor="import", progress=bar.update)
            totals.update(told)
            for fault in faults[:20]:
                print(f"{path.name} row {fault['row']}: {fault['fault']}", file=sys.stderr)
    finally:
        if room is not None:
            room.close()
    if options.json:
        print(orjson.dumps({"files": len(options.files), **totals}).decode())
    else:
        print(
            f"{totals['read']} tickets read: {totals['recorded']} recorded, {totals['repeated']} repeated, "
            f"{totals['refused']} refused (they wait in the quarantine)."
        )
    return 0


def _track(options: argparse.Namespace) -> int:
    with (
        closing(open_room(load_settings())) as room,
        tqdm(desc=options.file.name, unit=" events", disable=None, file=sys.stderr) as bar,
    ):
        totals, faults = track_file(room, options.file, options.provider, actor="track", progress=bar.update)
    for fault in faults[:20]:
        print(fault["fault"], file=sys.stderr)
    print(orjson.dumps(totals).decode())
    return 0


def _weather(options: argparse.Namespace) -> int:
    with (
        closing(open_room(load_settings())) as room,
        tqdm(desc=options.file.name, unit=" rows", disable=None, file=sys.stderr) as bar,
    ):
        receipt = take_weather_file(room, options.file, options.told, actor="command line", progress=bar.update)
    for fault in receipt.faults[:20]:
        print(f"row {fault['row']}: {fault['fault']}", file=sys.stderr)
    print(orjson.dumps({k: v for k, v in receipt.as_dict().items() if k != "faults"}).decode())
    return 0


def _allocate(options: argparse.Namespace) -> int:
    if options.change:
        changes = [read_change(text) for text in options.change]
        summary = what_if_files(
            options.directory,
            options.out,
            changes,
            now=utc_now(),
            say=lambda step: print(step.value, file=sys.stderr, flush=True),
        )
    else:
        summary = allocate_files(options.directory, options.out, now=utc_now())
    print(orjson.dumps(summary, default=str).decode())
    return 0


def _waves(options: argparse.Namespace) -> int:
    policy = load_floor_policy()
    with closing(open_room(load_settings())) as room:
        reasons = {"none": (), "due": policy.wave.automatic, "all": tuple(WaveReason)}[options.release]
        written = write_wave_files(
            room.database, options.node, options.out, policy, release=reasons, actor="command line"
        )
    print(orjson.dumps(written).decode())
    return 0


def _replay_rules(options: argparse.Namespace) -> int:
    rules = load_rules()
    with closing(Database.open(load_settings().database_url)) as database:
        found = replay_rules(
            database,
            rules.platforms,
            platform=options.platform,
            version=options.version,
            against=options.against,
            now=utc_now(),
            first_day=options.first_day,
            last_day=options.last_day,
        )
    print(orjson.dumps(found.as_dict(), option=0 if options.json else orjson.OPT_INDENT_2).decode())
    return 0


def _routes(options: argparse.Namespace) -> int:
    with closing(open_room(load_settings())) as room:
        planned = plan_node_routes(room.database, options.node, load_route_policy(), actor="command line")
        written = write_route_files(room.database, options.node, options.out)
    print(orjson.dumps({**asdict(planned), "files": written}).decode())
    return 0


def _verify(_: argparse.Namespace) -> int:
    database = Database.open(load_settings().database_url)
    try:
        report = verify(database)
    finally:
        database.close()
    print(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2).decode())
    return 0 if report.clean else 1


def _bench(options: argparse.Namespace) -> int:
    result = run_bench(
        options.name,
        orders=options.orders,
        olist=options.olist,
        labelled=options.labelled,
        unlabelled=options.unlabelled,
        real=options.real,
        say=lambda line: print(line, file=sys.stderr),
    )
    print(orjson.dumps(result, option=0 if options.json else orjson.OPT_INDENT_2).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
