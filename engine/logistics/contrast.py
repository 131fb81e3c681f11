"""Many parcels are late: what do they share that the others do not?

A scan over every hub, carrier, node, region, weather and hour, and over pairs of them: each set of parcels is held
against all others by how many of it are late and how many usually would be (Kulldorff's spatial scan statistic, Poisson
form). The set that explains the late parcels best is the cause: a hub that serves one region only explains them better
than the region if the region's other parcels are well, and worse if they are not. Naming a value costs the logarithm of
how many there were to choose from, so that a pair must earn its second word. What is left after a cause is scanned
again. Every p-value is corrected for the number of sets looked at.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import xlogy
from scipy.stats import chi2

from engine.model.frames import Contract

Floats = npt.NDArray[np.float64]


class Dimension(StrEnum):
    """What a parcel can have in common with others."""

    HUB = "hub"  # a place where it stands, or that it passed
    CARRIER = "carrier"
    NODE = "node"
    REGION = "region"  # province of the destination, two digits
    WEATHER = "weather"
    HOUR = "hour"  # of its pick-up, in bands of the day


PAIRS = frozenset(
    frozenset(pair)
    for pair in (
        (Dimension.CARRIER, Dimension.REGION),
        (Dimension.CARRIER, Dimension.NODE),
        (Dimension.CARRIER, Dimension.HOUR),
        (Dimension.NODE, Dimension.HOUR),
    )
)
"""Pairs that can be one cause: a carrier's branch in a region, its van at a node, an evening collection. A hub is one
carrier's and in one place already."""

PARCELS: Contract = {
    "parcel_id": pl.String,
    "late": pl.Boolean,  # null: not decided yet
    "usual": pl.Float64,  # chance that such a parcel is late when nothing is the matter
}
MARKS: Contract = {"parcel_id": pl.String, "dimension": pl.String, "value": pl.String}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastRules:
    """When a contrast is a cause: corrected p-value, late parcels, risk ratio to all others, causes told at most."""

    alpha: float = 0.001
    min_parcels: int = 20
    least_ratio: float = 2.0
    most_causes: int = 3


@dataclass(frozen=True, slots=True)
class Rival:
    """What else looked like a cause: its risk ratio alone, and among parcels alike in the cause that was found."""

    named: tuple[tuple[str, str], ...]
    ratio: float
    ratio_beside: float


@dataclass(frozen=True, slots=True)
class Cause:
    """One common cause. Shares are of decided parcels; `explained` is the share of all late parcels that are more than
    such parcels usually have; `same` names what could not be told apart from it, having the very same parcels."""

    named: tuple[tuple[str, str], ...]
    parcels: tuple[str, ...]  # the late ones
    late: int
    decided: int
    late_share: float
    usual_share: float
    ratio: float
    explained: float
    p_value: float
    expected_further: float
    rivals: tuple[Rival, ...]
    same: tuple[tuple[tuple[str, str], ...], ...]


def find_causes(parcels: pl.DataFrame, marks: pl.DataFrame, rules: ContrastRules) -> list[Cause]:
    """Common causes of the late ones among PARCELS, by their MARKS; the one that explains most first."""
    numbered = parcels.with_row_index("at")
    decided = numbered.filter(pl.col("late").is_not_null())
    late = numbered["late"].fill_null(value=False).to_numpy().astype(np.float64)
    known = numbered["late"].is_not_null().to_numpy()
    if not rules.min_parcels <= late.sum() < decided.height:
        return []
    usual = np.where(known, numbered["usual"].to_numpy(), 0.0)
    sets = _sets(numbered.select("at", "parcel_id"), marks)
    causes: list[Cause] = []
    taken: set[tuple[tuple[str, str], ...]] = set()
    while len(causes) < rules.most_causes:
        scan = _Scan(sets, late, usual * late.sum() / usual.sum())
        best = scan.best(rules, taken)
        if best is None:
            break
        causes.append(_told(scan, best, numbered, known, rules))
        taken |= {scan.names[best], *causes[-1].same}
        # What the cause explains is no longer a surprise: within it, parcels are expected as late as they were.
        members = scan.members(best)
        factor = np.ones_like(usual)
        factor[members] = scan.observed[best] / max(float(scan.usual[members].sum()), 1e-12)
        outside = np.setdiff1d(np.arange(len(usual)), members)
        factor[outside] = (late.sum() - scan.observed[best]) / max(float(scan.usual[outside].sum()), 1e-12)
        usual = scan.usual * factor
    return causes


def most_frequent(parcels: pl.DataFrame, marks: pl.DataFrame) -> tuple[str, str] | None:
    """The value that most late parcels have, which is what a list sorted by count shows: it mostly names the largest
    carrier. Kept to be measured against."""
    late = parcels.filter("late").join(marks, on="parcel_id")
    counted = (
        late.group_by("dimension", "value").len().sort("len", "dimension", "value", descending=[True, False, False])
    )
    return None if counted.is_empty() else (counted["dimension"][0], counted["value"][0])


def _sets(numbered: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """name, of (its dimensions), members (row numbers of its parcels) of every set, singles and pairs."""
    single = marks.unique().join(numbered, on="parcel_id").select("at", "dimension", "value")
    by = {
        name: single.filter(pl.col("dimension") == name) for (name,) in single.group_by("dimension").agg().iter_rows()
    }
    frames = [single.select("at", name=pl.concat_list("dimension", "value"), of=pl.col("dimension"))]
    for one, other in combinations(sorted(by), 2):
        if frozenset((one, other)) in PAIRS:
            both = by[one].join(by[other], on="at", suffix="_2")
            name = pl.concat_list("dimension", "value", "dimension_2", "value_2")
            frames.append(both.select("at", name=name, of=pl.col("dimension") + "+" + pl.col("dimension_2")))
    return pl.concat(frames).group_by("name", "of").agg(members=pl.col("at").sort()).sort("of", "name")


class _Scan:
    """Every set's late parcels, those expected, and how surprising that is. `usual` sums to the late parcels."""

    def __init__(self, sets: pl.DataFrame, late: Floats, usual: Floats) -> None:
        self.names = [tuple(zip(name[::2], name[1::2], strict=True)) for name in sets["name"].to_list()]
        self.usual, self.late = usual, late
        self._members = [np.asarray(one, dtype=np.int64) for one in sets["members"].to_list()]
        flat = np.concatenate(self._members) if self._members else np.zeros(0, dtype=np.int64)
        which = np.repeat(np.arange(len(self._members)), [len(one) for one in self._members])
        self.observed = np.bincount(which, late[flat], minlength=len(self.names))
        self.expected = np.bincount(which, usual[flat], minlength=len(self.names))
        total = float(late.sum())
        out, out_expected = total - self.observed, np.maximum(total - self.expected, 1e-12)
        self.ratio = (self.observed / np.maximum(self.expected, 1e-12)) / np.maximum(out / out_expected, 1e-12)
        surprise = xlogy(self.observed, self.observed / np.maximum(self.expected, 1e-12)) + xlogy(
            out, out / out_expected
        )
        self.surprise = np.where(self.observed > self.expected, surprise, 0.0)
        sizes = sets["of"].value_counts()
        choices = sets["of"].replace_strict(sizes["of"], sizes["count"], return_dtype=pl.Int64).to_numpy()
        self.score = self.surprise - np.log(choices)
        # One-sided, and as if every set were another question: they overlap, so this errs on the safe side.
        self.p_value = np.minimum(1.0, len(self.names) * chi2.sf(2 * self.surprise, 1) / 2)

    def members(self, at: int) -> npt.NDArray[np.int64]:
        return self._members[at]

    def best(self, rules: ContrastRules, taken: set[tuple[tuple[str, str], ...]]) -> int | None:
        fits = (self.p_value < rules.alpha) & (self.observed >= rules.min_parcels) & (self.ratio >= rules.least_ratio)
        fits &= np.array([name not in taken for name in self.names], dtype=bool)
        return int(np.argmax(np.where(fits, self.score, -np.inf))) if fits.any() else None

    def same(self, at: int) -> list[int]:
        """Sets with exactly the same parcels."""
        mine = self._members[at]
        return [i for i, one in enumerate(self._members) if i != at and np.array_equal(one, mine)]

    def beside(self, rival: int, cause: int) -> float:
        """Risk ratio of `rival` among parcels alike in being in `cause` or not (Mantel and Haenszel's idea)."""
        inside = np.zeros(len(self.late), dtype=bool)
        inside[self._members[cause]] = True
        own = self._members[rival]
        seen = expected = rest = rest_expected = 0.0
        for stratum in (inside, ~inside):
            late, usual = float(self.late[stratum].sum()), float(self.usual[stratum].sum())
            if usual <= 0:
                continue
            here = own[stratum[own]]
            share = float(self.usual[here].sum()) * late / usual
            seen, expected = seen + float(self.late[here].sum()), expected + share
            rest, rest_expected = rest + late - float(self.late[here].sum()), rest_expected + late - share
        if expected <= 0 or rest_expected <= 0 or rest <= 0:
            return 1.0
        return (seen / expected) / (rest / rest_expected)


def _told(scan: _Scan, at: int, numbered: pl.DataFrame, known: npt.NDArray[np.bool_], rules: ContrastRules) -> Cause:
    members = scan.members(at)
    decided = members[known[members]]
    outside = np.setdiff1d(np.flatnonzero(known), decided)
    late_in, late_out = float(scan.late[decided].sum()), float(scan.late[outside].sum())
    usual_in, usual_out = float(scan.usual[decided].sum()), float(scan.usual[outside].sum())
    had_it_been_usual = usual_in * late_out / max(usual_out, 1e-12)
    pending = members[~known[members]]
    same = scan.same(at)
    order = np.argsort(-scan.surprise)
    others = [int(i) for i in order if i != at and i not in same and scan.p_value[i] < rules.alpha][:5]
    return Cause(
        named=scan.names[at],
        parcels=tuple(numbered["parcel_id"].gather(decided[scan.late[decided] > 0])),
        late=int(late_in),
        decided=len(decided),
        late_share=late_in / len(decided),
        usual_share=late_out / max(len(outside), 1),
        ratio=float(scan.ratio[at]),
        explained=max(late_in - had_it_been_usual, 0.0) / float(scan.late.sum()),
        p_value=float(scan.p_value[at]),
        expected_further=len(pending) * late_in / len(decided),
        rivals=tuple(Rival(scan.names[i], float(scan.ratio[i]), scan.beside(i, at)) for i in others),
        same=tuple(scan.names[i] for i in same),
    )
