"""Which notices of a channel go out now, and as which messages? Claimed in one commit: no two processes send one.

Before that, what is due but must not go out moves on: too late, in quiet hours, not wanted by its buyer. A claim holds
for a lease; one that nobody recorded the end of is free again afterwards and goes out under the same id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from engine.channels.configured import Channel
from engine.model.actions import OPEN
from engine.model.notices import OF_A_STANDING_ORDER, Audience, NoticeState
from engine.model.states import OrderStatus
from engine.response.notice_policy import NoticePolicy
from engine.response.notice_templates import Consent, Templates
from engine.response.notice_timing import Due, messages, quiet_until, tokens
from engine.store import tables
from engine.store.database import Database
from engine.store.transaction import Transaction
from engine.usecases.notices.notice_records import STANDING, move

MOST = 2000
"""Due notices looked at in one commit; enough for every digest, and a tenth of a second for a crowd of buyers."""

GAVE_BACK = (OrderStatus.CANCELLED.value, OrderStatus.REFUNDED.value)

_DUE = f"""
SELECT {", ".join(STANDING)} FROM notices WHERE channel = :channel AND next_at <= :now
ORDER BY critical DESC, attempts, created_at, notice_id LIMIT {MOST}
"""  # what failed before stands behind what was never tried: one message that no robot takes holds up nobody
_SENT = """
SELECT "at", sent_as FROM notice_events
WHERE channel = :channel AND state = 'sending' AND "at" > :since GROUP BY "at", sent_as
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message to send: its id, its notices (STANDING, plus buyer, language, order_no and platform for buyers), and
    until when the claim holds."""

    sent_as: str
    notices: pl.DataFrame
    until: datetime


def claim_notices(
    database: Database, channel: Channel, policy: NoticePolicy, templates: Templates, *, actor: str
) -> list[Claimed]:
    """The messages to send now, at most a chunk of them; none where the channel rests or nothing is due."""
    with database.transaction(actor=actor, verb="claim_notices", subject=channel.name) as tx:
        due = _still_good(tx, tx.frame(_DUE, STANDING, {"channel": channel.name, "now": tx.at}))
        [(rests_until,)] = tx.rows("SELECT next_at FROM notice_channels WHERE channel = :name", {"name": channel.name})
        if rests_until is not None and rests_until > tx.at:
            return []
        due = _wanted(tx, due, templates) if channel.audience is Audience.BUYER else _undecided(tx, due)
        due = _out_of_quiet(tx, due, policy, channel.audience)
        if due.is_empty():
            return []
        since = tx.at - timedelta(seconds=policy.send.window_seconds)
        sent = [at for at, _ in tx.rows(_SENT, {"channel": channel.name, "since": since})]
        limit = policy.limits[channel.kind]
        left = tokens(limit, sent, tx.at, window_seconds=policy.send.window_seconds)
        waiting = [Due(*row) for row in due.select("notice_id", "critical", "sent_as").iter_rows()]
        until = tx.at + timedelta(seconds=policy.send.lease_seconds)
        chosen = messages(waiting, limit, left=left)
        if not chosen:
            return []
        sent_as = pl.DataFrame(
            [(one, message.sent_as) for message in chosen for one in message.notice_ids],
            schema={"notice_id": pl.String, "under": pl.String},
            orient="row",
        )
        named = due.join(sent_as, on="notice_id", maintain_order="left")
        taken = move(
            tx,
            named,
            NoticeState.SENDING,
            detail="",
            next_at=until,
            attempts=pl.col("attempts") + 1,
            sent_as=pl.col("under"),
        )
        tx.note(messages=len(chosen), notices=taken.height)
    parts = taken.partition_by("sent_as", as_dict=True, maintain_order=True)
    return [Claimed(one.sent_as, parts[(one.sent_as,)], until) for one in chosen]


def abandon(database: Database, channel: str, *, actor: str) -> None:
    """Of a channel that the settings no longer name: give up what is too late, and let the rest wait until then."""
    with database.transaction(actor=actor, verb="claim_notices", subject=channel) as tx:
        rest = _still_good(tx, tx.frame(_DUE, STANDING, {"channel": channel, "now": tx.at}))
        tx.amend(tables.notices, rest.select("notice_id", next_at="give_up_at"), on=("notice_id",))


def _still_good(tx: Transaction, due: pl.DataFrame) -> pl.DataFrame:
    """Without what is too late. What a lost claim held counts as failed: whether it went out, nobody knows."""
    lost = due.filter(pl.col("state") == NoticeState.SENDING)
    if not lost.is_empty():
        found = move(
            tx, lost, NoticeState.FAILED, detail="Nobody recorded how it ended; it may have arrived.", next_at=tx.at
        )
        due = due.join(lost.select("notice_id"), on="notice_id", how="anti", maintain_order="left")
        due = pl.concat([found.select(list(STANDING)), due])
    late = pl.col("give_up_at") <= tx.at
    move(tx, due.filter(late), NoticeState.GIVEN_UP, detail="Too late: it could not be sent while it was good.")
    return due.filter(~late)


def _wanted(tx: Transaction, due: pl.DataFrame, templates: Templates) -> pl.DataFrame:
    """Without what buyers do not want to be told, or what their order's end has made pointless; with their buyer,
    language, platform and order number."""
    keys = due.select("order_id").unique()
    orders = tx.matching(tables.orders, keys, "order_id", "buyer", "platform", "order_no", "status")
    over = orders.filter(pl.col("status").is_in(GAVE_BACK)).select("order_id")
    pointless = due.filter(pl.col("kind").is_in([kind.value for kind in OF_A_STANDING_ORDER])).join(
        over, on="order_id", how="semi"
    )
    move(tx, pointless, NoticeState.GIVEN_UP, detail="The order was cancelled or refunded meanwhile.")
    due = due.join(pointless.select("notice_id"), on="notice_id", how="anti", maintain_order="left")
    buyers = orders.select("buyer").unique()
    said = tx.matching(tables.buyer_consents, buyers, "buyer", "kind", "allowed", "language")
    of_kind = said.filter(pl.col("kind") != "*")
    of_all = said.filter(pl.col("kind") == "*").drop("kind")
    told = (
        due.join(orders, on="order_id", how="left", maintain_order="left")
        .join(of_kind, on=["buyer", "kind"], how="left", maintain_order="left")
        .join(of_all, on="buyer", how="left", suffix="_all", maintain_order="left")
        .with_columns(
            allowed=pl.coalesce("allowed", "allowed_all").fill_null(True),  # noqa: FBT003 - nothing was said
            language=pl.coalesce("language", "language_all"),
        )
        .drop("allowed_all", "language_all")
    )
    asking = [kind.value for kind, one in templates.by_kind.items() if one.consent is not Consent.SAFETY]
    refused = ~pl.col("allowed") & pl.col("kind").is_in(asking)
    move(tx, told.filter(refused), NoticeState.SUPPRESSED, detail="The buyer does not want to be told.")
    return told.filter(~refused)


def _undecided(tx: Transaction, due: pl.DataFrame) -> pl.DataFrame:
    """Without what asks for the approval of an action that was decided, or ran out, before anybody was told."""
    actions = due.filter(pl.col("action_id").is_not_null())
    known = tx.matching(tables.actions, actions.select("action_id").unique(), "action_id", "state")
    decided = known.filter(~pl.col("state").is_in([state.value for state in OPEN])).select("action_id")
    pointless = actions.join(decided, on="action_id", how="semi")
    move(tx, pointless, NoticeState.GIVEN_UP, detail="Decided meanwhile.")
    return due.join(pointless.select("notice_id"), on="notice_id", how="anti", maintain_order="left")


def _out_of_quiet(tx: Transaction, due: pl.DataFrame, policy: NoticePolicy, audience: Audience) -> pl.DataFrame:
    """Without what quiet hours hold back: of staff all that is not critical, of buyers all."""
    morning = quiet_until(policy.quiet[audience], tx.at)
    if morning is None:
        return due
    passes = pl.col("critical") if audience is Audience.STAFF else pl.lit(False)  # noqa: FBT003
    # One that already waits for the morning is due then, and not looked at before.
    move(tx, due.filter(~passes), NoticeState.DEFERRED, detail="Quiet hours.", next_at=morning)
    return due.filter(passes)


def due_channels(database: Database, now: datetime) -> Sequence[str]:
    """Channels that something is due for and that do not rest."""
    found = database.read(
        """
        SELECT DISTINCT n.channel FROM notices n JOIN notice_channels c USING (channel)
        WHERE n.next_at <= $now AND (c.next_at IS NULL OR c.next_at <= $now OR n.give_up_at <= $now) ORDER BY 1
        """,
        {"now": now},
    )
    return found["channel"].to_list()
