"""A kept report to print: GET /floor/reports/{show}/{no} (?lang=zh|en)."""

import base64
import hashlib

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.refusals import Refused, refused
from dashboard.wording import LANGUAGES
from engine.errors import WarRoomError
from engine.reports.paper_style import STYLE
from engine.usecases.reports.kept_reports import kept_report
from engine.usecases.reports.report_files import report_html
from jobs.runtime import get_room

STYLE_HASH = f"sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}"
POLICY = f"default-src 'none'; style-src '{STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"


async def report_paper(request: Request) -> Response:
    """The report as one HTML page for A4."""
    asked, show, number = request.query_params.get("lang"), request.path_params["show"], request.path_params["no"]
    try:
        room = get_room()
        if not (number.isascii() and number.isdigit() and len(number) < 9):
            raise Refused(404, f"{number!r} is no number of a report.")
        language = asked if asked in LANGUAGES else room.settings.boards.language
        html = await anyio.to_thread.run_sync(
            lambda: report_html(kept_report(room.database, show, int(number)), language)
        )
    except Refused as refusal:
        return refusal.response()
    except WarRoomError as refusal:
        return refused(refusal).response()
    return Response(html, media_type="text/html", headers={"Content-Security-Policy": POLICY})
