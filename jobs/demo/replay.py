"""An order file as a show: the same events, at the file's own pulse, with its times moved to now.

Rows stay exactly as the file has them, faults included; only times and order numbers are rewritten, so that a
replay is a new run of new orders. Refuses files without a readable time: they have no pulse.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from engine.clock import BEIJING
from engine.errors import BadFile, BadSetting
from engine.intake.files import detect_format, read_table
from jobs.demo.events import OrderSeen, SourceRow


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a format keeps what a replay must rewrite: order numbers and times, the leading ones first."""

    numbers: tuple[str, ...]
    times: tuple[str, ...]


COLUMNS: dict[str, Columns] = {
    "douyin": Columns(("主订单编号", "子订单编号"), ("支付完成时间", "订单提交时间", "承诺发货时间")),
    "canonical": Columns(("order_no",), ("paid_at", "created_at", "promise_at")),
}


@dataclass(frozen=True, slots=True)
class Replay:
    """A file ready to be played: orders ascending in time."""

    orders: tuple[OrderSeen, ...]
    seconds: float

    @property
    def rows(self) -> int:
        """Rows that intake will read when all of it is played."""
        return sum(len(order.rows) for order in self.orders)

    def events(self) -> Iterator[OrderSeen]:
        """Every order, ascending in time."""
        return iter(self.orders)


def replay_file(path: Path, *, minutes: float) -> Replay:
    """The file's orders over `minutes`, each at its own share of the file's span.

    An order happens when it was paid, or placed if it never was; one without a readable time, at the start.
    Raises BadFile when the file cannot be read or has no readable time at all.
    """
    if minutes <= 0:
        raise BadSetting("A replay needs more than zero minutes.")
    table = read_table(path)
    form = detect_format(table.columns)
    columns = COLUMNS[form]
    stamps = [name for name in columns.times if name in table.columns]
    timed = table.with_columns(_instant(name).alias(f"@{name}") for name in stamps).with_columns(
        at=pl.coalesce(f"@{name}" for name in stamps[:2])
    )
    span = timed.select(low=pl.col("at").min(), high=pl.col("at").max()).row(0)
    if span[0] is None:
        raise BadFile(f"{path.name} has no readable time in {' or '.join(columns.times[:2])}: it has no pulse.")
    length = max(span[1] - span[0], 1.0)
    seconds = minutes * 60.0
    orders = [
        _order(group, form, columns, stamps, low=span[0], scale=seconds / length)
        for group in timed.partition_by(columns.numbers[0], maintain_order=True)
    ]
    orders.sort(key=lambda order: order.at)
    return Replay(tuple(orders), seconds)


def _order(
    group: pl.DataFrame, form: str, columns: Columns, stamps: list[str], *, low: float, scale: float
) -> OrderSeen:
    """One order's rows. The span between its own times keeps its length; only the pulse is squeezed."""
    first = group["at"].min()
    at = 0.0 if first is None else (float(first) - low) * scale  # type: ignore[arg-type]
    rows = []
    for raw in group.iter_rows(named=True):
        fields: dict[str, Any] = {k: v for k, v in raw.items() if not k.startswith("@") and k not in ("at", "row")}
        own = raw["at"]
        times = {
            name: at + (raw[f"@{name}"] - own) for name in stamps if raw[f"@{name}"] is not None and own is not None
        }
        numbers = tuple(name for name in columns.numbers if fields.get(name) not in (None, "", "-"))
        rows.append(SourceRow(fields, times, numbers))
    return OrderSeen(at, form, tuple(rows))


def _instant(name: str) -> pl.Expr:
    """Seconds since 1970 of a text column; null where it is no time. Times without a zone are Beijing's."""
    text = pl.col(name).str.strip_chars()
    zoned = text.str.to_datetime("%+", strict=False, time_unit="us", time_zone="UTC")
    plain = (
        text.str.replace("T", " ")
        .str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
        .dt.replace_time_zone(str(BEIJING))
        .dt.convert_time_zone("UTC")
    )
    return pl.coalesce(zoned, plain).dt.epoch("us") / 1e6
