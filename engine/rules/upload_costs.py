"""What is to be expected of a parcel if its waybill is uploaded now, at each later moment, or only with the pick-up?

Two clocks pull in opposite directions. Before the upload a refund request is granted at once; after it, a parcel that
is not scanned breaks 轨迹超时 and then 轨迹异常, and from a certain hour on requests are granted again. All is exact
on a grid of instants: pick-ups and requests happen at instants, and the sums below run over both.

At one instant things happen in this order: the waybill is uploaded, the carrier scans, clauses are judged, buyers ask.
A waybill goes up with the scan at the latest, so nothing here can propose an upload after it. Until then only "not
scanned, not asked" can be learned, which the sums assume anyway: a plan made now need not be made again later, unless
the forecast changes.

What a request after the pick-up costs is the same whatever was uploaded when, and is left out.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadWorld:
    """Groups x instants. `waiting`: P(not picked up up to instant j), `unasked`: P(no refund request up to instant j,
    with it). What is asked between two instants counts as asked at the first, what is scanned between them as scanned
    at the second: both on the dark side.

    Both fall, and are independent of each other: a carrier does not know who regrets. In steps of the grid: `auto` from
    the upload until requests are granted by the platform, `stop` before a pick-up in which a refunded parcel leaves all
    the same. `consent`: share of requests after the upload that the shop grants at once. `moments`: the first so many
    instants are moments of an upload; behind the last one its clocks must fit in.
    """

    waiting: Floats
    unasked: Floats
    moments: int
    auto: int
    stop: int
    consent: float

    def __post_init__(self) -> None:
        assert self.waiting.shape == self.unasked.shape
        assert self.auto >= 1
        assert self.stop >= 0
        assert 1 <= self.moments <= self.waiting.shape[1] - self.auto - self.stop, "too few instants"

    @property
    def last_request(self) -> int:
        """Requests up to this instant are counted, whatever the moment of the upload."""
        return int(self.waiting.shape[1]) - 1 - self.stop


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadStakes:
    """Yuan of a mean parcel of each group, and instants (f64 arrays and i64 arrays, one entry a group).

    refund: lost with a refunded order. shipped_anyway: lost beside that when the parcel leaves all the same. late,
    beyond, timeout, anomaly: what the platform takes in all once that clause is broken; the later of a pair replaces
    the earlier. promise, beyond_at: instants of those clauses; 0 or less: already broken, and no upload can help;
    beyond the grid: not looked at. timeout_after, anomaly_after: steps from the upload. earliest: first instant that is
    not before the payment.
    """

    refund: Floats
    shipped_anyway: Floats
    late: Floats
    beyond: Floats
    timeout: Floats
    anomaly: Floats
    promise: Integers
    beyond_at: Integers
    timeout_after: Integers
    anomaly_after: Integers
    earliest: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadCosts:
    """Expected yuan of a parcel: groups x (moments, and last: with the pick-up). Before the payment it is infinite.

    `broken_late`, `broken_anomaly`: P(late), P(轨迹异常): what counts towards a lock-out. Its price others make.
    """

    refund: Floats
    trace: Floats
    late: Floats
    broken_late: Floats
    broken_anomaly: Floats

    @property
    def total(self) -> Floats:
        """All that the platform and the buyers take, without lock-outs."""
        total: Floats = self.refund + self.trace + self.late
        return total


def upload_costs(world: UploadWorld, stakes: UploadStakes) -> UploadCosts:
    """Every group against every moment; 300 groups x 97 moments take 20 ms."""
    groups = len(stakes.refund)
    moment = np.broadcast_to(np.arange(world.moments), (groups, world.moments))
    timeout = _unscanned(world, moment, stakes.timeout_after)
    anomaly = _unscanned(world, moment, stakes.anomaly_after)
    # The last column is the upload that waits for the scan: as if uploaded after everything.
    all_moments = np.hstack([moment, np.full((groups, 1), world.waiting.shape[1])])
    late = _standing(world, all_moments, np.broadcast_to(stakes.promise[:, None], all_moments.shape))
    beyond = _standing(world, all_moments, np.broadcast_to(stakes.beyond_at[:, None], all_moments.shape))
    trace = timeout * stakes.timeout[:, None] + anomaly * (stakes.anomaly - stakes.timeout)[:, None]
    costs = UploadCosts(
        refund=_refunds(world, stakes),
        trace=trace,
        late=late * stakes.late[:, None] + beyond * (stakes.beyond - stakes.late)[:, None],
        broken_late=late,
        broken_anomaly=anomaly,
    )
    costs.refund[:, :-1][moment < stakes.earliest[:, None]] = np.inf
    return costs


def _refunds(world: UploadWorld, stakes: UploadStakes) -> Floats:
    """Yuan lost to refunds: granted at once before the upload, by the shop or by the platform after it."""
    last, auto, consent = world.last_request, world.auto, world.consent
    moment = np.arange(world.moments)
    left = world.waiting[:, world.stop :]  # those that still wait when a stop has reached them
    waiting = world.waiting[:, : last + 1]
    asked = -np.diff(world.unasked[:, : last + 1], axis=1, prepend=1.0)
    before = _before(world.unasked)
    lost: list[Floats] = []
    # Twice the same sum: over all refunds, and over those whose parcel leaves before a stop can reach it.
    for caught in (waiting, waiting - left):
        until = _summed_before(asked * caught)
        at_once = until[:, moment]
        granted = consent * (until[:, -1:] - at_once)
        # Asked within `auto` steps: decided when they are over. Asked later: at once.
        standing = before[:, moment] - before[:, moment + auto]
        decided = (1 - consent) * (standing * caught[:, moment + auto] + until[:, -1:] - until[:, moment + auto])
        lost.append(np.hstack([at_once + granted + decided, until[:, -1:]]))
    return lost[0] * stakes.refund[:, None] + lost[1] * stakes.shipped_anyway[:, None]


def _unscanned(world: UploadWorld, moment: Integers, after: Integers) -> Floats:
    """P(a trace clause is broken `after` steps from the upload), and a last column of noughts: never without upload."""
    broken = _standing(world, moment, moment + after[:, None])
    return np.hstack([broken, np.zeros((len(after), 1))])


def _standing(world: UploadWorld, upload: Integers, at: Integers) -> Floats:
    """P(neither picked up nor refunded when a clause is judged at `at`), for an upload at `upload`; same shapes."""
    instants = world.waiting.shape[1]
    inside = (at > 0) & (at < instants)
    where = np.clip(at, 0, instants - 1)
    before = _before(world.unasked)
    asked_by_then = np.take_along_axis(before, where, axis=1)
    asked_by_upload = np.take_along_axis(before, np.clip(upload, 0, instants - 1), axis=1)
    # Between the upload and the platform's own decision, only what the shop granted is gone.
    undecided = (where > upload) & (where <= upload + world.auto)
    still = np.where(undecided, (1 - world.consent) * asked_by_upload + world.consent * asked_by_then, asked_by_then)
    result: Floats = np.where(inside, np.take_along_axis(world.waiting, where, axis=1) * still, 0.0)
    return result


def _before(unasked: Floats) -> Floats:
    """P(no request strictly before instant j)."""
    return np.hstack([np.ones((len(unasked), 1)), unasked[:, :-1]])


def _summed_before(values: Floats) -> Floats:
    """Sums over the instants strictly before j, for j from 0 to one past the last."""
    return np.hstack([np.zeros((len(values), 1)), np.cumsum(values, axis=1)])
