"""What did a moved order cost before, and what does it cost now? Its share of its parcels, by weight.

An order that leaves a parcel in which others stay saves only its kilograms: the parcel is still sent.
"""

import polars as pl

from engine.allocation.reallocation import PIECE, dead_parcels
from engine.allocation.window import Window, WindowPolicy


def move_costs(
    *,
    picks: pl.DataFrame,
    leaving: pl.DataFrame,
    ended: pl.DataFrame,
    new_picks: pl.DataFrame,
    new_parcels: pl.DataFrame,
    skus: pl.DataFrame,
    offers: pl.DataFrame,
    policy: WindowPolicy,
) -> pl.DataFrame:
    """order_id, from_parcel, from_node, from_carrier, legal_window, before_cents, after_cents, edit_risk_cents of each
    piece that moved.

    `picks` as PICKS of reallocation.py; `leaving`: the pieces that moved, with their window; `ended`: every piece that
    leaves its parcel; `new_picks`, `new_parcels`: of the plan; `offers`: as before the change.
    """
    weights = skus.select("sku", "weight_kg")
    pieces = (
        picks.join(weights, on="sku")
        .group_by(PIECE, maintain_order=True)
        .agg(
            pl.col("region", "node", "carrier", "layer", "cost_cents", "amount_cents").first(),
            kg=(pl.col("qty") * pl.col("weight_kg")).sum(),
        )
        .with_columns(whole_kg=pl.col("kg").sum().over("parcel_id"))
        .join(leaving, on=PIECE)
    )
    dead = dead_parcels(picks, ended).select("parcel_id", dead=pl.lit(value=True))
    pieces = pieces.join(dead, on="parcel_id", how="left").join(_per_kg(pieces, offers), on=PIECE, how="left")
    before = (
        pl.when(pl.col("dead"))
        .then(pl.col("cost_cents") * _part(pl.col("kg"), pl.col("whole_kg")))
        .otherwise(pl.col("per_kg_yuan").fill_null(0.0) * 100 * pl.col("kg"))
    )
    after = _after(new_picks, new_parcels, weights)
    order_kg = pl.col("kg").sum().over("order_id")
    first = pl.col("order_id").is_first_distinct() & (pl.col("window") == Window.EDIT.value).any().over("order_id")
    risk = pl.Series("risk", [policy.edit_risk_cents(cents) for cents in pieces["amount_cents"]], dtype=pl.Int64)
    return pieces.join(after, on="order_id", maintain_order="left").select(
        "order_id",
        from_parcel="parcel_id",
        from_node="node",
        from_carrier="carrier",
        legal_window="window",
        before_cents=before.round().cast(pl.Int64),
        after_cents=(pl.col("order_cents") * _part(pl.col("kg"), order_kg)).round().cast(pl.Int64),
        edit_risk_cents=pl.when(first).then(risk).otherwise(0),
    )


def _part(kg: pl.Expr, of: pl.Expr) -> pl.Expr:
    """Share by weight; goods that weigh nothing share nothing but the whole of themselves."""
    return pl.when(of > 0).then(kg / of).otherwise(1.0)


def _after(new_picks: pl.DataFrame, new_parcels: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """order_id, order_cents: the order's share of its new parcels."""
    return (
        new_picks.join(weights, on="sku")
        .group_by(PIECE)
        .agg(kg=(pl.col("qty") * pl.col("weight_kg")).sum())
        .join(new_parcels.select("parcel_id", "cost_yuan"), on="parcel_id")
        .with_columns(cents=pl.col("cost_yuan") * 100 * _part(pl.col("kg"), pl.col("kg").sum().over("parcel_id")))
        .group_by("order_id")
        .agg(order_cents=pl.col("cents").sum())
    )


def _per_kg(pieces: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """order_id, parcel_id, per_kg_yuan of the offer under which each piece travels."""
    places = pieces.select("node", "carrier", "layer", "region").unique()
    found = (
        places.rename({"region": "place"})
        .join(offers.select("node", "carrier", "layer", "region", "per_kg_yuan"), on=["node", "carrier", "layer"])
        .filter(pl.col("place").str.starts_with(pl.col("region")))
        .sort(pl.col("region").str.len_chars(), descending=True)
        .unique(["node", "carrier", "layer", "place"], keep="first", maintain_order=True)
        .select("node", "carrier", "layer", "per_kg_yuan", region="place")
    )
    return pieces.join(found, on=["node", "carrier", "layer", "region"]).select(*PIECE, "per_kg_yuan")
