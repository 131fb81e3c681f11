"""How a screen reaches the room that runs in this process. Opens nothing: jobs.runtime did, at start-up."""

from engine.settings import BoardSettings
from engine.usecases.room.room import Room
from jobs.runtime import get_room, get_running
from jobs.what_ifs import WhatIfs


def room() -> Room:
    """The open room; raises DatabaseUnavailable while there is none."""
    return get_room()


def board_settings() -> BoardSettings:
    """How boards behave."""
    return get_room().settings.boards


def what_ifs() -> WhatIfs:
    """The questions asked to copies of the room."""
    return get_running().what_ifs
