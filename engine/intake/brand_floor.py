"""Do the floor's files of the brand fit together and to the rest: bins, packing materials, damage history?

Looks across files only, like brand_checks.
"""

import polars as pl

from engine.errors import BadBrand
from engine.intake.brand_checks import Frames, first, refuse_unknown
from engine.intake.brand_csv import place


def check_floor(frames: Frames) -> None:
    """Raise BadBrand at the first row that does not fit the others."""
    _check_bins(frames)
    _check_damage(frames)


def _check_bins(frames: Frames) -> None:
    bins = frames["bins"]
    for column, owner in (("node", "nodes"), ("sku", "skus")):
        refuse_unknown(frames, "bins", column=column, owner=owner)
    where = pl.struct("node", "aisle", "bay", "level")
    if (at := first(bins, where.is_first_distinct().not_())) is not None:
        row = bins.row(at, named=True)
        raise BadBrand(
            f"{place('bins.csv', at)}: aisle {row['aisle']}, bay {row['bay']}, level {row['level']} of {row['node']} "
            "already holds another SKU; a picker could not tell them apart."
        )


def _check_damage(frames: Frames) -> None:
    history = frames["damage_history"]
    refuse_unknown(frames, "damage_history", column="carrier", owner="carriers")
    refuse_unknown(frames, "damage_history", column="material", owner="packing_materials", file="packaging.csv")
    if (at := first(history, pl.col("damaged") > pl.col("shipped"))) is not None:
        row = history.row(at, named=True)
        raise BadBrand(
            f"{place('damage_history.csv', at)}: {row['damaged']} units were damaged of only {row['shipped']} shipped."
        )
