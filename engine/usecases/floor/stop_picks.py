"""Refund against shipment: tells nodes which goods must stay, takes their answers, and notices what left all the same.

A stop is written in the commit that ends the piece, so a node that polls sees it with the next question. What no floor
has on a list is stopped by that; what a carrier has cannot be: it is listed as shipped, for an interception.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from engine.errors import BadRequest
from engine.model.pick_stops import BEGINS, STOP_TRANSITIONS, Reached, StopState, StopWhy
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.alerts.alert_bell import BELL
from engine.usecases.room.receipts import AnswersReceipt
from engine.usecases.room.workplace import Workplace

PIECE = ("order_id", "parcel_id")
_ANSWERS = (StopState.STOPPED, StopState.SHIPPED)


@dataclass(frozen=True, slots=True)
class StopAnswer:
    """A node says of one order's goods in one parcel: `stopped` or `shipped`."""

    order_id: str
    parcel_id: str
    answer: str

    def __post_init__(self) -> None:
        if self.answer not in _ANSWERS:
            raise BadRequest(f"{self.answer!r} answers no pick-stop: write stopped or shipped.")


def ask_to_stop(tx: Transaction, pieces: pl.DataFrame, why: StopWhy | pl.Expr) -> None:
    """`pieces`: order_id, parcel_id whose goods must stay. A piece that was asked about before is passed over."""
    asked = tx.matching(tables.pick_stops, pieces.select(PIECE).unique(), *PIECE)
    fresh = pieces.unique(PIECE, maintain_order=True).join(asked, on=PIECE, how="anti")
    if fresh.is_empty():
        return
    parcels = fresh.select("parcel_id").unique()
    whose = tx.matching(tables.parcels, parcels, "parcel_id", "node", "carrier")
    bills = tx.matching(tables.waybills, parcels, "parcel_id").unique()
    gone = tx.matching(tables.departures, parcels, "parcel_id")
    waves = tx.matching(tables.wave_parcels, parcels, "parcel_id")
    told_why = pl.lit(why.value) if isinstance(why, StopWhy) else why
    reached = (
        pl.when(_among(gone)).then(pl.lit(Reached.GONE.value))
        .when(_among(bills)).then(pl.lit(Reached.LABELLED.value))
        .when(_among(waves)).then(pl.lit(Reached.ON_FLOOR.value))
        .otherwise(pl.lit(Reached.PLANNED.value))
    )  # fmt: skip
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    begins = {reach.value: state.value for reach, state in BEGINS.items()}
    rows = (
        fresh.with_columns(why=told_why)
        .select(*PIECE, "why")
        .join(whose, on="parcel_id")
        .with_columns(reached=reached, asked_at=at, state_at=at)
        .with_columns(state=pl.col("reached").replace_strict(begins, return_dtype=pl.String))
    )
    tx.append(tables.pick_stops, rows, stamp=True)
    _tell(tx, rows.select(*PIECE, kind="state", reason=pl.format("{}, {}", "why", "reached")))


def answer_stops(work: Workplace, answers: Sequence[StopAnswer], *, actor: str) -> AnswersReceipt:
    """What nodes say. A repeated answer changes nothing; one that cannot follow is refused with its sentence."""
    refused: list[dict[str, str]] = []
    moves: dict[tuple[str, str], str] = {}
    applied = repeated = 0
    with work.database.transaction(actor=actor, verb="answer_pick_stops", subject=f"{len(answers)} answers") as tx:
        keys = pl.DataFrame(
            [(a.order_id, a.parcel_id) for a in answers], schema=dict.fromkeys(PIECE, pl.String), orient="row"
        )
        known = {
            (order, parcel): state
            for order, parcel, state in tx.matching(tables.pick_stops, keys.unique(), *PIECE, "state").iter_rows()
        }
        for answer in answers:
            key = (answer.order_id, answer.parcel_id)
            state = moves.get(key, known.get(key))
            if state is None:
                refused.append(_refusal(answer, "no pick-stop was asked for it"))
            elif state == answer.answer:
                repeated += 1
            elif StopState(answer.answer) not in STOP_TRANSITIONS[StopState(state)]:
                refused.append(_refusal(answer, f"it is {state} already"))
            else:
                moves[key] = answer.answer  # of several for one piece the last is recorded: one fact a commit
                applied += 1
        moved = pl.DataFrame(
            [(*key, state) for key, state in moves.items()],
            schema={**dict.fromkeys(PIECE, pl.String), "state": pl.String},
            orient="row",
        )
        _move(tx, moved, reason="the node says so")
        tx.note(applied=applied, repeated=repeated, refused=len(refused))
    return AnswersReceipt(len(answers), applied, repeated, tuple(refused))


def notice_departures(tx: Transaction, parcels: pl.DataFrame) -> int:
    """`parcels` (parcel_id) just left. What should have stayed in them did not: returns how many orders."""
    stops = tx.matching(tables.pick_stops, parcels.select("parcel_id").unique(), *PIECE, "state")
    left = stops.filter(pl.col("state") != StopState.SHIPPED.value).select(
        *PIECE, state=pl.lit(StopState.SHIPPED.value)
    )
    _move(tx, left, reason="the carrier scanned its pick-up")
    if left.height:
        tx.ring(BELL)
    return left.height


def notice_returns(tx: Transaction, parcels: pl.DataFrame) -> int:
    """`parcels` (parcel_id) did not leave after all: what must stay in them can be stopped. Returns how many orders."""
    stops = tx.matching(tables.pick_stops, parcels.select("parcel_id").unique(), *PIECE, "state")
    back = stops.filter(pl.col("state") == StopState.SHIPPED.value).select(*PIECE, state=pl.lit(StopState.OPEN.value))
    _move(tx, back, reason="the carrier took its pick-up scan back")
    if back.height:
        tx.ring(BELL)
    return back.height


def ask_for_known(database: Database) -> int:
    """Stops that a room older than them never asked for. Returns how many there were."""
    missing = database.read(
        """
        SELECT DISTINCT a.order_id, a.parcel_id,
               CASE WHEN o.status IN ('cancelled', 'refunded') THEN o.status ELSE 'moved' END AS why
        FROM allocations AS a JOIN orders AS o ON o.order_id = a.order_id
        LEFT JOIN ended_allocations AS e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
        ANTI JOIN pick_stops AS s ON s.order_id = a.order_id AND s.parcel_id = a.parcel_id
        WHERE o.status IN ('cancelled', 'refunded') OR e.order_id IS NOT NULL
        """
    )
    if missing.height:
        with database.transaction(actor="setup", verb="ask_to_stop", subject=f"{missing.height} pieces") as tx:
            ask_to_stop(tx, missing, pl.col("why"))
    return missing.height


def _among(parcels: pl.DataFrame) -> pl.Expr:
    return pl.col("parcel_id").is_in(parcels["parcel_id"].unique().implode())


def _move(tx: Transaction, moved: pl.DataFrame, *, reason: str) -> None:
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.amend(tables.pick_stops, moved.with_columns(state_at=at), on=PIECE)
    _tell(tx, moved.select(*PIECE, kind="state", reason=pl.lit(reason)))


def _tell(tx: Transaction, said: pl.DataFrame) -> None:
    at = pl.lit(tx.at).dt.cast_time_unit("us")
    tx.append(tables.pick_stop_events, said.with_columns(at=at, actor=pl.lit(tx.actor)), stamp=True)


def _refusal(answer: StopAnswer, why: str) -> dict[str, str]:
    error = f"Order {answer.order_id} in parcel {answer.parcel_id}: {why}."
    return {"order_id": answer.order_id, "parcel_id": answer.parcel_id, "error": error}
