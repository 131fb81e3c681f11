"""After-sales tickets come in: parsed rows become reports, and reports the tickets as they stand; one commit.

The same report again is a repeat; an older one, however late, adds what nobody knew and overrules nothing. A ticket
finds its order, and through it lot, parcel, node and carrier, or waits for it (link_tickets.py).
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from engine.aftersales.answer_times import AnswerTimes, due_from
from engine.aftersales.ticket_reports import FIELDS, REPORTS, ended, together
from engine.intake.assemble import fingerprints
from engine.intake.ticket_fields import ParsedTickets
from engine.model.frames import conform
from engine.model.tickets import TicketDesk, TicketState
from engine.store import tables
from engine.store.transaction import Transaction
from engine.usecases.orders.intake_parts import FAULTS_SHOWN, Part, part_of
from engine.usecases.orders.quarantine_rows import BARRED, append_quarantine
from engine.usecases.room.receipts import RowsReceipt
from engine.usecases.room.workplace import Workplace
from engine.usecases.service.answer_times import load_answer_times
from engine.usecases.service.ticket_clocks import set_clocks
from engine.usecases.service.ticket_goods import goods_of, orders_named

PLATFORM_SAYS = ("claim", "reason", "said", "asked_at", "refund_cents", "return_waybill_no", "returned_at",
                 "refunded_at", "closed_at")  # fmt: skip
"""Columns of a ticket that follow from its reports alone."""

FOLLOWS = ("order_id", "buyer", *PLATFORM_SAYS)
PLATFORM_ENDED = "the platform ended it"
KNOWN = ("ticket_id", "state", *FOLLOWS)


def take_tickets(
    work: Workplace, parsed: ParsedTickets, parts: Sequence[Part], *, actor: str
) -> tuple[list[RowsReceipt], list[str]]:
    """Take in parsed tickets, each row's fate told to its part; also the ids of tickets that are new or say anew."""
    times = load_answer_times()
    source = parts[0].source if len(parts) == 1 else f"{len(parts)} requests"
    told = _reports(parsed.rows)
    with work.database.transaction(actor=actor, verb="take_tickets", subject=source) as tx:
        barred = parsed.faults.with_columns(rows=pl.lit(1, dtype=pl.Int64), format=pl.lit(None, dtype=pl.String))
        append_quarantine(tx, conform(barred, BARRED), parts)
        fresh, anew = _take(tx, told, times)
        receipts = _receipts(told, fresh, parsed, parts)
        tx.note(
            **{name: sum(getattr(r, name) for r in receipts) for name in ("read", "recorded", "repeated", "refused")}
        )
    return receipts, anew


def _reports(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of TICKETS as REPORTS, with `row`; not yet each once."""
    made = rows.rename({"text": "said"}).with_columns(
        ticket_id=pl.concat_str("platform", "ticket_no", separator=":"),
        order_id=pl.concat_str("platform", "order_no", separator=":"),
        said=pl.when(pl.col("said") != "").then("said"),
        details=pl.when(pl.col("details") != "{}").then("details"),
    )
    content = [pl.col(name) for name in ("told_at", *FIELDS)]
    marks = made.select(pl.struct(content).struct.json_encode()).to_series()
    made = made.with_columns(fingerprints(marks).alias("digest"))
    return conform(made, REPORTS).with_columns(rows["row"])


def _take(tx: Transaction, told: pl.DataFrame, times: AnswerTimes) -> tuple[pl.DataFrame, list[str]]:
    """Store what is new; returns those reports, and the tickets that are new or whose words changed."""
    once = told.unique(["ticket_id", "digest"], keep="first", maintain_order=True)
    known = tx.matching(tables.tickets, once.select("ticket_id").unique(), *KNOWN)
    earlier = conform(tx.matching(tables.ticket_reports, known.select("ticket_id"), *REPORTS), REPORTS)
    fresh = once.join(earlier, on=["ticket_id", "digest"], how="anti", maintain_order="left")
    if fresh.is_empty():
        return fresh, []
    tx.append(tables.ticket_reports, conform(fresh, REPORTS), stamp=True)
    before = earlier.join(fresh, on="ticket_id", how="semi")
    return fresh, stand(tx, before, pl.concat([before, conform(fresh, REPORTS)]), known, times)


def stand(
    tx: Transaction, before: pl.DataFrame, reports: pl.DataFrame, known: pl.DataFrame, times: AnswerTimes
) -> list[str]:
    """Bring tickets and their goods to what `reports` (REPORTS, all of theirs) say; `before`: those they stand by now.

    `known`: KNOWN of those that are stored. Returns the tickets that are new or whose words changed.
    """
    now = together(reports)
    orders = orders_named(tx, now["order_id"])
    tickets = linked(now, orders)
    new = tickets.join(known, on="ticket_id", how="anti", maintain_order="left")
    _receive(tx, new, times)
    said_anew = _change(tx, tickets, known)
    was = together(before).select("ticket_id", "sku")
    same = tickets.join(was, on=["ticket_id", "sku"], nulls_equal=True).join(
        known, on=["ticket_id", "order_id"], how="semi", nulls_equal=True
    )
    gather_goods(tx, tickets.join(same, on="ticket_id", how="anti"), orders, again=known)
    return [*new["ticket_id"], *said_anew]


def linked(now: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Tickets as their reports have them; the order only where the room has it, its buyer where none is told."""
    found = orders.select("order_id", "order_buyer", has=pl.lit(value=True))
    return now.join(found, on="order_id", how="left", maintain_order="left").with_columns(
        order_id=pl.when("has").then("order_id"), buyer=pl.coalesce("buyer", "order_buyer")
    )


def gather_goods(tx: Transaction, tickets: pl.DataFrame, orders: pl.DataFrame, *, again: pl.DataFrame) -> None:
    """Store which pieces these tickets are about; those among `again` may have had others, which no longer count."""
    outdated = tickets.join(again, on="ticket_id", how="semi")["ticket_id"].to_list()
    if outdated:
        tx.execute(tables.ticket_goods.delete().where(tables.ticket_goods.c.ticket_id.in_(outdated)))
    tx.append(tables.ticket_goods, goods_of(tx, tickets, orders), stamp=True)


def _receive(tx: Transaction, new: pl.DataFrame, times: AnswerTimes) -> None:
    """Tickets that nobody knew: open, or resolved where the platform has ended them already."""
    at, nothing = pl.lit(tx.at).dt.cast_time_unit("us"), pl.lit(None, dtype=pl.String)
    platform = pl.col("ticket_id").str.split_exact(":", 1).struct
    rows = new.join(_rules_unlabelled(times), on="claim").select(
        "ticket_id",
        *FOLLOWS,
        platform=platform[0],
        ticket_no=platform[1],
        ingest_time=at,
        complaint=nothing,
        confidence=pl.lit(None, dtype=pl.Float64),
        labelled_by=nothing,
        desk=pl.lit(TicketDesk.SERVICE.value),
        state=pl.when(ended()).then(pl.lit(TicketState.RESOLVED.value)).otherwise(pl.lit(TicketState.OPEN.value)),
        state_at=at,
        due_at=due_from(pl.col("asked_at"), pl.col("allowance"), pl.col("night"), times),
    )
    tx.append(tables.tickets, rows, stamp=True)
    log(tx, rows.select("ticket_id", "asked_at"), "received", "")
    log(tx, rows.filter(ended()).select("ticket_id", ended_at()), TicketState.RESOLVED, PLATFORM_ENDED)


def _change(tx: Transaction, tickets: pl.DataFrame, known: pl.DataFrame) -> list[str]:
    """Tickets of which something is different now; returns those whose words are."""
    old = tickets.join(known, on="ticket_id", suffix="_was")
    differs = {name: pl.col(name).ne_missing(pl.col(f"{name}_was")) for name in FOLLOWS}
    changed = old.filter(pl.any_horizontal(differs.values()))
    if changed.is_empty():
        return []
    tx.amend(tables.tickets, changed.select("ticket_id", *FOLLOWS), on=("ticket_id",))
    names = [pl.when(different).then(pl.lit(name)) for name, different in differs.items()]
    what = changed.select("ticket_id", "asked_at", reason=pl.concat_str(names, separator=", ", ignore_nulls=True))
    log(tx, what.select("ticket_id", "asked_at"), "changed", what["reason"])
    set_clocks(tx, changed.filter(differs["claim"] | differs["asked_at"]).select("ticket_id"))
    over = changed.filter(
        ended() & pl.all_horizontal(pl.col(f"{name}_was").is_null() for name in ("refunded_at", "closed_at"))
    ).filter(pl.col("state") != TicketState.RESOLVED)
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    resolved = over.select("ticket_id", state=pl.lit(TicketState.RESOLVED.value), state_at=at)
    tx.amend(tables.tickets, resolved, on=("ticket_id",))
    log(tx, over.select("ticket_id", ended_at()), TicketState.RESOLVED, PLATFORM_ENDED)
    return changed.filter(differs["said"])["ticket_id"].to_list()


def ended_at() -> pl.Expr:
    """When the platform ended a ticket, as `event_time`."""
    return pl.min_horizontal("refunded_at", "closed_at").alias("event_time")


def log(tx: Transaction, happened: pl.DataFrame, kind: str, reason: str | pl.Series) -> None:
    """One event a row of ticket_id and the moment at which it happened."""
    why = pl.lit(reason) if isinstance(reason, str) else reason
    ticket, moment = happened.columns
    tx.append(
        tables.ticket_events,
        happened.select(
            pl.col(moment).alias("event_time"),
            pl.lit(tx.at).dt.cast_time_unit("us").alias("ingest_time"),
            ticket,
            pl.lit(str(kind)).alias("kind"),
            why.alias("reason"),
            pl.lit(tx.actor).alias("actor"),
        ),
        stamp=True,
    )


def _rules_unlabelled(times: AnswerTimes) -> pl.DataFrame:
    return times.rules().filter(pl.col("complaint").is_null()).drop("complaint")


def _receipts(
    told: pl.DataFrame, fresh: pl.DataFrame, parsed: ParsedTickets, parts: Sequence[Part]
) -> list[RowsReceipt]:
    """How the rows of each part ended."""
    recorded = part_of(fresh["row"], parts).value_counts().rows_by_key("part", unique=True)
    taken = part_of(told["row"], parts).value_counts().rows_by_key("part", unique=True)
    shown: dict[int, list[dict[str, Any]]] = {}
    refused = [0] * len(parts)
    faults = parsed.faults.with_columns(part=part_of(parsed.faults["row"], parts))
    for part, row, order_id, fault in faults.select("part", "row", "order_id", "fault").iter_rows():
        refused[part] += 1
        if len(shown.setdefault(part, [])) < FAULTS_SHOWN:
            shown[part].append({"row": row - parts[part].first + 1, "order_id": order_id, "fault": fault})
    receipts = []
    for place, part in enumerate(parts):
        [new], [sound] = recorded.get(place, (0,)), taken.get(place, (0,))
        receipt = RowsReceipt(part.read, new, sound - new, refused[place], tuple(shown.get(place, [])))
        assert sound + refused[place] == part.read, f"{part.read} rows read, {receipt}"
        receipts.append(receipt)
    return receipts
