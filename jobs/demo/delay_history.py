"""A delivery history of the demo's carriers for `python -m engine evaluate delay`, with the true chances kept apart.

Orders over many days, from one warehouse or depot each, carried by the law of carrier_times.py. The history holds what
a shop would know; the oracle, for each parcel, its chance of being late given everything that the world itself knows at
the pick-up: no model can know more, so a model's skill can be measured as a share of it.
"""

from datetime import datetime, timedelta
from math import ceil

import numpy as np
import polars as pl

from engine.clock import BEIJING
from engine.intake.brand import Brand
from engine.intake.regions import Gazetteer
from engine.model.tracking import Scan
from jobs.demo.buyers import places
from jobs.demo.carrier_incidents import IncidentKind, incidents
from jobs.demo.carrier_load import SHARES, adcodes_of, brand_network
from jobs.demo.carrier_network import Consignment
from jobs.demo.carrier_times import chance_late
from jobs.demo.carrier_world import World
from jobs.demo.floor_hands import waybill_no

PACKED_AFTER = (2.0, 20.0)
"""Hours from payment to the label: the same evening, or the next morning and afternoon."""
EVENING = 0.6
"""Share of the orders of a day that come during its show, 20:00 to 23:00 Beijing time."""
HANDOVER_DAYS = 2
"""Days of the delivery promise that are for packing and handing over; the tariff's days come on top."""


def delay_history(
    brand: Brand, gazetteer: Gazetteer, *, parcels: int, days: int, seed: int, until: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(history, oracle): the first as DESIGN.md section 4 has it, the second parcel_id and late_probability.

    Parcels that never reached a door (lost, refused) are in neither.
    """
    network = brand_network(brand, gazetteer)
    start = until - timedelta(days=days)
    # A lane that stands still is no matter of a law, so the oracle could not say its chance.
    planted = tuple(
        one for one in incidents(seed, until - timedelta(days=days / 4)) if one.kind is not IncidentKind.LANE_STALLED
    )
    world = World(network, seed, planted)
    rng = np.random.default_rng(seed)
    where = places(gazetteer.regions)
    adcodes = adcodes_of(where, gazetteer)
    nodes = brand.nodes.filter(pl.col("kind").is_in(["warehouse", "depot"]))["node"].to_list()
    weights = np.array([1.0 / (1 + rank) for rank in range(len(nodes))])
    to = rng.choice(len(where.weight), size=parcels, p=where.weight)
    out = rng.choice(len(nodes), size=parcels, p=weights / weights.sum())
    by = rng.choice(len(SHARES), size=parcels, p=list(SHARES.values()))
    day = rng.integers(0, days, parcels)
    evening = rng.random(parcels) < EVENING
    hour = np.where(evening, rng.uniform(20.0, 23.0, parcels), rng.uniform(8.0, 24.0, parcels))
    packed = rng.uniform(*PACKED_AFTER, parcels)
    kg = rng.gamma(4.0, 1.6, parcels)
    names = list(SHARES)
    midnight = start.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    rows, chances = [], []
    for n in np.lexsort((hour, day)).tolist():
        ordered = midnight + timedelta(days=int(day[n]), hours=float(hour[n]))
        carrier, number = names[by[n]], f"h{n:07d}"
        parcel = Consignment(
            waybill_no(number, carrier), carrier, nodes[out[n]], adcodes[to[n]], "ambient",
            ordered + timedelta(hours=float(packed[n])),
        )  # fmt: skip
        route = network.route(parcel)
        walk, door = world.walk(parcel)
        if door is None:
            continue
        picked = next(step.at for step in walk if step.scan is Scan.PICKED_UP)
        last = ordered.replace(hour=23, minute=59, second=59, microsecond=0)
        promised = last + timedelta(days=HANDOVER_DAYS - 1 + ceil(route.days))
        rows.append((
            number, ordered, promised, picked, door, parcel.node, parcel.adcode[:4], carrier, "jinsui", float(kg[n]),
            float(12.0 * kg[n]), route.km, float(route.days), bool(evening[n]),
        ))  # fmt: skip
        chances.append((number, chance_late(world.law(parcel, picked), picked, promised)))
    at = pl.Datetime("us", "UTC")
    history = pl.DataFrame(
        rows,
        schema={
            "parcel_id": pl.String, "ordered_at": at, "promised_at": at, "picked_up_at": at, "delivered_at": at,
            "origin": pl.String, "destination": pl.String, "carrier": pl.String, "seller": pl.String,
            "weight_kg": pl.Float64, "value_yuan": pl.Float64, "distance_km": pl.Float64,
            "x_published_days": pl.Float64, "x_during_show": pl.Boolean,
        },
        orient="row",
    )  # fmt: skip
    oracle = pl.DataFrame(chances, schema={"parcel_id": pl.String, "late_probability": pl.Float64}, orient="row")
    return history, oracle
