"""Why does the model think so? The log odds of a late delivery, taken apart into four steps that add up to them."""

from dataclasses import replace
from enum import StrEnum

import numpy as np
import polars as pl

from engine.logistics.lane_tables import EVERYBODY, LaneTables
from engine.logistics.outlook import OnTheWay, Outlook, late_at_payment, log_odds
from engine.logistics.parcel_history import DAY, Floats, Integers


class Cause(StrEnum):
    """A step on the way to a chance, in the order in which it is taken."""

    PROMISE = "promise"  # the days promised, against the published days and nothing else
    NETWORK = "network"  # all parcels of these weeks, against the published days
    LANE = "lane"  # this carrier, city and origin, against all parcels
    SO_FAR = "so_far"  # how far it has come in the time it has had


def reasons(of: OnTheWay, tables: LaneTables, published: LaneTables, made: Outlook, moment: Integers) -> pl.Series:
    """Per parcel a JSON list of [cause, value, effect on the log odds], the strongest first.

    Values: promised days, usual days on the road, and for SO_FAR the days since payment; all to a hundredth.
    """
    plain = _at(of, published, np.zeros(len(of.cells), dtype=np.int64))
    everybody = _at(of, tables, np.full(len(of.cells), tables.rows[EVERYBODY]))
    own = _at(of, tables, of.cells)
    now = log_odds(made.late_delivery)
    effects = np.stack([plain, everybody - plain, own - everybody, now - own], axis=1)
    promised, usual, so_far = (of.due - of.paid) / DAY, np.exp(of.road_days), (moment - of.paid) / DAY
    values = np.stack([promised, usual, usual, so_far], axis=1)
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")
    columns = {f"{cause}_value": values[:, i].round(2) for i, cause in enumerate(Cause)}
    columns |= {f"{cause}_effect": effects[:, i].round(2) for i, cause in enumerate(Cause)}
    columns |= {f"place_{place}": order[:, place] for place in range(len(Cause))}
    words = [pl.format('["{}", {}, {}]', pl.lit(c.value), f"{c}_value", f"{c}_effect") for c in Cause]
    listed = []
    for place in range(len(Cause)):
        here = pl.lit(None, dtype=pl.String)
        for number, word in enumerate(words):
            here = pl.when(pl.col(f"place_{place}") == number).then(word).otherwise(here)
        listed.append(here)
    return pl.DataFrame(columns).select("[" + pl.concat_str(listed, separator=", ") + "]").to_series()


def _at(of: OnTheWay, tables: LaneTables, cells: Integers) -> Floats:
    return log_odds(late_at_payment(replace(of, cells=cells), tables.legs))
