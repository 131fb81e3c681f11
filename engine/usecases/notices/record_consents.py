"""What buyers say of being told: yes or no, by kind or altogether, and in which language, as the gateway reports it.

A buyer is whoever an order of theirs names; the newest word counts, whatever the order in which words arrive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from engine.errors import BadRequest
from engine.model.frames import INSTANT
from engine.model.notices import AUDIENCE_OF, Audience, NoticeKind
from engine.response.notice_templates import LANGUAGES
from engine.store import tables
from engine.usecases.room.receipts import AnswersReceipt
from engine.usecases.room.workplace import Workplace

EVERY = "*"


@dataclass(frozen=True, slots=True)
class ConsentSaid:
    """The buyer of `order_id` said `allowed` of `kind` ('*': of every kind) at `at`; `language` None: not said."""

    order_id: str
    kind: str
    allowed: bool
    at: datetime
    language: str | None = None

    def __post_init__(self) -> None:
        kinds = [EVERY, *(kind.value for kind in NoticeKind if AUDIENCE_OF[kind] is Audience.BUYER)]
        if self.kind not in kinds:
            raise BadRequest(f"The kind is {self.kind!r}: it must be one of {', '.join(kinds)}.")
        if self.language is not None and self.language not in LANGUAGES:
            raise BadRequest(f"The language is {self.language!r}: it must be zh or en.")


def record_consents(work: Workplace, words: Sequence[ConsentSaid], *, actor: str) -> AnswersReceipt:
    """Keep the newest word of each buyer and kind, in one commit."""
    with work.database.transaction(actor=actor, verb="record_consents", subject=f"{len(words)} consents") as tx:
        said = pl.DataFrame(
            [(one.order_id, one.kind, one.allowed, one.language, one.at) for one in words],
            schema={
                "order_id": pl.String,
                "kind": pl.String,
                "allowed": pl.Boolean,
                "language": pl.String,
                "said_at": INSTANT,
            },
            orient="row",
        )
        buyers = tx.matching(tables.orders, said.select("order_id").unique(), "order_id", "buyer")
        known = said.join(buyers, on="order_id")
        newest = known.sort("said_at").unique(["buyer", "kind"], keep="last", maintain_order=True).drop("order_id")
        before = tx.matching(tables.buyer_consents, newest.select("buyer", "kind"), "buyer", "kind", "said_at")
        told = newest.join(before.rename({"said_at": "before_at"}), on=["buyer", "kind"], how="left")
        fresh = told.filter(pl.col("before_at").is_null()).drop("before_at")
        newer = told.filter(pl.col("said_at") > pl.col("before_at")).drop("before_at")
        tx.append(tables.buyer_consents, fresh, stamp=True)
        tx.amend(tables.buyer_consents, newer, on=("buyer", "kind"))
        unknown = said.join(buyers, on="order_id", how="anti")["order_id"]
        refused = tuple({"order_id": one, "error": f"There is no order {one}."} for one in unknown)
        applied = fresh.height + newer.height
        tx.note(applied=applied, refused=len(refused))
    strangers = said.height - known.height
    return AnswersReceipt(len(words), applied, len(words) - applied - strangers, refused)
