"""How a stop of a courier stands, and which ends it can have."""

from enum import StrEnum


class TaskState(StrEnum):
    """One stop of a tour."""

    OPEN = "open"
    DONE = "done"  # handed over
    DROPPED = "dropped"  # given to somebody else, or called off


TASK_TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    TaskState.OPEN: frozenset({TaskState.DONE, TaskState.DROPPED}),
    TaskState.DONE: frozenset(),
    TaskState.DROPPED: frozenset(),
}
