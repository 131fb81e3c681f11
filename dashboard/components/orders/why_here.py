"""Why does an order ship from here, and why not from there? What its parcels cost, part by part, and what the nodes
that were passed over would have cost instead."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl
import streamlit as st

from dashboard.components import grid
from dashboard.order_file import OrderFile
from dashboard.sentences import COST_PARTS, ParcelCost, PassedOver, costs, passed_over
from dashboard.wording import NOTHING, Words


def draw(t: Words, file: OrderFile, kept: str | None) -> None:
    """Both tables, as far as `kept`, the JSON of the decision, knows."""
    nodes = {row["node"]: t.name(row) for row in file.nodes.iter_rows(named=True)}
    carriers = {row["carrier"]: t.name(row) for row in file.carriers.iter_rows(named=True)}
    parcels = costs(kept)
    if parcels:
        st.caption(t("order.why_here"))
        _costs(t, parcels, nodes, carriers)
        sharing = [t.count(parcel.orders) for parcel in parcels if parcel.orders > 1]
        if sharing:
            st.caption(t("order.shared_parcel", n=", ".join(sharing)))
    others = passed_over(t, kept, nodes=nodes, carriers=carriers)
    if others:
        st.caption(t("order.passed_over"))
        _others(t, others, file.sold_out)


def _costs(t: Words, parcels: Sequence[ParcelCost], nodes: Mapping[str, str], carriers: Mapping[str, str]) -> None:
    """Parts of the cost in rows, parcels in columns."""
    labels = [t(f"cost_part.{part}") for part in COST_PARTS]
    shown = {"part": [t("col.node"), t("col.carrier"), "kg", *labels, t("cost_part.total")]}
    columns = {"part": grid.text(t("col.cost_part"), width=120)}
    for number, parcel in enumerate(parcels, start=1):
        name = f"parcel{number}"
        shown[name] = [
            nodes.get(parcel.node, parcel.node),
            carriers.get(parcel.carrier, parcel.carrier),
            f"{parcel.kg:.2f}",
            *(_money(parcel.parts[part]) for part in COST_PARTS),
            _money(parcel.total),
        ]
        columns[name] = grid.text(f"{t('col.parcel')} {number}", width=190)
    if len(parcels) > 1:
        whole = [_sum([parcel.parts[part] for parcel in parcels]) for part in COST_PARTS]
        kg = f"{sum(parcel.kg for parcel in parcels):.2f}"
        shown["all"] = ["", "", kg, *(_money(yuan) for yuan in [*whole, _sum([p.total for p in parcels])])]
        columns["all"] = grid.text(t("col.all_parcels"), width=80)
    grid.show(t, pl.DataFrame(shown), columns, key="costs")


def _sum(yuan: Sequence[float | None]) -> float | None:
    known = [value for value in yuan if value is not None]
    return sum(known) if len(known) == len(yuan) else None


def _money(yuan: float | None) -> str:
    return NOTHING if yuan is None else f"¥{yuan:,.2f}"


def _others(t: Words, others: Sequence[PassedOver], sold_out: pl.DataFrame) -> None:
    """Nodes that were looked at and not chosen."""
    rows = [
        {
            "place": other.place,
            "by": other.carrier,
            "more": NOTHING if other.yuan_more is None else _difference(other.yuan_more),
            "why": _why(t, other, sold_out),
        }
        for other in others
    ]
    columns = {
        "place": grid.text(t("col.node"), width=200),
        "by": grid.text(t("col.carrier"), width=80),
        "more": grid.text(t("col.yuan_more"), width=80),
        "why": grid.text(t("col.why_not"), width=280),
    }
    grid.show(t, pl.DataFrame(rows), columns, key="passed-over")


def _difference(yuan: float) -> str:
    cents = round(yuan * 100)
    return "¥0.00" if cents == 0 else f"{'+' if cents > 0 else '−'}¥{abs(cents) / 100:,.2f}"


def _why(t: Words, other: PassedOver, sold_out: pl.DataFrame) -> str:
    at = _sold_out_at(other, sold_out)
    why = other.words if at is None else t("order.sold_out_at", at=t.clock(at)[:5])
    return t("order.with_figures", why=why, figures=other.figures) if other.figures else why


def _sold_out_at(other: PassedOver, sold_out: pl.DataFrame) -> datetime | None:
    """When the SKU that the figures name was given away there; None where some is left or none ever was."""
    if other.why != "short_of_stock":
        return None
    for node, sku, at in sold_out.select("node", "sku", "sold_out_at").iter_rows():
        if node == other.node and other.figures.startswith((f"{sku}: ", f"{sku}：")):
            return at
    return None
