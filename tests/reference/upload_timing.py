"""What an upload costs, the slow way: every pick-up against every request, pair after pair, as told in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Parcel:
    """One group's mean parcel; instants are whole numbers, probabilities lists over instants 0, 1, 2 ..."""

    pick_up: list[float]  # P(picked up at instant j), nought at 0; the rest of 1 is never
    request: list[float]  # P(a refund asked for at instant j); the rest of 1 is never
    refund: float
    shipped_anyway: float
    late: float
    beyond: float
    timeout: float
    anomaly: float
    promise: int
    beyond_at: int
    timeout_after: int
    anomaly_after: int


NEVER = 10**9


def fate(
    parcel: Parcel,
    upload: int,
    picked: int,
    asked: int,
    *,
    auto: int,
    consents: bool,
    stop: int,
    horizon: int,
    last: int,
) -> dict[str, float]:
    """Yuan of one possible world, and which clauses that count towards a lock-out it breaks."""
    uploaded = min(upload, picked)
    yuan = dict.fromkeys(("refund", "trace", "late", "broken_late", "broken_anomaly"), 0.0)
    refunded = NEVER
    if asked < picked:
        if asked < uploaded or consents:
            refunded = asked
        elif picked > max(asked, uploaded + auto):
            refunded = max(asked, uploaded + auto)
    if refunded <= last:
        yuan["refund"] += parcel.refund
        if picked <= refunded + stop:
            yuan["refund"] += parcel.shipped_anyway

    def broken(at: int) -> bool:
        return 0 < at < horizon and picked > at and refunded >= at

    if broken(parcel.promise):
        yuan["late"] += parcel.late
        yuan["broken_late"] += 1
    if broken(parcel.beyond_at):
        yuan["late"] += parcel.beyond - parcel.late
    if upload == uploaded and broken(upload + parcel.timeout_after):
        yuan["trace"] += parcel.timeout
    if upload == uploaded and broken(upload + parcel.anomaly_after):
        yuan["trace"] += parcel.anomaly - parcel.timeout
        yuan["broken_anomaly"] += 1
    return yuan


def expected(parcel: Parcel, upload: int, *, auto: int, consent: float, stop: int) -> dict[str, float]:
    """Mean over all pairs of pick-up and request."""
    horizon = len(parcel.pick_up)
    last = horizon - 1 - stop
    picks = [*enumerate(parcel.pick_up), (NEVER, 1 - sum(parcel.pick_up))]
    requests = [*enumerate(parcel.request), (NEVER, 1 - sum(parcel.request))]
    total = dict.fromkeys(("refund", "trace", "late", "broken_late", "broken_anomaly"), 0.0)
    for picked, p in picks:
        for asked, q in requests:
            for consents, share in ((True, consent), (False, 1 - consent)):
                yuan = fate(
                    parcel, upload, picked, asked, auto=auto, consents=consents, stop=stop, horizon=horizon, last=last
                )
                for name, value in yuan.items():
                    total[name] += p * q * share * value
    return total
