"""The page of a number that stands for several things: they are listed, none is guessed."""

from typing import Any, Final

from litestar import Request, Response

from api.answers.pages import page
from api.codes import asked_of, page_path
from api.opened.ledger import OpenedLedger
from api.public.field import field_of
from api.shown.naming import name_of
from ledger.errors import NotFoundError

MULTIPLE_CHOICES: Final = 300
AMBIGUOUS: Final = "ambiguous_code"


def several_page(
    request: Request[Any, Any, Any], opened: OpenedLedger, error: NotFoundError
) -> Response[str]:
    """List the things that an `ambiguous_code` names, each with a link to its own page."""
    listed = error.details["lots"]
    uris = [str(uri) for uri in listed] if isinstance(listed, list) else []
    with opened.store.reading() as reading:
        things = reading.things(uris)
    found = [
        {"path": page_path(asked_of(uri, opened)), "name": name_of(things[uri])}
        for uri in uris
        if uri in things
    ]
    return page(
        request,
        "public/several.html",
        {
            "number": error.details["number"],
            "sack": error.details.get("sack"),
            "found": found,
            **field_of(request),
        },
        status_code=MULTIPLE_CHOICES,
        headers={"Cache-Control": "no-store"},
    )
