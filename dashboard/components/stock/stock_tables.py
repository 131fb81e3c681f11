"""Tables of stock: pools with their clocks, stock by SKU, lots by days to expiry."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.components import grid
from dashboard.wording import Words


def pools(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Pools with their clocks and suggested top-ups."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = frame.with_columns(
            units_per_minute=pl.col("units_per_minute").round(1),
            used=100 * pl.col("reserved") / pl.max_horizontal("quantity", 1),
            name=grid.names(t, frame),
            show=grid.names(t, frame, "title"),
            clock=pl.Series(
                "clock",
                [
                    t("pools.sold_out") if left == 0 else t.duration(None if m is None else m * 60)
                    for left, m in frame.select("pool_left", "minutes_left").iter_rows()
                ],
                dtype=pl.String,
            ),
            top_up=pl.when(pl.col("top_up") > 0).then(pl.col("top_up")),
        )
        columns = {
            "name": grid.text(t("col.goods"), width=190),
            "sku": grid.text("SKU", width=130),
            "show": grid.text(t("col.show"), width=150),
            "quantity": grid.number(t("col.pool"), width=80),
            "used": st.column_config.ProgressColumn(
                t("col.pool_used"), format="%.0f%%", min_value=0, max_value=100, width=140
            ),
            "pool_left": grid.number(t("col.left"), width=80),
            "units_per_minute": grid.number(t("col.rate"), width=90),
            "clock": grid.text(t("col.clock"), width=100),
            "top_up": grid.number(t("col.top_up"), width=100),
            "free_units": grid.number(t("col.free"), width=90),
        }
        return shown, columns

    grid.live(t, frame, build, key="pools", height=height)


def skus(t: Words, frame: pl.DataFrame, free: pl.DataFrame, *, height: int) -> None:
    """Stock by SKU."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        shown = frame.join(free, on="sku", how="left").with_columns(
            grid.mapped(t, "layer", "layer"), name=grid.names(t, frame)
        )
        columns = {
            "name": grid.text(t("col.goods"), width=210),
            "sku": grid.text("SKU", width=140),
            "layer": grid.text(t("col.layer"), width=80),
            **{
                name: grid.number(t(f"col.{name}"), width=95)
                for name in ("on_hand", "reserved", "quarantined", "near_expiry", "sellable", "free_units", "nodes")
            },
        }
        return shown, columns

    grid.live(t, frame, build, key="skus", height=height)


def lots(t: Words, frame: pl.DataFrame, *, height: int) -> None:
    """Stock by node and lot, the nearest expiry first."""

    def build() -> tuple[pl.DataFrame, dict[str, Any]]:
        flag = pl.when("near_expiry").then(pl.lit(t("stock.near_expiry"))).otherwise(pl.lit(""))
        flag = pl.when(pl.col("days_left") < 0).then(pl.lit(t("stock.expired"))).otherwise(flag)
        shown = frame.with_columns(
            name=grid.names(t, frame),
            place=grid.names(t, frame, "node"),
            flag=flag,
            kind=grid.mapped(t, "node_kind", "kind"),
        )
        columns = {
            "flag": grid.text(t("col.flag"), width=80),
            "days_left": grid.number(t("col.days_left"), width=85),
            "near_expiry_at": grid.number(t("col.threshold"), width=85),
            "expires_on": st.column_config.DateColumn(t("col.expires_on"), format="YYYY-MM-DD", width=100),
            "name": grid.text(t("col.goods"), width=190),
            "lot": grid.text(t("col.lot"), width=150),
            "place": grid.text(t("col.node"), width=190),
            "kind": grid.text(t("col.kind"), width=80),
            **{
                name: grid.number(t(f"col.{name}"), width=85)
                for name in ("on_hand", "reserved", "quarantined", "available")
            },
        }
        return shown, columns

    grid.live(t, frame, build, key="lots", height=height)
