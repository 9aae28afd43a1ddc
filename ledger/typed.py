"""Reads what most events say by decoders made from the vocabulary, in a third of the time.

What it takes, the rooms that own the rules would take, and give the same; what it does not take,
it leaves to them. So it refuses nothing and accuses nobody. It knows types of values alone: of a
head (context, business step, disposition, which lists there are) it only remembers that
`parse_recorded_event` found it good.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from ledger.canonical import INTEGER_MAX, parse_canonical
from ledger.errors import DaodiError
from ledger.herbs import vocabulary
from ledger.herbs.aliases import NUMBERED, numbers_in
from ledger.herbs.elements import TEXT_LENGTH_MAX
from ledger.herbs.epcis import URI_BYTES_MAX, mass_of, time_ms, uri
from ledger.herbs.events import parse_recorded_event
from ledger.seam import Meaning
from ledger.statements.chains import OUT, parse_subjects
from ledger.statements.envelope import PAYLOAD_BYTES_MAX, decode_base64, pae
from ledger.statements.statement import EVENT, SEQ_MAX, Anchor, Claim

HEADS_MAX: Final = 10_000  # a ledger's devices write a few dozen
FRACTION_MIN: Final = 1e-4  # what is smaller may be written with an exponent

_Hex64: TypeAlias = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Root: TypeAlias = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\Z")]
_Commitment: TypeAlias = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z")]
# Days to the 28th, which every month has; other days are left to the calendar.
_DAY: Final = r"[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_HOUR: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SignedAt: TypeAlias = Annotated[str, Meta(pattern=rf"\A{_DAY}T{_HOUR}:[0-5][0-9][+-]{_HOUR}\Z")]
# A text has a sign that is no space: one of ASCII, or of the common Chinese ones.
_Text: TypeAlias = Annotated[str, Meta(max_length=TEXT_LENGTH_MAX, pattern="[!-~一-龥]")]
_Uri: TypeAlias = Annotated[
    str, Meta(max_length=URI_BYTES_MAX, pattern=r'\A[a-z][a-z0-9+.-]*:[!"$-~]+\Z')
]
_Whole: TypeAlias = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
_Number: TypeAlias = Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)] | float
_TYPES: Final[Mapping[str, Any]] = {
    "text": _Text,
    "code": _Text,
    "choice": _Text,
    "number": _Number,
    "amount": _Number | _Text,
    "integer": _Whole,
    "mass": _Whole,
    "area": _Whole,
    "bool": bool,
    "uri": _Uri,
    "statement": _Hex64,
    "date": Annotated[str, Meta(pattern=rf"\A{_DAY}\Z")],
}
_READ: Final = ("herb", "display_name")  # elements that are part of an event's meaning
_OPTIONAL: Final = ("action", "step", "disposition", "persistent")
_OTHERWISE: Final = frozenset({"corrects", "correct_reason"})  # a correction has rules of its own


class _Seen(msgspec.Struct, forbid_unknown_fields=True):
    root: _Root
    size: _Whole


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    """The members of an event's statement, in canonical order."""

    body: Raw
    key: _Hex64
    kind: Literal["event"]
    ledger: str
    prev: _Hex64 | None
    seq: Annotated[int, Meta(ge=0, le=SEQ_MAX)]
    signed_at: _SignedAt
    subjects: list[str]
    v: Literal[1]
    anchor: _Seen | UnsetType = UNSET
    inputs: list[str] | UnsetType = UNSET
    outputs: list[str] | UnsetType = UNSET
    sealed: dict[str, _Commitment] | UnsetType = UNSET


class _Quantity(msgspec.Struct, forbid_unknown_fields=True, rename={"epc_class": "epcClass"}):
    epc_class: str
    quantity: _Number | UnsetType = UNSET
    uom: str | UnsetType = UNSET


class _Place(msgspec.Struct, forbid_unknown_fields=True):
    id: str


class _Kind(msgspec.Struct, rename={"kind": "daodi:kind"}):
    kind: str


_LISTS: Final = {
    "input_epcs": ("inputEPCList", list[str]),
    "inputs": ("inputQuantityList", list[_Quantity]),
    "output_epcs": ("outputEPCList", list[str]),
    "outputs": ("outputQuantityList", list[_Quantity]),
    "epcs": ("epcList", list[str]),
    "things": ("quantityList", list[_Quantity]),
}
_HEAD: Final = {
    "context": ("@context", Raw),
    "type": ("type", Literal["TransformationEvent", "ObjectEvent"]),
    "action": ("action", str),
    "step": ("bizStep", str),
    "disposition": ("disposition", str),
    "offset": ("eventTimeZoneOffset", str),
    "persistent": ("persistentDisposition", Raw),
}
_PLACES: Final = {"site": ("bizLocation", _Place), "read": ("readPoint", _Place)}

_said: Final = msgspec.json.Decoder(_Said)
_kind: Final = msgspec.json.Decoder(_Kind)
_sorted: Final = msgspec.json.Encoder(order="sorted")
_head_of: Final = attrgetter(
    "kind", "type", "action", "step", "disposition", "offset", "context", "persistent"
)
_lists_of: Final = attrgetter(*_LISTS)
_good_heads: set[tuple[object, ...]] = set()


def read_event(payload: bytes) -> tuple[Claim, Meaning] | None:
    """The claim, without its body, and the meaning of a good event; None if others must judge."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        return None
    try:
        said = _said.decode(payload)
        if _sorted.encode(said) != payload:
            return None
        claim = _claim(said, payload)
        meaning = None if claim is None else _meaning(bytes(said.body), claim)
    except (msgspec.MsgspecError, DaodiError, UnicodeDecodeError):
        return None
    return None if claim is None or meaning is None else (claim, meaning)


def _claim(said: _Said, payload: bytes) -> Claim | None:
    if (said.prev is None) != (said.seq == 0):
        return None
    sealed = said.sealed or {}
    if not all(map(str.isascii, sealed)):
        return None
    subjects = parse_subjects([*said.subjects])
    inputs = () if said.inputs is UNSET else tuple(said.inputs)
    outputs = () if said.outputs is UNSET else tuple(said.outputs)
    if not _are_listed(said, subjects):
        return None
    anchor = None
    if said.anchor is not UNSET:
        anchor = Anchor(size=said.anchor.size, root=decode_base64(said.anchor.root))
    return Claim(
        ledger=said.ledger,
        key=said.key,
        seq=said.seq,
        prev=said.prev,
        signed_at=said.signed_at,
        kind=EVENT,
        body={},
        inputs=inputs,
        outputs=outputs,
        subjects=subjects,
        sealed=sealed,
        anchor=anchor,
        payload=payload,
        statement_id=sha256(pae(payload)).hexdigest(),
    )


def _are_listed(said: _Said, subjects: tuple[str, ...]) -> bool:
    """Whether inputs and outputs are lists of things, each with its chain, none on both sides.

    Subjects are good URIs, which end with `#out` or hold no `#`: a thing of which the chain is
    one of them is itself a good URI.
    """
    chains = frozenset(subjects)
    inputs = None if said.inputs is UNSET else said.inputs
    outputs = None if said.outputs is UNSET else said.outputs
    if inputs is not None:
        if not inputs or not chains.issuperset([uri + OUT for uri in inputs]):
            return False
        if sorted(set(inputs)) != inputs:
            return False
    if outputs is not None:
        if not outputs or not chains.issuperset(outputs) or sorted(set(outputs)) != outputs:
            return False
        if any(uri.endswith(OUT) for uri in outputs):
            return False
    return not (inputs and outputs) or frozenset(inputs).isdisjoint(outputs)


def _meaning(raw: bytes, claim: Claim) -> Meaning | None:
    decoder = _decoder(_kind.decode(raw).kind)
    if decoder is None:
        return None
    body = decoder.decode(raw)
    if _sorted.encode(body) != raw or not _is_good_head(body, raw):
        return None
    if not all(_is_plain(getattr(body, name)) for name in _numbers(body.kind)):
        return None
    for place in (body.site, body.read):
        if place is not UNSET:
            uri(place.id, "id")
    ins = _side(body.input_epcs, body.inputs)
    outs = _side(body.output_epcs, body.outputs)
    things = _side(body.epcs, body.things)
    if ins is None or outs is None or things is None:
        return None
    if not (ins.keys() <= {*claim.inputs} and outs.keys() <= {*claim.outputs}):
        return None
    if body.type == "ObjectEvent" and body.action == "ADD":
        outs = things
    return Meaning(
        kind=body.kind,
        time_ms=time_ms(body.time, "eventTime"),
        herb=_herb(body.herb or ""),
        name=body.display_name or "",
        input_g=ins,
        output_g=outs,
        aliases=_aliases(body),
    )


def _aliases(body: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 — a struct made below
    """The texts among a body's other numbers; a body with rows of them is not read here."""
    found = {}
    for key, name in _numbered(body.kind):
        if isinstance(text := getattr(body, name), str):
            found[key] = text
    return numbers_in(found) if found else ()


def _is_plain(number: object) -> bool:
    """Whether it is written as format v1 has it: a fraction that is one, without an exponent."""
    if not isinstance(number, float):
        return True
    return abs(number) >= FRACTION_MIN and not number.is_integer()


def _side(
    epcs: Sequence[str] | UnsetType, quantities: Sequence[_Quantity] | UnsetType
) -> dict[str, int | None] | None:
    """Grams by URI; None where a list is empty, something stands twice or a number is odd."""
    if epcs is UNSET and quantities is UNSET:
        return {}
    count = 0
    masses: dict[str, int | None] = {}
    if epcs is not UNSET:
        count += len(epcs) or 1
        masses.update((uri(epc, "epc"), None) for epc in epcs)
    if quantities is not UNSET:
        count += len(quantities) or 1
        for row in quantities:
            amount = None if row.quantity is UNSET else row.quantity
            if _is_plain(amount):
                uom = None if row.uom is UNSET else row.uom
                masses[uri(row.epc_class, "epcClass")] = mass_of(amount, uom)
    return masses if len(masses) == count else None


def _is_good_head(body: Any, raw: bytes) -> bool:  # noqa: ANN401 — a struct made below
    """Whether some event with this head was good; this one is judged when none was met yet."""
    *said, context, persistent = _head_of(body)
    lists = [listed is UNSET for listed in _lists_of(body)]
    stated = None if persistent is UNSET else bytes(persistent)
    head = (*said, bytes(context), stated, *lists)
    if head not in _good_heads:
        parse_recorded_event(parse_canonical(raw))
        if len(_good_heads) >= HEADS_MAX:
            _good_heads.clear()
        _good_heads.add(head)
    return True


@lru_cache(maxsize=1_024)
def _herb(text: str) -> str:
    """The id of the herb of that id or Chinese name; else the text."""
    found = vocabulary.herb(text) or vocabulary.herb_named(text)
    return found.id if found else text


@cache
def _numbers(code: str) -> tuple[str, ...]:
    """The members of a kind's struct that may hold fractions."""
    kind = vocabulary.KINDS[code]
    return tuple(
        f"element_{element.key}"
        for element in (*kind.elements, *vocabulary.COMMON_ELEMENTS)
        if element.type in {"number", "amount"} and not element.sealed
    )


@cache
def _numbered(code: str) -> tuple[tuple[str, str], ...]:
    """Those of a kind's elements that hold other numbers, with their members of its struct."""
    decoder = _decoder(code)
    members = set() if decoder is None else {*decoder.type.__struct_fields__}
    named = ((key, f"element_{key}") for key, _ in NUMBERED)
    return tuple((key, name) for key, name in named if name in members)


@cache
def _decoder(code: str) -> msgspec.json.Decoder[Any] | None:
    """The decoder of a kind's events, None for what is no kind or travels otherwise."""
    kind = vocabulary.KINDS.get(code)
    if kind is None or kind.travels != "event":
        return None
    own = {element.key for element in kind.elements}
    common = [element for element in vocabulary.COMMON_ELEMENTS if element.key not in own]
    elements = {
        element.key: (f"daodi:{element.key}", _TYPES[element.type])
        for element in (*kind.elements, *common)
        if not element.sealed and element.type in _TYPES and element.key not in _OTHERWISE
    }
    names = {key if key in _READ else f"element_{key}": field for key, field in elements.items()}
    for key in _READ:
        names.setdefault(key, (f"no {key}", None))
    optional = {**_LISTS, **_PLACES, **names, **{key: _HEAD[key] for key in _OPTIONAL}}
    required = {
        "kind": ("daodi:kind", Literal[code]),
        "time": ("eventTime", str),
        **{key: field for key, field in _HEAD.items() if key not in _OPTIONAL},
    }
    struct = msgspec.defstruct(
        "Body",
        [
            *((key, type_) for key, (_, type_) in required.items()),
            *((key, type_ | UnsetType, UNSET) for key, (_, type_) in optional.items()),
        ],
        rename={key: name for key, (name, _) in (required | optional).items()},
        forbid_unknown_fields=True,
    )
    return msgspec.json.Decoder(struct)
