"""Do the goods of a plan exist, and reach whole orders together? Part of the checker in feasibility.py."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from engine.allocation.numbered import UNKNOWN, Numbered


def references(n: Numbered) -> Iterator[str]:
    """Ids that nothing else knows, and ids said twice. What the other checks count by."""
    plan = n.plan
    unpicked = np.bincount(n.picks.parcel + 1, minlength=plan.parcels.height + 1)[1:] == 0
    # Picks are numbered by the first of two parcels, so the second of two is always unpicked.
    twice = plan.parcels.filter(pl.col("parcel_id").is_duplicated()) if unpicked.any() else plan.parcels.clear()
    if twice.height:
        unpicked &= plan.parcels["parcel_id"].is_first_distinct().to_numpy()
    for column, values, strange in (
        ("order_id", plan.picks["order_id"], n.picks.order == UNKNOWN),
        ("order_id", plan.unserved["order_id"], n.unserved == UNKNOWN),
        ("sku", plan.picks["sku"], n.picks.sku == UNKNOWN),
        ("parcel_id", plan.picks["parcel_id"], n.picks.parcel == UNKNOWN),
        ("parcel_id", plan.parcels["parcel_id"], unpicked),
        ("node", plan.parcels["node"], n.parcels.node == UNKNOWN),
        ("carrier", plan.parcels["carrier"], n.parcels.carrier == UNKNOWN),
    ):
        if strange.any():
            for value in values.filter(pl.Series(strange)).unique(maintain_order=True):
                yield f"The plan mentions {column} {value}, which nothing else knows."
    for parcel in twice["parcel_id"].unique(maintain_order=True):
        yield f"Parcel {parcel} is listed twice."
    for order in plan.unserved.filter(pl.col("order_id").is_duplicated())["order_id"].unique(maintain_order=True):
        yield f"Order {order} is listed as unserved twice."


def parcels_match_picks(n: Numbered) -> Iterator[str]:
    """What is picked for a parcel leaves where, with whom and for whom the parcel says."""
    picks, parcels, plan = n.picks, n.parcels, n.plan
    elsewhere = (picks.node != parcels.node[picks.parcel]) | (picks.carrier != parcels.carrier[picks.parcel])
    for row in _rows(plan.picks, elsewhere):
        yield f"Order {row['order_id']} picks at another node or carrier than parcel {row['parcel_id']}."
    for row in _rows(plan.picks, picks.qty < 1):
        yield f"Order {row['order_id']} picks {row['qty']} of {row['sku']}."
    span = n.problem.orders.height + 1
    inside = pl.Series(picks.parcel * span + picks.order + 1).unique().sort()
    listed = pl.Series(parcels.listed_in * span + parcels.listed_order + 1).sort()
    if inside.equals(listed):
        return
    # An order listed twice is in `listed` twice; one that nobody knows counts as order 0, which none is.
    twice = listed.filter(listed.is_duplicated())
    odd = pl.concat([inside.filter(~inside.is_in(listed.implode())), listed.filter(~listed.is_in(inside.implode()))])
    for number in (pl.concat([odd, twice]) // span).unique().sort():
        goods_of = plan.picks.filter(pl.Series(picks.parcel == number))["order_id"].unique().sort().to_list()
        listing = plan.parcels["orders"].list.sort()[number]
        said = None if listing is None else listing.to_list()
        yield f"Parcel {plan.parcels['parcel_id'][number]} lists {said} but holds goods of {goods_of}."


def orders_are_whole(n: Numbered) -> Iterator[str]:
    """Each order is served to the last unit, or listed as unserved; never both, never neither."""
    unserved = np.zeros(n.problem.orders.height, dtype=bool)
    unserved[n.unserved] = True
    served = np.zeros(n.problem.orders.height, dtype=bool)
    served[n.picks.order] = True
    for row in _rows(n.plan.unserved, served[n.unserved]):
        yield f"Order {row['order_id']} is served and unserved."
    span = n.problem.skus.height
    asking, sending = ~unserved[n.line_order], ~unserved[n.picks.order]
    asked = (n.line_order * span + n.line_sku)[asking]
    sent = (n.picks.order * span + n.picks.sku)[sending]
    wanted, given = n.problem.lines["qty"].cast(pl.Int64).to_numpy()[asking], n.picks.qty[sending]
    both = (
        pl.DataFrame(
            {
                "key": np.concatenate([asked, sent]),
                "asked": np.concatenate([wanted, np.zeros_like(given)]),
                "sent": np.concatenate([np.zeros_like(wanted), given]),
            }
        )
        .group_by("key")
        .agg(pl.col("asked").sum(), pl.col("sent").sum())
        .filter(pl.col("asked") != pl.col("sent"))
    )
    wrong = both.select(
        n.problem.orders["order_id"].gather(both["key"] // span),
        n.problem.skus["sku"].gather(both["key"] % span),
        "asked",
        "sent",
    ).sort("order_id", "sku")
    for order, sku, units, got in wrong.iter_rows():
        yield f"Order {order} asks for {units} of {sku} and gets {got}."


def kits_travel_together(n: Numbered) -> Iterator[str]:
    """One kit, one layer, one parcel."""
    kit_lines = pl.DataFrame({"order": n.line_order, "layer": n.sku_layer[n.line_sku]}).with_columns(
        n.problem.lines.select("sku", "kit", pl.col("qty").cast(pl.Int64))
    )
    kit_lines = kit_lines.filter(pl.col("kit").is_not_null())
    with_kits = np.zeros(n.problem.orders.height, dtype=bool)
    with_kits[kit_lines["order"].to_numpy()] = True
    chosen = with_kits[n.picks.order]
    contents = pl.DataFrame(
        {
            "order": n.picks.order[chosen],
            "layer": n.parcels.layer[n.picks.parcel[chosen]],
            "parcel": n.picks.parcel[chosen],
            "sku": n.plan.picks["sku"].filter(pl.Series(chosen)),
            "qty": n.picks.qty[chosen],
        }
    )
    place = ["order", "layer"]
    several = contents.group_by(place).agg(pl.col("parcel").n_unique()).filter(pl.col("parcel") > 1)
    kits = _held(kit_lines.join(several, on=place, how="semi"), by="kit")
    room = _held(contents.join(several, on=place, how="semi"), by="parcel")
    torn = [
        (n.problem.orders["order_id"][order], n.layers[layer])
        for (order, layer), wanted in kits.items()
        if not _kits_fit(list(wanted.values()), list(room[order, layer].values()))
    ]
    for order_id, layer_name in sorted(torn):
        yield f"Order {order_id}: a kit's {layer_name} goods are torn apart."


_Units = dict[str, int]


def _held(rows: pl.DataFrame, *, by: str) -> dict[tuple[int, int], dict[object, _Units]]:
    """Units by SKU of each kit or parcel of each (order, layer)."""
    held: dict[tuple[int, int], dict[object, _Units]] = {}
    summed_up = rows.group_by("order", "layer", by, "sku", maintain_order=True).agg(pl.col("qty").sum())
    for order, layer, which, sku, qty in summed_up.iter_rows():
        held.setdefault((order, layer), {}).setdefault(which, {})[sku] = qty
    return held


def _kits_fit(kits: list[_Units], parcels: list[_Units]) -> bool:
    """Can each kit be given a parcel so that no parcel holds less than its kits need? Tries everything: kits
    are few."""
    if not kits:
        return True
    kit, rest = kits[0], kits[1:]
    for parcel in parcels:
        if all(parcel.get(sku, 0) >= qty for sku, qty in kit.items()):
            for sku, qty in kit.items():
                parcel[sku] -= qty
            if _kits_fit(rest, parcels):
                return True
            for sku, qty in kit.items():
                parcel[sku] += qty
    return False


def layers_are_right(n: Numbered) -> Iterator[str]:
    """A parcel holds goods of its layer only, and its node keeps that layer."""
    needs = n.sku_layer[n.picks.sku]
    wrong = needs != n.parcels.layer[n.picks.parcel]
    if wrong.any():
        layers = n.plan.parcels["layer"].gather(n.picks.parcel[wrong])
        for row, layer, need in zip(_rows(n.plan.picks, wrong), layers, n.layers.gather(needs[wrong]), strict=True):
            yield f"Parcel {row['parcel_id']} is {layer} but holds {row['sku']}, which is {need}."
    keeps = np.zeros((n.problem.nodes.height, len(n.layers) + 1), dtype=bool)  # the last column: no known layer
    for number, layer in enumerate(n.layers):
        keeps[:, number] = n.problem.nodes["layers"].list.contains(layer).to_numpy()
    for row in _rows(n.plan.parcels, ~keeps[n.parcels.node, n.parcels.layer]):
        yield f"Parcel {row['parcel_id']} is {row['layer']}, which node {row['node']} cannot keep."


def _rows(frame: pl.DataFrame, wrong: np.typing.NDArray[np.bool_]) -> Iterator[dict[str, object]]:
    if wrong.any():
        yield from frame.filter(pl.Series(wrong)).iter_rows(named=True)
