"""The scan written out: every set of parcels walked through in loops, the best one kept."""

import math

from scipy.stats import chi2

Row = tuple[bool, str, str, str, float]
Name = tuple[tuple[str, str], ...]


def best_set_slowly(rows: list[Row]) -> tuple[float, list[Name]] | None:
    """The score and the names of the best sets (several where they score alike); rows: late, hub, carrier, region,
    usual. None where no set has more late parcels than expected."""
    total = sum(row[0] for row in rows)
    if not 1 <= total < len(rows):
        return None
    scale = total / sum(row[4] for row in rows)
    kinds: list[list[tuple[str, int]]] = [
        [("hub", 1)], [("carrier", 2)], [("region", 3)], [("carrier", 2), ("region", 3)],
    ]  # fmt: skip
    all_names = [sorted({tuple((d, str(row[at])) for d, at in kind) for row in rows}) for kind in kinds]
    every = sum(len(names) for names in all_names)
    best: tuple[float, list[Name]] | None = None
    for kind, names in zip(kinds, all_names, strict=True):
        for name in names:
            inside = [row for row in rows if all(str(row[at]) == v for (_, at), (_, v) in zip(kind, name, strict=True))]
            seen, expected = sum(row[0] for row in inside), scale * sum(row[4] for row in inside)
            out, out_expected = total - seen, max(total - expected, 1e-12)
            if seen <= expected or seen < 1:
                continue
            surprise = seen * math.log(seen / expected) + (out * math.log(out / out_expected) if out else 0.0)
            if min(1.0, every * float(chi2.sf(2 * surprise, 1)) / 2) >= 1.0:
                continue
            score = surprise - math.log(len(names))
            if best is None or score > best[0] + 1e-9:
                best = (score, [name])
            elif score > best[0] - 1e-9:
                best[1].append(name)
    return best
