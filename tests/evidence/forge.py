"""A ledger without a door: it admits whatever it is told, and proves it with true hashes and keys.

So a bundle can be wrong in one rule alone, and every other check holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from itertools import count

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger.canonical import JsonObject, JsonValue, jcs_bytes
from ledger.evidence.verdict import Policy
from ledger.log.checkpoint import (
    Checkpoint,
    Note,
    NoteSignature,
    format_checkpoint,
    format_note,
    format_vkey,
)
from ledger.log.leaves import NO_PREVIOUS, Link, StateLeaf, subject_key
from ledger.log.merkle import MerkleTree, leaf_hash
from ledger.log.subject_map import SubjectMap, map_value
from ledger.statements.envelope import encode_base64, pae, statement_id
from ledger.statements.keys import PrivateKey, note_vkey, parse_private_key, sign_note_line

ORIGIN = "ledger.example/herbs"
LEDGER = f"urn:daodi:ledger:{ORIGIN}"
NOON = "2026-04-01T12:00:00+08:00"
START_MS = 1_775_000_000_000


class Gone(Enum):
    """As a change: the member is left out."""

    GONE = "left out"


GONE = Gone.GONE

_EVENT_HEAD = b"\x01"

_made = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key as the ledger shows it; `alg` and `spki` may be told otherwise than they are."""

    key: PrivateKey
    alg: str
    spki: bytes

    @property
    def kid(self) -> str:
        """The key id that the shown bytes give."""
        return sha256(self.spki).hexdigest()

    @property
    def uri(self) -> str:
        """The key's own chain."""
        return f"urn:daodi:key:{self.kid}"

    @property
    def named(self) -> JsonObject:
        """The key as a body names it."""
        return {"alg": self.alg, "kid": self.kid, "spki": encode_base64(self.spki)}


def new_key(alg: str) -> PrivateKey:
    """A key nobody has in this process, the same in every process: test ids may show it."""
    seed = sha256(f"key {next(_made)}".encode()).digest()
    loaded = (
        ec.derive_private_key(int.from_bytes(seed), ec.SECP256R1())
        if alg == "ES256"
        else ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    )
    pem = loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return parse_private_key(pem)


def signer(alg: str = "Ed25519", *, told: str = "", spki: bytes = b"") -> Signer:
    """A new key."""
    key = new_key(alg)
    return Signer(key=key, alg=told or alg, spki=spki or key.spki)


@dataclass
class Forge:
    """What was admitted so far. `actors` says whose chain a bundle shows with a key."""

    root: Signer
    log_key: PrivateKey
    depth: int = 8
    leaves: list[bytes] = field(default_factory=list)
    chains: dict[str, list[int]] = field(default_factory=dict)
    said: dict[int, tuple[str, str, str]] = field(default_factory=dict)  # id, payload, signature
    signers: dict[int, Signer] = field(default_factory=dict)
    inputs: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of the first making
    actors: dict[str, str] = field(default_factory=dict)
    newest: dict[str, tuple[int, str]] = field(default_factory=dict)  # last number and id of a key

    @property
    def vkey(self) -> str:
        """The log's key."""
        return format_vkey(note_vkey(ORIGIN, self.log_key.public))

    def policy(self, asked: str) -> Policy:
        """What a stranger knows of this ledger."""
        return Policy(asked=asked, log_keys=(self.vkey,), registrar=self.root.kid)

    def found(self, **changes: object) -> int:
        """Write the genesis."""
        body: JsonObject = {
            "origin": ORIGIN,
            "map_depth": self.depth,
            "registrar": self.root.named,
            "log_keys": [self.vkey],
        }
        return self.say(self.root, "genesis", changed(body, changes), [LEDGER])

    def admit(self, actor: str, /, *, by: Signer | None = None, **changes: object) -> int:
        """Admit an actor."""
        body: JsonObject = {"actor": actor, "name": "某", "roles": ["processor"]}
        return self.say(by or self.root, "actor.admit", changed(body, changes), [actor])

    def enrol(
        self, who: Signer, actor: str, /, *, by: Signer | None = None, **changes: object
    ) -> int:
        """Enrol a key for an actor."""
        self.actors.setdefault(who.kid, actor)
        holder = f"holder-{who.kid[:6]}"
        body: JsonObject = {**who.named, "actor": actor, "roles": ["processor"], "holder": holder}
        told = changed(body, changes)
        return self.say(by or self.root, "key.enrol", told, sorted([who.uri, f"{actor}#out"]))

    def make(self, who: Signer, uri: str, inputs: Iterable[str] = (), **changes: object) -> int:
        """An event that makes one thing from others."""
        ins = sorted(inputs)
        subjects = sorted([uri, *(f"{one}#out" for one in ins)])
        lists: dict[str, object] = {"inputs": ins} if ins else {}
        return self.say(who, "event", {}, subjects, **{**lists, "outputs": [uri], **changes})

    def say(
        self,
        who: Signer,
        kind: str,
        body: JsonObject,
        subjects: Sequence[str],
        /,
        *,
        payload: str = "",
        signature: bytes = b"",
        links: Sequence[tuple[str, int, bytes]] | None = None,
        leaf: Mapping[str, object] | None = None,
        **changes: object,
    ) -> int:
        """Admit a statement, with `changes` of its members; return its index.

        `payload`, `signature`, `links` (subject, number, previous hash) and members of the leaf
        may be given as they should not be.
        """
        seq, _ = self.newest.get(who.kid, (-1, None))
        text = payload or self.draft(who, kind, body, subjects, **changes)
        sealed_with = signature or who.key.sign(pae(text.encode()))
        index = len(self.leaves)
        told = {"index": index, "admitted_ms": START_MS + index, "key_seq": seq + 1, **(leaf or {})}
        own = statement_id(text.encode())
        self._append(
            _event(who.kid, str(told.pop("statement_id", own)), self._links(subjects, links), told)
        )
        self.said[index] = (own, text, encode_base64(sealed_with))
        self.signers[index] = who
        self.newest[who.kid] = (seq + 1, own)
        for uri in subjects:
            self.chains.setdefault(uri, []).append(index)
        self._remember_making(kind, body, changes)
        return index

    def draft(
        self,
        who: Signer,
        kind: str,
        body: JsonObject,
        subjects: Sequence[str],
        /,
        **changes: object,
    ) -> str:
        """The text that `say` would sign next."""
        seq, prev = self.newest.get(who.kid, (-1, None))
        value: JsonObject = {
            "v": 1,
            "ledger": ORIGIN,
            "key": who.kid,
            "seq": seq + 1,
            "prev": prev,
            "signed_at": NOON,
            "kind": kind,
            "body": body,
            "subjects": list[JsonValue](subjects),
        }
        return jcs_bytes(changed(value, changes)).decode()

    def state(self, at_ms: int = 0, root: bytes = b"") -> int:
        """Add a state leaf over everything before."""
        index = len(self.leaves)
        map_root = root or self._map().root()
        told = StateLeaf(index=index, at_ms=at_ms or START_MS + index, map_root=map_root)
        self._append(_state(told))
        return index

    def note(self, *more: NoteSignature, text: str = "") -> str:
        """The signed checkpoint over all leaves."""
        tree = MerkleTree()
        tree.extend([leaf_hash(raw) for raw in self.leaves])
        checkpoint = Checkpoint(origin=ORIGIN, size=len(self.leaves), root=tree.root())
        return sign_note(text or format_checkpoint(checkpoint), self.log_key, *more)

    def bundle(self, asked: str, show: Iterable[str] | None = None) -> JsonObject:
        """The evidence for a thing, after a state leaf; `show` as in `cut`."""
        self.state()
        return self.cut(asked, show)

    def cut(self, asked: str, show: Iterable[str] | None = None) -> JsonObject:
        """The evidence of the leaves as they are.

        `show` names the chains, or they are those that the thing needs.
        """
        map_ = self._map()
        tree = MerkleTree()
        tree.extend([leaf_hash(raw) for raw in self.leaves])
        last = len(self.leaves) - 1
        uris = list(show) if show is not None else self.needed(asked)
        listed = {i for uri in uris for i in self.chains.get(uri, [])}
        shown = sorted(listed)
        placed = sorted({*listed, last})
        nodes: dict[bytes, int] = {}
        proofs: JsonObject = {
            str(index): [
                nodes.setdefault(node, len(nodes))
                for node in tree.inclusion_proof(index, len(self.leaves))
            ]
            for index in placed
        }
        return {
            "format": "daodi-evidence/1",
            "origin": ORIGIN,
            "asked": asked,
            "checkpoint": self.note(),
            "leaves": {str(i): encode_base64(self.leaves[i]) for i in placed},
            "log": {"nodes": [encode_base64(node) for node in nodes], "proofs": proofs},
            "subjects": [self._subject(map_, uri) for uri in uris],
            "statements": {
                self.said[i][0]: {"payload": self.said[i][1], "sig": self.said[i][2]} for i in shown
            },
            "keys": {
                one.kid: {"alg": one.alg, "spki": encode_base64(one.spki)}
                for one in (self.signers[i] for i in shown)
            },
            "openings": [],
        }

    def needed(self, asked: str) -> list[str]:
        """The chains that section 7 shows."""
        needed: list[str] = []
        waiting = [asked, LEDGER]
        while waiting:
            uri = waiting.pop(0)
            if uri in needed:
                continue
            needed.append(uri)
            waiting.extend(self.inputs.get(uri, ()) if uri != LEDGER else ())
            for index in self.chains.get(uri, []):
                who = self.signers[index]
                waiting.append(who.uri)
                waiting.extend([self.actors[who.kid]] if who.kid in self.actors else [])
        return needed

    def _subject(self, map_: SubjectMap, uri: str) -> JsonObject:
        proof = map_.prove(subject_key(uri))
        return {
            "uri": uri,
            "leaves": list[JsonValue](self.chains.get(uri, [])),
            "map": {
                "bucket": [
                    [encode_base64(key), encode_base64(value)] for key, value in proof.bucket
                ],
                "siblings": [encode_base64(one) for one in proof.siblings],
            },
        }

    def _links(
        self, subjects: Sequence[str], told: Sequence[tuple[str, int, bytes]] | None
    ) -> list[Link]:
        links = (
            []
            if told is None
            else [Link(subject_key=subject_key(u), subject_seq=n, previous=p) for u, n, p in told]
        )
        for uri in subjects if told is None else ():
            chain = self.chains.get(uri, [])
            previous = leaf_hash(self.leaves[chain[-1]]) if chain else NO_PREVIOUS
            links.append(
                Link(subject_key=subject_key(uri), subject_seq=len(chain), previous=previous)
            )
        return sorted(links, key=lambda link: link.subject_key)

    def _map(self) -> SubjectMap:
        return SubjectMap.build(
            self.depth,
            [
                (subject_key(uri), map_value(len(chain), leaf_hash(self.leaves[chain[-1]])))
                for uri, chain in self.chains.items()
            ],
        )

    def _append(self, raw: bytes) -> None:
        self.leaves.append(raw)

    def _remember_making(self, kind: str, body: JsonObject, changes: Mapping[str, object]) -> None:
        outputs = changes.get("outputs")
        for uri in outputs if isinstance(outputs, list) else ():
            ins = changes.get("inputs")
            self.inputs.setdefault(str(uri), tuple(ins) if isinstance(ins, list) else ())
        if kind == "site.register":
            self.inputs.setdefault(str(body.get("site")), ())


def changed(value: JsonObject, changes: Mapping[str, object]) -> JsonObject:
    """The object with members changed, added or, by GONE, left out."""
    merged = {**value, **changes}
    return {name: one for name, one in merged.items() if one is not GONE}


def sign_note(text: str, key: PrivateKey, *more: NoteSignature) -> str:
    """A note with the log's line and others."""
    line = NoteSignature(
        name=ORIGIN,
        key_hash=note_vkey(ORIGIN, key.public).key_hash,
        signature=sign_note_line(key, text.encode()),
    )
    # Line by line: format_note writes no more than a reader of notes takes at once.
    alone = [format_note(Note(text=text, signatures=(one,))) for one in (line, *more)]
    return f"{text}\n" + "".join(one.removeprefix(f"{text}\n") for one in alone)


def _event(kid: str, statement: str, links: Sequence[Link], told: Mapping[str, object]) -> bytes:
    """An event leaf's bytes, by hand: format_leaf would refuse what must be refused here."""
    told = {"links_count": len(links), **told}
    head = _EVENT_HEAD + b"".join(
        int(str(told[name])).to_bytes(size) for name, size in (("index", 8), ("admitted_ms", 8))
    )
    tail = int(str(told["key_seq"])).to_bytes(4) + int(str(told["links_count"])).to_bytes(2)
    body = b"".join(
        link.subject_key + link.subject_seq.to_bytes(4) + link.previous for link in links
    )
    return head + bytes.fromhex(statement) + bytes.fromhex(kid) + tail + body


def _state(leaf: StateLeaf) -> bytes:
    return b"\x02" + leaf.index.to_bytes(8) + leaf.at_ms.to_bytes(8) + leaf.map_root
