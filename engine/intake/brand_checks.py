"""Do the files of the brand fit together: every name known, every layer possible, no pool above the stock?

Looks across files only; what one cell may hold is checked where the file is read.
"""

import polars as pl

from engine.errors import BadBrand
from engine.intake.brand_csv import place
from engine.intake.brand_tables import DELAY_BUCKETS, CarrierKind

Frames = dict[str, pl.DataFrame]


def check_brand(frames: Frames) -> None:
    """Raise BadBrand at the first row that does not fit the others."""
    _check_kits(frames)
    refuse_unknown(frames, "lots", column="sku", owner="skus")
    _check_stock(frames)
    _check_carriers(frames)
    _check_tariffs(frames)
    _check_delays(frames)
    _check_show_names(frames)
    _check_pools(frames)


def _check_kits(frames: Frames) -> None:
    kits = frames["kits"]
    refuse_unknown(frames, "kits", column="sku", owner="skus")
    if (at := first(kits, pl.col("kit").is_in(frames["skus"]["sku"].implode()))) is not None:
        raise BadBrand(f"{place('kits.csv', at)}: {kits['kit'][at]} is already the code of a SKU in skus.csv.")
    for column in ("name_zh", "name_en", "price_cents"):
        if (at := first(kits, pl.col(column) != pl.col(column).first().over("kit"))) is not None:
            raise BadBrand(
                f"{place('kits.csv', at)}: {column.replace('_cents', '_yuan')} of {kits['kit'][at]} differs "
                "from the kit's first row; it is the kit's, so every row repeats it."
            )


def _check_stock(frames: Frames) -> None:
    stock = frames["stock"]
    for column, owner in (("node", "nodes"), ("sku", "skus"), ("lot", "lots")):
        refuse_unknown(frames, "stock", column=column, owner=owner)
    known = (
        stock.join(frames["lots"].select("lot", lot_sku="sku"), on="lot", how="left", maintain_order="left")
        .join(frames["skus"].select("sku", "layer"), on="sku", how="left", maintain_order="left")
        .join(frames["nodes"].select("node", "layers"), on="node", how="left", maintain_order="left")
    )
    if (at := first(known, pl.col("lot_sku") != pl.col("sku"))) is not None:
        row = known.row(at, named=True)
        raise BadBrand(
            f"{place('stock.csv', at)}: lot {row['lot']} is of {row['lot_sku']} in lots.csv, not of {row['sku']}."
        )
    if (at := first(known, ~pl.col("layers").str.split("|").list.contains(pl.col("layer")))) is not None:
        row = known.row(at, named=True)
        raise BadBrand(
            f"{place('stock.csv', at)}: {row['sku']} is {row['layer']}, and {row['node']} keeps only "
            f"{row['layers'].replace('|', ', ')}."
        )
    if (at := first(known, pl.col("quarantined") > pl.col("quantity"))) is not None:
        row = known.row(at, named=True)
        raise BadBrand(
            f"{place('stock.csv', at)}: {row['quarantined']} units are quarantined of only {row['quantity']}."
        )


def _check_carriers(frames: Frames) -> None:
    carriers = frames["carriers"]
    for at, row in enumerate(carriers.iter_rows(named=True)):
        where = place("carriers.csv", at)
        if row["min_share"] > row["max_share"]:
            raise BadBrand(f"{where}: min_share {row['min_share']} is above max_share {row['max_share']}.")
        if (row["kind"] == CarrierKind.PARCEL) == (row["max_km"] is not None):
            raise BadBrand(
                f"{where}: max_km must be empty for a parcel carrier and filled in for everybody else "
                f"({row['carrier']} is {row['kind']})."
            )
        for opening in row["hours"].split("|"):
            opens, closes = opening.split("-")
            if opens >= closes:
                raise BadBrand(f"{where}: the hours {opening} end before they start.")
    if carriers["min_share"].sum() > 1 + 1e-9:
        raise BadBrand("carriers.csv: the min_share of all carriers together is above 1.")


def _check_tariffs(frames: Frames) -> None:
    refuse_unknown(frames, "tariffs", column="carrier", owner="carriers")
    known = frames["tariffs"].join(
        frames["carriers"].select("carrier", "layers"), on="carrier", how="left", maintain_order="left"
    )
    if (at := first(known, ~pl.col("layers").str.split("|").list.contains(pl.col("layer")))) is not None:
        row = known.row(at, named=True)
        raise BadBrand(
            f"{place('tariffs.csv', at)}: {row['carrier']} does not carry {row['layer']} goods "
            "according to carriers.csv."
        )


def _check_delays(frames: Frames) -> None:
    refuse_unknown(frames, "delay_history", column="carrier", owner="carriers")
    for at, row in enumerate(frames["delay_history"].iter_rows(named=True)):
        where = place("delay_history.csv", at)
        in_buckets = sum(row[bucket] for bucket in DELAY_BUCKETS)
        if in_buckets != row["parcels"]:
            raise BadBrand(f"{where}: the buckets hold {in_buckets} parcels, and parcels says {row['parcels']}.")
        for column, words in (("weekdays", "weekdays"), ("hours", "hours")):
            if row[column] == "*":
                continue
            first, last = row[column].split("-")
            if first > last or (first == last and column == "hours"):
                raise BadBrand(f"{where}: the {words} {row[column]} end before they start.")


def _check_show_names(frames: Frames) -> None:
    """Items are SKUs or kits, pools are SKUs, and everything an item needs has a pool in its show."""
    skus = set(frames["skus"]["sku"])
    parts: dict[str, list[str]] = {}
    for kit, sku in frames["kits"].select("kit", "sku").iter_rows():
        parts.setdefault(kit, []).append(sku)
    pools = set(frames["pools"].select("show_id", "sku").iter_rows())
    for show, sku in frames["pools"].select("show_id", "sku").iter_rows():
        if sku not in skus:
            what = "a kit; a pool counts its components" if sku in parts else "not in skus.csv"
            raise BadBrand(f"shows.toml, show {show}: the pool of {sku} cannot be kept: it is {what}.")
    for show, sold in frames["show_items"].select("show_id", "sku").iter_rows():
        if sold not in skus and sold not in parts:
            raise BadBrand(f"shows.toml, show {show}: the item {sold} is neither in skus.csv nor in kits.csv.")
        for sku in parts.get(sold, [sold]):
            if (show, sku) not in pools:
                raise BadBrand(f"shows.toml, show {show}: {sold} needs {sku}, which has no pool in this show.")


def _check_pools(frames: Frames) -> None:
    """All pools of a SKU together fit into what is on hand outside quarantine."""
    free = frames["stock"].group_by("sku").agg(free=(pl.col("quantity") - pl.col("quarantined")).sum())
    asked = frames["pools"].group_by("sku").agg(asked=pl.col("quantity").sum())
    over = (
        asked.join(free, on="sku", how="left")
        .with_columns(pl.col("free").fill_null(0))
        .filter(pl.col("asked") > pl.col("free"))
        .sort("sku")
    )
    if not over.is_empty():
        sku, pooled, usable = over.select("sku", "asked", "free").row(0)
        raise BadBrand(
            f"shows.toml: the pools promise {pooled} units of {sku}, and stock.csv has {usable} outside quarantine."
        )


def refuse_unknown(frames: Frames, name: str, *, column: str, owner: str, file: str | None = None) -> None:
    """Raise at the first row of `name` whose `column` does not stand in the table `owner` (of `file`)."""
    frame = frames[name]
    if (at := first(frame, ~pl.col(column).is_in(frames[owner][column].implode()))) is not None:
        known = file or f"{owner}.csv"
        raise BadBrand(f"{place(f'{name}.csv', at)}: {column} {frame[column][at]} is not in {known}.")


def first(frame: pl.DataFrame, wrong: pl.Expr) -> int | None:
    """Position of the first row for which `wrong` holds."""
    at = frame.select(wrong.alias("wrong")).to_series().arg_true()
    return int(at[0]) if len(at) else None
