"""Refusals: expected conflicts, worded for the person who meets them. Anything else that raises is a bug.

Each message says what happened and what to do. Doors (CLI, HTTP, pages) show it as it is.
"""


class WarRoomError(Exception):
    """A refusal in words; never a crash."""


class BadSetting(WarRoomError):
    """A setting is missing or wrong; the room does not start."""


class BadFile(WarRoomError):
    """A file cannot be read as what it claims to be."""


class BadBrand(WarRoomError):
    """A file of the brand's master data breaks its contract."""


class BadProblem(WarRoomError):
    """An allocation problem breaks its contract."""


class BadChange(WarRoomError):
    """A what-if change cannot be read, or does not fit the problem it should change."""


class BadRequest(WarRoomError):
    """A request over HTTP that does not say what it must."""


class NotFound(WarRoomError):
    """The thing asked for is not in the room."""


class NotAllowed(WarRoomError):
    """The state of the thing, or the person asking, does not allow this now."""


class NotEnoughStock(WarRoomError):
    """More was asked for than is free."""


class DatabaseUnavailable(WarRoomError):
    """The database file is locked, damaged, unreadable or full, or the server does not answer."""


class ServiceUnavailable(WarRoomError):
    """A service outside that the room asks does not answer, or refuses; the room goes on without it."""


class OutOfDate(WarRoomError):
    """The database was written by a newer version of the room."""
