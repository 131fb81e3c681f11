"""How long a parcel is on the road: the one law behind the demo's carriers, and the true chance of being late.

From the pick-up to the door takes, if nobody slept, a log-normal time. Its median is the tariff's published days times
factors: who carries, the province's weather on that day, the crowding of its hub, what was planted. Couriers deliver by
day only. Because the law is known, so is the chance of being late: a model can be measured against it.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import exp, log

from engine.clock import BEIJING
from jobs.demo.carrier_chance import normal, normal_cdf
from jobs.demo.carrier_incidents import Incident, IncidentKind
from jobs.demo.carrier_network import Route
from jobs.demo.carrier_sky import crowding, weather

SPREAD = 0.24
"""Sigma of the logarithm of the transit time: of 100 parcels of one lane and day, 16 take a quarter longer."""
SHARE_OF_PUBLISHED = 0.66
"""The median takes so much of the published days: carriers publish what nine in ten parcels keep."""
FAILED_DELIVERY = 0.03
"""Share of parcels whose first delivery fails; the second try is 24 hours later."""
HABIT = {"SF": -0.20, "JD": -0.14, "ZTO": 0.0, "YTO": 0.06}
"""Effect of the carrier on the logarithm of the time; nobody else has one."""
LANE_SPREAD = 0.07
"""Of a carrier in a province, by habit: some are good there and some are not."""
STORM, CROWD = 0.30, 0.22
"""Effect of the worst weather and of a unit of crowding; a day in six has some weather, one in five some crowding."""
SLIP_A_DAY, SLIP_AT_MOST = 0.07, 0.6
"""Effect of the slipping carrier by day since it began, and at most."""
OVERFLOW_HOURS = 60.0
"""A parcel lies so long in an overflowing hub on top of its way: two to three days, as after a great sale."""
LOCAL_MINUTES, LOCAL_MINUTES_A_KM, LOCAL_SPREAD = 22.0, 6.0, 0.35
"""A rider's tour: handing over and finding the door, and riding at 10 km/h with stops in between."""
DAY_BEGINS, DAY_ENDS = time(8, 30), time(20, 30)
"""When couriers of parcel carriers are at doors, Beijing time."""


@dataclass(frozen=True, slots=True)
class Law:
    """Log-normal hours from pick-up to door: logarithm of the median, and spread. lies: share of them that are spent in
    the last hub because it overflows."""

    mu: float
    sigma: float
    lies: float = 0.0

    def hours(self, luck: float) -> float:
        """The time of a parcel whose luck is a standard normal number."""
        return exp(self.mu + self.sigma * luck)

    def chance_beyond(self, hours: float) -> float:
        """Chance of taking longer than that."""
        return 1.0 if hours <= 0 else 1.0 - normal_cdf((log(hours) - self.mu) / self.sigma)


def law_of(seed: int, route: Route, carrier: str, at: datetime, planted: tuple[Incident, ...] = ()) -> Law:
    """The law of a parcel that is picked up at `at`."""
    if route.local:
        minutes = LOCAL_MINUTES + LOCAL_MINUTES_A_KM * route.km
        return Law(log(minutes / 60.0), LOCAL_SPREAD)
    province, day = route.city.adcode[:2], at.astimezone(BEIJING).toordinal()
    effect = HABIT.get(carrier, 0.0) + LANE_SPREAD * normal(seed, "lane", carrier, province)
    effect += STORM * weather(seed, province, day) + CROWD * crowding(seed, route.hubs[-1].adcode, day)
    waits = 0.0
    for incident in planted:
        if not incident.touches(carrier, province, at):
            continue
        if incident.kind is IncidentKind.HUB_OVERFLOW:
            waits += OVERFLOW_HOURS
        elif incident.kind is IncidentKind.CARRIER_SLIPS:
            effect += min(SLIP_A_DAY * ((at - incident.begins) / timedelta(days=1) + 1.0), SLIP_AT_MOST)
    hours = max(route.days, 0.5) * 24.0 * SHARE_OF_PUBLISHED * exp(effect) + waits
    return Law(log(hours), SPREAD, waits / hours)


def by_day(moment: datetime, lie_in: float = 0.0) -> datetime:
    """The first instant at or after `moment` at which a courier is at doors; `lie_in`: 0 to 1, how late in his round.

    A parcel that comes overnight is delivered on the round of the morning, which takes four hours.
    """
    local = moment.astimezone(BEIJING)
    if DAY_BEGINS <= local.time() <= DAY_ENDS:
        return moment
    day = local.date() if local.time() < DAY_BEGINS else local.date() + timedelta(days=1)
    return datetime.combine(day, DAY_BEGINS, BEIJING) + timedelta(hours=4.0 * lie_in)


def chance_late(law: Law, picked_up_at: datetime, promised_at: datetime) -> float:
    """The true chance of reaching the door after `promised_at`, the end of a day, given the pick-up."""
    local = promised_at.astimezone(BEIJING)
    last = datetime.combine(local.date(), DAY_ENDS, BEIJING)  # after it nobody comes on that day
    hours = (last - picked_up_at) / timedelta(hours=1)
    first_try = law.chance_beyond(hours)
    return (1 - FAILED_DELIVERY) * first_try + FAILED_DELIVERY * law.chance_beyond(hours - 24.0)
