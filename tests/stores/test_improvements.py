"""From broken goods to a change that packing and allocation go by, and to what came of it; on both databases."""

from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest

from engine.errors import NotAllowed, NotFound
from engine.model.before_after import EffectVerdict
from engine.model.tickets import Complaint
from engine.store import tables
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.floor.floor_policy import load_floor_policy
from engine.usecases.floor.learn_damage import learn_damage
from engine.usecases.floor.record_packing import record_packing
from engine.usecases.floor.release_waves import release_waves
from engine.usecases.floor.wave_sheet import wave_sheet
from engine.usecases.making_good.check_improvements import change_effect, improvement_effects
from engine.usecases.making_good.propose_improvements import ImprovementRun, propose_improvements
from engine.usecases.making_good.review_improvements import approve_improvements, end_improvements, reject_improvements
from engine.usecases.room.room import Room
from engine.usecases.room.verify import questions
from tests.after_sales import asked
from tests.parcel_worlds import carry, way
from tests.ticket_rows import sorted_tickets
from tests.worlds import OPENING, order, order_id, take

DONE = (2, 6, 10, 24, 30)
PAST = OPENING - timedelta(days=8)


def carried(room: Room, prefix: str, *, carrier: str, parcels: int, broken: int, days: float = 0) -> None:
    """Delivered parcels of RICE in cartons, some of which buyers say were damaged."""
    planned = PAST + timedelta(days=days)
    carry(
        room.database, [way(f"{prefix}{n:05}", carrier=carrier, planned_at=planned, hours=DONE) for n in range(parcels)]
    )
    with room.database.transaction(actor="test", verb="packed") as tx:
        rows = pl.DataFrame({"parcel_id": [f"P{prefix}{n:05}" for n in range(parcels)]})
        tx.append(
            tables.parcel_packing,
            rows.with_columns(material=pl.lit("CARTON"), pieces=pl.lit(1, dtype=pl.Int32),
                              told_at=pl.lit(planned).dt.cast_time_unit("us")),
            stamp=True,
        )  # fmt: skip
    if broken:
        sorted_tickets(room, {Complaint.DAMAGED: [
            asked(n, ticket_no=f"T{prefix}{n:05}", order_no=f"P{prefix}{n:05}", claim="words", minute=-10)
            for n in range(broken)
        ]})  # fmt: skip


def build(room: Room) -> None:
    """CHEAP breaks every fifth of 300 bags to Shanghai, in cartons."""
    carried(room, "C", carrier="CHEAP", parcels=300, broken=60)


@pytest.fixture
def shop(room_in: Callable[[str, Callable[[Room], object]], Room]) -> Room:
    return room_in("breaking", build)


def propose(room: Room) -> ImprovementRun:
    return propose_improvements(room.database, actor="test", now=room.now())


def changes(room: Room) -> list[dict[str, object]]:
    return room.database.read("SELECT * FROM improvements ORDER BY improvement_id").to_dicts()


def next_wave(room: Room, number: int) -> tuple[str, str]:
    """(carrier, material) of an order that is planned and released now."""
    take(room, order(number))
    allocate_waiting(room)
    release = release_waves(room.database, "WH", load_floor_policy(), actor="test")
    sheet = wave_sheet(room.database, release.wave_ids[0], load_floor_policy())
    [slot] = sheet.slots
    assert slot.advice is not None
    assert slot.advice.best is not None
    assert slot.order_nos == (order_id(number).removeprefix("douyin:"),)
    return str(sheet.head["carrier"]), slot.advice.best.material


def sound(room: Room) -> bool:
    return room.database.read(questions()["improvements_follow_from_facts"][1]).is_empty()


def test_a_better_material_is_proposed_and_the_next_wave_is_packed_in_it(shop: Room) -> None:
    assert propose(shop) == ImprovementRun(1, 1, 0)
    [change] = changes(shop)
    assert (change["kind"], change["material"], change["carrier"], change["area"]) == (
        "packaging", "STRONG", "CHEAP", "31")  # fmt: skip
    assert (change["units"], change["damaged"]) == (300, 60)
    assert propose(shop).proposed == 0, "it is proposed already"
    assert next_wave(shop, 1) == ("CHEAP", "CARTON"), "a proposal changes nothing"
    [improvement_id] = [str(change["improvement_id"])]
    approve_improvements(shop.database, [improvement_id], actor="lin")
    assert next_wave(shop, 2) == ("CHEAP", "STRONG")
    assert record_packing(shop.database, load_floor_policy(), actor="test") == 2
    kept = shop.database.read("SELECT material FROM parcel_packing WHERE parcel_id NOT LIKE 'PC%' ORDER BY version")
    assert sorted(kept["material"]) == ["STRONG", "STRONG"], "as the sheets say now"
    assert record_packing(shop.database, load_floor_policy(), actor="test") == 0
    with pytest.raises(NotAllowed, match="Say why"):
        end_improvements(shop.database, [improvement_id], actor="lin", reason="")
    end_improvements(shop.database, [improvement_id], actor="lin", reason="season over")
    assert next_wave(shop, 3) == ("CHEAP", "CARTON")
    assert sound(shop)


def test_a_carrier_that_breaks_less_gets_the_parcels_of_the_next_allocation(shop: Room) -> None:
    carried(shop, "F", carrier="FAST", parcels=300, broken=2)
    assert propose(shop).proposed == 1
    [change] = changes(shop)
    assert (change["kind"], change["instead"], change["surcharge_cents"]) == ("surcharge", "FAST", 600)
    assert next_wave(shop, 1)[0] == "CHEAP"
    approve_improvements(shop.database, [str(change["improvement_id"])], actor="lin")
    assert next_wave(shop, 2)[0] == "FAST", "3 yuan dearer, where CHEAP is 6 dearer by what it breaks"
    with pytest.raises(NotAllowed, match="already"):
        reject_improvements(shop.database, [str(change["improvement_id"])], actor="lin", reason="x")
    with pytest.raises(NotFound):
        approve_improvements(shop.database, ["nothing"], actor="lin")
    assert sound(shop)


def test_what_delivered_parcels_taught_changes_what_packing_expects(shop: Room) -> None:
    assert learn_damage(shop.database, actor="test", now=shop.now()) == 1
    learned = shop.database.read(
        "SELECT packaging, carrier, destination, material, shipped, damaged FROM damage_learned"
    )
    assert learned.rows() == [("bag", "CHEAP", "31", "CARTON", 300, 60)]
    version = shop.database.data_version()
    learn_damage(shop.database, actor="test", now=shop.now())
    assert shop.database.data_version() == version, "nothing new, no commit"
    # 100 of 10,000 in the brand's own history, and 60 of 300 since: 1.55 %.
    take(shop, order(1))
    allocate_waiting(shop)
    release = release_waves(shop.database, "WH", load_floor_policy(), actor="test")
    [slot] = wave_sheet(shop.database, release.wave_ids[0], load_floor_policy()).slots
    assert slot.advice is not None
    shares = {option.material: option.rate.share for option in slot.advice.options}
    assert shares["CARTON"] == pytest.approx(160 / 10_300, rel=0.05)


def test_a_proposal_whose_route_is_well_again_is_withdrawn(shop: Room) -> None:
    propose(shop)
    carried(shop, "D", carrier="CHEAP", parcels=2000, broken=0)
    assert propose(shop) == ImprovementRun(0, 0, 1)
    assert changes(shop)[0]["state"] == "withdrawn"
    assert sound(shop)


def test_a_change_is_checked_against_lanes_that_nobody_touched(shop: Room, clock: object) -> None:
    carried(shop, "F", carrier="FAST", parcels=150, broken=9)
    propose(shop)
    [change] = [one for one in changes(shop) if one["carrier"] == "CHEAP"]
    approve_improvements(shop.database, [str(change["improvement_id"])], actor="lin")
    clock.pass_(days=12)  # type: ignore[attr-defined]
    [(_, early)] = improvement_effects(shop.database, now=shop.now()).items()
    assert early.verdict is EffectVerdict.TOO_FEW
    carried(shop, "G", carrier="CHEAP", parcels=250, broken=5, days=9)
    carried(shop, "H", carrier="FAST", parcels=150, broken=10, days=9)
    [(_, effect)] = improvement_effects(shop.database, now=shop.now()).items()
    assert effect.verdict is EffectVerdict.BETTER
    assert effect.units == (300, 250)
    assert effect.treated == (0.2, 0.02)
    assert effect.untouched == (pytest.approx(0.06), pytest.approx(10 / 150))
    decided = shop.database.read("SELECT min(\"at\") FROM improvement_events WHERE kind = 'approved'").item()
    any_change = change_effect(shop.database, decided, [("", "CHEAP", "")], now=shop.now())
    assert any_change == effect, "the same of a change that was made elsewhere, to all that CHEAP carries"
