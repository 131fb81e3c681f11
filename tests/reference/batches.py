"""The statistics of complaint batches, slowly: one stream, complaint after complaint, sums instead of logarithms."""

import math

DAY_US = 86_400_000_000


def statistic_slowly(
    times: list[int], clocks: list[float], *, start: int, ratio: float, rate: float, weight: float
) -> list[float]:
    """Shiryaev and Roberts' statistic just after each complaint: the likelihood ratio of every stretch between two
    complaints in which the rate may have risen, weighted by how long it is, summed up anew each time."""
    found = []
    for last in range(len(times)):
        total = 0.0
        for began in range(last + 1):  # risen since some moment of the gap before the complaint `began`
            opened = start if began == 0 else times[began - 1]
            clock = 0.0 if began == 0 else clocks[began - 1]
            span, fall = (times[began] - opened) / DAY_US, (ratio - 1) * rate * (clocks[began] - clock)
            within = span * (1.0 if fall == 0 else (1 - math.exp(-fall)) / fall)
            later = (ratio - 1) * rate * (clocks[last] - clocks[began])
            total += weight * within * math.exp(-later) * ratio ** (last - began + 1)
        found.append(total)
    return found


def fresh_slowly(complaints: list[tuple[str, str | None, int]], silence: int) -> list[bool]:
    """(stream, buyer, time) in order: whether the buyer had been silent in the stream for so long."""
    last: dict[tuple[str, str], int] = {}
    found = []
    for stream, buyer, time in complaints:
        if buyer is None:
            found.append(True)
            continue
        before = last.get((stream, buyer))
        found.append(before is None or time - before >= silence)
        last[stream, buyer] = time
    return found


def raised_rate_likelihood(buyers: int, expected: float) -> float:
    """log of Poisson(buyers; buyers) / Poisson(buyers; expected), where more came than expected."""
    if buyers <= expected:
        return 0.0
    return buyers * math.log(buyers / expected) - (buyers - expected)


def doubtful_rate_likelihood(buyers: int, expected: float, doubt: float) -> float:
    """The same where the usual rate is a gamma's draw with mean 1 and variance `doubt`: two negative binomials."""

    def told(mean: float) -> float:
        shape = 1 / doubt
        return (
            math.lgamma(buyers + shape) - math.lgamma(shape) - math.lgamma(buyers + 1)
            + shape * math.log(shape / (shape + mean)) + buyers * math.log(mean / (shape + mean))
        )  # fmt: skip

    return told(float(buyers)) - told(expected) if buyers > expected else 0.0


def waiting_slowly(units: list[float], stages: int, mean: float) -> list[float]:
    """Units that complain on each day: every unit walks a chain of stages, left by a constant share a day."""
    found = [0.0] * len(units)
    stay = (mean / stages) / (1 + mean / stages)

    def walk(amount: float, day: int, stage: int) -> None:
        if day >= len(units) or amount < 1e-9:
            return
        if stage == stages:
            found[day] += amount
            return
        walk(amount * (1 - stay), day, stage + 1)
        walk(amount * stay, day + 1, stage)

    for day, amount in enumerate(units):
        walk(amount, day, 0)
    return found
