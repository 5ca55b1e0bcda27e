"""Headers on every answer, trusted hosts, limits of a request, and addresses one may be sent on to."""

import hmac
import secrets
from collections.abc import Callable

from flask import Flask, Response, g, request

from models import crypto
from web.config import Settings
from web.input import refuse_control_characters

LARGEST_REQUEST = 25 * 1024 * 1024
LARGEST_PART = 500_000
MOST_PARTS = 1000
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Nothing inline, nothing from elsewhere, and nobody may frame us. A view that needs less sets its own."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "X-Robots-Tag": "noindex, nofollow",
}


def init_app(app: Flask, settings: Settings) -> None:
    """Set the limits before parsing begins and the headers before an answer leaves."""
    app.config.update(
        SECRET_KEY=secret_key(),
        TRUSTED_HOSTS=settings.hosts,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_PART,
        MAX_FORM_PARTS=MOST_PARTS,
        WTF_CSRF_TIME_LIMIT=None,  # the token lives and dies with its session
        WTF_CSRF_SSL_STRICT=True,
        WTF_I18N_ENABLED=False,
    )
    app.before_request(_number_request)
    app.before_request(refuse_control_characters)
    app.after_request(_headers(settings.is_secure))


def secret_key() -> bytes:
    """Return the key that signs visitors' cookies, the same on every machine that has this key ring."""
    return hmac.digest(crypto.current().index["name-key"], b"web|secret key|1", "sha256")


def request_id() -> str:
    """Return the random name of this request, which stands in answers, error pages and the log."""
    if "request_id" not in g:
        _number_request()
    return str(g.request_id)


def safe_next(address: str | None, otherwise: str = "/") -> str:
    """Return where to go after signing in: a path of ours, never another site."""
    if not address or not address.startswith("/") or address[1:2] in ("/", "\\") or len(address) > 2000:
        return otherwise
    if "\\" in address or any(ord(char) <= 32 or ord(char) == 127 for char in address):
        return otherwise
    return address


def _number_request() -> None:
    g.request_id = secrets.token_hex(8)


def _headers(secure: bool) -> Callable[[Response], Response]:
    def finish(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-Id"] = request_id()
        return response

    return finish
