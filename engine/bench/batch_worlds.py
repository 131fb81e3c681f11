"""Simulated weeks of complaints with one planted cause, or none: what was delivered, who complained, and the truth.

Everything but the draws is stated here: SKUs of 300 to 100,000 units, lots that follow each other, delivery in waves, a
delay between delivery and complaint, a day curve, rates that differ between SKUs, exposure told with an error of 15 %,
and buyers who post several times.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.model.incidents import Level

PHRASE = "Baodan complaint batches, sealed before the detector was tuned"
"""What every world's randomness is derived from."""

BASE = {"not_received": 0.015, "damaged": 0.012, "wrong_item": 0.005, "quality": 0.012, "other": 0.016}
"""Complaints a unit, by kind. Assumed: together 6 % of units, what livestreamed food is said to bring back."""
SIZES = (300, 1_000, 3_000, 10_000, 30_000, 100_000)
"""Units that a SKU sells over the weeks; every size has SKUS_A_SIZE of them."""
SKUS_A_SIZE, LOTS, NODES, CARRIERS, REGIONS = 5, 4, 6, 5, 31
FIRST = date(2026, 10, 12)
DAYS = 28
ONSET = 14  # day on which a planted cause begins; a bad lot is the first delivered from then on
BETWEEN = 0.4  # standard deviation of the logarithm of rates between SKUs
EXPOSURE_ERROR = 0.15  # of the logarithm of the units told, by day and lot
POSTERS = 0.08  # share of complaining buyers who post again, one to four times
DELAY_DAYS = 1.5  # mean from delivery to complaint
SECOND_NODE = 0.3  # share of a region's parcels that come from a second node, in worlds with a bad route
SHARES = np.array([0.40, 0.25, 0.18, 0.12, 0.05])  # of carriers
HOURS = np.array([2, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 8, 8, 8, 8, 8, 9, 10, 11, 11, 8, 5], dtype=float)
WAVES = np.array([1.0, 1.0, 3.0, 2.0, 1.0, 0.6, 0.6])  # deliveries by day since a show, which is weekly

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Planted:
    """What is wrong: at which level, which key (as evaluate names it), with which kind, how many times the rate."""

    level: Level
    key: str
    kind: str
    factor: float
    size: int  # units its SKU sells; 0 where it is no lot or SKU
    began_at: datetime


@dataclass(frozen=True, slots=True)
class World:
    """Files of `evaluate batches`, and the truth: units delivered by lot and day, complaints a unit [SKU, kind] where
    nothing is wrong."""

    complaints: pl.DataFrame
    exposure: pl.DataFrame
    planted: Planted | None
    delivered: pl.DataFrame
    rates: Floats

    def truly_expected(self, lot: str, kind: str, days: Floats) -> Floats:
        """Complaints of a lot until each time (days since the world began), had nothing been wrong."""
        came = self.delivered.filter(pl.col("lot") == lot)
        grid, share = complained_by()
        told = np.interp(days[:, None] - came["day_no"].to_numpy()[None, :], grid, share, left=0.0)
        rate = self.rates[int(lot.partition("-")[0].removeprefix("S")), list(BASE).index(kind)]
        return np.asarray(told @ came["units"].to_numpy() * rate)


def seed_of(*words: object) -> np.random.Generator:
    """Randomness of a world by its name, fixed by the phrase."""
    told = "|".join([PHRASE, *(str(word) for word in words)])
    return np.random.default_rng(int.from_bytes(blake2b(told.encode(), digest_size=8).digest()))


def batch_world(name: str, number: int, *, level: Level | None, factor: float = 1.0, size: int = 0) -> World:
    """One world. `size` is that of the SKU concerned, of lots and SKUs."""
    chance = seed_of(name, number, level, factor, size)
    told = _delivered(chance)
    if level is Level.ROUTE:
        told = _two_nodes(chance, told)
    planted, multiplied = _plant(chance, told, level, factor, size)
    rates = np.array(list(BASE.values())) * np.exp(chance.normal(0, BETWEEN, (len(SIZES) * SKUS_A_SIZE, len(BASE))))
    mean = told["units"].to_numpy()[:, None] * rates[told["sku_no"].to_numpy()] * multiplied
    complaints = _complaints(chance, told, chance.poisson(mean))
    exposure = told.select(
        "day", "sku", "lot", "node", "carrier", "region", units=(pl.col("units") * pl.col("error")).round()
    )
    delivered = told.group_by("lot", "day_no").agg(pl.col("units").sum()).sort("lot", "day_no")
    return World(complaints, exposure, planted, delivered, rates)


def _delivered(chance: np.random.Generator) -> pl.DataFrame:
    """Units by day, SKU, lot, region and carrier; a region is served by one node, as near ones are."""
    skus = len(SIZES) * SKUS_A_SIZE
    size = np.repeat(SIZES, SKUS_A_SIZE).astype(float)
    days = np.arange(DAYS)
    weight = WAVES[days % 7]
    weight = weight / weight.sum()
    start = chance.integers(0, DAYS // LOTS, skus)
    rows = []
    regions = chance.dirichlet(np.full(REGIONS, 4.0))
    for sku in range(skus):
        by_day = size[sku] * weight
        for day in days:
            lot = min(int((day + start[sku]) // (DAYS / LOTS)), LOTS)
            # A tenth of the day before's lot still lies at other nodes.
            for one, share in ((lot, 0.9), (max(lot - 1, 0), 0.1)) if lot else ((lot, 1.0),):
                rows.append((sku, one, int(day), by_day[day] * share))
    base = np.array(rows)
    cells = chance.poisson(base[:, 3][:, None, None] * regions[None, :, None] * SHARES[None, None, :])
    row, region, carrier = np.nonzero(cells)
    error = np.exp(chance.normal(0, EXPOSURE_ERROR, len(base)))
    sku, lot, day = (base[row, at].astype(int) for at in range(3))
    return pl.DataFrame(
        {"sku_no": sku, "lot_no": lot, "day_no": day, "region_no": region, "carrier_no": carrier,
         "units": cells[row, region, carrier].astype(float), "error": error[row]}
    ).with_columns(
        day=pl.lit(FIRST) + pl.duration(days=pl.col("day_no")),
        sku=pl.format("S{}", pl.col("sku_no")),
        lot=pl.format("S{}-L{}", pl.col("sku_no"), pl.col("lot_no")),
        node=pl.format("N{}", pl.col("region_no") % NODES),
        carrier=pl.format("C{}", pl.col("carrier_no")),
        region=pl.format("R{}", pl.col("region_no")),
    )  # fmt: skip


def _two_nodes(chance: np.random.Generator, told: pl.DataFrame) -> pl.DataFrame:
    """Every region gets some of its parcels from a second node: else nobody could tell a route from its region."""
    other = chance.binomial(told["units"].cast(pl.Int64).to_numpy(), SECOND_NODE).astype(float)
    there = told.with_columns(node=pl.format("N{}", (pl.col("region_no") + 1) % NODES), units=pl.Series(other))
    here = told.with_columns(units=pl.col("units") - pl.Series(other))
    return pl.concat([here, there]).filter(pl.col("units") > 0)


def _plant(
    chance: np.random.Generator, told: pl.DataFrame, level: Level | None, factor: float, size: int
) -> tuple[Planted | None, Floats]:
    multiplied = np.ones((told.height, len(BASE)))
    if level is None:
        return None, multiplied
    kind = {Level.LOT: "quality", Level.SKU: "quality", Level.NODE: "wrong_item", Level.CARRIER: "damaged",
            Level.REGION: "not_received", Level.ROUTE: "damaged"}[level]  # fmt: skip
    late = told.filter(pl.col("day_no") >= ONSET)
    if level in (Level.LOT, Level.SKU):
        sku = SIZES.index(size) * SKUS_A_SIZE + int(chance.integers(SKUS_A_SIZE))
        of_sku = told.filter(pl.col("sku_no") == sku)
        lots = of_sku.group_by("lot").agg(pl.col("day_no").min()).filter(pl.col("day_no") >= ONSET).sort("day_no")
        if level is Level.LOT:
            key, column, value = f"S{sku}+{lots['lot'][0]}", "lot", lots["lot"][0]
            first = int(lots["day_no"][0])
        else:
            key, column, value, first = f"S{sku}", "sku", f"S{sku}", ONSET
    else:
        column = level.value
        if level is Level.ROUTE:
            told, late = (part.with_columns(route=pl.format("{}+{}", "node", "region")) for part in (told, late))
        # The middle one by size: the largest is half of everything, the smallest hardly there.
        ranked = late.group_by(column).agg(pl.col("units").sum()).sort("units", column)
        key = value = str(ranked[column][ranked.height // 2])
        first, size = ONSET, 0
    hit = ((told[column] == value) & (told["day_no"] >= first)).to_numpy()
    multiplied[hit, list(BASE).index(kind)] = factor
    began = datetime.combine(FIRST, datetime.min.time()) + timedelta(days=first)
    return Planted(level, key, kind, factor, size, began), multiplied


def _written(chance: np.random.Generator, day: npt.NDArray[np.int64]) -> Floats:
    """When complaints about units of these days are written: found out after a delay, at an hour when people write."""
    at = day + chance.random(len(day)) + chance.exponential(DELAY_DAYS, len(day))
    curve = np.cumsum(HOURS) / HOURS.sum()
    hour = np.searchsorted(curve, chance.random(len(day))) + chance.random(len(day))
    # Not before the parcel.
    return np.asarray(np.where(at % 1 > hour / 24, np.floor(at) + 1, np.floor(at)) + hour / 24)


@cache
def complained_by() -> tuple[Floats, Floats]:
    """Days since the midnight before delivery, and the share of complaints that are written by then."""
    grid = np.arange(0, DAYS, 1 / 24)
    drawn = np.sort(_written(seed_of("delays"), np.zeros(1_000_000, dtype=np.int64)))
    return grid, np.searchsorted(drawn, grid, side="right") / len(drawn)


def _complaints(chance: np.random.Generator, told: pl.DataFrame, counts: npt.NDArray[np.int64]) -> pl.DataFrame:
    row, kind = np.nonzero(counts)
    many = counts[row, kind]
    row, kind = np.repeat(row, many), np.repeat(kind, many)
    at = _written(chance, told["day_no"].to_numpy()[row])
    buyer = np.arange(len(row))
    again = np.flatnonzero(chance.random(len(row)) < POSTERS)
    again = np.repeat(again, chance.integers(1, 5, len(again)))
    pick = np.concatenate([np.arange(len(row)), again])
    at = np.concatenate([at, at[again] + chance.exponential(0.4, len(again))])
    kinds = np.array(list(BASE))
    frame = pl.DataFrame({"row": row[pick], "kind": kinds[kind[pick]], "buyer": buyer[pick], "at": at}).with_columns(
        time=pl.lit(datetime.combine(FIRST, datetime.min.time()))
        + pl.duration(microseconds=(pl.col("at") * 86_400_000_000).cast(pl.Int64)),
        buyer=pl.format("b{}", pl.col("buyer")),
    )
    named = told.with_row_index("row").select(pl.col("row").cast(pl.Int64), "sku", "lot", "node", "carrier", "region")
    end = datetime.combine(FIRST, datetime.min.time()) + timedelta(days=DAYS)
    return (
        frame.join(named, on="row", how="left")
        .filter(pl.col("time") < end)
        .select("time", "sku", "lot", "node", "carrier", "region", "kind", "buyer")
        .sort("time")
    )
