"""What the room does by itself about weather: asks Open-Meteo where the settings say so, and says what came of it."""

from engine.usecases.forecasts.fetch_weather import fetch_weather
from engine.usecases.room.room import Room
from jobs.runner import JobResult, Outcome


def ask_for_weather(room: Room) -> JobResult:
    """Fetch and keep the weather of the places in use; a service that does not answer ends the run in words."""
    if room.settings.weather.source == "off":
        return JobResult(Outcome.IDLE)
    got = fetch_weather(room, actor="weather")
    if not got.places:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{got.hours} new hours of {got.places} places in {got.requests} requests")
