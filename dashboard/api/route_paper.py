"""A store's routes on paper and as CSV: GET /floor/routes/{node} (?lang=zh|en), .../routes.csv, .../missed.csv."""

from collections.abc import Callable, Iterable, Sequence
from html import escape

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.floor import PAPER_POLICY
from dashboard.api.floor_paper import STYLE
from dashboard.api.refusals import Refused, refused
from dashboard.boards import routes as route_boards
from dashboard.boards.routes import NodePlan
from dashboard.components.road import route_board
from dashboard.wording import LANGUAGES, Words, words
from engine.errors import WarRoomError
from engine.store.database import Database
from engine.usecases.riders.route_files import missed_csv, routes_csv
from jobs.runtime import get_room

CSV: dict[str, Callable[[Database, str], str]] = {"routes.csv": routes_csv, "missed.csv": missed_csv}


async def routes_paper(request: Request) -> Response:
    """The routes as one HTML page for A4, each tour a table with boxes to tick."""
    asked, node = request.query_params.get("lang"), request.path_params["node"]
    try:
        room = get_room()
        t = words(asked if asked in LANGUAGES else room.settings.boards.language)
        html = await anyio.to_thread.run_sync(lambda: paper(t, route_boards.planned(room.database, node)))
    except WarRoomError as refusal:
        return refused(refusal).response()
    return Response(html, media_type="text/html", headers={"Content-Security-Policy": PAPER_POLICY})


async def routes_file(request: Request) -> Response:
    """One of its lists as CSV."""
    node, name = request.path_params["node"], request.path_params["name"]
    try:
        if name not in CSV:
            raise Refused(404, f"There is no {name} of routes; there are {', '.join(CSV)}.")
        text = await anyio.to_thread.run_sync(lambda: _csv(get_room().database, node, name))
    except Refused as refusal:
        return refusal.response()
    except WarRoomError as refusal:
        return refused(refusal).response()
    return Response(text, media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _csv(database: Database, node: str, name: str) -> str:
    route_boards.planned(database, node)  # refuses a node that has no plan
    return CSV[name](database, node)


def paper(t: Words, found: NodePlan) -> str:
    """The whole page."""
    title = t("routes.paper", node=t.name(found.plan.row(0, named=True)))
    figures = "".join(
        f"<span>{escape(label)} <b>{escape(value)}</b></span>" for label, value in route_board.facts(t, found)
    )
    body = "".join((*_tours(t, found), *_missed(t, found)))
    return (
        f'<!doctype html><html lang="{t.language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<style>{STYLE}</style></head><body><h1>{escape(title)}</h1><div class="facts">{figures}</div>'
        f'<p class="small">{escape(t("routes.placed"))}</p>{body}</body></html>'
    )


def _tours(t: Words, found: NodePlan) -> Iterable[str]:
    heads = ("", "#", t("col.arrives"), t("col.due"), t("col.place_of"), "km", t("col.kg"), t("col.parcel"))
    for tour in found.routes.iter_rows(named=True):
        leaves, back = t.clock(tour["leaves_at"])[:5], t.clock(tour["back_at"])[:5]
        yield f"<h2>{escape(route_board.tour_name(t, tour))} · {leaves} → {back} · {tour['metres'] / 1000:.1f} km</h2>"
        stops = [row for row in found.stops.iter_rows(named=True) if row["route_id"] == tour["route_id"]]
        yield _table(
            heads,
            [
                (
                    row["seq"], t.clock(row["arrives_at"])[:5], t.stamp(row["due_at"])[5:16], row["place"] or "",
                    f"{row['metres'] / 1000:.1f}", f"{row['kg']:.1f}", row["parcel_id"],
                )
                for row in stops
            ],
            tick=True,
        )  # fmt: skip


def _missed(t: Words, found: NodePlan) -> Iterable[str]:
    if found.missed.height:
        yield f"<h2>{escape(t('routes.missed_title'))}</h2>"
        rows = [
            (row["parcel_id"], row["carrier"], t.of("why_missed", row["reason"]), t.stamp(row["due_at"])[5:16])
            for row in found.missed.iter_rows(named=True)
        ]
        yield _table((t("col.parcel"), t("col.carrier"), t("col.why"), t("col.due")), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, tick: bool = False) -> str:
    box = '<td><span class="tick"></span></td>' if tick else ""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{box}{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
