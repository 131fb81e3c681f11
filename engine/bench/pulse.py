"""A seeded pulse of orders, as a livestream makes them: what arrives, in which order, how often the same twice?

Zipf over what the show sells (kits among it), several lines and units, provinces by weight, retries that arrive some
batches later. Orders come out in the canonical JSON form. Knows no database and no clock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from engine.errors import BadSetting

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
PHONE_HEADS = ("131", "135", "138", "139", "150", "158", "176", "186")
PER_SECOND = 100
"""Payments in one second of the pulse; platforms tell whole seconds."""


@dataclass(frozen=True, slots=True)
class PulseShape:
    """What the pulse is like. The same shape and seed give the same orders on every machine.

    arrivals: requests to take an order in, retries included. resent: share of them that repeat an earlier order
    (each at most once), at least `resent_after` arrivals later. skew: exponent of the Zipf law over the show's
    items. extra_lines: chance of a second line, and of a third. many_units: chance that a line has 2 to 5 units.
    vague: share without a street. scalpers: share of orders that one of 20 buyers places.
    """

    arrivals: int = 100_000
    seed: int = 20261111
    resent: float = 0.02
    resent_after: int = 5_000
    skew: float = 0.9
    extra_lines: tuple[float, float] = (0.2, 0.05)
    many_units: float = 0.15
    vague: float = 0.005
    scalpers: float = 0.002

    def __post_init__(self) -> None:
        if self.arrivals < 100:
            raise BadSetting(f"A pulse of {self.arrivals} orders measures nothing: ask for at least 100.")
        if not 0 <= self.resent <= 0.2:
            raise BadSetting(f"The share of resent orders is {self.resent}: it must lie between 0 and 0.2.")
        if not 1 <= self.resent_after <= self.arrivals // 4:
            raise BadSetting("Orders are resent too late to arrive: resent_after may be a quarter of the arrivals.")


@dataclass(frozen=True, slots=True)
class Stage:
    """What the pulse is about. items: sku (SKU or kit, the most wanted first), price_cents. places: province, city,
    district, weight. starts_at: payment of the first order."""

    show_id: str
    items: pl.DataFrame
    places: pl.DataFrame
    starts_at: datetime


def stage_of(
    show_id: str, items: pl.DataFrame, quotas: pl.DataFrame, regions: pl.DataFrame, starts_at: datetime
) -> Stage:
    """The stage of a show. `items`: show_items of it; `quotas`: province, quantity; `regions`: the gazetteer's frame.

    Provinces follow a Zipf law in the order of their quota, so that the greatest and some of the small run full.
    """
    ranked = quotas.sort(["quantity", "province"], descending=[True, False]).select(
        "province", share=1.0 / pl.int_range(1, pl.len() + 1)
    )
    places = (
        regions.filter(pl.col("level") == "district")
        .drop_nulls(["city", "district"])
        .unique(["province", "city", "district"])
        .join(ranked, on="province")
        .select("province", "city", "district", weight=pl.col("share") / pl.len().over("province"))
        .sort("province", "city", "district")
    )
    wanted = items.sort(["expected_units", "sku"], descending=[True, False]).select("sku", "price_cents")
    return Stage(show_id, wanted, places, starts_at)


def pulse_orders(shape: PulseShape, stage: Stage) -> list[dict[str, Any]]:
    """`shape.arrivals` canonical orders in the order of arrival; a resent order is the very same dict again."""
    rng = np.random.default_rng(shape.seed)
    fresh = list(_fresh_orders(shape, stage, rng))
    return [fresh[n] for n in _queue(shape, len(fresh), rng)]


def _queue(shape: PulseShape, distinct: int, rng: np.random.Generator) -> list[int]:
    """Which order arrives when: 0, 1, 2 ... and, `resent_after` arrivals later or more, some of them once again."""
    repeats = shape.arrivals - distinct
    at = set(rng.choice(np.arange(2 * shape.resent_after, shape.arrivals), size=repeats, replace=False).tolist())
    queue: list[int] = []
    again: set[int] = set()
    fresh = iter(range(distinct))
    for place in range(shape.arrivals):
        if place not in at:
            queue.append(next(fresh))
            continue
        chosen = queue[int(rng.integers(place - shape.resent_after + 1))]
        while chosen in again:
            chosen = queue[int(rng.integers(place - shape.resent_after + 1))]
        again.add(chosen)
        queue.append(chosen)
    return queue


def _fresh_orders(shape: PulseShape, stage: Stage, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    count = shape.arrivals - round(shape.arrivals * shape.resent)
    ranks = np.arange(1, stage.items.height + 1, dtype=np.float64)
    wanted = ranks**-shape.skew
    items = rng.choice(stage.items.height, size=(count, 3), p=wanted / wanted.sum())
    lines = 1 + (rng.random((count, 2)) < np.array(shape.extra_lines)).cumprod(axis=1).sum(axis=1)
    units = np.where(rng.random((count, 3)) < shape.many_units, rng.integers(2, 6, (count, 3)), 1)
    weight = stage.places["weight"].to_numpy()
    place = rng.choice(stage.places.height, size=count, p=weight / weight.sum())
    vague = rng.random(count) < shape.vague
    scalper = rng.random(count) < shape.scalpers
    buyer = rng.integers(len(SURNAMES) * len(PHONE_HEADS) * 10_000, size=count)
    buyer = np.where(scalper, buyer % 20, buyer)
    codes, prices = stage.items["sku"].to_list(), stage.items["price_cents"].to_list()
    places = stage.places.select("province", "city", "district").rows()
    start = stage.starts_at.replace(microsecond=0)
    for n in range(count):
        paid = start + timedelta(seconds=n // PER_SECOND)
        chosen = dict(zip(items[n, : lines[n]].tolist(), units[n].tolist(), strict=False))
        name, tail = divmod(int(buyer[n]), 10_000)
        yield {
            "platform": "douyin",
            "order_no": f"{69_000_000_000 + n}",
            "created_at": (paid - timedelta(seconds=20)).isoformat(),
            "paid_at": paid.isoformat(),
            "status": "paid",
            "show_id": stage.show_id,
            "anchor": "粮油小杨",
            "buyer": {
                "name": SURNAMES[name % len(SURNAMES)] + "**",
                "phone": f"{PHONE_HEADS[name // len(SURNAMES)]}****{tail:04d}",
            },
            "address": {
                **dict(zip(("province", "city", "district"), places[place[n]], strict=True)),
                "street": "" if vague[n] else "人民路街道",
                "detail": "******",
            },
            "lines": [
                {"sku": codes[i], "qty": u, "amount_yuan": f"{prices[i] * u / 100:.2f}"} for i, u in chosen.items()
            ],
        }


def batches(orders: Sequence[dict[str, Any]], size: int) -> list[Sequence[dict[str, Any]]]:
    """The pulse cut into batches of `size`, the last one smaller."""
    return [orders[first : first + size] for first in range(0, len(orders), size)]
