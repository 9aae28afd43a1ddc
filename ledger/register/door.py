"""What comes to the door: an envelope with its openings, verified and understood or refused."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.json import encode
from msgspec.structs import replace

from ledger.canonical import JsonObject, JsonValue, refuse_nul
from ledger.errors import FormError
from ledger.herbs.events import Event, parse_recorded_event, require_calendar
from ledger.herbs.vocabulary import kind
from ledger.seam import Meaning
from ledger.statements.envelope import Envelope, parse_envelope
from ledger.statements.keys import PublicKey
from ledger.statements.sealed import Opening, check_opening, parse_opening
from ledger.statements.statement import EVENT, Claim, Statement, parse_claim, verify_claim
from ledger.typed import read_event

STATEMENTS_MAX: Final = 1_000  # one request: a month of a cooperative, 4 MiB of body
OPENINGS_MAX: Final = 100  # sealed values of one statement: a picking crew by name

OPENED_BYTES_MAX: Final = 64 * 1024  # of all of them: the outline of a plot by a thousand points

_NUL: Final = b"\\u0000"  # as JSON writes it


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sent for one statement: shaped, not yet verified."""

    envelope: Envelope
    openings: tuple[JsonValue, ...] = ()


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A statement whose form, key and signature hold, and what it means.

    An event's body is not kept: its meaning is all that is asked for behind the door.
    """

    statement: Statement
    meaning: Meaning | None
    openings: tuple[Opening, ...]

    @property
    def stored_bytes(self) -> int:
        """What its author wrote, in bytes: the payload, and the sealed values beside it."""
        size = len(self.statement.payload)
        return size + opened_bytes(self.openings) if self.openings else size


def opened_bytes(openings: Sequence[Opening]) -> int:
    """The sealed values as JSON, in bytes."""
    return sum(len(opening.name) + len(encode(opening.value)) for opening in openings)


def parse_parcel(value: JsonValue) -> Parcel:
    """Return one envelope, which may carry `openings`. Raises FormError."""
    if not isinstance(value, dict):
        raise FormError("bad_envelope", "an envelope is a JSON object")
    openings = value.get("openings", [])
    if not isinstance(openings, list):
        raise FormError("bad_opening", "openings is a list")
    if len(openings) > OPENINGS_MAX:
        raise FormError("too_large", f"{len(openings)} openings, at most {OPENINGS_MAX}")
    envelope = {name: member for name, member in value.items() if name != "openings"}
    return Parcel(envelope=parse_envelope(envelope), openings=tuple(openings))


def read_payload(payload: bytes) -> tuple[Claim, Meaning | None]:
    """Return the claim of a payload; of most events read at once, without body and with meaning.

    Raises FormError. What the quick reading takes, the rules would take and read alike: it knows no
    element that must be sealed, and what may hold U+0000 is not given to it.
    """
    read = None if _NUL in payload else read_event(payload)
    return read or (parse_claim(payload), None)


def verify_parcel(
    parcel: Parcel, claim: Claim, key: PublicKey, *, origin: str, meaning: Meaning | None = None
) -> Submission:
    """Return what is fit to be judged for its place in the log. Raises DaodiError.

    `claim` is the parcel's payload read, with its meaning where that was read too; `key` the one
    that it names. Refuses for form, key and signature alone, never for what a statement says.
    """
    statement = verify_claim(claim, parcel.envelope.signature, key)
    if statement.ledger != origin:
        raise FormError("wrong_ledger", f"written for {statement.ledger!r}", expected=origin)
    if meaning is None and (meaning := _understood(statement)) is not None:
        statement = replace(statement, body={})  # as one that was read at once, or by others
    openings = parse_openings(parcel.openings, statement)
    return Submission(statement=statement, meaning=meaning, openings=openings)


def _understood(statement: Statement) -> Meaning | None:
    """What a statement means for projections; None for the registry's. Raises FormError."""
    if _NUL in statement.payload:  # cheap hint; an escaped backslash before u0000 is legal
        refuse_nul([statement.body, *statement.sealed])
    return Meaning.of(_event(statement.body)) if statement.kind == EVENT else None


def _event(body: JsonObject) -> Event:
    """The event of a body. What a kind's form requires may be missing: a fact is still a fact.

    What the kind seals may not stand in clear: it could never be erased again.
    """
    event = parse_recorded_event(body)
    require_calendar(event)
    clear = [e.key for e in kind(event.kind).elements if e.sealed and e.key in event.elements]
    if clear:
        raise FormError("bad_event", f"{', '.join(sorted(clear))} must be sealed, not in clear")
    return event


def parse_openings(values: tuple[JsonValue, ...], statement: Statement) -> tuple[Opening, ...]:
    """Return the openings that came beside a statement, each held against what it opens.

    Raises FormError `bad_opening`, `too_large`.
    """
    openings = []
    for value in values:
        if isinstance(value, dict):
            value = {"statement": statement.statement_id, **value}  # noqa: PLW2901 — named here
        opening = parse_opening(value)
        check_opening(opening, statement)
        openings.append(opening)
    if len({opening.name for opening in openings}) != len(openings):
        raise FormError("bad_opening", "one sealed value is opened twice")
    if openings and (size := opened_bytes(openings)) > OPENED_BYTES_MAX:
        raise FormError("too_large", f"openings of {size} bytes, at most {OPENED_BYTES_MAX}")
    return tuple(openings)
