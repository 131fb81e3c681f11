"""What the room can do when something is wrong, where such an action stands, and whether it worked: closed sets."""

from enum import StrEnum


class ActionKind(StrEnum):
    """The verbs of the room. Each has one module under engine/usecases/action_kinds."""

    TOP_UP_POOL = "top_up_pool"
    CHANGE_QUOTA = "change_quota"
    QUARANTINE_LOT = "quarantine_lot"
    RELEASE_LOT = "release_lot"
    CLOSE_NODE = "close_node"
    REOPEN_NODE = "reopen_node"
    SWITCH_CARRIER = "switch_carrier"
    STOP_CARRIER = "stop_carrier"
    RESUME_CARRIER = "resume_carrier"
    REALLOCATE_ORDERS = "reallocate_orders"
    TRANSFER_STOCK = "transfer_stock"
    CORRECT_COUNT = "correct_count"
    PAUSE_SKU = "pause_sku"
    PRE_SALE = "pre_sale"
    DELAY_SHIPPING = "delay_shipping"
    SEND_NOTICES = "send_notices"
    COMPENSATE = "compensate"
    INTERCEPT_PARCELS = "intercept_parcels"
    ASK_SUPPLIER = "ask_supplier"
    CHANGE_PACKAGING = "change_packaging"


class ActionState(StrEnum):
    """Where an action stands. Exactly one at any time."""

    PROPOSED = "proposed"  # waits for a person
    APPROVED = "approved"  # somebody who may said yes; not carried out yet
    REJECTED = "rejected"
    EXPIRED = "expired"  # nobody decided, or nobody carried it out, in time
    EXECUTED = "executed"
    FAILED = "failed"  # approved, and then the room refused: nothing was changed
    UNDONE = "undone"


ACTION_TRANSITIONS: dict[ActionState, frozenset[ActionState]] = {
    ActionState.PROPOSED: frozenset({ActionState.APPROVED, ActionState.REJECTED, ActionState.EXPIRED}),
    ActionState.APPROVED: frozenset({ActionState.EXECUTED, ActionState.FAILED, ActionState.EXPIRED}),
    # What stood in the way may go: it can be approved anew until it expires.
    ActionState.FAILED: frozenset({ActionState.APPROVED, ActionState.REJECTED, ActionState.EXPIRED}),
    ActionState.EXECUTED: frozenset({ActionState.UNDONE}),
    ActionState.REJECTED: frozenset(),
    ActionState.EXPIRED: frozenset(),
    ActionState.UNDONE: frozenset(),
}

OPEN = frozenset({ActionState.PROPOSED, ActionState.APPROVED, ActionState.FAILED})
"""States in which a person still has something to decide."""


class Reversibility(StrEnum):
    """What an undo can bring back."""

    FULL = "full"  # everything
    UNTIL = "until"  # less and less, or nothing after a moment: what was sold, moved or sent meanwhile stays
    NONE = "none"  # nothing: the world outside the room knows already


class Desk(StrEnum):
    """Whose business an action is: the four desks of the room."""

    ORDERS = "orders"
    INVENTORY = "inventory"
    LOGISTICS = "logistics"
    SERVICE = "service"


class Verdict(StrEnum):
    """What is said of an action after its horizon, against the forecast of doing nothing."""

    WORKED = "worked"
    NO_EFFECT = "no_effect"
    BACKFIRED = "backfired"
    CANNOT_TELL = "cannot_tell"
