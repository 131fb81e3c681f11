"""Who works in the room? The closed set of roles; what each may do is one table elsewhere."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is in the room. One person has one role at a time."""

    OPERATOR = "operator"  # a desk during a show: works cards, within the limits of the approval policy
    MANAGER = "manager"  # answers for a show: approves what is dear or cannot be undone
    ANALYST = "analyst"  # reads everything, changes nothing
    ADMIN = "admin"  # everything a manager may, and the room's own settings
