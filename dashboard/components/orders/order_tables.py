"""Tables of orders: the newest, the held, the quarantined, the ones found; and the tables of one order.

A grid shows text as text, so what strangers wrote (buyers, faults, sources) is safe in it."""

from typing import Any

import polars as pl

from dashboard import sentences
from dashboard.components import grid
from dashboard.wording import Words


def latest_orders(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """The newest orders, each a link to its own page."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = frame.with_columns(
            *grid.beijing("paid_at", "received_at", "promise_at"),
            *grid.yuan("amount_cents"),
            grid.mapped(t, "status", "status"),
            grid.mapped(t, "platform", "platform"),
            grid.mapped(t, "province", "province"),
            grid.links(t, frame),
        )
        columns = {
            "received_at": grid.moment(t("col.received_at"), form="HH:mm:ss", width=80),
            "link": grid.link(t),
            "platform": grid.text(t("col.platform"), width=80),
            "buyer": grid.text(t("col.buyer"), width=110),
            "province": grid.text(t("col.province"), width=130),
            "city": grid.text(t("col.city"), width=110),
            "units": grid.number(t("col.units"), width=60),
            "amount_cents": grid.number(t("col.paid"), form="¥%.2f", width=90),
            "status": grid.text(t("col.status"), width=90),
            "promise_at": grid.moment(t("col.promise_at")),
        }
        return shown, columns

    grid.live(t, frame, build, key="latest-orders", height=height)


def unserved(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Orders that found no way out, with why."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        why = pl.Series("why", [sentences.unserved(t, detail) for detail in frame["detail"]], dtype=pl.String)
        shown = frame.with_columns(
            *grid.beijing("promise_at", "decided_at"),
            *grid.yuan("amount_cents"),
            why,
            grid.mapped(t, "province", "province"),
            grid.links(t, frame),
        )
        columns = {
            "promise_at": grid.moment(t("col.promise_at")),
            "link": grid.link(t),
            "province": grid.text(t("col.province"), width=130),
            "city": grid.text(t("col.city"), width=110),
            "units": grid.number(t("col.units"), width=60),
            "amount_cents": grid.number(t("col.paid"), form="¥%.2f", width=90),
            "why": grid.text(t("col.why"), width=380),
            "decided_at": grid.moment(t("col.decided_at")),
        }
        return shown, columns

    grid.live(t, frame, build, key="unserved", height=height)


def batches(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Intake batches and how their rows ended."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        columns = {
            "received_at": grid.moment(t("col.received_at")),
            "source": grid.text(t("col.source"), width=220),
            **{
                name: grid.number(t(f"col.{name}"), width=90)
                for name in ("read", "accepted", "duplicate", "changed", "unpaid", "quarantined")
            },
            "batch_id": grid.text(t("col.batch"), width=260),
        }
        return frame.with_columns(*grid.beijing("received_at")), columns

    grid.live(t, frame, build, key="batches", height=height)


def holds(t: Words, frame: pl.DataFrame, *, height: int, key: str) -> list[int]:
    """Held orders; several may be chosen."""
    why = pl.Series("why", ["; ".join(sentences.reasons(t, r)) for r in frame["reason"]], dtype=pl.String)
    shown = frame.with_columns(
        *grid.beijing("paid_at", "promise_at"),
        *grid.yuan("amount_cents", "list_cents"),
        why,
        grid.mapped(t, "province", "province"),
        grid.links(t, frame),
    )
    columns = {
        "link": grid.link(t),
        "why": grid.text(t("col.why"), width=430),
        "buyer": grid.text(t("col.buyer"), width=110),
        "province": grid.text(t("col.province"), width=110),
        "city": grid.text(t("col.city"), width=90),
        "units": grid.number(t("col.units"), width=60),
        "amount_cents": grid.number(t("col.paid"), form="¥%.2f", width=90),
        "list_cents": grid.number(t("col.list"), form="¥%.2f", width=90),
        "promise_at": grid.moment(t("col.promise_at")),
    }
    return grid.show(t, shown, columns, key=key, height=height, selection="multi-row")


def quarantine(t: Words, frame: pl.DataFrame, *, height: int, key: str) -> list[int]:
    """Quarantined rows; one may be chosen. Faults and sources are outside text: the grid shows them as they are."""
    fault = pl.Series("fault", ["; ".join(sentences.faults(t, f)) for f in frame["fault"]], dtype=pl.String)
    columns = {
        "received_at": grid.moment(t("col.received_at")),
        "order_id": grid.text(t("col.order_no"), width=210),
        "fault": grid.text(t("col.fault"), width=460),
        "source": grid.text(t("col.source"), width=160),
        "row": grid.number(t("col.row"), width=60),
    }
    return grid.show(
        t,
        frame.with_columns(*grid.beijing("received_at"), fault),
        columns,
        key=key,
        height=height,
        selection="single-row",
    )


def found(t: Words, frame: pl.DataFrame) -> list[int]:
    """Orders that a search found; one may be chosen."""
    shown = frame.with_columns(
        *grid.beijing("paid_at"),
        *grid.yuan("amount_cents"),
        grid.mapped(t, "status", "status"),
        grid.mapped(t, "platform", "platform"),
        grid.mapped(t, "province", "province"),
    )
    columns = {
        "paid_at": grid.moment(t("col.paid_at")),
        "order_no": grid.text(t("col.order_no"), width=190),
        "platform": grid.text(t("col.platform"), width=90),
        "buyer": grid.text(t("col.buyer"), width=120),
        "province": grid.text(t("col.province"), width=140),
        "city": grid.text(t("col.city"), width=120),
        "units": grid.number(t("col.units"), width=70),
        "amount_cents": grid.number(t("col.paid"), form="¥%.2f", width=100),
        "status": grid.text(t("col.status"), width=100),
    }
    return grid.show(t, shown, columns, key="found", selection="single-row")


def goods(t: Words, frame: pl.DataFrame) -> None:
    """The physical lines of an order. What was paid for a kit stands once, on its first component."""
    part = pl.col("kit").is_not_null() & (pl.col("amount_cents") == 0)
    paid = pl.when(~part).then(pl.col("amount_cents") / 100).alias("amount_cents")
    columns = {
        "name": grid.text(t("col.goods"), width=200),
        "sku": grid.text("SKU", width=140),
        "qty": grid.number(t("col.units"), width=70),
        "kit": grid.text(t("col.kit"), width=140),
        "amount_cents": grid.number(t("col.paid"), form="¥%.2f", width=90),
    }
    grid.show(t, frame.with_columns(paid, name=grid.names(t, frame)), columns, key="goods")


def picks(t: Words, frame: pl.DataFrame) -> None:
    """Where an order ships from, in which parcels. A parcel's weight and cost stand once, on its first line."""
    first = pl.col("parcel_id").is_first_distinct()
    shown = frame.with_columns(
        pl.when(first).then(pl.col("kg")),
        pl.when(first).then(pl.col("cost_cents") / 100),
        grid.mapped(t, "parcel_status", "parcel_status"),
        name=grid.names(t, frame),
        place=grid.names(t, frame, "node"),
        by=grid.names(t, frame, "carrier"),
    )
    columns = {
        "parcel_id": grid.text(t("col.parcel"), width=140),
        "place": grid.text(t("col.node"), width=190),
        "by": grid.text(t("col.carrier"), width=120),
        "name": grid.text(t("col.goods"), width=180),
        "qty": grid.number(t("col.units"), width=60),
        "lot": grid.text(t("col.lot"), width=140),
        "kg": grid.number("kg", form="%.2f", width=70),
        "cost_cents": grid.number(t("col.cost"), form="¥%.2f", width=80),
        "parcel_status": grid.text(t("col.status"), width=80),
    }
    grid.show(t, shown, columns, key="picks")
