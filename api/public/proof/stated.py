"""Each statement of the evidence with its leaf, field by field, signature and place in the log."""

from dataclasses import dataclass

from api.answers.pages import Display
from api.public.proof.bundle import Bundle, hex_of
from api.public.proof.private import PRIVATE, is_person, names_person
from api.shown.values import shown_time
from ledger.errors import FormError
from ledger.herbs.events import parse_recorded_event
from ledger.herbs.vocabulary import kind as kind_of
from ledger.log.leaves import EventLeaf, Link, parse_leaf, subject_key
from ledger.log.merkle import leaf_hash
from ledger.statements.envelope import PAYLOAD_TYPE, decode_base64
from ledger.statements.roll import KeyRecord, Roll
from ledger.statements.statement import EVENT, Claim, parse_claim
from ledger.trace.steps import REGISTRY_STEPS, shown_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Some bytes of a leaf in hex, under the name and type that format v1 gives them."""

    name: str
    hex: str
    means: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkShown:
    """One link of a leaf: where it stands on a subject's chain; `previous` in hex, "" at 0."""

    uri: str
    key: str
    seq: int
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBy:
    """A key as the public registry has it; `enrolled` is the leaf of its enrolment, "" the root."""

    kid: str
    alg: str
    spki: str
    who: str
    actor: str
    holder: str
    enrolled: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafShown:
    """A leaf's bytes in hex, what they say, its hash; the numbers of the nodes that prove it."""

    index: int
    hex: str
    length: int
    fields: tuple[Field, ...]
    hash: str
    nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementShown:
    """A statement; `payload` is its canonical text, empty where a person is named in it."""

    title: str
    time: str
    leaf: LeafShown
    links: tuple[LinkShown, ...]
    statement_id: str
    pae: str
    signature: str
    length: int
    payload: str
    by: SignedBy


def statement_of(
    leaf: EventLeaf, bundle: Bundle, registry: Roll, display: Display
) -> StatementShown:
    """Write out the statement at a leaf."""
    signed = bundle.statements[leaf.statement_id.hex()]
    claim = parse_claim(signed.payload.encode())
    uris = {subject_key(uri): uri for uri in claim.subjects}
    return StatementShown(
        title=_title(claim, display),
        time=shown_time(leaf.admitted_ms, english=display.english),
        leaf=leaf_shown(leaf.index, bundle, _event_fields(leaf, display)),
        links=tuple(_link(link, uris[link.subject_key], registry, display) for link in leaf.links),
        statement_id=claim.statement_id,
        pae=f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(claim.payload)} ",
        signature=signed.sig,
        length=len(claim.payload),
        payload="" if names_person(signed.payload, registry.actors) else signed.payload,
        by=_signed_by(claim, bundle, registry, display),
    )


def leaf_shown(index: int, bundle: Bundle, fields: tuple[Field, ...]) -> LeafShown:
    """A leaf with what its bytes say."""
    raw = decode_base64(bundle.leaves[str(index)])
    return LeafShown(
        index=index,
        hex=raw.hex(),
        length=len(raw),
        fields=fields,
        hash=leaf_hash(raw).hex(),
        nodes=tuple(bundle.log.proofs[str(index)]),
    )


def state_of(bundle: Bundle, display: Display) -> tuple[LeafShown, str]:
    """The state leaf, which is the last under the checkpoint, and the map's root in hex."""
    index = max(map(int, bundle.leaves))
    leaf = parse_leaf(decode_base64(bundle.leaves[str(index)]))
    assert not isinstance(leaf, EventLeaf)  # the maker of the file has seen to it
    fields = (
        Field(name=display.say("标记"), hex="02", means=display.say("状态叶")),
        Field(name="index u64", hex=f"{leaf.index:016x}", means=str(leaf.index)),
        Field(name="at_ms u64", hex=f"{leaf.at_ms:016x}", means=_clock(leaf.at_ms, display)),
        Field(name=display.say("映射的根"), hex=leaf.map_root.hex()),
    )
    return leaf_shown(index, bundle, fields), leaf.map_root.hex()


def _event_fields(leaf: EventLeaf, display: Display) -> tuple[Field, ...]:
    count = len(leaf.links)
    admitted = _clock(leaf.admitted_ms, display)
    return (
        Field(name=display.say("标记"), hex="01", means=display.say("记录叶")),
        Field(name="index u64", hex=f"{leaf.index:016x}", means=str(leaf.index)),
        Field(name="admitted_ms u64", hex=f"{leaf.admitted_ms:016x}", means=admitted),
        Field(name=display.say("记录编号"), hex=leaf.statement_id.hex()),
        Field(name=display.say("钥匙编号"), hex=leaf.key_id.hex()),
        Field(name="key_seq u32", hex=f"{leaf.key_seq:08x}", means=str(leaf.key_seq)),
        Field(name="n u16", hex=f"{count:04x}", means=display.say("{count} 个链接", count=count)),
    )


def _clock(time_ms: int, display: Display) -> str:
    return f"{time_ms} · {shown_time(time_ms, english=display.english)}"


def _link(link: Link, uri: str, registry: Roll, display: Display) -> LinkShown:
    return LinkShown(
        uri=display.say(PRIVATE) if is_person(uri, registry.actors) else uri,
        key=link.subject_key.hex(),
        seq=link.subject_seq,
        previous=link.previous.hex() if link.subject_seq else "",
    )


def _title(claim: Claim, display: Display) -> str:
    """The kind in the reader's words; what the trade's words do not have, as it is."""
    if claim.kind != EVENT:
        return REGISTRY_STEPS[claim.kind][2 if display.english else 1]
    try:
        found = kind_of(parse_recorded_event(claim.body).kind)
    except FormError:
        return claim.kind
    return found.en if display.english else found.cn


def _signed_by(claim: Claim, bundle: Bundle, registry: Roll, display: Display) -> SignedBy:
    key, record = bundle.keys[claim.key], registry.keys.get(claim.key)
    return SignedBy(
        kid=claim.key,
        alg=key.alg,
        spki=hex_of(key.spki),
        **_holder(record, registry, display),
    )


def _holder(record: KeyRecord | None, registry: Roll, display: Display) -> dict[str, str]:
    """Who holds the key: the root registrar's stands in the genesis and was never enrolled."""
    if record is None:
        return {"who": display.say("登记机构"), "actor": "", "holder": "", "enrolled": ""}
    private = is_person(record.actor, registry.actors)
    return {
        "who": display.say("农户") if private else shown_name(registry.actors.get(record.actor)),
        "actor": display.say(PRIVATE) if private else record.actor,
        "holder": "" if private else record.holder,
        "enrolled": str(record.enrolled_index),
    }
