"""Parcels of a lot are on the road and must not reach their buyers: the carriers are asked to bring them back."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from engine.aftersales.responses import AffectedStage
from engine.errors import NotAllowed, NotFound
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.model.incidents import Level
from engine.response.outcome import Measure, Outcome, counted
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Impossible, Preview, fingerprint
from engine.store import tables
from engine.store.screens.incidents import affected_by_cause
from engine.store.transaction import Transaction
from engine.usecases.actions.ask_outside import ask_carriers, take_back
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.room.workplace import Workplace

BACK = ("returning", "returned", "signed", "rejected", "lost")
"""Stages in which a request has been answered, one way or the other."""


def subject(params: Params) -> str:
    """The lot."""
    return str(params["lot"])


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound for a lot there is not, NotAllowed where nothing of it is on the road unasked for."""
    lot = params["lot"]
    skus = work.database.read("SELECT sku FROM lots WHERE lot = $lot", {"lot": lot})
    if skus.is_empty():
        raise NotFound(f"There is no lot {lot!r}.")
    held = affected_by_cause(work.database, Level.LOT, (skus.item(), lot), since=work.now())
    asked = work.database.read("SELECT parcel_id FROM intercepts WHERE state = 'asked'")
    carriers = work.database.read("SELECT parcel_id, carrier FROM parcels WHERE status = 'planned'")
    road = held.filter(pl.col("affected") == AffectedStage.INTERCEPTABLE.value).join(asked, on="parcel_id", how="anti")
    parcels = road.select("parcel_id", "waybill_no").unique("parcel_id", keep="first").join(carriers, on="parcel_id")
    if parcels.is_empty():
        raise NotAllowed(f"No parcel of {lot} is on the road that was not asked for already.")
    too_late = {
        stage: held.filter(pl.col("affected") == stage.value)["parcel_id"].n_unique()
        for stage in (AffectedStage.AT_THE_DOOR, AffectedStage.DELIVERED)
    }
    [(cents,)] = work.database.read(
        "SELECT coalesce(sum(amount_cents), 0)::BIGINT FROM orders WHERE order_id IN (SELECT unnest($ids))",
        {"ids": road["order_id"].unique().to_list()},
    ).rows()
    preview = Preview(
        orders=road["order_id"].n_unique(),
        stake_cents=int(cents),
        cost_cents=int(road.unique("parcel_id")["freight_cents"].sum()),  # the way back costs what the way there did
        impossible=tuple(Impossible(count, stage.value) for stage, count in too_late.items() if count),
        promised={"parcels": parcels.height},
        inputs=fingerprint(sorted(parcels["parcel_id"])),
    )
    return Planned(preview, (parcels.sort("parcel_id"), lot))


def apply(_work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Ask, and tell the desk that calls them."""
    parcels, lot = planned.made
    return Applied(dict(planned.preview.promised), {"request_id": ask_carriers(tx, parcels, why=reason, where=lot)})


def undo(_work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Take the request back for what is not on its way back yet. Raises NotAllowed where that is nothing."""
    request = pl.DataFrame({"request_id": [done.kept["request_id"]]})
    waybills = tx.matching(tables.intercepts, request, "parcel_id", "waybill_no")
    stages = tx.matching(tables.parcel_tracks, waybills.select("waybill_no"), "waybill_no", "stage")
    over = waybills.join(stages.filter(pl.col("stage").is_in(BACK)), on="waybill_no").select("parcel_id")
    back = take_back(tx, done.kept["request_id"], carriers=True, keep=over, reason=reason)
    if not back:
        raise NotAllowed("Every one of these parcels has come back or arrived: nothing is left to take back.")
    return {"parcels": back}


def measure(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Parcels on their way back; at most, those that have not arrived either."""
    [(back, missed)] = work.database.read(
        """
        SELECT count(*) FILTER (t.stage IN ('returning', 'returned', 'rejected')), count(*) FILTER (t.stage = 'signed')
        FROM intercepts i LEFT JOIN parcel_tracks t ON t.waybill_no = i.waybill_no WHERE i.request_id = $id
        """,
        {"id": done.kept["request_id"]},
    ).rows()
    asked = done.happened["parcels"]
    return counted(Measure.PARCELS_BACK, standing=int(back), ever=asked - int(missed), of=asked)


SPEC = ActionSpec(
    kind=ActionKind.INTERCEPT_PARCELS,
    desk=Desk.LOGISTICS,
    reversibility=Reversibility.UNTIL,
    parameters=(Parameter("lot", Of.LOT),),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=measure,
    undo=undo,
)
