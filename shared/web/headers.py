"""Response headers of every page and static file. Pure: the same arguments give the same headers."""

from __future__ import annotations

from collections.abc import Sequence

_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


def content_security_policy(
    *,
    form_targets: Sequence[str] = (),
    image_hosts: Sequence[str] = (),
    frame_ancestors: Sequence[str] = (),
) -> str:
    """A policy without unsafe-inline, unsafe-eval or wildcards: what is not listed does not load.

    `form_targets`, `image_hosts` and `frame_ancestors` are further origins (scheme and host) beside our own;
    without any ancestor the page may not be framed at all.
    """
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", *image_hosts],
        "media-src": ["'self'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'", *form_targets],
        "base-uri": ["'none'"],
        "frame-ancestors": list(frame_ancestors) or ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())


def page_headers(
    *,
    cache: str = "no-cache",
    form_targets: Sequence[str] = (),
    image_hosts: Sequence[str] = (),
    frame_ancestors: Sequence[str] = (),
    indexable: bool = True,
) -> dict[str, str]:
    """Headers of an HTML page. `cache` is the Cache-Control value; staff pages pass `no-store`."""
    headers = {
        "content-security-policy": content_security_policy(
            form_targets=form_targets, image_hosts=image_hosts, frame_ancestors=frame_ancestors
        ),
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": _PERMISSIONS,
        "cache-control": cache,
    }
    if not frame_ancestors:
        # The old header knows no list of origins, so it is sent only where the answer is "nobody".
        headers["x-frame-options"] = "DENY"
        headers["cross-origin-resource-policy"] = "same-origin"
    if not indexable:
        headers["x-robots-tag"] = "noindex, nofollow"
    return headers


def asset_headers(content_type: str, *, gzipped: bool = False) -> dict[str, str]:
    """Headers of a static file whose address carries its hash: kept for a year, never revalidated."""
    headers = {
        "content-type": content_type,
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "vary": "Accept-Encoding",
    }
    if gzipped:
        headers["content-encoding"] = "gzip"
    return headers
