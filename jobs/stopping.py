"""How a job from the command line is told to stop: by an event that signals set."""

import signal
import threading
from types import FrameType


def stopped_by_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set; a second SIGINT ends the process at once, as uvicorn does."""
    stop = threading.Event()

    def announce(number: int, frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGINT, announce)
    signal.signal(signal.SIGTERM, announce)
    return stop
