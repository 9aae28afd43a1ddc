"""Bodies and chains of registry statements: columns `body` and `subjects` of format section 6."""

from collections.abc import Callable

from tests.stranger.form import OUT, Statement, is_uri
from tests.stranger.keys import ALGORITHMS, is_one_form, key_id
from tests.stranger.note import parse_vkey
from tests.stranger.shape import (
    Json,
    is_hex_32,
    read_b64,
    read_member,
    read_object,
    refuse_members_but,
)
from tests.stranger.verdict import Fails

LEDGER = "urn:daodi:ledger:"
KEY = "urn:daodi:key:"
ACTOR = "urn:daodi:actor:"
RESERVED = (LEDGER, KEY, ACTOR)

REQUIRED: dict[str, tuple[str, ...]] = {
    "genesis": ("origin", "map_depth", "registrar", "log_keys"),
    "log.key.rotate": ("add", "remove"),
    "registrar.rotate": ("alg", "kid", "spki"),
    "actor.admit": ("actor", "name", "roles"),
    "actor.suspend": ("actor", "reason"),
    "actor.restore": ("actor", "reason"),
    "key.enrol": ("kid", "alg", "spki", "actor", "roles", "holder"),
    "key.retire": ("kid", "reason"),
    "key.suspect": ("kid", "from_seq", "reason"),
    "site.register": ("site",),
    "site.amend": ("site",),
    "approve": ("statement",),
}
OPTIONAL: dict[str, tuple[str, ...]] = {
    "actor.admit": ("county", "licences", "valid_to"),
    "actor.suspend": ("legal_basis",),
    "actor.restore": ("legal_basis",),
}
OPEN = frozenset({"site.register", "site.amend"})
KINDS = frozenset({"event", *REQUIRED})


def key_uri(kid: str) -> str:
    """Give the chain of a key."""
    return KEY + kid


def is_own_reserved(uri: str) -> bool:
    """Whether only registry statements may stand on this chain; `#out` chains are free."""
    return uri.startswith(RESERVED) and not uri.endswith(OUT)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text_list(value: Json) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_vkey_list(value: Json) -> bool:
    return isinstance(value, list) and all(
        isinstance(vkey, str) and parse_vkey(vkey) is not None for vkey in value
    )


def _is_actor(value: Json) -> bool:
    return isinstance(value, str) and value.startswith(ACTOR) and value != ACTOR and is_uri(value)


def _is_site(value: Json) -> bool:
    return isinstance(value, str) and is_uri(value) and not value.startswith(RESERVED)


def _is_object(value: Json) -> bool:
    return isinstance(value, dict)


TYPES: dict[str, Callable[[Json], bool]] = {
    **dict.fromkeys(("origin", "alg", "spki", "name", "reason", "holder"), _is_text),
    **dict.fromkeys(("map_depth", "from_seq"), _is_count),
    **dict.fromkeys(("kid", "statement"), is_hex_32),
    **dict.fromkeys(("log_keys", "add", "remove"), _is_vkey_list),
    "roles": _is_text_list,
    "actor": _is_actor,
    "site": _is_site,
    "registrar": _is_object,
}


def check_body(statement: Statement, ledger: str, leaf: int) -> None:
    """Check that a statement has the body of its kind, and stands on the chains of its kind."""
    kind, body = statement.kind, statement.body
    if kind not in REQUIRED:
        _check_off_reserved(statement, leaf)
        return
    for name in REQUIRED[kind]:
        if not TYPES[name](read_member(body, name, f"the body of {kind}", leaf=leaf)):
            raise Fails(f"{name} is not what {kind} needs", leaf=leaf)
    if kind not in OPEN:
        allowed = REQUIRED[kind] + OPTIONAL.get(kind, ())
        refuse_members_but(body, allowed, f"the body of {kind}", leaf=leaf)
    if "spki" in REQUIRED[kind]:
        check_key_named(body, leaf)
    if kind == "genesis":
        _check_registrar(read_object(body["registrar"], "registrar", leaf=leaf), leaf)
    _check_subjects(statement, ledger, leaf)


def _check_off_reserved(statement: Statement, leaf: int) -> None:
    for uri in statement.subjects:
        if is_own_reserved(uri):
            raise Fails(f"a statement of kind {statement.kind!r} stands on {uri}", leaf=leaf)


def _check_registrar(registrar: dict[str, Json], leaf: int) -> None:
    for name in ("alg", "kid", "spki"):
        if not TYPES[name](read_member(registrar, name, "registrar", leaf=leaf)):
            raise Fails(f"{name} is not what registrar needs", leaf=leaf)
    refuse_members_but(registrar, {"alg", "kid", "spki"}, "registrar", leaf=leaf)
    check_key_named(registrar, leaf)


def check_key_named(holder: dict[str, Json], leaf: int) -> None:
    """Check that the key in a body gives its id, and has the one form of a known algorithm."""
    spki = read_b64(holder["spki"], "spki", leaf=leaf)
    alg = str(holder["alg"])
    if key_id(spki) != holder["kid"]:
        raise Fails("spki does not give kid", leaf=leaf)
    if alg in ALGORITHMS and not is_one_form(alg, spki):
        raise Fails(f"spki has not the one form of an {alg} key", leaf=leaf)


def _check_subjects(statement: Statement, ledger: str, leaf: int) -> None:
    if statement.kind == "approve":
        if any(uri.endswith(OUT) for uri in statement.subjects):
            raise Fails("an approval stands on an #out chain", leaf=leaf)
        return
    expected = _subjects_of(statement.kind, statement.body, ledger)
    if statement.subjects != expected:
        raise Fails(f"{statement.kind} stands elsewhere than on {expected}", leaf=leaf)


def _subjects_of(kind: str, body: dict[str, Json], ledger: str) -> tuple[str, ...]:
    if kind == "key.enrol":
        return tuple(sorted((key_uri(str(body["kid"])), f"{body['actor']}{OUT}")))
    family = kind.partition(".")[0]
    if family == "key":
        return (key_uri(str(body["kid"])),)
    if family in {"actor", "site"}:
        return (str(body[family]),)
    return (ledger,)
