"""Pages for people: Jinja2 templates under one strict Content-Security-Policy, Chinese first.

Language and text size are two words of the query, so every page works as plain links.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response

HERE: Final = Path(__file__).parents[1]
HTML: Final = "text/html"
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
DEMONSTRATION: Final = "demo."  # how the origin of a demonstration ledger begins
DEMONSTRATION_NOTICE: Final = "演示数据：以下主体、批次和检验结果都是编的，不是真实药材。"
DISPLAY: Final = frozenset({"lang", "big"})  # the words of a query that only change the display
CHINESE: Final = "zh-CN"
ENGLISH: Final = "en"
SCREEN_WORDS: Final = "english.json"

ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,  # a misspelt name fails a test instead of leaving a gap on a page
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """How a reader wants pages shown: language and text size."""

    english: bool = False
    big: bool = False

    @property
    def lang(self) -> str:
        """The language of the page, as HTML names it."""
        return ENGLISH if self.english else CHINESE

    def say(self, text: str, **named: object) -> str:
        """A Chinese sentence in the reader's language; braces in it take the named values."""
        found = english_words().get(text, text) if self.english else text
        return found.format(**named) if named else found

    def to(self, path: str) -> str:
        """A link to another page of ours in the same display."""
        marks = [("lang", ENGLISH)] * self.english + [("big", "1")] * self.big
        if not marks:
            return path
        plain, _, fragment = path.partition("#")
        joint = "&" if "?" in plain else "?"
        return plain + joint + urlencode(marks) + (f"#{fragment}" if fragment else "")


def display_of(request: Request[Any, Any, Any]) -> Display:
    """What the query says about the display."""
    query = dict(parse_qsl(request.url.query))
    return Display(english=query.get("lang") == ENGLISH, big=query.get("big") == "1")


def page(
    request: Request[Any, Any, Any],
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Render a page. `headers` come over ours; a page is not stored unless they say otherwise."""
    rendered = ENVIRONMENT.get_template(template).render(
        {**_surroundings(request, display_of(request)), **(context or {})}
    )
    return answer_page(request, rendered, status_code=status_code, headers=headers)


def answer_page(
    request: Request[Any, Any, Any],
    rendered: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Give a rendered page its headers; a browser that has the same bytes is told so."""
    etag = f'W/"{sha256(rendered.encode()).hexdigest()[:20]}"'
    given = {
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "cache-control": "private, no-cache",
        "vary": "Accept",
        "etag": etag,
        **{name.lower(): value for name, value in (headers or {}).items()},
    }
    success = status_code == 200  # noqa: PLR2004 — the only status a browser keeps
    if success and etag in request.headers.get("if-none-match", ""):
        return Response("", status_code=304, headers=given)
    return Response(rendered, status_code=status_code, headers=given, media_type=HTML)


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a browser asks: it would rather have HTML than JSON."""
    offered = ["application/json", "application/problem+json", "text/html"]
    return request.accept.best_match(offered) == "text/html"


def error_page(
    request: Request[Any, Any, Any], *, code: str, sentence: str, detail: str, status_code: int
) -> Response[str]:
    """A refusal as people read it: the sentence that belongs to its code."""
    shown = display_of(request)
    server_error = 500  # from here on it is our fault
    return page(
        request,
        "error.html",
        {
            "sentence": shown.say(sentence),
            "lines": [detail] if shown.english else [],
            "look": "is-red" if status_code >= server_error else "is-grey",
            "sign": "!" if status_code >= server_error else "?",
            "status": status_code,
            "code": code,
        },
        status_code=status_code,
        headers={"cache-control": "no-store"},
    )


@cache
def english_words() -> Mapping[str, str]:
    """English for every Chinese sentence of the templates; each folder keeps its own file."""
    words: dict[str, str] = {}
    for path in sorted((HERE / "templates").rglob(SCREEN_WORDS)):
        words |= json.loads(path.read_text(encoding="utf-8"))
    return words


@cache
def asset(name: str) -> str:
    """The link of a file in static/, which changes when its bytes do."""
    digest = sha256((HERE / "static" / name).read_bytes()).hexdigest()[:8]
    return f"/static/{name}?v={digest}"


def _surroundings(request: Request[Any, Any, Any], shown: Display) -> dict[str, object]:
    """What the base template shows around every page."""
    origin: str = request.app.state.origin
    notices = [shown.say(DEMONSTRATION_NOTICE)] if origin.startswith(DEMONSTRATION) else []
    return {
        "_": shown.say,
        "to": shown.to,
        "asset": asset,
        "lang": shown.lang,
        "text_size": "big" if shown.big else "normal",
        "origin": origin,
        "notices": notices,
        "tools": [
            {
                "text": shown.say("字小一点" if shown.big else "字大一点"),
                "href": _switched(request, "big", "0" if shown.big else "1"),
                "lang": shown.lang,
            },
            {
                "text": "中文" if shown.english else "English",
                "href": _switched(request, "lang", "zh" if shown.english else ENGLISH),
                "lang": CHINESE if shown.english else ENGLISH,
            },
        ],
    }


def _switched(request: Request[Any, Any, Any], name: str, value: str) -> str:
    """The page's own address with one word of the display changed."""
    kept = [pair for pair in parse_qsl(request.url.query) if pair[0] != name]
    return f"{request.url.path}?{urlencode([*kept, (name, value)])}"
