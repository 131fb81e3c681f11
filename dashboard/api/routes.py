"""Every route of ours. What is not here under /api is 404 in JSON: Streamlit would answer its page with 200."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.api import (
    compensations,
    couriers,
    delays,
    exemptions,
    floor,
    geo,
    health,
    intake,
    intercepts,
    maps,
    notices,
    pick_stops,
    promises,
    readings,
    report_paper,
    route_paper,
    tickets,
    track,
    track_links,
    tracking,
    waybills,
    weather,
)
from dashboard.api.refusals import Refused
from dashboard.map_layers import LAYERS

Endpoint = Callable[[Request], Awaitable[Response]]

ENDPOINTS: dict[str, tuple[str, Endpoint]] = {
    "/api/orders": ("POST", intake.post_orders),
    "/api/orders/changes": ("POST", intake.post_changes),
    "/api/delay-offers": ("GET", delays.get_offers),
    "/api/delay-answers": ("POST", delays.post_answers),
    "/api/compensations": ("GET", compensations.get_compensations),
    "/api/compensation-answers": ("POST", compensations.post_answers),
    "/api/track-links": ("GET", track_links.get_links),
    "/api/track-links/batch": ("POST", track_links.post_links),
    "/api/buyer-requests": ("GET", track_links.get_requests),
    "/api/buyer-answers": ("POST", track_links.post_answers),
    "/api/notice-reports": ("POST", notices.post_reports),
    "/api/notice-consents": ("POST", notices.post_consents),
    "/api/promises": ("POST", promises.post_promises),
    "/api/promises/withdrawals": ("POST", promises.post_withdrawals),
    "/api/exemptions": ("POST", exemptions.post_exemptions),
    "/api/exemptions/withdrawals": ("POST", exemptions.post_withdrawals),
    "/api/tickets": ("POST", tickets.post_tickets),
    "/api/intercepts": ("GET", intercepts.get_intercepts),
    "/api/pick-stops": ("GET", pick_stops.get_stops),
    "/api/pick-stops/answers": ("POST", pick_stops.post_answers),
    "/api/signals": ("POST", intake.post_signals),
    "/api/waybills": ("POST", intake.post_waybills),
    "/api/waybill-proposals": ("GET", waybills.get_proposals),
    "/api/tracking/canonical": ("POST", tracking.post_canonical),
    "/api/tracking/kuaidi100": ("POST", tracking.post_kuaidi100),
    "/api/tracking/kdniao": ("POST", tracking.post_kdniao),
    "/api/tracking/sf": ("POST", tracking.post_sf),
    "/api/couriers": ("POST", couriers.post_positions),
    "/api/couriers/tasks": ("POST", couriers.post_tasks),
    "/api/readings": ("POST", readings.post_readings),
    "/api/weather": ("POST", weather.post_weather),
    "/api/hubs": ("POST", weather.post_hubs),
    "/api/geo/provinces.json": ("GET", geo.provinces),
    "/api/geo/districts.json": ("GET", geo.districts),
    **{f"/api/map/{name}.json": ("GET", maps.layer(name)) for name in LAYERS},
    "/healthz": ("GET", health.healthz),
    "/metrics": ("GET", health.metrics),
    "/floor/waves/{wave}": ("GET", floor.wave_paper),
    "/floor/waves/{wave}/{name}": ("GET", floor.wave_csv),
    "/floor/routes/{node}": ("GET", route_paper.routes_paper),
    "/floor/reports/{show}/{no}": ("GET", report_paper.report_paper),
    "/floor/routes/{node}/{name}": ("GET", route_paper.routes_file),
}
EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


async def no_such_route(request: Request) -> Response:
    """404, or 405 where only the method is wrong."""
    path = request.url.path
    if path in ENDPOINTS:
        method, _ = ENDPOINTS[path]
        return Refused(405, f"{path} takes {method} only.", headers={"Allow": method}).response()
    return Refused(404, f"There is no {path} here; there are {', '.join(ENDPOINTS)}.").response()


ROUTES = [
    *(Route(path, endpoint, methods=[method]) for path, (method, endpoint) in ENDPOINTS.items()),
    *(Route(path, no_such_route, methods=EVERY_METHOD) for path in ("/healthz", "/metrics", "/api", "/floor")),
    Route("/track/{token}", track.show, methods=["GET"]),
    Route("/track/{token}", track.ask, methods=["POST"]),
    Route("/track", track.nowhere, methods=EVERY_METHOD),
    Route("/track/{rest:path}", track.nowhere, methods=EVERY_METHOD),
    Route("/go/{token}", notices.go, methods=["GET"]),
    Route("/api/{rest:path}", no_such_route, methods=EVERY_METHOD),
    Route("/floor/{rest:path}", no_such_route, methods=EVERY_METHOD),
]
