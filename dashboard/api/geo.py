"""Outlines for the maps: files that never change while the process runs, compressed once, kept by browsers."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from engine.settings import DATA

FILES = {"provinces": "provinces.geojson", "districts": "districts_demo.geojson"}


@dataclass(frozen=True, slots=True)
class Outline:
    """One file, plain and compressed, with the tag of its content."""

    plain: bytes
    packed: bytes
    etag: str


@cache
def outline(name: str) -> Outline:
    """The named outline; read and compressed once a process."""
    plain = (DATA / "geo" / FILES[name]).read_bytes()
    return Outline(plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.blake2b(plain, digest_size=12).hexdigest()}"')


async def provinces(request: Request) -> Response:
    """GET /api/geo/provinces.json."""
    return _answer(request, outline("provinces"))


async def districts(request: Request) -> Response:
    """GET /api/geo/districts.json: Shanghai and Hangzhou."""
    return _answer(request, outline("districts"))


def _answer(request: Request, shape: Outline) -> Response:
    headers = {"ETag": shape.etag, "Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if shape.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            shape.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type="application/geo+json"
        )
    return Response(shape.plain, headers=headers, media_type="application/geo+json")
