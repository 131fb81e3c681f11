"""Keeps proposals to switch a carrier: asked for by an operator, or made by the room for a warning that stands.

It proposes and does not decide: carrying one out is stopping the carrier on the network page. A proposal ages fast,
because parcels are labelled and capacity is used up, so it expires by itself.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta

import polars as pl

from engine.errors import NotAllowed, NotFound
from engine.logistics.standards import Measure, Standards
from engine.logistics.switching import SwitchState
from engine.model.frames import INSTANT
from engine.store import tables
from engine.store.database import as_json
from engine.store.transaction import Transaction
from engine.usecases.road.service_policy import load_standards
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.plan_switch import Switch, plan_switch

ANSWERED = (Measure.LABEL_SCAN, Measure.PICK_UP, Measure.PUBLISHED, Measure.TIER_HOURS)
"""Warnings that another carrier can be the answer to: it is about time."""


def propose_switch(work: Workplace, carrier: str, region: str, *, share: float, actor: str, cause: str = "") -> str:
    """Plan a switch and keep it as a proposal; returns its id. Raises NotFound, NotAllowed."""
    standards = load_standards()
    made = plan_switch(work, carrier, region, share=share, standards=standards)
    return keep_switch(work, made, standards, actor=actor, cause=cause)


def keep_switch(work: Workplace, made: Switch, standards: Standards, *, actor: str, cause: str) -> str:
    """Keep a planned switch; one for the same carrier and region takes the place of what stood there."""
    with work.database.transaction(actor=actor, verb="propose_switch", subject=f"{made.carrier}/{made.region}") as tx:
        before = tx.rows(
            "SELECT proposal_id FROM switch_proposals "
            "WHERE state = 'proposed' AND carrier = :carrier AND region = :region",
            {"carrier": made.carrier, "region": made.region},
        )
        _move(tx, [str(one) for (one,) in before], SwitchState.WITHDRAWN, "planned anew")
        proposal_id = f"w{tx.version}"
        row = {
            "proposal_id": proposal_id, "carrier": made.carrier, "region": made.region, "share": made.share,
            "prefixes": as_json(list(made.prefixes)), "cause": cause, "made_at": tx.at, "made_by": actor,
            "expires_at": tx.at + timedelta(minutes=standards.switch.valid_minutes), "orders": made.orders,
            "edits": made.edits, "fixed": made.fixed, "waiting": made.waiting, "extra_cents": made.extra_cents,
            "edit_risk_cents": made.edit_risk_cents,
            "expected": as_json([{"measure": e.measure, "before": e.before, "after": e.after} for e in made.expected]),
            "saved_cents": made.saved_cents, "regret_cents": made.regret_cents,
            "takers": as_json([asdict(taker) for taker in made.takers]), "state": SwitchState.PROPOSED.value,
            "state_at": tx.at,
        }  # fmt: skip
        times = dict.fromkeys(("made_at", "expires_at", "state_at"), INSTANT)
        tx.append(tables.switch_proposals, pl.DataFrame([row], schema_overrides=times), stamp=True)
        tx.note(orders=made.orders, worth_cents=made.worth_cents, regret_cents=made.regret_cents)
    return proposal_id


def withdraw_switch(work: Workplace, proposal_id: str, *, actor: str, reason: str) -> None:
    """Take a proposal off the list. Raises NotFound, or NotAllowed where it stands no more or no reason is given."""
    if not reason.strip():
        raise NotAllowed("Say in a few words why: the reason is kept with the proposal.")
    with work.database.transaction(actor=actor, verb="withdraw_switch", subject=proposal_id) as tx:
        found = tx.rows("SELECT state FROM switch_proposals WHERE proposal_id = :id", {"id": proposal_id})
        if not found:
            raise NotFound(f"There is no proposal {proposal_id!r}.")
        if found[0][0] != SwitchState.PROPOSED.value:
            raise NotAllowed("This proposal stands no more.")
        _move(tx, [proposal_id], SwitchState.WITHDRAWN, reason.strip())


def expire_switches(work: Workplace, *, actor: str) -> int:
    """Close proposals that are too old to go by; returns how many."""
    due = work.database.read(
        "SELECT proposal_id FROM switch_proposals WHERE state = 'proposed' AND expires_at <= $now", {"now": work.now()}
    )["proposal_id"].to_list()
    if due:
        with work.database.transaction(actor=actor, verb="expire_switches", subject=f"{len(due)} proposals") as tx:
            _move(tx, due, SwitchState.EXPIRED, "too old")
    return len(due)


def propose_for_warnings(work: Workplace, *, actor: str) -> int:
    """A proposal for each carrier that is below a standard of time, in the province of the tier where most of its
    orders could still move, where that is expected to pay. Returns how many were made."""
    standards = load_standards()
    made = 0
    for carrier, region, cause in _worth_a_look(work, standards):
        try:
            switch = plan_switch(work, carrier, region, share=1.0, standards=standards)
        except NotAllowed:
            continue  # it is stopped there already, or nobody can take over: nothing to propose
        if switch.worth_cents > 0 and switch.orders >= standards.switch.least_orders:
            keep_switch(work, switch, standards, actor=actor, cause=cause)
            made += 1
    return made


def _worth_a_look(work: Workplace, standards: Standards) -> Iterator[tuple[str, str, str]]:
    measures = ", ".join(f"'{measure}'" for measure in ANSWERED)
    warned = work.database.read(
        f"SELECT partner, tier, min(measure) AS measure FROM standard_warnings WHERE kind = 'carrier' AND tier <> '' "
        f"AND state = 'open' AND measure IN ({measures}) GROUP BY partner, tier ORDER BY partner, tier"
    )
    if warned.is_empty():
        return
    standing = work.database.read("SELECT carrier, region FROM switch_proposals WHERE state = 'proposed'")
    left = standards.switch.most_open - standing.height
    taken = set(standing.iter_rows())
    waiting = work.database.read(
        """
        SELECT p.carrier, left(p.adcode, 2) AS region, count(DISTINCT p.order_id) AS orders
        FROM boards.standing_picks p LEFT JOIN boards.waybill_states w USING (parcel_id)
        WHERE w.picked_up_at IS NULL GROUP BY ALL ORDER BY orders DESC, region
        """
    )
    provinces = {tier.name: tier.provinces for tier in standards.tiers}
    for carrier, tier, measure in warned.iter_rows():
        here = waiting.filter(
            pl.col("carrier") == carrier,
            pl.col("region").is_in(provinces.get(tier, ())),
            pl.col("orders") >= standards.switch.least_orders,
        )
        if left > 0 and not here.is_empty() and (carrier, here["region"][0]) not in taken:
            left -= 1
            yield carrier, here["region"][0], f"{measure}/{tier}"


def _move(tx: Transaction, proposals: list[str], state: SwitchState, reason: str) -> None:
    rows = pl.DataFrame({"proposal_id": proposals}, schema={"proposal_id": pl.String}).with_columns(
        state=pl.lit(state.value), state_at=pl.lit(tx.at).dt.cast_time_unit("us")
    )
    tx.amend(tables.switch_proposals, rows, on=("proposal_id",))
    events = rows.select("proposal_id", "state", at="state_at", reason=pl.lit(reason), actor=pl.lit(tx.actor))
    tx.append(tables.switch_events, events, stamp=True)
