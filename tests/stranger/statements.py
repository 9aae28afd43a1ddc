"""Check `statement` of format section 7: every leaf's words, who signed them, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from tests.stranger.form import Statement, pae, parse_statement
from tests.stranger.keys import ALGORITHMS, is_one_form, is_signed, key_id
from tests.stranger.places import Chains, Log
from tests.stranger.proofs import EventLeaf, StateLeaf, subject_key
from tests.stranger.shape import (
    Json,
    read_b64,
    read_list,
    read_member,
    read_object,
    read_text,
    refuse_members_but,
)
from tests.stranger.verdict import Fails

FILE_MEMBERS = (
    *("format", "origin", "asked", "checkpoint", "leaves"),
    *("log", "subjects", "statements", "keys", "openings"),
)


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key that signed a shown leaf."""

    alg: str
    spki: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """What the shown leaves say. None stands for a statement of an unknown version."""

    by_leaf: dict[int, Statement | None] = field(default_factory=dict)
    algorithms: dict[str, str] = field(default_factory=dict)
    unchecked: dict[int, str] = field(default_factory=dict)
    by_id: dict[str, tuple[int, Statement]] = field(default_factory=dict)

    def on(self, indices: tuple[int, ...]) -> list[tuple[int, Statement]]:
        """Give the statements of a chain that can be read, with their indices."""
        found = [(index, self.by_leaf[index]) for index in indices]
        return [(index, statement) for index, statement in found if statement is not None]

    def is_opaque(self, indices: tuple[int, ...]) -> bool:
        """Whether a statement of the chain is of an unknown version."""
        return any(self.by_leaf[index] is None for index in indices)


def check_statements(
    bundle: Mapping[str, Json], origin: str, kinds: frozenset[str], log: Log, chains: Chains
) -> Words:
    """Check that each event leaf has its statement, signed by its key, and nothing is unused."""
    statements = read_object(bundle.get("statements"), "`statements`")
    keys = read_object(bundle.get("keys"), "`keys`")
    words = Words()
    read_keys: dict[str, ShownKey] = {}
    for leaf in log.events():
        payload, signature = _read_envelope(statements, leaf)
        key = read_keys.get(leaf.kid) or _read_key(keys, leaf)
        read_keys[leaf.kid] = key
        statement = parse_statement(payload, leaf.statement_id, ledger=origin, leaf=leaf.index)
        if statement is None:
            words.unchecked[leaf.index] = "a statement of an unknown version"
        else:
            words.by_id[leaf.statement_id] = leaf.index, statement
            _check_agrees(statement, leaf)
            if statement.kind not in kinds:
                words.unchecked[leaf.index] = f"a statement of the unknown kind {statement.kind!r}"
        if key.alg not in ALGORITHMS:
            words.unchecked[leaf.index] = f"a signature of the unknown algorithm {key.alg!r}"
        elif not is_signed(key.alg, key.spki, signature, pae(payload.encode())):
            raise Fails("the signature does not verify", leaf=leaf.index)
        words.by_leaf[leaf.index] = statement
        words.algorithms[leaf.kid] = key.alg
    _check_key_chains(words, log)
    _check_used(bundle, statements, keys, log, chains)
    _check_file_members(bundle, statements, keys)
    return words


def _read_envelope(statements: dict[str, Json], leaf: EventLeaf) -> tuple[str, bytes]:
    at = leaf.index
    entry = read_object(statements.get(leaf.statement_id), "the leaf's statement", leaf=at)
    payload = read_text(read_member(entry, "payload", "it", leaf=at), "its payload", leaf=at)
    if sha256(pae(payload.encode())).hexdigest() != leaf.statement_id:
        raise Fails("the statement's id is not the leaf's", leaf=at)
    return payload, read_b64(read_member(entry, "sig", "it", leaf=at), "its signature", leaf=at)


def _read_key(keys: dict[str, Json], leaf: EventLeaf) -> ShownKey:
    at = leaf.index
    entry = read_object(keys.get(leaf.kid), "the leaf's key", leaf=at)
    alg = read_text(read_member(entry, "alg", "the key", leaf=at), "its alg", leaf=at)
    spki = read_b64(read_member(entry, "spki", "the key", leaf=at), "its spki", leaf=at)
    if key_id(spki) != leaf.kid:
        raise Fails("the key's bytes do not give its id", leaf=at)
    if alg in ALGORITHMS and not is_one_form(alg, spki):
        raise Fails(f"the key has not the one form of an {alg} key", leaf=at)
    return ShownKey(alg, spki)


def _check_agrees(statement: Statement, leaf: EventLeaf) -> None:
    if (statement.kid, statement.seq) != (leaf.kid, leaf.key_seq):
        raise Fails("key and number of the statement are not the leaf's", leaf=leaf.index)
    if sorted(map(subject_key, statement.subjects)) != [link.subject_key for link in leaf.links]:
        raise Fails("the subjects of the statement are not the leaf's", leaf=leaf.index)


def _check_key_chains(words: Words, log: Log) -> None:
    """No id twice; each key's numbers rise with the index, and `prev` names a shown neighbour."""
    last_seqs: dict[str, int] = {}
    ids: dict[tuple[str, int], str] = {}
    seen: set[str] = set()
    for leaf in log.events():
        if leaf.statement_id in seen:
            raise Fails("the statement was in the log before", leaf=leaf.index)
        if leaf.key_seq <= last_seqs.get(leaf.kid, -1):
            raise Fails("the key's numbers do not rise with the index", leaf=leaf.index)
        seen.add(leaf.statement_id)
        last_seqs[leaf.kid] = leaf.key_seq
        ids[leaf.kid, leaf.key_seq] = leaf.statement_id
    for leaf in log.events():
        statement = words.by_leaf[leaf.index]
        before = ids.get((leaf.kid, leaf.key_seq - 1))
        if statement is not None and before is not None and statement.prev != before:
            raise Fails("prev is not the key's statement before", leaf=leaf.index)


def _check_used(
    bundle: Mapping[str, Json],
    statements: dict[str, Json],
    keys: dict[str, Json],
    log: Log,
    chains: Chains,
) -> None:
    listed = {index for indices in chains.leaves.values() for index in indices}
    for leaf in log.leaves.values():
        if leaf.index not in listed and leaf is not log.state:
            kind = "state" if isinstance(leaf, StateLeaf) else "event"
            raise Fails(f"the {kind} leaf belongs to no chain shown", leaf=leaf.index)
    proofs = read_object(read_object(bundle["log"], "`log`")["proofs"], "`proofs`")
    for found, used, what in (
        (set(proofs), {str(index) for index in log.leaves}, "proof"),
        (set(statements), {leaf.statement_id for leaf in log.events()}, "statement"),
        (set(keys), {leaf.kid for leaf in log.events()}, "key"),
    ):
        if found - used:
            raise Fails(f"the {what} {min(found - used)!r} is unused")


def _check_file_members(
    bundle: Mapping[str, Json], statements: dict[str, Json], keys: dict[str, Json]
) -> None:
    refuse_members_but(dict(bundle), FILE_MEMBERS, "the file")
    refuse_members_but(read_object(bundle["log"], "`log`"), {"nodes", "proofs"}, "`log`")
    for entry in read_list(bundle["subjects"], "`subjects`"):
        subject = read_object(entry, "a subject")
        refuse_members_but(subject, {"uri", "leaves", "map"}, "a subject")
        proof = read_object(subject["map"], "a map proof")
        refuse_members_but(proof, {"bucket", "siblings"}, "a map proof")
    for entry in statements.values():
        refuse_members_but(read_object(entry, "a statement"), {"payload", "sig"}, "a statement")
    for entry in keys.values():
        refuse_members_but(read_object(entry, "a key"), {"alg", "spki"}, "a key")
