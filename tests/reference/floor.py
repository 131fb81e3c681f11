"""The floor the slow and obvious way: a picker who walks step by step, waves cut by asking every question anew."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from engine.floor.waves import OpenParcel

BEIJING = timezone(timedelta(hours=8))
MINUTE = timedelta(minutes=1)


def footsteps(places: Sequence[tuple[int, int, int]], *, bays: int) -> Iterator[tuple[int, int]]:
    """Every (aisle, bay) that a picker stands at: in at one end of each aisle with a pick, out at the other."""
    at_front = True
    for aisle in range(1, max((a for a, _, _ in places), default=0) + 1):
        if not any(a == aisle for a, _, _ in places):
            continue
        steps = range(1, bays + 1) if at_front else range(bays, 0, -1)
        yield from ((aisle, bay) for bay in steps)
        at_front = not at_front


def walked(places: Sequence[tuple[int, int, int]], *, bays: int) -> list[tuple[int, int, int]]:
    """The places in the order in which that picker passes them, from the floor upwards in each bay."""
    wanted = set(places)
    levels = sorted({level for _, _, level in places})
    return [
        (aisle, bay, level)
        for aisle, bay in footsteps(places, bays=bays)
        for level in levels
        if (aisle, bay, level) in wanted
    ]


def metres_walked(places: Sequence[tuple[int, int, int]], *, bays: int, bay_m: float, aisle_m: float) -> float:
    """Bay by bay from the benches (front of aisle 1, bay 0) and back to them; behind the last bay is bay `bays` + 1."""
    aisles = sorted({aisle for aisle, _, _ in places})
    along = across = bay = 0
    here = 1
    for aisle in aisles:
        while here < aisle:
            here, across = here + 1, across + 1
        start, left = bay, {b for a, b, _ in places if a == aisle}
        end = bays + 1 if start == 0 else 0
        while bay != end:
            bay += 1 if end > start else -1
            along += 1
            left.discard(bay)
            if aisle == aisles[-1] and start == 0 and not left:
                break  # nothing further on: turns round
    while bay > 0:
        bay, along = bay - 1, along + 1
    while here > 1:
        here, across = here - 1, across + 1
    return along * bay_m + across * aisle_m


def minutes_open(windows: Sequence[tuple[int, int]], moment: datetime) -> bool:
    """Whether parcels can be handed over at a whole minute; windows in minutes of the Beijing day."""
    local = moment.astimezone(BEIJING)
    return any(start <= local.hour * 60 + local.minute <= end for start, end in windows)


def waves_of_route(
    parcels: Sequence[OpenParcel],
    last_day: Mapping[datetime, int],
    *,
    max_parcels: int,
    max_kg: float,
    min_parcels: int,
) -> list[list[str]]:
    """Parcel ids wave by wave: take the earliest promise that is left until the wave must end."""
    left = sorted(parcels, key=lambda parcel: (parcel.due_at, parcel.parcel_id))
    waves: list[list[OpenParcel]] = []
    while left:
        wave = [left.pop(0)]
        while left:
            after = left[0]
            if len(wave) + 1 > max_parcels or sum(p.kg for p in [*wave, after]) > max_kg:
                break
            if last_day[after.due_at] > last_day[wave[0].due_at] and len(wave) >= min_parcels:
                break
            wave.append(left.pop(0))
        waves.append(wave)
    return [[parcel.parcel_id for parcel in wave] for wave in waves]
