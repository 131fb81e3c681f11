"""Is the room well? /healthz for people and supervisors, /metrics for Prometheus. Neither shows personal data."""

from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dashboard.api.metrics import METRICS, sessions
from dashboard.api.refusals import json_response, refused
from dashboard.stopping import STOPPING
from engine.errors import WarRoomError
from jobs.runtime import Running, get_running


async def healthz(_request: Request) -> Response:
    """200 while orders can be taken; 503 with the reason otherwise."""
    if STOPPING.event.is_set():
        return json_response({"status": "stopping"}, status=503)
    try:
        report = await anyio.to_thread.run_sync(_report, get_running())
    except WarRoomError as refusal:
        return json_response({"status": "unwell", "error": str(refusal)}, status=503)
    return json_response(report, status=200 if report["status"] == "ok" else 503)


async def metrics(_request: Request) -> Response:
    """Prometheus text format."""
    try:
        text = await anyio.to_thread.run_sync(METRICS.text, get_running())
    except WarRoomError as refusal:
        return refused(refusal).response()
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


def _report(running: Running) -> dict[str, Any]:
    room = running.room
    [(newest,)] = room.database.read("SELECT max(received_at) FROM intake_batches").rows()
    scheduling = running.scheduling or running.scheduler is None
    return {
        "status": "ok" if scheduling else "unwell",
        "database": room.database.where,
        "data_version": room.database.data_version(),
        "newest_ingest_age_seconds": None if newest is None else round((room.now() - newest).total_seconds(), 3),
        "waiting": room.desk.depth,
        "scheduler": "running" if running.scheduling else "none" if running.scheduler is None else "stopped",
        "demo": "playing" if running.demo is not None and running.demo.playing else "off",
        "sessions": sessions(),
        "since": running.since.isoformat(),
    }
