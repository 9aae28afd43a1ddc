"""Bodies of registry statements: the members of section 6, their types, and no others."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from ledger.canonical import JsonObject
from ledger.errors import FormError
from ledger.log.checkpoint import VerifierKey, format_vkey
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import generate_private_key
from ledger.statements.registry import (
    ActorAdmit,
    ActorJudged,
    Approve,
    Genesis,
    KeyEnrol,
    KeyRetire,
    KeySuspect,
    LogKeyRotate,
    NamedKey,
    RegistrarRotate,
    Site,
    genesis_root,
    own_subjects,
    parse_body,
)
from ledger.statements.statement import Claim, draft
from tests.statements.founding import (
    LEDGER,
    NOON,
    ORIGIN,
    Founding,
    a_key,
    a_log_key,
    actor_of,
    chain_of,
    named,
)

KEY = a_key("new")
KEY_NAMED = NamedKey(alg=KEY.alg, key_id=KEY.key_id, spki=KEY.spki)
MILL = actor_of("mill")
SITE = "https://h.example/site/1"
ID = "ab" * 32

# Kind → a good body with every member.
BODIES: dict[str, JsonObject] = {
    "genesis": Founding().genesis_body(),
    "log.key.rotate": {"add": [a_log_key("new")], "remove": [a_log_key("log")]},
    "registrar.rotate": named(KEY),
    "actor.admit": {
        "actor": MILL,
        "name": "武陟饮片厂",
        "roles": ["processor", "buyer"],
        "county": "410823",
        "licences": [{"number": "豫20260001"}],
        "valid_to": "2029-01-01",
    },
    "actor.suspend": {"actor": MILL, "reason": "inspection", "legal_basis": "药品管理法"},
    "actor.restore": {"actor": MILL, "reason": "remedied", "legal_basis": "药品管理法"},
    "key.enrol": {**named(KEY), "actor": MILL, "roles": ["processor"], "holder": "holder-1"},
    "key.retire": {"kid": KEY.key_id, "reason": "lost"},
    "key.suspect": {"kid": KEY.key_id, "from_seq": 7, "reason": "stolen"},
    "site.register": {"site": SITE, "kind": "plot", "county": "410823", "area_m2": 600, "soil": 1},
    "site.amend": {"site": SITE, "kind": "plot", "county": "410823", "area_m2": 610},
    "approve": {"statement": ID},
}
OPTIONAL = {"county", "licences", "valid_to", "legal_basis"}


def a_claim(kind: str, body: JsonObject) -> Claim:
    claim, _ = draft(
        ledger=ORIGIN,
        key=a_key("root"),
        seq=0,
        prev=None,
        signed_at=NOON,
        kind=kind,
        body=body,
        subjects=[LEDGER],
    )
    return claim


def refusal(kind: str, body: JsonObject) -> str:
    with pytest.raises(FormError) as refused:
        parse_body(a_claim(kind, body))
    return refused.value.code


def changed(kind: str, /, **changes: object) -> JsonObject:
    return {**BODIES[kind], **changes}


def every_member(keep: Callable[[str], bool]) -> list[tuple[str, str]]:
    return [(kind, name) for kind, body in BODIES.items() for name in body if keep(name)]


def test_every_body_is_read_into_its_type() -> None:
    root = a_key("root")
    expected = {
        "genesis": Genesis(
            origin=ORIGIN,
            map_depth=20,
            registrar=NamedKey(alg=root.alg, key_id=root.key_id, spki=root.spki),
            log_keys=(a_log_key("log"),),
        ),
        "log.key.rotate": LogKeyRotate(add=(a_log_key("new"),), remove=(a_log_key("log"),)),
        "registrar.rotate": RegistrarRotate(key=KEY_NAMED),
        "actor.admit": ActorAdmit(
            actor=MILL,
            name="武陟饮片厂",
            roles=("processor", "buyer"),
            county="410823",
            licences=[{"number": "豫20260001"}],
            valid_to="2029-01-01",
        ),
        "actor.suspend": ActorJudged(actor=MILL, reason="inspection", legal_basis="药品管理法"),
        "actor.restore": ActorJudged(actor=MILL, reason="remedied", legal_basis="药品管理法"),
        "key.enrol": KeyEnrol(key=KEY_NAMED, actor=MILL, roles=("processor",), holder="holder-1"),
        "key.retire": KeyRetire(key_id=KEY.key_id, reason="lost"),
        "key.suspect": KeySuspect(key_id=KEY.key_id, from_seq=7, reason="stolen"),
        "site.register": Site(
            site=SITE,
            kind="plot",
            county="410823",
            area_m2=600,
            members=BODIES["site.register"],
        ),
        "site.amend": Site(
            site=SITE, kind="plot", county="410823", area_m2=610, members=BODIES["site.amend"]
        ),
        "approve": Approve(statement=ID),
    }
    assert {kind: parse_body(a_claim(kind, body)) for kind, body in BODIES.items()} == expected


@pytest.mark.parametrize(("kind", "name"), every_member(lambda name: name in OPTIONAL))
def test_optional_members_may_be_absent(kind: str, name: str) -> None:
    body = {key: value for key, value in BODIES[kind].items() if key != name}
    assert getattr(parse_body(a_claim(kind, body)), name) == ""


@pytest.mark.parametrize(
    ("kind", "name"), every_member(lambda name: name not in {*OPTIONAL, "soil"})
)
def test_every_other_member_is_required(kind: str, name: str) -> None:
    body = {key: value for key, value in BODIES[kind].items() if key != name}
    assert refusal(kind, body) == "bad_body"


@pytest.mark.parametrize("kind", sorted(set(BODIES) - {"site.register", "site.amend"}))
def test_no_body_has_more_members_but_a_sites(kind: str) -> None:
    assert refusal(kind, changed(kind, more=1)) == "bad_body"


@pytest.mark.parametrize(
    ("kind", "name"), every_member(lambda name: name not in {"soil", "licences"})
)
@pytest.mark.parametrize("value", [None, True, {"x": 1}, -1])
def test_a_member_of_another_type_is_refused(kind: str, name: str, value: object) -> None:
    assert refusal(kind, changed(kind, **{name: value})) == "bad_body"


def test_a_verifier_reads_an_optional_member_of_another_type_as_absent() -> None:
    claim = a_claim("actor.admit", {**BODIES["actor.admit"], "county": 410823})
    with pytest.raises(FormError, match="county"):
        parse_body(claim)
    body = parse_body(claim, strict=False)
    assert isinstance(body, ActorAdmit)
    assert body.county == ""


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("genesis", {"map_depth": 0}),
        ("genesis", {"map_depth": 257}),
        ("genesis", {"map_depth": 20.5}),
        ("genesis", {"log_keys": []}),
        ("genesis", {"log_keys": [a_log_key("log", "elsewhere.example/herbs")]}),
        ("genesis", {"log_keys": [a_log_key("log"), a_log_key("log")]}),
        ("genesis", {"log_keys": [a_log_key("log"), a_log_key("new", "elsewhere.example/herbs")]}),
        ("genesis", {"log_keys": ["no vkey"]}),
        ("genesis", {"log_keys": [1]}),
        ("genesis", {"registrar": {**named(KEY), "more": 1}}),
        ("genesis", {"registrar": {"alg": "ES256", "kid": KEY.key_id}}),
        ("log.key.rotate", {"add": [a_log_key("new"), a_log_key("new")]}),
        ("log.key.rotate", {"remove": ["no vkey"]}),
        ("registrar.rotate", {"kid": ID}),
        ("registrar.rotate", {"kid": "AB" * 32}),
        ("registrar.rotate", {"spki": "no base64"}),
        ("registrar.rotate", {"spki": encode_base64(KEY.spki + b"\x00")}),
        ("actor.admit", {"actor": "urn:daodi:actor:"}),
        ("actor.admit", {"actor": "urn:daodi:key:mill"}),
        ("actor.admit", {"actor": MILL + "#out"}),
        ("actor.admit", {"actor": "urn:daodi:actor:武陟"}),
        ("actor.admit", {"roles": ["processor", 1]}),
        ("actor.admit", {"roles": "processor"}),
        ("key.retire", {"kid": "ab"}),
        ("key.suspect", {"from_seq": 0.5}),
        ("site.register", {"site": SITE + "#out"}),
        ("site.register", {"site": MILL}),
        ("site.register", {"site": LEDGER}),
        ("site.register", {"site": "plot 1"}),
        ("site.amend", {"area_m2": 600.5}),
        ("approve", {"statement": "AB" * 32}),
    ],
)
def test_a_value_outside_its_range_is_refused(kind: str, changes: dict[str, object]) -> None:
    assert refusal(kind, changed(kind, **changes)) == "bad_body"


def test_a_site_may_have_no_area_and_a_verifier_reads_none_where_it_is_no_number() -> None:
    for area, strict, read in ((0, True, 0), (600, True, 600), ("mu", False, 0)):
        body = parse_body(
            a_claim("site.register", changed("site.register", area_m2=area)), strict=strict
        )
        assert isinstance(body, Site)
        assert body.area_m2 == read


def test_a_witness_key_is_no_log_key() -> None:
    public = bytes(range(32))
    key_hash = sha256(ORIGIN.encode() + b"\n\x04" + public).digest()[:4]
    witness = VerifierKey(name=ORIGIN, key_hash=key_hash, algorithm=0x04, public=public)
    assert refusal("genesis", changed("genesis", log_keys=[format_vkey(witness)])) == "bad_body"


def test_the_subjects_are_those_of_the_table() -> None:
    def subjects(kind: str) -> tuple[str, ...]:
        return own_subjects(parse_body(a_claim(kind, BODIES[kind])), origin=ORIGIN)

    for kind in ("genesis", "log.key.rotate", "registrar.rotate"):
        assert subjects(kind) == (LEDGER,)
    for kind in ("actor.admit", "actor.suspend", "actor.restore"):
        assert subjects(kind) == (MILL,)
    for kind in ("key.retire", "key.suspect"):
        assert subjects(kind) == (chain_of(KEY),)
    for kind in ("site.register", "site.amend"):
        assert subjects(kind) == (SITE,)
    assert subjects("key.enrol") == (MILL + "#out", chain_of(KEY))
    with pytest.raises(ValueError, match="approved statement"):
        subjects("approve")


def test_a_named_key_is_checked_when_it_is_loaded() -> None:
    assert KEY_NAMED.load() == KEY.public
    low_order = KEY.spki[:12] + bytes(32)
    with pytest.raises(FormError) as refused:
        NamedKey(alg="Ed25519", key_id=ID, spki=low_order).load()
    assert refused.value.code == "bad_key"
    with pytest.raises(FormError) as refused:
        NamedKey(alg="SM2", key_id=ID, spki=KEY.spki).load()
    assert refused.value.code == "unknown_algorithm"


def test_the_genesis_carries_the_key_that_it_is_checked_with() -> None:
    claim = a_claim("genesis", BODIES["genesis"])
    assert genesis_root(claim) == a_key("root").public
    with pytest.raises(FormError) as refused:
        genesis_root(a_claim("approve", BODIES["approve"]))
    assert refused.value.code == "bad_body"


def test_an_enrolled_key_may_be_of_either_algorithm() -> None:
    for alg in ("ES256", "Ed25519"):
        key = generate_private_key(alg)
        body = parse_body(a_claim("key.enrol", changed("key.enrol", **named(key))))
        assert isinstance(body, KeyEnrol)
        assert body.key.load() == key.public
