"""Tells the database which channels the settings name, without what opens them: notices are written to their names."""

import polars as pl

from engine.channels.configured import Channel, configured
from engine.model.channel_settings import ChannelSettings
from engine.model.notices import NoticeState
from engine.store import tables
from engine.store.database import Database, as_json
from engine.store.transaction import Transaction


def register_channels(database: Database, settings: ChannelSettings) -> tuple[Channel, ...]:
    """Write what differs from what is known. Raises BadSetting."""
    channels = configured(settings)
    wanted = {
        one.name: (one.kind.value, as_json({d.value: list(who) for d, who in one.desks.items()})) for one in channels
    }
    rows = database.read("SELECT channel, kind, desks, configured FROM notice_channels").rows()
    known = {name: (kind, desks) for name, kind, desks, _ in rows}
    standing = {name: (kind, desks) for name, kind, desks, current in rows if current}
    if standing == wanted:
        return channels
    with database.transaction(actor="setup", verb="register_channels", subject=f"{len(wanted)} channels") as tx:
        at = pl.lit(tx.at).dt.cast_time_unit("us")
        frame = pl.DataFrame(
            [(name, kind, desks, True) for name, (kind, desks) in wanted.items()]
            + [(name, *standing[name], False) for name in standing.keys() - wanted.keys()],
            schema={"channel": pl.String, "kind": pl.String, "desks": pl.String, "configured": pl.Boolean},
            orient="row",
        )
        fresh = ~pl.col("channel").is_in(list(known))
        tx.append(
            tables.notice_channels,
            frame.filter(fresh).with_columns(state=pl.lit("ready"), state_at=at, failures=pl.lit(0, dtype=pl.Int64)),
            stamp=True,
        )
        # Whoever changes a setting has just repaired something: no channel rests any longer.
        again = frame.filter(~fresh).with_columns(next_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")))
        tx.amend(tables.notice_channels, again, on=("channel",))
        _wake(tx, [name for name in wanted if name not in standing])
        tx.note(channels={name: kind for name, (kind, _) in wanted.items()})
    return channels


def _wake(tx: Transaction, names: list[str]) -> None:
    """What waited for a channel that was not configured is due now."""
    keys = pl.DataFrame({"channel": names}, schema={"channel": pl.String})
    waiting = tx.matching(tables.notices, keys, "notice_id", "state").filter(
        pl.col("state").is_in([NoticeState.QUEUED.value, NoticeState.FAILED.value])
    )
    tx.amend(
        tables.notices,
        waiting.select("notice_id", next_at=pl.lit(tx.at).dt.cast_time_unit("us")),
        on=("notice_id",),
    )
