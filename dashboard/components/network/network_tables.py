"""Tables of the network page. Reasons are operators' own words: the grid shows text as text."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import sentences
from dashboard.components import grid
from dashboard.wording import NOTHING, Words


def _load(label: str) -> Any:
    return st.column_config.ProgressColumn(label, format="%.0f%%", min_value=0, max_value=100, width=95)


def _parcels(t: Words) -> dict[str, Any]:
    return {
        name: grid.number(t(f"col.{name}"), width=68) for name in ("open_parcels", "labelled_parcels", "gone_parcels")
    }


def nodes(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Nodes: state, load of the day, parcels by how far they are."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = frame.with_columns(
            grid.mapped(t, "network_state", "state"),
            grid.mapped(t, "node_kind", "kind"),
            *grid.beijing("since"),
            load=100 * pl.col("load"),
            name=grid.names(t, frame),
        )
        columns = {
            "state": grid.text(t("col.state"), width=60),
            "name": grid.text(t("col.node"), width=195),
            "kind": grid.text(t("col.kind"), width=72),
            "load": _load(t("col.load")),
            **_parcels(t),
            "reason": grid.text(t("review.reason"), width=95),
            "since": grid.moment(t("col.since"), form="MM-DD HH:mm", width=88),
        }
        return shown, columns

    grid.live(t, frame, build, key="network-nodes", height=height)


def carriers(t: Words, frame: pl.DataFrame, divisions: pl.DataFrame, *, height: int) -> None:
    """Carriers: where they are stopped, load of the day, parcels by how far they are."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        places = places_of(t, divisions)
        told = [", ".join(places.get(prefix, prefix) for prefix in stops) for stops in frame["stops"]]
        shown = frame.with_columns(
            *grid.beijing("since"),
            load=100 * pl.col("load"),
            name=grid.names(t, frame),
            stops=pl.Series("stops", told, dtype=pl.String),
        )
        columns = {
            # Together half of a screen of 1600 pixels, less its frames.
            "name": grid.text(t("col.carrier"), width=135),
            "load": _load(t("col.load")),
            **_parcels(t),
            "stops": grid.text(t("col.stops"), width=95),
            "reason": grid.text(t("review.reason"), width=95),
            "since": grid.moment(t("col.since"), form="MM-DD HH:mm", width=88),
        }
        return shown, columns

    grid.live(t, frame, build, key="network-carriers", height=height)


def places_of(t: Words, divisions: pl.DataFrame) -> dict[str, str]:
    """Prefix of division codes -> its name; the empty prefix is the whole country."""
    named = {"": t("network.everywhere")}
    for prefix, province, city in divisions.iter_rows():
        whole = t.of("province", province)
        named.setdefault(prefix, whole if city is None else f"{whole} · {city}")
    return named


def stuck(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Orders that had to move and could not, each a link to its own page."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        why = [
            t.of("why_stuck", reason) + (f": {sentences.unserved(t, detail)}" if detail else "")
            for reason, detail in frame.select("reason", "detail").iter_rows()
        ]
        shown = frame.with_columns(
            *grid.beijing("promise_at", "at"),
            *grid.yuan("amount_cents"),
            grid.mapped(t, "province", "province"),
            grid.mapped(t, "change", "kind"),
            grid.links(t, frame),
            why=pl.Series("why", why, dtype=pl.String),
        )
        columns = {
            "promise_at": grid.moment(t("col.promise_at"), form="MM-DD HH:mm", width=100),
            "link": grid.link(t),
            "kind": grid.text(t("col.cause"), width=110),
            "subject": grid.text(t("col.subject"), width=150),
            "why": grid.text(t("col.why"), width=400),
            "parcel_id": grid.text(t("col.parcel"), width=110),
            "province": grid.text(t("col.province"), width=100),
            "amount_cents": grid.number(t("col.paid"), form="¥%.2f", width=90),
            "at": grid.moment(t("col.at")),
        }
        return shown, columns

    grid.live(t, frame, build, key="network-stuck", height=height)


def edits(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Waybills that the platform must be told about."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        gone = (
            pl.when(pl.col("picked_up_at").is_not_null())
            .then(pl.lit(t("network.handed_over")))
            .otherwise(pl.lit(NOTHING))
        )
        shown = frame.with_columns(
            *grid.beijing("uploaded_at", "at"),
            grid.mapped(t, "platform", "platform"),
            grid.mapped(t, "status", "status"),
            grid.links(t, frame),
            flag=gone,
        )
        columns = {
            "link": grid.link(t),
            "platform": grid.text(t("col.platform"), width=90),
            "waybill_no": grid.text(t("col.waybill"), width=160),
            "parcel_id": grid.text(t("col.parcel"), width=110),
            "uploaded_at": grid.moment(t("col.uploaded_at")),
            "at": grid.moment(t("col.left_at")),
            "status": grid.text(t("col.status"), width=90),
            "flag": grid.text(t("col.flag"), width=260),
        }
        return shown, columns

    grid.live(t, frame, build, key="network-edits", height=height)


def lots(t: Words, frame: pl.DataFrame, short: pl.DataFrame, *, height: int) -> None:
    """Lots under quarantine, with what is sold and lies on no shelf."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        missing = short.select("sku", short="units")
        shown = frame.join(missing, on="sku", how="left", maintain_order="left").with_columns(
            *grid.beijing("since"), name=grid.names(t, frame)
        )
        columns = {
            "lot": grid.text(t("col.lot"), width=170),
            "name": grid.text(t("col.goods"), width=190),
            "units": grid.number(t("col.quarantined"), width=90),
            "short": grid.number(t("col.short"), width=110),
            "reason": grid.text(t("review.reason"), width=300),
            "actor": grid.text(t("col.actor"), width=110),
            "since": grid.moment(t("col.since")),
        }
        return shown, columns

    grid.live(t, frame, build, key="network-lots", height=height)


def log(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """What was steered, and what it moved."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = frame.with_columns(*grid.beijing("at"), *grid.yuan("extra_cents"), grid.mapped(t, "change", "kind"))
        columns = {
            "at": grid.moment(t("col.at")),
            "kind": grid.text(t("col.what"), width=120),
            "subject": grid.text(t("col.subject"), width=150),
            "region": grid.text(t("col.region"), width=80),
            "orders_moved": grid.number(t("col.moved"), width=90),
            "extra_cents": grid.number(t("col.extra"), form="¥%.2f", width=100),
            "stuck": grid.number(t("col.stuck"), width=90),
            "reason": grid.text(t("review.reason"), width=300),
            "actor": grid.text(t("col.actor"), width=110),
        }
        return shown, columns

    grid.live(t, frame, build, key="network-log", height=height)


def routes(t: Words, frame: pl.DataFrame, names: dict[str, str]) -> None:
    """The ways that a previewed change would alter."""
    shown = frame.with_columns(
        pl.col("from_node", "from_carrier", "to_node", "to_carrier").replace(names), *grid.yuan("extra_cents")
    )
    columns = {
        "from_node": grid.text(t("col.from_node"), width=170),
        "from_carrier": grid.text(t("col.carrier"), width=110),
        "to_node": grid.text(t("col.to_node"), width=170),
        "to_carrier": grid.text(t("col.carrier"), width=110),
        "orders": grid.number(t("col.orders"), width=70),
        "extra_cents": grid.number(t("col.extra"), form="¥%.2f", width=100),
    }
    grid.show(t, shown, columns, key="steering-routes", height=250)


def preview_stuck(t: Words, frame: pl.DataFrame) -> None:
    """Orders that a previewed change would leave where they are, or send back to waiting, by reason."""
    counted = frame.group_by("reason").agg(orders=pl.col("order_id").n_unique()).sort("orders", descending=True)
    columns = {"reason": grid.text(t("col.why"), width=330), "orders": grid.number(t("col.orders"), width=80)}
    grid.show(t, counted.with_columns(grid.mapped(t, "why_stuck", "reason")), columns, key="steering-stuck", height=250)
