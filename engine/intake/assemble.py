"""Rows -> whole orders: which rows make up one order, what show sold it, and what must be packed for it?

An order is whole or not at all: one faulty row sends its siblings to quarantine with it. Every row read ends in
exactly one place. Decides nothing about stock, and knows no format.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

import polars as pl

from engine.errors import BadBrand
from engine.intake.contradictions import settle
from engine.intake.parsed import Parsed
from engine.intake.regions import Gazetteer
from engine.intake.verdict import Rule, faulty, quotes
from engine.model.frames import FAULTS, LINES, ORDERS, Contract, conform, empty
from engine.model.states import SHELF

INT32_MAX = 2**31 - 1

REPEATS: Contract = {"row": pl.Int64, "order_id": pl.String}

AHEAD = timedelta(hours=24)
"""How far in the future a payment may lie: more than any clock drift or mistaken time zone inside China."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What merchant codes mean. skus: physical SKUs; kits: code -> its (SKU, units) components, first component first.

    prices: code as sold -> list price in cents, where the brand has one.
    Raises BadBrand for a kit without components, with an unknown one, or under a code that is a SKU as well.
    """

    skus: frozenset[str]
    kits: Mapping[str, tuple[tuple[str, int], ...]]
    prices: Mapping[str, int] = field(default_factory=dict)
    components: pl.DataFrame = field(init=False, repr=False, compare=False)  # sold_sku, kit, sku, per, first
    codes: pl.DataFrame = field(
        init=False, repr=False, compare=False
    )  # sold_sku, most (units of its largest part), price

    def __post_init__(self) -> None:
        for kit, parts in self.kits.items():
            if kit in self.skus:
                raise BadBrand(f"{kit} is a SKU and a kit: a code must mean one thing.")
            if not parts:
                raise BadBrand(f"Kit {kit} has no components.")
            for sku, per in parts:
                if sku not in self.skus or per < 1:
                    raise BadBrand(f"Kit {kit} holds {per} of {sku}: components are known SKUs, 1 or more of each.")
        parts_of = [(sku, None, sku, 1, True) for sku in sorted(self.skus)] + [
            (kit, kit, sku, per, place == 0)
            for kit in sorted(self.kits)
            for place, (sku, per) in enumerate(self.kits[kit])
        ]
        schema = {
            "sold_sku": pl.String, "kit": pl.String, "sku": pl.String, "per": pl.Int64, "first": pl.Boolean,
        }  # fmt: skip
        components = pl.DataFrame(parts_of, schema=schema, orient="row")
        object.__setattr__(self, "components", components)
        codes = components.group_by("sold_sku", maintain_order=True).agg(most=pl.col("per").max())
        price = pl.Series("price", [self.prices.get(code) for code in codes["sold_sku"]], dtype=pl.Int64)
        object.__setattr__(self, "codes", codes.with_columns(price))


@dataclass(frozen=True, slots=True)
class OrderBatch:
    """What one batch of rows came to. Rows of orders + duplicates + faults == read, always.

    orders: frames.ORDERS, one an order, unpaid ones included, by first row. lines: frames.LINES, kits exploded.
    faults: frames.FAULTS, one a row. duplicates: row, order_id of rows that repeat another row of this batch.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame
    faults: pl.DataFrame
    duplicates: pl.DataFrame
    read: int

    def __post_init__(self) -> None:
        ended = int(self.orders["rows"].sum()) + self.duplicates.height + self.faults.height
        assert ended == self.read, f"{self.read} rows were read but {ended} ended somewhere"


def assemble(
    parsed: Parsed,
    *,
    catalogue: Catalogue,
    gazetteer: Gazetteer,
    now: datetime,
    promise_hours: int,
    shows: pl.DataFrame,
) -> OrderBatch:
    """Make orders of parsed rows.

    now: aware; payments more than AHEAD of it are refused. promise_hours: pick-up promise where the order names none.
    shows: show_id, platform (null: any), starts_at, ends_at (aware UTC; starts_at null: always open). A show named
    by the order must be among them; else the show on that platform whose window holds the payment (for an unpaid
    order, its creation) counts, the latest begun first; else the shelf.
    """
    if parsed.rows.is_empty():
        return OrderBatch(empty(ORDERS), empty(LINES), parsed.faults, empty(REPEATS), parsed.read)
    rows = (
        gazetteer.resolve(parsed.rows)
        .with_columns(order_id=pl.concat_str("platform", "order_no", separator=":"))
        .join(catalogue.codes, on="sold_sku", how="left", maintain_order="left")
    )
    settled = settle(rows, whole=parsed.whole())
    wrong = pl.concat([_rows_at_fault(rows, now=now, shows=shows), settled.faults])
    faults = _quarantine(rows, wrong, parsed)
    barred = faults.select(pl.col("order_id").drop_nulls().unique())
    kept, repeats = settled.kept, settled.duplicates
    if barred.height:
        kept = kept.join(barred, on="order_id", how="anti", maintain_order="left")
        repeats = repeats.join(barred, on="order_id", how="anti")
    if kept.is_empty():
        return OrderBatch(empty(ORDERS), empty(LINES), faults, conform(repeats, REPEATS), parsed.read)
    return OrderBatch(
        orders=_orders(kept, shows=shows, promise_hours=promise_hours),
        lines=_lines(kept, catalogue),
        faults=faults,
        duplicates=conform(repeats, REPEATS),
        read=parsed.read,
    )


def _rows_at_fault(rows: pl.DataFrame, *, now: datetime, shows: pl.DataFrame) -> pl.DataFrame:
    """row, order_id, fault: what can only be judged beside the brand, the map, the shows and the clock."""
    limit = pl.lit(now + AHEAD)
    known_shows = [*shows["show_id"].to_list(), SHELF]
    future = "that is more than a day ahead; check the clock and the time zone of the source"
    rules = [
        Rule(
            pl.col("most").is_null(),
            quotes("merchant code", pl.col("sold_sku"), "the brand has no such SKU or kit"),
        ),
        Rule(
            pl.col("sold_qty") * pl.col("most") > INT32_MAX,
            quotes("quantity", pl.col("sold_qty"), "with its kit exploded it is more than can be counted"),
        ),
        Rule(
            pl.col("adcode").is_null(),
            quotes("province", pl.col("province"), "no province of that name is known"),
        ),
        Rule(
            pl.col("show_id").is_not_null() & ~pl.col("show_id").is_in(known_shows),
            quotes("show_id", pl.col("show_id"), "no such show is planned"),
        ),
        *[Rule(pl.col(name) > limit, quotes(name, _in_beijing(name), future)) for name in ("created_at", "paid_at")],
    ]
    return faulty(rows, rules).select("row", "order_id", "fault")


def _in_beijing(name: str) -> pl.Expr:
    return pl.col(name).dt.convert_time_zone("Asia/Shanghai").dt.to_string("%Y-%m-%d %H:%M:%S")


def _quarantine(rows: pl.DataFrame, wrong: pl.DataFrame, parsed: Parsed) -> pl.DataFrame:
    """frames.FAULTS: faults of parsing, faults found here, and the innocent rows of the same orders."""
    if wrong.is_empty() and parsed.faults.is_empty():
        return parsed.faults
    own = wrong.group_by("row", "order_id", maintain_order=True).agg(
        fault=pl.col("fault").unique(maintain_order=True).str.join("; ")
    )
    first = (
        pl.concat([parsed.faults.select("row", "order_id", "fault"), own])
        .drop_nulls("order_id")
        .sort("row")
        .unique("order_id", keep="first")
    )
    if first.is_empty():
        return parsed.faults
    sibling = pl.format("row {} of the same order: {}", "row_first", "fault")
    siblings = (
        rows.select("row", "order_id")
        .unique()
        .join(own, on="row", how="anti")
        .join(first, on="order_id", suffix="_first")
        .select("row", "order_id", fault=sibling)
    )
    found = pl.concat([own, siblings])
    shown = found.join(parsed.raw(found["row"].to_list()), on="row", how="left")
    return conform(pl.concat([parsed.faults, conform(shown, FAULTS)]).sort("row"), FAULTS)


def _orders(rows: pl.DataFrame, *, shows: pl.DataFrame, promise_hours: int) -> pl.DataFrame:
    """frames.ORDERS of rows that are all fit to count."""
    mark = pl.concat_str("line_key", "sold_sku", "sold_qty", separator="\x1f")
    same = ("platform", "order_no", "show_id", "anchor", "receiver", "phone", "province", "city", "district",
            "street", "address", "adcode", "paid_at", "fate")  # fmt: skip
    orders = rows.group_by("order_id", maintain_order=True).agg(
        pl.first(*same),
        pl.col("created_at").min(),
        pl.col("promise_at").min(),
        pl.col("amount_cents").sum(),
        (pl.col("sold_qty") * pl.col("price")).sum().alias("list_cents"),
        pl.col("price").null_count().alias("unpriced"),
        units=pl.col("sold_qty").sum(),
        marks=mark,
        rows=pl.col("row").n_unique().cast(pl.Int64),
        row=pl.col("row").min(),
    )
    marks = orders.select(pl.col("marks").list.sort().list.join("\x1e")).to_series()
    receiver, phone = pl.col("receiver").fill_null(""), pl.col("phone").fill_null("")
    anonymous = (receiver == "") & (phone == "")
    shaped = orders.with_columns(
        fingerprints(marks).alias("fingerprint"),
        # A list sum that leaves out a line would make the payment look like a bargain: better unknown, 0.
        list_cents=pl.when(pl.col("unpriced") > 0).then(0).otherwise("list_cents"),
        show_id=_show(orders, shows),
        promise_at=pl.coalesce("promise_at", pl.col("paid_at") + pl.duration(hours=promise_hours)),
        buyer=pl.when(anonymous)
        .then(pl.concat_str(pl.lit("order:"), "order_no"))
        .otherwise(pl.concat_str(receiver, phone, separator="|")),
    )
    return conform(shaped, ORDERS)


def _show(orders: pl.DataFrame, shows: pl.DataFrame) -> pl.Expr:
    """Which show sold each order. Only shows whose window touches the batch are compared: two or three, not years."""
    moment = pl.coalesce("paid_at", "created_at")
    first, last = orders.select(moment.min().alias("first"), moment.max().alias("last")).row(0)
    choices: list[pl.Expr] = [pl.col("show_id")]
    for show_id, platform, starts_at, ends_at in _latest_first(shows):
        if show_id == SHELF or (starts_at and starts_at > last) or (ends_at and ends_at <= first):
            continue
        holds = pl.lit(value=True) if platform is None else pl.col("platform") == platform
        if starts_at is not None:
            holds &= moment >= pl.lit(starts_at)
            holds &= pl.lit(value=True) if ends_at is None else moment < pl.lit(ends_at)
        choices.append(pl.when(holds).then(pl.lit(show_id)))
    return pl.coalesce(*choices, pl.lit(SHELF))


def _latest_first(shows: pl.DataFrame) -> list[tuple[str, str | None, datetime | None, datetime | None]]:
    """show_id, platform, starts_at, ends_at of each show; those that are always open come last."""
    rows = shows.select("show_id", "platform", "starts_at", "ends_at").rows()
    return sorted(rows, key=lambda show: (show[2] is None, -show[2].timestamp() if show[2] else 0.0, show[0]))


def fingerprints(marks: Iterable[str]) -> pl.Series:
    """A 63-bit number of each text, the same on every machine and version: BLAKE2b, 8 bytes, top bit dropped."""
    numbers = [int.from_bytes(blake2b(mark.encode(), digest_size=8).digest()) >> 1 for mark in marks]
    return pl.Series(numbers, dtype=pl.Int64)


def _lines(rows: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """frames.LINES: every sold line as its physical components, numbered 1..n within the order."""
    lines = rows.join(catalogue.components, on="sold_sku", how="inner", maintain_order="left_right").with_columns(
        line_no=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("order_id"),
        qty=(pl.col("sold_qty") * pl.col("per")).cast(pl.Int32),
        sold_qty=pl.col("sold_qty").cast(pl.Int32),
        amount_cents=pl.when("first").then("amount_cents").otherwise(0),
    )
    return conform(lines, LINES)
