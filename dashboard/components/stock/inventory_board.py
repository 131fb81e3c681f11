"""The inventory board: pools and their sell-out clocks, stock by SKU, lots by days to expiry."""

from datetime import datetime

import polars as pl
import streamlit as st

from dashboard.boards.four import Inventory
from dashboard.components import ages, panels
from dashboard.components.actions import deed
from dashboard.components.stock import stock_tables
from dashboard.permits import Told
from dashboard.state import ALL, InventoryView
from dashboard.wording import Words, plain
from engine.model.actions import ActionKind

HEIGHT = 600


def figures(t: Words, board: Inventory, now: datetime) -> None:
    """Five tiles over the tables."""
    orders = ages.of_feed(t, board.stamp, "orders", now)
    stock = ages.of_feed(t, board.stamp, "stock", now)
    skus, pools = board.skus, board.pools
    sold_out = pools.filter(pl.col("pool_left") == 0).height
    tight = pools.filter((pl.col("minutes_left") < 60) & (pl.col("pool_left") > 0)).height
    suggested = pools.filter(pl.col("top_up") > 0)
    left = pools["pool_left"].sum() if pools.height else 0
    quarantined, old = int(skus["quarantined"].sum()), int(skus["near_expiry"].sum())
    promised = pools["quantity"].sum() if pools.height else 0
    reserved, sellable = t.count(skus["reserved"].sum()), t.count(skus["sellable"].sum())
    pool_colour = "red" if sold_out else "orange" if tight else "green"
    on_hand_note = t("stock.on_hand_note", reserved=reserved, sellable=sellable)
    blocked_note = t("stock.blocked_note", quarantined=t.count(quarantined), old=t.count(old))
    shown = (
        ("on_hand", skus["on_hand"].sum(), on_hand_note, stock, "gray"),
        ("pool_left", left, t("stock.pool_note", n=t.count(promised)), orders, "gray"),
        ("tight", tight, t("stock.sold_out_note", n=t.count(sold_out)), orders, pool_colour),
        ("top_up", suggested.height, t("stock.top_up_note", n=t.count(suggested["top_up"].sum())), orders, "gray"),
        ("blocked", quarantined + old, blocked_note, stock, "orange" if quarantined + old else "gray"),
    )
    for column, (name, value, note, fresh, colour) in zip(st.columns(5, gap="small"), shown, strict=True):
        with column:
            panels.tile(name, t(f"stock.{name}"), t.count(value), note, fresh, colour=colour)


def choices(t: Words, board: Inventory, view: InventoryView) -> None:
    """Which panel, and which SKU the lots are narrowed to."""
    with st.container(horizontal=True, vertical_alignment="center", key="inventory-choices"):
        st.segmented_control(
            t("stock.panel"),
            InventoryView.PANELS,
            default=view.panel,
            format_func=lambda panel: t.of("stock_panel", panel),
            key="stock_panel",
            label_visibility="collapsed",
            required=True,
            on_change=_choose,
            args=("stock_panel", "panel"),
        )
        if view.panel == "lots":
            names = {row["sku"]: t.name(row) for row in board.skus.iter_rows(named=True)}
            options = [ALL, *names]
            st.selectbox(
                t("stock.sku"),
                options,
                index=options.index(view.sku) if view.sku in options else 0,
                format_func=lambda sku: t("stock.all_skus") if sku == ALL else f"{names[sku]} · {sku}",
                key="sku_choice",
                label_visibility="collapsed",
                width=320,
                on_change=_choose,
                args=("sku_choice", "sku"),
            )


def _choose(widget: str, parameter: str) -> None:
    st.query_params[parameter] = st.session_state[widget]


def table(t: Words, board: Inventory, view: InventoryView) -> None:
    """The chosen table."""
    if view.panel == "skus":
        stock_tables.skus(t, board.skus, board.free, height=HEIGHT)
    elif view.panel == "lots":
        lots = board.lots if view.sku == ALL else board.lots.filter(pl.col("sku") == view.sku)
        stock_tables.lots(t, lots, height=HEIGHT)
    else:
        stock_tables.pools(t, board.pools, height=HEIGHT)


def top_up_form(t: Words, board: Inventory) -> None:
    """Move free units into a pool; the suggestion is filled in. The pool is named, never a row's position."""
    suggested = board.pools.filter(pl.col("top_up") > 0).sort("minutes_left")
    others = board.pools.filter((pl.col("top_up") == 0) & (pl.col("free_units") > 0)).sort("show_id", "sku")
    rows = {(row["show_id"], row["sku"]): row for row in [*suggested.rows(named=True), *others.rows(named=True)]}
    deed.told()
    with st.expander(t("stock.top_up_title", n=suggested.height), icon=":material/add_box:"):
        if not rows:
            st.caption(t("stock.top_up_none"))
            return
        pool = st.selectbox(
            t("stock.top_up_pool"), list(rows), format_func=lambda key: _pool_line(t, rows[key]), key="top_up_pool"
        )
        row = rows[pool]
        units = st.number_input(
            t("stock.top_up_units"),
            min_value=1,
            value=max(int(row["top_up"]), 1),
            step=10,
            key=f"units-{pool}",
            width=220,
        )
        show, sku = pool
        params = {"show_id": show, "sku": sku, "units": int(units)}
        seen = deed.look(t, ActionKind.TOP_UP_POOL, params)
        if isinstance(seen, Told):
            st.error(plain(seen.text))
            return
        names = {show: (row["title_zh"], row["title_en"]), sku: (row["name_zh"], row["name_en"])}
        deed.shown(t, ActionKind.TOP_UP_POOL, seen, names)
        done = deed.button(t, ActionKind.TOP_UP_POOL, params, seen, key=f"top-up-{show}-{sku}")
        if done is not None:
            deed.tell(done)


def _pool_line(t: Words, row: dict[str, object]) -> str:
    return t(
        "stock.top_up_line",
        name=t.name(row),
        show=t.name(row, "title"),
        left=t.count(row["pool_left"]),  # type: ignore[arg-type]
        free=t.count(row["free_units"]),  # type: ignore[arg-type]
        need=t.count(row["top_up"]),  # type: ignore[arg-type]
    )
