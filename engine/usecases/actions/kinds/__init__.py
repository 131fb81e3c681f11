"""Every kind of action in one table: the one place where a new kind is named."""

from engine.model.actions import ActionKind
from engine.usecases.actions.kinds import (
    ask_supplier,
    change_packaging,
    change_quota,
    close_node,
    compensate,
    correct_count,
    delay_shipping,
    intercept_parcels,
    pause_sku,
    pre_sale,
    quarantine_lot,
    reallocate_orders,
    release_lot,
    reopen_node,
    resume_carrier,
    send_notices,
    stop_carrier,
    switch_carrier,
    top_up_pool,
    transfer_stock,
)
from engine.usecases.actions.kinds.spec import ActionSpec

KINDS: dict[ActionKind, ActionSpec] = {
    spec.kind: spec
    for spec in (
        top_up_pool.SPEC,
        change_quota.SPEC,
        quarantine_lot.SPEC,
        release_lot.SPEC,
        close_node.SPEC,
        reopen_node.SPEC,
        switch_carrier.SPEC,
        stop_carrier.SPEC,
        resume_carrier.SPEC,
        reallocate_orders.SPEC,
        transfer_stock.SPEC,
        correct_count.SPEC,
        pause_sku.SPEC,
        pre_sale.SPEC,
        delay_shipping.SPEC,
        send_notices.SPEC,
        compensate.SPEC,
        intercept_parcels.SPEC,
        ask_supplier.SPEC,
        change_packaging.SPEC,
    )
}
