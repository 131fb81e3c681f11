"""The commands under `python -m engine evaluate`: what a model would have said, on a file of the past."""

import argparse
from pathlib import Path
from typing import Any

import orjson

from engine.usecases.forecasts.delay_policy import load_delay_policy
from engine.usecases.forecasts.evaluate_delay import evaluate_delay
from engine.usecases.incidents.batch_policy import load_batch_rules
from engine.usecases.incidents.evaluate_batches import evaluate_batches
from engine.usecases.service.evaluate_tickets import evaluate_tickets
from engine.usecases.service.ticket_language import load_ticket_policy


def add_evaluations(commands: Any) -> None:
    """Add `evaluate` with its models to the command line's commands."""
    judge = commands.add_parser("evaluate", help="let a model say what it would have said, on a file of the past")
    models = judge.add_subparsers(required=True, metavar="MODEL")
    delay = models.add_parser("delay", help="the chance of each parcel to be late (by calendar day)")
    delay.add_argument("history", type=Path, metavar="HISTORY.parquet")
    delay.add_argument("--train-before", required=True, metavar="TS", help="score what was ordered from then on")
    delay.add_argument("--out", type=Path, required=True, metavar="FILE", help="Parquet: parcel_id, probability")
    delay.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    delay.set_defaults(run=_evaluate_delay)
    batches = models.add_parser("batches", help="the incidents that complaints would have raised, and when")
    batches.add_argument("events", type=Path, metavar="EVENTS.parquet", help="time, kind; sku, lot, node, ..., buyer")
    batches.add_argument("exposure", type=Path, metavar="EXPOSURE.parquet", help="day, units; sku, lot, node, ...")
    batches.add_argument("--out", type=Path, required=True, metavar="FILE", help="Parquet: raised_at, level, key, ...")
    batches.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    batches.set_defaults(run=_evaluate_batches)
    tickets = models.add_parser("tickets", help="what each complaint is about")
    tickets.add_argument("texts", type=Path, metavar="FILE.csv", help="id, text")
    tickets.add_argument("--out", type=Path, required=True, metavar="FILE", help="CSV: id, label, confidence, certain")
    tickets.add_argument(
        "--train",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="CSV to learn from beside the shipped texts: text and label, or text (or review) alone; repeatable",
    )
    tickets.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    tickets.set_defaults(run=_evaluate_tickets)


def _evaluate_delay(options: argparse.Namespace) -> int:
    summary = evaluate_delay(
        options.history, options.out, train_before=options.train_before, policy=load_delay_policy()
    )
    print(orjson.dumps(summary, option=0 if options.json else orjson.OPT_INDENT_2).decode())
    return 0


def _evaluate_batches(options: argparse.Namespace) -> int:
    summary = evaluate_batches(options.events, options.exposure, options.out, rules=load_batch_rules())
    print(orjson.dumps(summary, option=0 if options.json else orjson.OPT_INDENT_2).decode())
    return 0


def _evaluate_tickets(options: argparse.Namespace) -> int:
    summary = evaluate_tickets(options.texts, options.out, train=options.train, policy=load_ticket_policy())
    print(orjson.dumps(summary, option=0 if options.json else orjson.OPT_INDENT_2).decode())
    return 0
