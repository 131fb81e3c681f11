"""What may not be used at present: closed nodes, quarantined lots, carriers stopped in a region."""

from dataclasses import dataclass, field, replace

import polars as pl

from engine.allocation.problem import Problem
from engine.allocation.stops import without_stops


@dataclass(frozen=True, slots=True, kw_only=True)
class Barriers:
    """`stops`: (carrier, prefix of a region's division code), the empty prefix being the whole country."""

    nodes: frozenset[str] = field(default_factory=frozenset)
    lots: frozenset[str] = field(default_factory=frozenset)
    stops: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def before(self, problem: Problem) -> Problem:
        """The problem with nothing behind a barrier in it: no throughput, no stock, no offer."""
        nodes, stock, offers = problem.nodes, problem.stock, problem.offers
        if self.nodes:
            shut = pl.col("node").is_in(list(self.nodes))
            nodes = nodes.with_columns(throughput=pl.when(shut).then(0).otherwise(pl.col("throughput")))
        if self.lots:
            stock = stock.filter(~pl.col("lot").is_in(list(self.lots)))
        if self.stops:
            offers = without_stops(offers, sorted(self.stops), regions=problem.orders["region"])
        return replace(problem, nodes=nodes, stock=stock, offers=offers)

    def behind(self) -> pl.Expr:
        """Whether a pick (node, lot, carrier, region of its order) lies behind a barrier."""
        behind = pl.col("node").is_in(list(self.nodes)) | pl.col("lot").is_in(list(self.lots))
        for carrier, region in sorted(self.stops):
            behind = behind | ((pl.col("carrier") == carrier) & pl.col("region").str.starts_with(region))
        return behind
