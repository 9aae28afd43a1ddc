"""Check `ancestry` of format section 7: each thing's making, back to the first; nothing beside."""

from collections import deque

from tests.stranger.bodies import key_uri
from tests.stranger.form import Statement
from tests.stranger.places import Log
from tests.stranger.proofs import EventLeaf
from tests.stranger.standing import Registry
from tests.stranger.verdict import Fails, Stops

ANCESTORS_MAX = 1_000  # section 7, with the asked thing

Makings = dict[str, tuple[str, ...]]


def check_ancestry(asked: str, registry: Registry, log: Log) -> None:
    """Check that each ancestor is shown and made, without a cycle, and nothing needless shown."""
    inputs_of = _gather(asked, registry)
    for uri in inputs_of:
        _check_made(uri, registry, asked=asked)
    _check_acyclic(inputs_of)
    opaque = any(registry.is_opaque(uri) for uri in registry.chains.leaves)
    needless = sorted(registry.chains.leaves.keys() - _needed(registry, log, set(inputs_of)))
    # What a statement of an unknown version needs, nobody here knows.
    if needless and not opaque:
        raise Fails(f"nothing needs {needless[0]}")


def _makes(statement: Statement, uri: str) -> bool:
    registers = statement.kind == "site.register" and statement.body.get("site") == uri
    return registers or uri in statement.outputs


def _gather(asked: str, registry: Registry) -> Makings:
    """Give each ancestor, the asked thing among them, with the inputs of its making."""
    inputs_of: Makings = {}
    waiting = deque([asked])
    while waiting:
        uri = waiting.popleft()
        if uri in inputs_of:
            continue
        if len(inputs_of) >= ANCESTORS_MAX:
            raise Stops(f"the asked thing has more than {ANCESTORS_MAX} ancestors")
        inputs_of[uri] = _inputs(uri, registry)
        waiting.extend(inputs_of[uri])
    return inputs_of


def _making(uri: str, registry: Registry) -> Statement | None:
    """Give the first making on the chain: a later one is a conflict, and does not count."""
    return next((found for _, found in registry.on(uri) if _makes(found, uri)), None)


def _inputs(uri: str, registry: Registry) -> tuple[str, ...]:
    making = _making(uri, registry)
    return making.inputs if making is not None else ()


def _check_made(uri: str, registry: Registry, *, asked: str) -> None:
    if uri not in registry.chains.leaves:
        raise Fails(f"the chain {uri} is not shown")
    absent = uri == asked and not registry.chains.leaves[uri]
    unmade = _making(uri, registry) is None
    # A statement of an unknown version may be the making.
    if unmade and not absent and not registry.is_opaque(uri):
        raise Fails(f"nothing shown makes {uri}")


def _check_acyclic(inputs_of: Makings) -> None:
    users: dict[str, list[str]] = {uri: [] for uri in inputs_of}
    for uri, inputs in inputs_of.items():
        for source in inputs:
            users[source].append(uri)
    open_inputs = {uri: len(inputs) for uri, inputs in inputs_of.items()}
    ready = [uri for uri, count in open_inputs.items() if count == 0]
    while ready:
        for user in users[ready.pop()]:
            open_inputs[user] -= 1
            if open_inputs[user] == 0:
                ready.append(user)
    cyclic = sorted(uri for uri, count in open_inputs.items() if count)
    if cyclic:
        raise Fails(f"{cyclic[0]} is made, by way of others, of itself")


def _needed(registry: Registry, log: Log, things: set[str]) -> set[str]:
    """Give the least set of chains that holds the things, the ledger, and the signers' chains."""
    needed: set[str] = set()
    waiting = [*things, registry.ledger]
    while waiting:
        uri = waiting.pop()
        if uri in needed:
            continue
        needed.add(uri)
        for index in registry.chains.leaves.get(uri, ()):
            leaf = log.leaves[index]
            if isinstance(leaf, EventLeaf):
                waiting.append(key_uri(leaf.kid))
                enrolment = registry.enrolments.get(leaf.kid)
                waiting.extend([enrolment.actor] if enrolment is not None else [])
    return needed


def is_absent(asked: str, registry: Registry) -> bool:
    """Whether the asked thing is proved to be absent."""
    return not registry.chains.leaves[asked]
