"""A released wave on paper and as CSV: GET /floor/waves/{wave} (?lang=zh|en), .../pick.csv, .../pack.csv."""

from collections.abc import Callable

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.floor_paper import STYLE_HASH, paper
from dashboard.api.refusals import Refused, refused
from dashboard.boards import floor as floor_boards
from dashboard.wording import LANGUAGES, words
from engine.errors import WarRoomError
from engine.usecases.floor.wave_files import pack_csv, pick_csv
from engine.usecases.floor.wave_sheet import WaveSheet
from jobs.runtime import get_room

CSV = {"pick.csv": pick_csv, "pack.csv": pack_csv}

PAPER_POLICY = f"default-src 'none'; style-src '{STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"
"""Nothing runs and nothing is fetched on the page; its one style block is named by its hash."""


async def wave_paper(request: Request) -> Response:
    """The wave as one HTML page for A4."""
    asked = request.query_params.get("lang")
    try:
        language = asked if asked in LANGUAGES else get_room().settings.boards.language
        html = await _made(request, lambda sheet: paper(words(language), sheet))
    except Refused as refusal:
        return refusal.response()
    except WarRoomError as refusal:
        return refused(refusal).response()
    return Response(html, media_type="text/html", headers={"Content-Security-Policy": PAPER_POLICY})


async def wave_csv(request: Request) -> Response:
    """One of its lists as CSV."""
    wave, name = request.path_params["wave"], request.path_params["name"]
    try:
        if name not in CSV:
            raise Refused(404, f"There is no {name} of a wave; there are {', '.join(CSV)}.")
        text = await _made(request, CSV[name])
    except Refused as refusal:
        return refusal.response()
    except WarRoomError as refusal:
        return refused(refusal).response()
    # The wave exists, so its id is one of ours: letters, digits, a hyphen.
    headers = {"Content-Disposition": f'attachment; filename="{wave}-{name}"'}
    return Response(text, media_type="text/csv", headers=headers)


async def _made(request: Request, make: Callable[[WaveSheet], str]) -> str:
    """Read and written in a thread: neither may hold up the event loop."""
    database, wave = get_room().database, request.path_params["wave"]
    return await anyio.to_thread.run_sync(lambda: make(floor_boards.wave_sheet(database, wave)))
