"""Old positions of couriers leave the room: how long each kind of trace is kept, data/rules/couriers.toml says."""

from datetime import timedelta

from engine.logistics.courier_policy import CourierPolicy
from engine.store import tables
from engine.usecases.room.workplace import Workplace


def forget_positions(work: Workplace, policy: CourierPolicy) -> int:
    """Delete positions past their time, and couriers not heard of any more. Returns how many; 0 writes nothing."""
    now = work.now()
    old = now - timedelta(hours=policy.position.keep_hours)
    gone = now - timedelta(days=policy.position.forget_days)
    positions, now_at = tables.courier_positions, tables.courier_now
    with work.database.transaction(actor="forget_positions", verb="forget_positions", subject="positions") as tx:
        [(count,)] = tx.rows("SELECT count(*) FROM courier_positions WHERE event_time < :old", {"old": old})
        [(silent,)] = tx.rows("SELECT count(*) FROM courier_now WHERE event_time < :gone", {"gone": gone})
        if count:
            tx.execute(positions.delete().where(positions.c.event_time < old))
        if silent:
            tx.execute(now_at.delete().where(now_at.c.event_time < gone))
        tx.note(positions=count, couriers=silent, before=old)
    return int(count) + int(silent)
