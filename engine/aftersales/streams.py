"""Which streams are there, to which of them does each complaint belong, and what were they exposed to, day by day?

Names become numbers here, so that everything after counts with arrays. The universe is fixed: a key that nobody named
in exposure or complaints so far needs a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.model.incidents import TESTED, Level

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

COLUMNS: dict[Level, tuple[str, ...]] = {
    Level.LOT: ("sku", "lot"), Level.SKU: ("sku",), Level.NODE: ("node",), Level.CARRIER: ("carrier",),
    Level.REGION: ("region",), Level.ROUTE: ("node", "region"),
}  # fmt: skip
"""What names a key at each level: a lot number means something only beside its SKU, a way only by both its ends."""

DAY_US = 86_400_000_000
"""Microseconds of a day."""


@dataclass(frozen=True, slots=True)
class DayExposure:
    """What reached buyers on one day at one level: units of a SKU under a key, all numbered."""

    key: Ints
    sku: Ints
    units: Floats


@dataclass(frozen=True, slots=True)
class Universe:
    """Keys by level (a frame of COLUMNS, its row numbers are the codes), kinds, the SKU of each lot, and exposure by
    day number since 1970. Only levels that exposure knows are in it: the others cannot be tested."""

    kinds: tuple[str, ...]
    keys: Mapping[Level, pl.DataFrame]
    sku_of_lot: Ints
    skus: int
    exposure: Mapping[Level, Mapping[int, DayExposure]]

    def knows(self, complaints: pl.DataFrame) -> bool:
        """Whether every key and kind of a COMPLAINTS frame is in it."""
        if not set(complaints["kind"]) <= set(self.kinds):
            return False
        for level, keys in self.keys.items():
            named = list(COLUMNS[level])
            if complaints.select(named).drop_nulls().unique().join(keys, on=named, how="anti").height:
                return False
        return True

    def code(self, level: Level, name: tuple[str, ...]) -> int | None:
        """The code of a key; None where nobody named it."""
        keys = self.keys.get(level)
        if keys is None:
            return None
        found = keys.with_row_index("at").filter(*(pl.col(c) == v for c, v in zip(COLUMNS[level], name, strict=True)))
        return int(found["at"][0]) if found.height else None

    @property
    def levels(self) -> tuple[Level, ...]:
        """Those that are tested, in the order of TESTED."""
        return tuple(self.keys)

    def size(self, level: Level) -> int:
        """Keys at a level."""
        return self.keys[level].height

    def name(self, level: Level, code: int) -> tuple[str, ...]:
        """What names a key, as in COLUMNS."""
        return tuple(str(part) for part in self.keys[level].row(code))


@dataclass(frozen=True, slots=True)
class Complaints:
    """Complaints in order of time. `code` and `fresh` by level: -1 where the level is unknown; fresh is false where the
    buyer had already complained of the same key and kind a short while before."""

    time: Ints  # us since 1970, on the clock of the exposure's days
    kind: Ints
    code: Mapping[Level, Ints]
    fresh: Mapping[Level, Flags]

    def __len__(self) -> int:
        return len(self.time)

    def then(self, more: "Complaints") -> "Complaints":
        """These, and then more of the same universe."""
        return Complaints(
            np.append(self.time, more.time),
            np.append(self.kind, more.kind),
            {level: np.append(self.code[level], more.code[level]) for level in self.code},
            {level: np.append(self.fresh[level], more.fresh[level]) for level in self.fresh},
        )

    def last(self, count: int) -> "Complaints":
        """The last `count` of them."""
        part = slice(len(self) - count, len(self))
        return Complaints(
            self.time[part],
            self.kind[part],
            {level: code[part] for level, code in self.code.items()},
            {level: fresh[part] for level, fresh in self.fresh.items()},
        )


def universe_of(exposure: pl.DataFrame, complaints: pl.DataFrame) -> Universe:
    """Every key and kind of EXPOSURE and COMPLAINTS frames."""
    skus = pl.concat([exposure["sku"], complaints["sku"]]).drop_nulls().unique().sort()
    sku_code = pl.DataFrame({"sku": skus}).with_row_index("sku_code")
    coded = exposure.join(sku_code, on="sku", how="left").with_columns(
        pl.col("sku_code").cast(pl.Int64).fill_null(len(skus))  # units of no SKU: their rate is that of all
    )
    keys: dict[Level, pl.DataFrame] = {}
    exposed: dict[Level, dict[int, DayExposure]] = {}
    for level in TESTED:
        named = list(COLUMNS[level])
        known = exposure.select(named).drop_nulls()
        if known.is_empty():
            continue
        keys[level] = pl.concat([known, complaints.select(named).drop_nulls()]).unique().sort(named)
        exposed[level] = _by_day(coded, keys[level], named)
    lots = keys.get(Level.LOT, pl.DataFrame(schema={"sku": pl.String}))
    of_lot = lots.join(sku_code, on="sku", how="left", maintain_order="left")["sku_code"].cast(pl.Int64).to_numpy()
    kinds = tuple(complaints["kind"].drop_nulls().unique().sort())
    return Universe(kinds, keys, of_lot, len(skus) + 1, exposed)


def _by_day(coded: pl.DataFrame, keys: pl.DataFrame, named: list[str]) -> dict[int, DayExposure]:
    rows = (
        coded.join(keys.with_row_index("key"), on=named)
        .group_by("day", "key", "sku_code")
        .agg(pl.col("units").sum())
        .sort("day", "key", "sku_code")
    )
    return {
        _number(day): DayExposure(
            part["key"].cast(pl.Int64).to_numpy(), part["sku_code"].to_numpy(), part["units"].to_numpy()
        )
        for (day,), part in rows.partition_by("day", as_dict=True, maintain_order=True).items()
    }


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def complaints_of(frame: pl.DataFrame, universe: Universe, *, again_days: float) -> Complaints:
    """A COMPLAINTS frame, sorted by time, numbered. Every key must be in the universe."""
    kinds = pl.DataFrame({"kind": list(universe.kinds)}, schema={"kind": pl.String}).with_row_index("kind_code")
    rows = frame.join(kinds, on="kind", how="left", maintain_order="left")
    time = frame["time"].dt.epoch("us").to_numpy()
    kind = rows["kind_code"].cast(pl.Int64).to_numpy()
    buyer = frame["buyer"].rank("dense").cast(pl.Int64).fill_null(0).to_numpy()  # from 1; 0 is nobody known
    code: dict[Level, Ints] = {}
    fresh: dict[Level, Flags] = {}
    for level in universe.levels:
        named = list(COLUMNS[level])
        coded = rows.join(universe.keys[level].with_row_index("key"), on=named, how="left", maintain_order="left")
        code[level] = coded["key"].cast(pl.Int64).fill_null(-1).to_numpy()
        stream = code[level] * len(universe.kinds) + kind
        fresh[level] = _fresh(stream, buyer, time, silence=round(again_days * DAY_US))
    return Complaints(time, kind, code, fresh)


def _fresh(stream: Ints, buyer: Ints, time: Ints, *, silence: int) -> Flags:
    """Whether the buyer was silent so long in the complaint's stream; always, where nobody knows the buyer."""
    order = np.lexsort((buyer, stream))  # stable: in order of time within a buyer's stream
    stream, who, when = stream[order], buyer[order], time[order]
    again = np.zeros(len(order), dtype=bool)
    again[1:] = (stream[1:] == stream[:-1]) & (who[1:] == who[:-1]) & (when[1:] - when[:-1] < silence) & (who[1:] > 0)
    fresh = np.ones(len(order), dtype=bool)
    fresh[order] = ~again
    return fresh
