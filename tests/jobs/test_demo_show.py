"""The demo show has the shape and the troubles of a real one, and the same seed always gives the same show."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest

from engine.errors import BadSetting
from jobs.demo.buyers import POPULATION, STRENGTH, Places
from jobs.demo.demo_show import Chances, plan_show
from jobs.demo.events import Event, OrderChanged, OrderSeen, SignalSeen, Trait, written
from jobs.demo.show_curve import PULSE_HIGH, PULSE_LOW
from jobs.demo.show_plan import BAD_KINDS, ShowPlan
from jobs.demo.show_script import ShowScript

START = datetime(2026, 11, 11, 12, tzinfo=UTC)
ORDERS = 10_000


@pytest.fixture(scope="module")
def plan(script: ShowScript, districts: Places) -> ShowPlan:
    return plan_show(script, districts, orders=ORDERS, minutes=8, seed=7)


@pytest.fixture(scope="module")
def events(plan: ShowPlan) -> list[Event]:
    return list(plan.events())


def seen(events: list[Event]) -> list[OrderSeen]:
    return [event for event in events if isinstance(event, OrderSeen)]


def good(events: list[Event]) -> list[OrderSeen]:
    """First deliveries of paid orders."""
    aside = {Trait.BAD, Trait.DUPLICATE, Trait.UNPAID_FIRST}
    return [event for event in seen(events) if not event.traits & aside]


def test_the_same_seed_gives_the_same_show(script: ShowScript, districts: Places) -> None:
    first = plan_show(script, districts, orders=500, minutes=2, seed=3)
    again = plan_show(script, districts, orders=500, minutes=2, seed=3)
    assert list(first.events()) == list(again.events())


def test_another_seed_gives_another_show(script: ShowScript, districts: Places) -> None:
    first = plan_show(script, districts, orders=50, minutes=2, seed=3)
    other = plan_show(script, districts, orders=50, minutes=2, seed=4)
    assert list(first.events()) != list(other.events())


def test_events_come_in_time_order_from_second_zero(events: list[Event]) -> None:
    times = [event.at for event in events]
    assert times == sorted(times)
    assert times[0] >= 0


def test_as_many_good_orders_as_asked_for_each_under_its_own_number(events: list[Event]) -> None:
    numbers = [event.rows[0].fields["order_no"] for event in good(events)]
    assert len(numbers) == len(set(numbers)) == ORDERS


@pytest.mark.parametrize("trait", Trait)
def test_every_trouble_of_a_real_show_happens(events: list[Event], trait: Trait) -> None:
    assert any(trait in event.traits for event in seen(events))


def test_a_pulse_is_10_to_50_times_the_base_rate(plan: ShowPlan) -> None:
    assert plan.curve.strength.min() >= PULSE_LOW
    assert plan.curve.strength.max() <= PULSE_HIGH
    per_second = np.histogram(plan.paid, bins=np.arange(0, plan.seconds + 1))[0]
    quiet = float(np.percentile(per_second, 10))
    assert per_second.max() >= 10 * max(quiet, 1)


def test_pulses_stand_where_items_are_presented(plan: ShowPlan) -> None:
    """After the hottest item is shown, a stretch as long as its pulse brings more than before it."""
    hottest = int(np.argmax(plan.curve.strength[1:])) + 1
    moment, width = plan.curve.moments[hottest], 0.01 * plan.seconds
    before = ((plan.paid > moment - width) & (plan.paid < moment)).sum()
    after = ((plan.paid > moment) & (plan.paid < moment + width)).sum()
    assert after > 3 * before


def test_nobody_buys_what_was_not_presented_yet(plan: ShowPlan) -> None:
    latest = plan.item.max(axis=1)
    assert (plan.curve.moments[latest] <= plan.paid + 1e-9)[latest > 0].all()


def test_sales_are_uneven_over_items(plan: ShowPlan) -> None:
    sold = Counter(plan.item[plan.item >= 0].tolist())
    assert len(sold) == len(plan.script.items)
    assert max(sold.values()) > 5 * min(sold.values())


def test_orders_come_from_every_province_and_most_from_the_strong_and_populous(plan: ShowPlan) -> None:
    provinces = plan.places.frame["province"].to_list()
    orders = Counter(provinces[place] for place in plan.place.tolist())
    assert set(orders) == set(POPULATION)
    weight = {name: heads * STRENGTH.get(name, 1.0) for name, heads in POPULATION.items()}
    for name, heads in weight.items():
        assert orders[name] / ORDERS == pytest.approx(heads / sum(weight.values()), abs=0.012)


def test_buyers_are_masked_as_platforms_mask_them(events: list[Event]) -> None:
    for event in good(events)[:500]:
        buyer = event.rows[0].fields["buyer"]
        assert buyer["name"].endswith("**")
        assert len(buyer["name"]) == 3
        assert buyer["phone"][3:7] == "****"


def test_about_three_in_a_hundred_are_cancelled_or_refunded_after_they_were_placed(
    plan: ShowPlan, events: list[Event]
) -> None:
    changes = [event for event in events if isinstance(event, OrderChanged)]
    assert len(changes) == round(0.03 * ORDERS)
    assert {change.kind for change in changes} == {"cancelled", "refunded"}
    assert all(change.at > plan.arrive[int(change.order_no)] - 1e-9 for change in changes)


def test_a_resent_order_is_the_same_to_the_last_field(events: list[Event]) -> None:
    first = {event.rows[0].fields["order_no"]: event.rows for event in good(events)}
    resent = [event for event in seen(events) if Trait.DUPLICATE in event.traits]
    assert len(resent) == round(0.003 * ORDERS)
    for event in resent:
        assert event.rows == first[event.rows[0].fields["order_no"]]


def test_late_orders_arrive_long_after_their_payment(plan: ShowPlan) -> None:
    late = plan.late & (plan.paid < 0.7 * plan.seconds)
    assert late.any()
    assert (plan.arrive - plan.paid)[late].min() >= 0.05 * plan.seconds
    assert (plan.arrive - plan.paid)[~plan.late].max() <= 2.0


def test_bad_rows_are_bad_in_every_way_we_know(events: list[Event]) -> None:
    bad = [event.rows[0] for event in seen(events) if Trait.BAD in event.traits]
    assert len(bad) >= len(BAD_KINDS)
    assert any(row.fields["address"]["province"] == "" for row in bad)
    assert any(line["qty"] == 0 for row in bad for line in row.fields["lines"])
    assert any(line["sku"].startswith("X-") for row in bad for line in row.fields["lines"])
    assert any("paid_at" in row.fields for row in bad)


def test_scalpers_order_again_and_again_under_one_name_or_to_one_door(events: list[Event]) -> None:
    def most(trait: Trait, field: str, name: str) -> int:
        rows = [event.rows[0].fields for event in good(events) if trait in event.traits]
        return max(Counter(row[field][name] for row in rows).values())

    assert most(Trait.SAME_BUYER, "buyer", "phone") >= 8
    assert most(Trait.SAME_ADDRESS, "address", "detail") >= 9


def test_signals_come_every_ten_seconds_and_follow_the_show(plan: ShowPlan, events: list[Event]) -> None:
    signals = [event for event in events if isinstance(event, SignalSeen)]
    assert [signal.at for signal in signals] == [10.0 * n for n in range(49)]
    assert all(signal.viewers > 1000 and signal.clicks >= 0 for signal in signals)
    assert signals[24].viewers > signals[0].viewers


def test_a_row_is_written_with_its_run_and_on_its_clock(events: list[Event]) -> None:
    event = good(events)[100]
    row = written(event.rows[0], event.format, start=START, run="261111200000")
    assert row["order_no"] == "261111200000" + event.rows[0].fields["order_no"]
    paid, created = datetime.fromisoformat(row["paid_at"]), datetime.fromisoformat(row["created_at"])
    assert paid > created
    assert (paid - START).total_seconds() == pytest.approx(event.rows[0].times["paid_at"], abs=1.0)


@pytest.mark.parametrize(("orders", "minutes"), [(0, 8.0), (10, 0.0), (10, -1.0)])
def test_a_show_of_nothing_is_refused(script: ShowScript, districts: Places, orders: int, minutes: float) -> None:
    with pytest.raises(BadSetting, match="at least one order and more than zero minutes"):
        plan_show(script, districts, orders=orders, minutes=minutes, seed=1)


def test_even_a_show_of_one_order_can_be_played(script: ShowScript, districts: Places) -> None:
    assert len(good(list(plan_show(script, districts, orders=1, minutes=1, seed=1).events()))) == 1


def test_a_chance_that_is_none_is_refused() -> None:
    with pytest.raises(BadSetting, match=r"late is 1\.5"):
        Chances(late=1.5)
