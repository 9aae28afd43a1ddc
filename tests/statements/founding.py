"""A small ledger in memory for these tests: signs, judges, applies, one statement an index."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256

import pytest

from ledger.canonical import JsonObject
from ledger.errors import FormError, StandingError
from ledger.log.checkpoint import ed25519_vkey, format_vkey
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import PrivateKey, generate_private_key
from ledger.statements.standing import Registry
from ledger.statements.statement import Claim, draft, verify

ORIGIN = "ledger.example/herbs"
LEDGER = f"urn:daodi:ledger:{ORIGIN}"
NOON = "2026-11-02T12:00:00+08:00"


@cache
def a_key(name: str, alg: str = "Ed25519") -> PrivateKey:
    """Return the key of that name, the same one throughout a run."""
    return generate_private_key(alg)


def a_log_key(name: str, origin: str = ORIGIN) -> str:
    """Return a vkey under which a log of that origin could sign."""
    return format_vkey(ed25519_vkey(origin, sha256(name.encode()).digest()))


def actor_of(name: str) -> str:
    """Return the URI of the actor of that name."""
    return f"urn:daodi:actor:{name}"


def named(key: PrivateKey) -> JsonObject:
    """Return the members by which a body names a key."""
    return {"alg": key.alg, "kid": key.key_id, "spki": encode_base64(key.spki)}


def chain_of(key: PrivateKey) -> str:
    """Return the URI of a key."""
    return f"urn:daodi:key:{key.key_id}"


def making(lot: str, *inputs: str) -> dict[str, object]:
    """Return what an event lists that makes a lot."""
    return {"outputs": [lot], "inputs": inputs}


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect a refusal of that code."""
    with pytest.raises((StandingError, FormError)) as found:
        yield
    assert found.value.code == code, found.value


class Founding:
    """A registry and the log that it was folded from."""

    def __init__(self) -> None:
        self.root = a_key("root")
        self.claims: dict[str, Claim] = {}
        self.counts: dict[str, int] = {}
        self.last: dict[str, Claim] = {}
        self.index = 0
        self.registry = Registry(find_claim=self.claims.get)

    def sign(
        self,
        key: PrivateKey,
        kind: str,
        body: JsonObject,
        subjects: Sequence[str],
        **members: object,
    ) -> Claim:
        """Return a claim that continues the key's own chain."""
        last = self.last.get(key.key_id)
        claim, envelope = draft(
            key=key,
            seq=0 if last is None else last.seq + 1,
            prev=None if last is None else last.statement_id,
            kind=kind,
            body=body,
            subjects=subjects,
            **{"ledger": ORIGIN, "signed_at": NOON, **members},
        )
        verify(envelope, lambda _: key.public)
        return claim

    def judge(self, claim: Claim, alg: str) -> None:
        """Judge a claim as the door does, at the next index."""
        seqs = {uri: self.counts.get(uri, 0) for uri in claim.subjects}
        self.registry.judge(claim, index=self.index, alg=alg, subject_seqs=seqs)

    def apply(self, claim: Claim) -> None:
        """Take a claim in at the next index."""
        self.registry.apply(claim, index=self.index)
        for uri in claim.subjects:
            self.counts[uri] = self.counts.get(uri, 0) + 1
        self.claims[claim.statement_id] = claim
        self.last[claim.key] = claim
        self.index += 1

    def add(
        self,
        key: PrivateKey,
        kind: str,
        body: JsonObject,
        subjects: Sequence[str],
        **members: object,
    ) -> Claim:
        """Sign, judge and apply; what is refused leaves no trace."""
        claim = self.sign(key, kind, body, subjects, **members)
        self.judge(claim, key.alg)
        self.apply(claim)
        return claim

    def genesis_body(self, **changes: object) -> JsonObject:
        """Return the body of a good genesis, but for `changes`."""
        return {
            "origin": ORIGIN,
            "map_depth": 20,
            "registrar": named(self.root),
            "log_keys": [a_log_key("log")],
            **changes,
        }

    def found(self) -> "Founding":
        """Begin the log."""
        self.add(self.root, "genesis", self.genesis_body(), [LEDGER])
        return self

    def admit(self, name: str, *, by: PrivateKey | None = None) -> Claim:
        """Admit the actor of that name."""
        body: JsonObject = {"actor": actor_of(name), "name": name, "roles": ["cooperative"]}
        return self.add(by or self.root, "actor.admit", body, [actor_of(name)])

    def enrol(
        self,
        key: PrivateKey,
        actor: str,
        *,
        by: PrivateKey | None = None,
        **changes: object,
    ) -> Claim:
        """Enrol a key for the actor of that name."""
        body: JsonObject = {
            **named(key),
            "actor": actor_of(actor),
            "roles": ["cooperative"],
            "holder": f"holder-{key.key_id[:6]}",
            **changes,
        }
        subjects = [chain_of(key), f"{actor_of(actor)}#out"]
        return self.add(by or self.root, "key.enrol", body, subjects)

    def member(self, name: str, **changes: object) -> PrivateKey:
        """Admit an actor, enrol a key of the same name, return it."""
        if actor_of(name) not in self.registry.actors:
            self.admit(name)
        key = a_key(name)
        self.enrol(key, name, **changes)
        return key

    def judged(self, kind: str, name: str, *, by: PrivateKey | None = None) -> Claim:
        """Suspend or restore an actor."""
        body: JsonObject = {"actor": actor_of(name), "reason": "inspection"}
        return self.add(by or self.root, kind, body, [actor_of(name)])

    def retire(self, key: PrivateKey, *, by: PrivateKey) -> Claim:
        """Retire a key."""
        body: JsonObject = {"kid": key.key_id, "reason": "lost"}
        return self.add(by, "key.retire", body, [chain_of(key)])

    def suspect(self, key: PrivateKey, from_seq: int, *, by: PrivateKey) -> Claim:
        """Cast doubt on a key."""
        body: JsonObject = {"kid": key.key_id, "from_seq": from_seq, "reason": "stolen"}
        return self.add(by, "key.suspect", body, [chain_of(key)])

    def rotate(self, key: PrivateKey, *, by: PrivateKey | None = None) -> Claim:
        """Make a key the next root."""
        return self.add(by or self.root, "registrar.rotate", named(key), [LEDGER])

    def rotate_log_keys(
        self, *, add: Sequence[str] = (), remove: Sequence[str] = (), by: PrivateKey | None = None
    ) -> Claim:
        """Change the keys that sign checkpoints."""
        body: JsonObject = {"add": [*add], "remove": [*remove]}
        return self.add(by or self.root, "log.key.rotate", body, [LEDGER])

    def site(self, kind: str, uri: str, *, by: PrivateKey, **changes: object) -> Claim:
        """Register or amend a site."""
        body: JsonObject = {"site": uri, "kind": "plot", "area_m2": 600, **changes}
        return self.add(by, kind, body, [uri])

    def event(
        self, key: PrivateKey, *subjects: str, things: Mapping[str, object] | None = None
    ) -> Claim:
        """Record an event."""
        return self.add(key, "event", {"type": "ObjectEvent"}, subjects, **(things or {}))

    def approve(self, key: PrivateKey, claim: Claim, *subjects: str) -> Claim:
        """Approve a statement; on its own chains unless other subjects are given."""
        own = [uri for uri in claim.subjects if not uri.endswith("#out")]
        body: JsonObject = {"statement": claim.statement_id}
        return self.add(key, "approve", body, subjects or own)
