"""Reports and photos that a step names: a link where the file is here, else its fingerprint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from api.answers.pages import Display
from api.files.blobs import JPEG, PDF, PNG, Blobs, files_in
from api.opened.ledger import OpenedLedger
from ledger.errors import NotFoundError
from ledger.herbs.events import OUT, Event, parse_recorded_event
from ledger.herbs.vocabulary import COMMON_ELEMENTS
from ledger.herbs.vocabulary import kind as kind_of
from ledger.statements.statement import EVENT, is_hex64, parse_claim
from ledger.trace.steps import Step

Held = Callable[[str, int], bool]
"""Whether the file of a hash and a size is here."""

TEXT: Final = "text/plain; charset=utf-8"
# What a browser may be given, with the ending of the name under which it saves it. Everything else
# that a statement may name stays a fingerprint.
ENDINGS: Final[Mapping[str, str]] = {PDF: "pdf", JPEG: "jpg", PNG: "png", TEXT: "txt"}
SHORT: Final = 12  # digits of a fingerprint: enough to compare two by eye
KIB: Final = 1024
# A file may have to go by law, so it is not kept for ever; no script or form of its own may run.
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "public, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file that a step names. `links` holds its address when it is here, else nothing."""

    name: str
    links: tuple[str, ...]
    size: str
    fingerprint: str

    @property
    def missing(self) -> tuple[str, ...]:
        """The fingerprint, where it is all that there is."""
        return () if self.links else (self.fingerprint,)


def papers_of(step: Step, held: Held, display: Display) -> tuple[Paper, ...]:
    """Files that the step's statement names in clear."""
    found = []
    for name, named in _named(step.event, display) if step.event else ():
        digest, size = str(named["sha256"]), named["size"]
        here = (
            named["type"] in ENDINGS
            and is_hex64(digest)
            and isinstance(size, int)
            and held(digest, size)
        )
        link = f"/blob/{digest}?of={step.claim.statement_id}"
        found.append(
            Paper(
                name=name,
                links=(link,) if here else (),
                size=_size(size if isinstance(size, int) else 0),
                fingerprint=digest[:SHORT],
            )
        )
    return tuple(found)


@get("/blob/{digest:str}", sync_to_thread=True, include_in_schema=False)
def blob(
    opened: NamedDependency[OpenedLedger], digest: FromPath[str], of: FromQuery[str] = ""
) -> Response[Any]:
    """A file that the public statement `of` names with this hash, type and size."""
    named = _stated(opened, of, digest) if is_hex64(digest) and is_hex64(of) else None
    content = Blobs(opened.folder.blobs).read(digest) if named else None
    if named is None or content is None or len(content) != named["size"]:
        raise NotFoundError("not_found", "no public statement names a file of this hash here")
    media_type = str(named["type"])
    shown = "inline" if media_type.startswith("image/") else "attachment"
    name = f"{digest[:SHORT]}.{ENDINGS[media_type]}"
    return Response(
        content,
        media_type=media_type,
        headers={
            **HEADERS,
            "Content-Disposition": f'{shown}; filename="{name}"',
            "ETag": f'"{digest}"',
        },
    )


def _stated(opened: OpenedLedger, statement_id: str, digest: str) -> dict[str, Any] | None:
    """How a public statement names the file; None when it is not public or does not name it."""
    with opened.store.reading() as reading:
        index = reading.index_of([statement_id]).get(statement_id)
        entries = [] if index is None else reading.entries_at([index])
    if not entries or entries[0].payload is None:
        return None
    claim = parse_claim(entries[0].payload)
    if claim.kind != EVENT or all(uri.endswith(OUT) for uri in claim.subjects):
        return None
    event = parse_recorded_event(claim.body)
    named = (file for value in event.elements.values() for file in files_in(value))
    return next(
        (file for file in named if file["sha256"] == digest and file["type"] in ENDINGS), None
    )


def _named(event: Event, display: Display) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for element in (*kind_of(event.kind).elements, *COMMON_ELEMENTS):
        if element.type not in {"file", "files"} or element.sealed:
            continue
        for named in files_in(event.elements.get(element.key)):
            photo = element.type == "files" and str(named["type"]).startswith("image/")
            name = element.en if display.english else element.cn
            found.append((display.say("照片") if photo else name, named))
    return found


def _size(size: int) -> str:
    return f"{max(1, round(size / KIB)):,} KB"
