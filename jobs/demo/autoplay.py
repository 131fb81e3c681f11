"""The room plays the seeded demo show to itself, in a thread of its own, until the show or the room ends."""

import logging
import math
import threading
from datetime import timedelta

from engine.errors import WarRoomError
from engine.intake.brand import load_brand
from engine.settings import DATA, DemoSettings
from engine.usecases.room.room import Room
from engine.usecases.room.schedule_show import schedule_show
from jobs.demo.buyers import places
from jobs.demo.demo_show import plan_show
from jobs.demo.events import run_prefix
from jobs.demo.play_riders import play_riders
from jobs.demo.player import Pace, Totals, play
from jobs.demo.show_plan import ShowPlan
from jobs.demo.show_script import show_script
from jobs.demo.sinks import RoomSink

_LOG = logging.getLogger("warroom.demo")


class Autoplay:
    """One play of the demo show in the background."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._play, name="demo-show", daemon=True)
        self._riders = threading.Thread(target=self._ride, name="demo-riders", daemon=True)
        self.totals: Totals | None = None

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()
        self._riders.start()

    def stop(self) -> None:
        """End the show and its riders now; returns when the last delivery is through."""
        self._stop.set()
        self._thread.join()
        self._riders.join()

    @property
    def playing(self) -> bool:
        """True until the show ends."""
        return self._thread.is_alive()

    def _play(self) -> None:
        try:
            wanted = self._room.settings.demo
            plan = demo_plan(wanted, self._room)
            now = self._room.now()
            at_once = wanted.minutes == 0
            start = now - timedelta(seconds=plan.seconds) if at_once else now
            schedule_show(
                self._room,
                plan.script.show_id,
                starts_at=start,
                ends_at=start + timedelta(seconds=plan.seconds),
                actor="demo",
            )
            self.totals = play(
                plan.events(),
                RoomSink(self._room, source="demo"),
                start=start,
                run=run_prefix(now),
                stop=self._stop,
                pace=Pace(speed=math.inf) if at_once else Pace(),
            )
            _LOG.info("The demo show ended: %s", self.totals.as_dict())
        except WarRoomError as refusal:
            if not self._stop.is_set():
                _LOG.warning("The demo show stopped: %s", refusal)

    def _ride(self) -> None:
        try:
            play_riders(
                self._room, riders=self._room.settings.demo.riders, seed=self._room.settings.demo.seed, stop=self._stop
            )
        except WarRoomError as refusal:
            if not self._stop.is_set():
                _LOG.warning("The demo's riders stopped: %s", refusal)


def demo_plan(wanted: DemoSettings, room: Room) -> ShowPlan:
    """The show that the settings ask for; 0 minutes means the show's own length, played at once."""
    script = show_script(load_brand(DATA / "brand"))
    return plan_show(
        script,
        places(room.gazetteer.regions),
        orders=wanted.orders,
        minutes=wanted.minutes or script.minutes,
        seed=wanted.seed,
    )
