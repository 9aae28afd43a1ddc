"""GET /proof?code=…: the evidence that anybody may download, written out for people."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from api.answers.pages import display_of, page
from api.codes import asked_of, page_path
from api.opened.ledger import OpenedLedger
from api.public.asking import HTML, SEE_OTHER, TEMPORARY, guarded, wanted_form
from api.public.counted.watch import Watch
from api.public.packet.page import BRIEFLY
from api.public.packet.technical import technical_of
from api.public.proof.written import Written, write_out
from api.traced import traced
from ledger.errors import FormError
from ledger.evidence.make import follow
from ledger.herbs.identifiers import grouped, parse_code
from ledger.trace.trace import Trace

PAGE: Final = "page"  # the word of the query that asks for a later page
PAGE_DIGITS_MAX: Final = 5  # ten thousand leaves make fewer pages


@get("/proof", sync_to_thread=True, include_in_schema=False)
def prove(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    watch: NamedDependency[Watch],
    code: FromQuery[str] = "",
) -> Response[Any]:
    """Signatures, leaves, links, map proofs and witnesses of a code's evidence; no scan."""
    if not code.strip():
        return Redirect(display_of(request).to("/"), status_code=SEE_OTHER)
    if wanted_form(request) != HTML:  # programs take the file
        return Redirect(f"/v1/evidence?code={quote(code, safe='')}", status_code=TEMPORARY)
    return guarded(request, opened, watch, code, lambda: _proof_page(request, opened, code))


def _proof_page(request: Request[Any, Any, Any], opened: OpenedLedger, text: str) -> Response[str]:
    """The page in the reader's language. Raises NotFoundError where the packet's page would."""
    follow(opened.store, opened.replica)
    found = traced(opened, asked_of(text, opened))
    shown = display_of(request)
    given = request.query_params.get(PAGE, "")
    number = int(given[:PAGE_DIGITS_MAX]) if given.isascii() and given.isdigit() else 1
    return page(
        request,
        "public/proof.html",
        {
            "code": _code(found),
            "back": shown.to(page_path(found.asked)),
            "technical": technical_of(found, opened, shown),
            "write_out": lambda: write_out(found, opened, shown, number=number),
            "turns": lambda written: _turns(written, found.asked.code),
            "kept": lambda make: opened.remember(
                ("proof", found.asked.uri, found.asked.code, shown, number, found.outside),
                make,
                weigh=lambda part: 2 * len(part),
            ),
        },
        headers={"Cache-Control": BRIEFLY},
    )


def _turns(written: Written, code: str) -> list[tuple[str, str]]:
    """The words and the links to the page before and after."""
    asked = f"/proof?code={quote(code, safe='')}&{PAGE}="
    turns = {"上一页": written.number - 1, "下一页": written.number + 1}
    return [(word, f"{asked}{to}") for word, to in turns.items() if 1 <= to <= written.last]


def _code(found: Trace) -> str:
    """The code as people read it aloud; a URI stays as it is."""
    try:
        return grouped(parse_code(found.asked.code).text)
    except FormError:
        return found.asked.code
