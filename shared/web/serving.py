"""The HTTP side of static files: exact addresses, gzip where the browser takes it, immutable caching."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from shared.web.assets import Assets
from shared.web.headers import asset_headers


def static_route(assets: Assets) -> Route:
    """One route under the assets' mount that serves exactly the files it knows, and 404 for all else."""

    async def serve(request: Request) -> Response:
        asset = assets.find(request.url.path)
        if asset is None:
            return PlainTextResponse("Not found", status_code=404, headers={"cache-control": "no-store"})
        zipped = asset.gzipped is not None and "gzip" in request.headers.get("accept-encoding", "")
        body = asset.gzipped if zipped and asset.gzipped is not None else asset.body
        return Response(body, headers=asset_headers(asset.content_type, gzipped=zipped))

    return Route(assets.mount + "/{path:path}", serve, methods=["GET", "HEAD"])
