"""Bodies of registry statements, typed, and the chains each belongs to: format v1 section 6."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NoReturn, TypeAlias

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import FormError, SignatureError
from ledger.log.checkpoint import parse_vkey, split_vkey
from ledger.statements.chains import (
    ACTOR_PREFIX,
    RESERVED_PREFIXES,
    is_uri,
    key_uri,
    ledger_uri,
    out_chain,
)
from ledger.statements.envelope import decode_base64
from ledger.statements.keys import PublicKey, parse_public_key
from ledger.statements.statement import Claim, is_hex64

REGISTRAR: Final = "registrar"  # the one role that format v1 gives a meaning
MAP_DEPTH_MAX: Final = 256  # the bits of a subject key
_LOG_KEY_ALGORITHMS: Final = (0x01, 0x02)  # Ed25519, ECDSA P-256; 04 belongs to witnesses


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedKey:
    """A key inside a body. `key_id` is that of `spki`; the point itself is not checked yet."""

    alg: str
    key_id: str
    spki: bytes

    def load(self) -> PublicKey:
        """Return the checked key. FormError: `unknown_algorithm`, or `bad_key` for its bytes."""
        try:
            return parse_public_key(self.alg, self.spki)
        except SignatureError as error:
            raise FormError("bad_key", f"key {self.key_id}: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """The first leaf: what this ledger is called, how deep its map is, who is its root."""

    origin: str
    map_depth: int
    registrar: NamedKey
    log_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKeyRotate:
    """vkeys that come into force and go out of it, from the statement's own index."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrarRotate:
    """The next root."""

    key: NamedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorAdmit:
    """Who may come in. `licences` is whatever JSON the registrar put there; "" stands for none."""

    actor: str
    name: str
    roles: tuple[str, ...]
    county: str
    licences: JsonValue
    valid_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorJudged:
    """A suspension or a restoration; which one, the statement's kind says."""

    actor: str
    reason: str
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEnrol:
    """A key, the actor it signs for, and the pseudonym of the person who holds it."""

    key: NamedKey
    actor: str
    roles: tuple[str, ...]
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRetire:
    """The end of a key."""

    key_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySuspect:
    """From which number of its own chain on a key's statements are in doubt."""

    key_id: str
    from_seq: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A plot, mill or store, registered or amended; `members` is the whole open body."""

    site: str
    kind: str
    county: str
    area_m2: int
    members: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """The second person's word on a statement."""

    statement: str


Body: TypeAlias = (
    Genesis
    | LogKeyRotate
    | RegistrarRotate
    | ActorAdmit
    | ActorJudged
    | KeyEnrol
    | KeyRetire
    | KeySuspect
    | Site
    | Approve
)


def parse_body(claim: Claim, *, strict: bool = True) -> Body:
    """Return the typed body of a registry statement. FormError("bad_body").

    Members are those of section 6 and no others, but for `site.*`, whose bodies are open.
    `strict` is the door's way: it also asks what only keeps the ledger usable, such as log keys
    that parse and a site's area. Verifiers read without, for another ledger may ask for less;
    what is then of another type reads as "" or 0.
    """
    return _PARSERS[claim.kind](_Members(claim.kind, claim.body, strict=strict))


def own_subjects(body: Body, *, origin: str) -> tuple[str, ...]:
    """Return the subjects that section 6 gives a statement with this body, in their order.

    Not for `approve`, whose subjects are those of another statement.
    """
    match body:
        case Genesis() | LogKeyRotate() | RegistrarRotate():
            return (ledger_uri(origin),)
        case ActorAdmit() | ActorJudged():
            return (body.actor,)
        case KeyEnrol():
            return tuple(sorted((key_uri(body.key.key_id), out_chain(body.actor))))
        case KeyRetire() | KeySuspect():
            return (key_uri(body.key_id),)
        case Site():
            return (body.site,)
        case _:
            raise ValueError("an approval stands on the chains of the approved statement")


def genesis_root(claim: Claim) -> PublicKey:
    """Return the root's key that a genesis claim carries: nothing before it could enrol one.

    Raises FormError: `bad_body` (also for any other kind), `bad_key`, `unknown_algorithm`.
    """
    body = parse_body(claim) if claim.kind == "genesis" else None
    if not isinstance(body, Genesis):
        raise FormError("bad_body", f"the first statement is a genesis, not {claim.kind}")
    return body.registrar.load()


class _Members:
    """A body being read: each reader takes a member of one type or refuses the body."""

    def __init__(self, kind: str, members: JsonObject, *, strict: bool) -> None:
        self.kind = kind
        self.members = members
        self.strict = strict

    def refuse(self, why: str) -> NoReturn:
        raise FormError("bad_body", f"{self.kind}: {why}")

    def only(self, *names: str) -> None:
        unknown = sorted(self.members.keys() - set(names))
        if unknown:
            self.refuse(f"with {', '.join(unknown)}")

    def value(self, name: str) -> JsonValue:
        if name not in self.members:
            self.refuse(f"without {name}")
        return self.members[name]

    def text(self, name: str) -> str:
        value = self.value(name)
        if not isinstance(value, str):
            self.refuse(f"{name} is not text")
        return value

    def optional_text(self, name: str) -> str:
        if not self.strict and not isinstance(self.members.get(name), str):
            return ""
        return self.text(name) if name in self.members else ""

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.value(name)
        if not isinstance(value, list):
            self.refuse(f"{name} is not a list")
        texts = tuple(text for text in value if isinstance(text, str))
        if len(texts) != len(value):
            self.refuse(f"{name} is not a list of texts")
        return texts

    def integer(self, name: str, *, least: int, most: int | None = None) -> int:
        value = self.value(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.refuse(f"{name} is not an integer from {least}")
        if most is not None and value > most:
            self.refuse(f"{name} is more than {most}")
        return value

    def hex64(self, name: str) -> str:
        value = self.text(name)
        if not is_hex64(value):
            self.refuse(f"{name} is not 64 lowercase hex digits")
        return value

    def actor(self) -> str:
        value = self.text("actor")
        if not value.startswith(ACTOR_PREFIX) or value == ACTOR_PREFIX or not is_uri(value):
            self.refuse(f"actor is not a URI that begins {ACTOR_PREFIX}")
        return value

    def site(self) -> str:
        value = self.text("site")
        if not is_uri(value) or value.startswith(RESERVED_PREFIXES):
            self.refuse("site is not a URI that a thing can have")
        return value

    def named_key(self) -> NamedKey:
        alg, key_id, text = self.text("alg"), self.hex64("kid"), self.text("spki")
        try:
            spki = decode_base64(text)
        except FormError as error:
            raise FormError("bad_body", f"{self.kind}: spki: {error}") from error
        found = sha256(spki).hexdigest()
        if found != key_id:
            self.refuse(f"kid is {key_id}, the key's bytes give {found}")
        return NamedKey(alg=alg, key_id=key_id, spki=spki)

    def log_keys(self, name: str) -> tuple[str, ...]:
        vkeys = self.texts(name)
        if self.strict and len(set(vkeys)) != len(vkeys):
            self.refuse(f"{name} names a key twice")
        for vkey in vkeys:
            try:
                algorithm = parse_vkey(vkey).algorithm if self.strict else split_vkey(vkey)[2][0]
            except FormError as error:
                raise FormError("bad_body", f"{self.kind}: {name}: {error}") from error
            if self.strict and algorithm not in _LOG_KEY_ALGORITHMS:
                self.refuse(f"{name}: a log signs with type 01 or 02, not {algorithm:02x}")
        return vkeys


def _genesis(body: _Members) -> Genesis:
    body.only("origin", "map_depth", "registrar", "log_keys")
    registrar = body.value("registrar")
    if not isinstance(registrar, dict):
        body.refuse("registrar is not an object")
    nested = _Members("genesis registrar", registrar, strict=body.strict)
    nested.only("alg", "kid", "spki")
    origin, log_keys = body.text("origin"), body.log_keys("log_keys")
    if body.strict and not log_keys:
        body.refuse("no log key: nothing could ever prove this log")
    if body.strict and any(parse_vkey(vkey).name != origin for vkey in log_keys):
        body.refuse("a log key's name is not the origin")
    return Genesis(
        origin=origin,
        map_depth=body.integer("map_depth", least=1, most=MAP_DEPTH_MAX),
        registrar=nested.named_key(),
        log_keys=log_keys,
    )


def _log_key_rotate(body: _Members) -> LogKeyRotate:
    body.only("add", "remove")
    return LogKeyRotate(add=body.log_keys("add"), remove=body.log_keys("remove"))


def _registrar_rotate(body: _Members) -> RegistrarRotate:
    body.only("alg", "kid", "spki")
    return RegistrarRotate(key=body.named_key())


def _actor_admit(body: _Members) -> ActorAdmit:
    body.only("actor", "name", "roles", "county", "licences", "valid_to")
    return ActorAdmit(
        actor=body.actor(),
        name=body.text("name"),
        roles=body.texts("roles"),
        county=body.optional_text("county"),
        licences=body.members.get("licences", ""),
        valid_to=body.optional_text("valid_to"),
    )


def _actor_judged(body: _Members) -> ActorJudged:
    body.only("actor", "reason", "legal_basis")
    return ActorJudged(
        actor=body.actor(),
        reason=body.text("reason"),
        legal_basis=body.optional_text("legal_basis"),
    )


def _key_enrol(body: _Members) -> KeyEnrol:
    body.only("kid", "alg", "spki", "actor", "roles", "holder")
    return KeyEnrol(
        key=body.named_key(),
        actor=body.actor(),
        roles=body.texts("roles"),
        holder=body.text("holder"),
    )


def _key_retire(body: _Members) -> KeyRetire:
    body.only("kid", "reason")
    return KeyRetire(key_id=body.hex64("kid"), reason=body.text("reason"))


def _key_suspect(body: _Members) -> KeySuspect:
    body.only("kid", "from_seq", "reason")
    return KeySuspect(
        key_id=body.hex64("kid"),
        from_seq=body.integer("from_seq", least=0),
        reason=body.text("reason"),
    )


def _site(body: _Members) -> Site:
    return Site(
        site=body.site(),
        kind=body.text("kind") if body.strict else body.optional_text("kind"),
        county=body.optional_text("county"),
        area_m2=body.integer("area_m2", least=0) if body.strict else 0,
        members=body.members,
    )


def _approve(body: _Members) -> Approve:
    body.only("statement")
    return Approve(statement=body.hex64("statement"))


_PARSERS: Final[dict[str, Callable[[_Members], Body]]] = {
    "genesis": _genesis,
    "log.key.rotate": _log_key_rotate,
    "registrar.rotate": _registrar_rotate,
    "actor.admit": _actor_admit,
    "actor.suspend": _actor_judged,
    "actor.restore": _actor_judged,
    "key.enrol": _key_enrol,
    "key.retire": _key_retire,
    "key.suspect": _key_suspect,
    "site.register": _site,
    "site.amend": _site,
    "approve": _approve,
}
