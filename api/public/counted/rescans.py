"""Whether this browser has opened this pack lately: a cookie that says so, and names nobody.

Everybody who scans a pack on a day gets the same mark for it, so marks tell no browsers apart; only
this server can make one, and it keeps none. A second look within a day is no second scan.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

COOKIE: Final = "daodi_seen"
KEPT_S: Final = 86_400
MARKS_MAX: Final = 20  # packs of one day in one cookie of 260 bytes; the oldest goes first
MARK_BYTES: Final = 9


def is_own_rescan(request: Request[Any, Any, Any], code: str, secret: bytes, today: date) -> bool:
    """Whether the browser bears the mark of this pack from today or yesterday."""
    borne = _marks(request)
    days = (today, today - timedelta(days=1))
    return any(
        hmac.compare_digest(_mark(code, secret, day), mark) for day in days for mark in borne
    )


def with_mark(request: Request[Any, Any, Any], code: str, secret: bytes, today: date) -> Cookie:
    """The cookie with the mark of this pack added."""
    marks = [*_marks(request), _mark(code, secret, today)][-MARKS_MAX:]
    return Cookie(
        key=COOKIE,
        value=".".join(marks),
        path="/",
        max_age=KEPT_S,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _mark(code: str, secret: bytes, day: date) -> str:
    mac = hmac.digest(secret, f"daodi/scan\x00{code}\x00{day}".encode(), sha256)
    return urlsafe_b64encode(mac[:MARK_BYTES]).decode()


def _marks(request: Request[Any, Any, Any]) -> list[str]:
    given = request.cookies.get(COOKIE, "")
    plain = (mark for mark in given.split(".") if mark.isascii())
    return [mark for mark in plain if mark][:MARKS_MAX]
