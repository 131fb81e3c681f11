"""Whom can a clerk or a rider reach? A carrier with a radius serves a door only from nodes within it, by coordinates.

Offers name regions by prefix, and a district may lie half within three kilometres of a store. So where `max_km` limits
a carrier, a door's region gets a suffix that tells from where such carriers reach it ("310104~2"), and their offers
name these regions one by one. Prefixes match what they matched before, so no planner needs to know of it.
"""

from dataclasses import replace

import polars as pl

from engine.allocation.problem import Problem
from engine.allocation.ranking import distances

_WAY = ("node", "carrier")


def within_reach(problem: Problem) -> Problem:
    """The problem with offers of carriers that have a radius only where they reach. Orders of one buyer and region are
    taken to live behind one door: what does not reach one of them reaches none."""
    carriers = problem.carriers
    if "max_km" not in carriers.columns or carriers["max_km"].null_count() == carriers.height:
        return problem
    limited = carriers.filter(pl.col("max_km").is_not_null()).select("carrier", "max_km")
    offers = problem.offers.join(limited, on="carrier")
    if offers.is_empty():
        return problem
    doors = _doors(problem, offers)
    regions = doors.select("region", "place").unique(maintain_order=True)
    reached = doors.select("place", pl.col("ways").alias("way")).unique("place", maintain_order=True).explode("way")
    reached = reached.drop_nulls("way").unnest("way")
    near = (
        _matching(regions, offers.drop("max_km"))
        .join(reached, on=["place", *_WAY], how="semi")
        .sort(pl.col("prefix").str.len_bytes(), maintain_order=True)
        .unique(["place", *_WAY, "layer"], keep="last", maintain_order=True)
        .with_columns(region="place")
    )
    far = problem.offers.join(limited, on="carrier", how="anti", maintain_order="left")
    orders = problem.orders.join(
        doors.select("buyer", "region", "place"), on=["buyer", "region"], how="left", maintain_order="left"
    ).with_columns(region=pl.coalesce("place", "region"))
    return replace(
        problem,
        orders=orders.select(problem.orders.columns),
        offers=pl.concat([far, near.select(far.columns)]),
    )


def _doors(problem: Problem, offers: pl.DataFrame) -> pl.DataFrame:
    """buyer, region, ways (a list of node and carrier that reach all of the door's orders) and place, the region that
    says so; of doors where a carrier with a radius makes an offer at all."""
    nodes = problem.nodes.select("node", node_lat="lat", node_lon="lon")
    lanes = offers.select(*_WAY, "region", "max_km").unique().join(nodes, on="node")
    asked = problem.orders.select("region").unique()
    ways = _matching(asked, lanes).unique(["place", *_WAY]) if asked.height else lanes.clear()
    each = problem.orders.select("buyer", "region", "lat", "lon").join(
        ways.select("node_lat", "node_lon", "max_km", *_WAY, region="place"), on="region"
    )
    km = distances(*(each[column].to_numpy() for column in ("lat", "lon", "node_lat", "node_lon")))
    near = (
        each.with_columns(near=pl.Series(km) <= pl.col("max_km"))
        .group_by("buyer", "region", *_WAY)
        .agg(pl.col("near").all())
        .group_by("buyer", "region")
        .agg(
            ways=pl.struct(_WAY).filter("near"),
            named=pl.concat_str(_WAY, separator="\t").filter("near").sort().str.join("\n"),
        )
        .sort("buyer", "region")
    )
    return near.with_columns(place=pl.format("{}~{}", "region", pl.col("named").rank("dense").over("region")))


def _matching(regions: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Every region with every offer whose region is its prefix: columns of offers, prefix, and place (the region, or
    the `place` beside it)."""
    named = regions if "place" in regions.columns else regions.with_columns(place="region")
    lengths = offers["region"].str.len_chars().unique().to_list()
    return pl.concat(
        named.with_columns(prefix=pl.col("region").str.slice(0, length))
        .filter(pl.col("prefix").str.len_chars() == length)
        .select("place", "prefix")
        .join(offers, left_on="prefix", right_on="region", maintain_order="left")
        for length in lengths
    )
