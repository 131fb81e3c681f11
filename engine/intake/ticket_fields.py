"""From the cells of after-sales tickets to TICKETS: what every source shares once its columns have their names.

As in fields.py, a row is refused with every reason, never repaired by a guess. Buyers' words are kept as they came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from engine.intake import values
from engine.intake.fields import EARLIEST, LONGEST_TEXT, ORDER_NO, missing, money_rules
from engine.intake.parsed import Source, raw_rows
from engine.intake.verdict import Rule, faulty, quotes, says
from engine.model.frames import FAULTS, conform
from engine.model.states import Platform
from engine.model.tickets import TICKETS, Claim

CELLS = (
    "platform", "ticket_no", "order_no", "sub_order_no", "sku", "buyer", "claim", "reason", "text", "asked", "refund",
    "return_waybill_no", "returned", "refunded", "closed", "told", "details",
)  # fmt: skip
"""Columns of the frame of cells, all text with null for empty, beside `row` and `broken` (a sentence, or null)."""

TIMES = {f"{cell}_at": cell for cell in ("asked", "returned", "refunded", "closed", "told")}
IDENTIFIERS = ("ticket_no", "order_no", "sub_order_no", "sku", "return_waybill_no")
_TEXTS = ("sub_order_no", "sku", "buyer", "reason", "return_waybill_no")

LONGEST_WORDS = 20_000
"""Characters of a buyer's words. Platforms stop at a few hundred; more than this is no complaint but a mistake."""

AHEAD = timedelta(minutes=10)
"""A sender's clock may be so far ahead of ours; what is later has not happened."""


@dataclass(frozen=True, slots=True)
class ParsedTickets:
    """`rows`: TICKETS and `row`, fit to be taken in. `faults`: frames.FAULTS, one a source row, `order_id` as far as it
    could be read. read: source rows."""

    rows: pl.DataFrame
    faults: pl.DataFrame
    read: int
    source: Source | None = field(default=None, repr=False, compare=False)


def interpret_tickets(
    cells: pl.DataFrame, labels: Mapping[str, str], claim: pl.Expr, known_claims: str, *, source: Source, now: datetime
) -> ParsedTickets:
    """Parse cells into tickets and faults. `labels`: cell -> the name a person knows it by; `claim`: the Claim of a row
    as text, null where the source's word is unknown; `known_claims`: the words that are known, for the sentence."""
    parsed = values.instants(cells, TIMES).with_columns(
        refund_cents=values.cents(pl.col("refund")), asked_for=claim.cast(pl.String)
    )
    whole = parsed.filter(pl.col("broken").is_null())
    wrong = faulty(whole, _rules(labels, known_claims, now))
    torn = parsed.filter(pl.col("broken").is_not_null()).with_columns(fault=pl.col("broken"))
    wrong = pl.concat([wrong, torn.select(wrong.columns)])
    faults = _faults(wrong, source)
    fit = whole.join(faults, on="row", how="anti", maintain_order="left")
    moments = [pl.col(name) for name in TIMES]
    rows = fit.with_columns(
        claim=pl.col("asked_for"),
        text=pl.col("text").fill_null(""),
        told_at=pl.max_horizontal(moments),
        details=pl.col("details").fill_null("{}"),
    )
    ordered = conform(rows, TICKETS).with_columns(rows["row"])
    return ParsedTickets(ordered, faults, cells.height, source)


def _faults(wrong: pl.DataFrame, source: Source) -> pl.DataFrame:
    if wrong.is_empty():
        return pl.DataFrame(schema=dict(FAULTS))
    readable = pl.col("order_no").str.contains(ORDER_NO) & pl.col("platform").is_in(list(Platform))
    rows = wrong.select(
        "row",
        order_id=pl.when(readable).then(pl.concat_str("platform", "order_no", separator=":")),
        fault=pl.col("fault").str.split("; ").list.unique(maintain_order=True).list.join("; "),
    ).sort("row")
    shown = rows.join(raw_rows(source, rows["row"].to_list()), on="row", how="left", maintain_order="left")
    return conform(shown, FAULTS)


def _rules(labels: Mapping[str, str], known_claims: str, now: datetime) -> Sequence[Rule]:
    def label(cell: str) -> str:
        return labels.get(cell, cell)

    claim, platform = pl.col("claim"), pl.col("platform")
    return [
        missing(label("platform"), "platform", f"it is one of {', '.join(Platform)}"),
        Rule(
            ~platform.is_in(list(Platform)), quotes(label("platform"), platform, f"it is one of {', '.join(Platform)}")
        ),
        missing(label("ticket_no"), "ticket_no", "without it nobody can tell two tickets apart"),
        *(rule for cell in ("ticket_no", "order_no") for rule in _number_rules(label(cell), cell)),
        *(_lost_rule(label(cell), cell) for cell in IDENTIFIERS),
        missing(label("claim"), "claim", "what does the buyer ask for?"),
        Rule(claim.is_not_null() & pl.col("asked_for").is_null(), quotes(label("claim"), claim, known_claims)),
        Rule(~pl.col("asked_for").is_in(list(Claim)), quotes(label("claim"), claim, known_claims)),
        missing(label("asked"), "asked", "when did the buyer ask?"),
        *(rule for time, cell in TIMES.items() for rule in _time_rules(label(cell), cell, time, now)),
        *(_order_rule(label(cell), cell, label("asked")) for cell in ("returned", "refunded", "closed")),
        *money_rules(label("refund"), "refund"),
        *(_text_rule(label(cell), cell, LONGEST_TEXT) for cell in _TEXTS),
        _text_rule(label("text"), "text", LONGEST_WORDS),
        Rule(
            pl.concat_str([*_TEXTS, "text"], separator=" ", ignore_nulls=True).str.contains(values.CONTROL),
            says("a text holds a control character: it was damaged"),
        ),
    ]


def _number_rules(label: str, cell: str) -> list[Rule]:
    text = pl.col(cell)
    malformed = ~text.str.contains(ORDER_NO) & ~text.str.contains(values.LOST_DIGITS)
    return [Rule(malformed, quotes(label, text, "a number is 6 to 64 letters and digits"))]


def _lost_rule(label: str, cell: str) -> Rule:
    text = pl.col(cell)
    return Rule(
        text.str.contains(values.LOST_DIGITS),
        quotes(label, text, "a spreadsheet made a number of it and lost its last digits; export it as text"),
    )


def _time_rules(label: str, cell: str, time: str, now: datetime) -> list[Rule]:
    text, at = pl.col(cell), pl.col(time)
    return [
        Rule(
            text.is_not_null() & at.is_null(),
            quotes(label, text, "a time is written like 2026-11-11 20:15:00, Beijing time"),
        ),
        Rule(at < pl.lit(EARLIEST), quotes(label, text, "no ticket is older than 2015")),
        Rule(at > pl.lit(now + AHEAD), quotes(label, text, "that has not come yet: a clock is wrong")),
    ]


def _order_rule(label: str, cell: str, asked: str) -> Rule:
    return Rule(pl.col(f"{cell}_at") < pl.col("asked_at"), quotes(label, pl.col(cell), f"that is before {asked}"))


def _text_rule(label: str, cell: str, most: int) -> Rule:
    return Rule(pl.col(cell).str.len_chars() > most, says(f"{label} has more than {most} characters"))
