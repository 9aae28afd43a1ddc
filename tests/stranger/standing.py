"""Check `standing` of format section 7: who was root, registrar, actor and enrolled, and when."""

from dataclasses import dataclass, field
from itertools import islice

from tests.stranger.bodies import ACTOR, KEY, LEDGER, check_body, is_own_reserved, key_uri
from tests.stranger.form import OUT, Statement
from tests.stranger.note import Checkpoint
from tests.stranger.places import Chains, Log
from tests.stranger.proofs import EventLeaf
from tests.stranger.shape import Json, read_object
from tests.stranger.statements import Words
from tests.stranger.verdict import Fails, Stops

ROOT_ONLY = frozenset({"genesis", "log.key.rotate", "registrar.rotate"})
REGISTRAR_ONLY = frozenset(
    {"actor.admit", "actor.suspend", "actor.restore", "key.enrol", "key.suspect"}
)
ON_ROOT_CHAIN = frozenset({"key.suspect", "approve"})


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How a key came in: at `index`, for an actor, with an algorithm, roles and a holder."""

    index: int
    alg: str
    actor: str
    roles: tuple[str, ...]
    holder: str


@dataclass(frozen=True, slots=True)
class Registry:
    """What the shown registry chains say.

    `roots` holds (index after which it is root, key id); `retirements` the first index of each;
    `sites` the first registration of each site: its index and the key that made it.
    """

    ledger: str
    chains: Chains
    words: Words
    roots: list[tuple[int, str]] = field(default_factory=list)
    log_keys: set[str] = field(default_factory=set)
    enrolments: dict[str, Enrolment] = field(default_factory=dict)
    retirements: dict[str, int] = field(default_factory=dict)
    sites: dict[str, tuple[int, str]] = field(default_factory=dict)

    def root_at(self, index: int) -> str:
        """Give the root whose word counts at `index`; a rotation is the old root's last word."""
        return [kid for since, kid in self.roots if since < index or since == 0][-1]

    def is_ever_root(self, kid: str) -> bool:
        """Whether the key was root at any time under this checkpoint."""
        return any(kid == root for _, root in self.roots)

    def is_registrar(self, kid: str, index: int) -> bool:
        """Whether the key is a registrar at `index`; who enrolled it is checked at that leaf."""
        enrolment = self.enrolments.get(kid)
        enrolled = enrolment is not None and enrolment.index < index
        named = enrolment is not None and "registrar" in enrolment.roles
        return kid == self.root_at(index) or (enrolled and named)

    def on(self, uri: str) -> list[tuple[int, Statement]]:
        """Give the readable statements of a shown chain."""
        return self.words.on(self.chains.leaves.get(uri, ()))

    def is_opaque(self, uri: str) -> bool:
        """Whether what the chain says cannot all be read here."""
        return self.words.is_opaque(self.chains.leaves.get(uri, ()))

    def is_unsure(self, kid: str) -> bool:
        """Whether an enrolment or a rotation that cannot be read here may speak of the key."""
        return self.is_opaque(key_uri(kid)) or self.is_opaque(self.ledger)


def check_standing(
    checkpoint: Checkpoint, registrar: str, log: Log, chains: Chains, words: Words
) -> Registry:
    """Check that everything shown was said by a key that could say it where it stands."""
    registry = Registry(LEDGER + checkpoint.origin, chains, words)
    _check_genesis(registry, checkpoint, registrar, log)
    for index, told in words.on(tuple(words.by_leaf)):
        check_body(told, registry.ledger, index)
    _read_ledger(registry)
    if not checkpoint.verified & registry.log_keys and not registry.is_opaque(registry.ledger):
        raise Fails("no log key that verified is the ledger's own")
    for uri in chains.leaves:
        _read_chain(registry, uri)
    for leaf in log.events():
        _check_key_good(registry, leaf)
        statement = words.by_leaf[leaf.index]
        if statement is not None:
            _check_office(registry, leaf.index, statement)
    return registry


def _check_genesis(registry: Registry, checkpoint: Checkpoint, registrar: str, log: Log) -> None:
    indices = registry.chains.leaves.get(registry.ledger, ())
    leaf = log.leaves[0] if indices[:1] == (0,) else None
    if not isinstance(leaf, EventLeaf):
        raise Fails(f"the chain {registry.ledger} is not shown from index 0")
    if leaf.kid != registrar:
        raise Fails("the genesis is not signed by the pinned registrar", leaf=0)
    genesis = registry.words.by_leaf.get(0)
    if genesis is None:
        raise Stops("the genesis is a statement of an unknown version")
    if genesis.kind != "genesis":
        raise Fails("the ledger's chain does not begin with the genesis", leaf=0)
    check_body(genesis, registry.ledger, 0)
    body, root = genesis.body, read_object(genesis.body["registrar"], "registrar", leaf=0)
    if body["origin"] != checkpoint.origin or body["map_depth"] != registry.chains.depth:
        raise Fails("the genesis has another origin or map depth", leaf=0)
    if root["kid"] != registrar or root["alg"] != registry.words.algorithms[registrar]:
        raise Fails("the genesis names another registrar than signed it", leaf=0)


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _read_ledger(registry: Registry) -> None:
    for index, statement in registry.on(registry.ledger):
        body = statement.body
        if (statement.kind == "genesis") != (index == 0):
            raise Fails("a second genesis", leaf=index)
        if statement.kind == "genesis":
            registry.roots.append((0, statement.kid))
            registry.log_keys.update(_texts(body["log_keys"]))
        elif statement.kind == "log.key.rotate":
            registry.log_keys.update(_texts(body["add"]))
            registry.log_keys.difference_update(_texts(body["remove"]))
        elif statement.kind == "registrar.rotate":
            if registry.is_ever_root(str(body["kid"])):
                raise Fails("the next root was root before", leaf=index)
            if registry.words.algorithms.get(str(body["kid"]), body["alg"]) != body["alg"]:
                raise Fails("the next root signs with another algorithm than named", leaf=index)
            registry.roots.append((index, str(body["kid"])))


def _read_chain(registry: Registry, uri: str) -> None:
    """Check what begins a registry chain, and remember what a key's chain says of the key."""
    if not is_own_reserved(uri):
        registered = ((i, s.kid) for i, s in registry.on(uri) if s.kind == "site.register")
        registry.sites.update((uri, first) for first in islice(registered, 1))
        return
    if uri.startswith(ACTOR):
        _first_on(registry, uri, "actor.admit")
    elif uri.startswith(KEY) and registry.is_ever_root(uri.removeprefix(KEY)):
        for index, statement in registry.on(uri):
            if statement.kind not in ON_ROOT_CHAIN:
                raise Fails(f"{statement.kind} stands on a root's chain", leaf=index)
    elif uri.startswith(KEY):
        _read_key_chain(registry, uri)


def _read_key_chain(registry: Registry, uri: str) -> None:
    kid = uri.removeprefix(KEY)
    found = _first_on(registry, uri, "key.enrol")
    if found is not None:
        registry.enrolments[kid] = _read_enrolment(*found)
    retired = [index for index, said in registry.on(uri) if said.kind == "key.retire"]
    if retired:
        registry.retirements[kid] = retired[0]


def _first_on(registry: Registry, uri: str, kind: str) -> tuple[int, Statement] | None:
    """Check that the chain begins with `kind` and holds no second, and give that beginning."""
    shown = registry.on(uri)
    for index, statement in shown[1:]:
        if statement.kind == kind:
            raise Fails(f"a second {kind}, or one that is not first on its chain", leaf=index)
    if shown and shown[0][1].kind == kind:
        return shown[0]
    if shown and not registry.is_opaque(uri):
        raise Fails(f"the chain {uri} does not begin with {kind}", leaf=shown[0][0])
    return None


def _read_enrolment(index: int, statement: Statement) -> Enrolment:
    body = statement.body
    return Enrolment(
        index, str(body["alg"]), str(body["actor"]), _texts(body["roles"]), str(body["holder"])
    )


def _check_key_good(registry: Registry, leaf: EventLeaf) -> None:
    uri = key_uri(leaf.kid)
    if uri not in registry.chains.leaves:
        raise Fails(f"the chain {uri} is not shown", leaf=leaf.index)
    if leaf.kid == registry.root_at(leaf.index):
        return
    if registry.is_ever_root(leaf.kid):
        raise Fails("the key is not the root of that index", leaf=leaf.index)
    enrolment = registry.enrolments.get(leaf.kid)
    if enrolment is None or enrolment.index >= leaf.index:
        if registry.is_unsure(leaf.kid):
            return
        raise Fails("the key was not enrolled", leaf=leaf.index)
    if enrolment.alg != registry.words.algorithms[leaf.kid]:
        raise Fails(f"the key was enrolled for {enrolment.alg}", leaf=leaf.index)
    if registry.retirements.get(leaf.kid, leaf.index) < leaf.index:
        raise Fails("the key was retired", leaf=leaf.index)
    _check_actor_good(registry, enrolment.actor, leaf.index)


def _check_actor_good(registry: Registry, actor: str, at: int) -> None:
    if actor not in registry.chains.leaves:
        raise Fails(f"the chain {actor} is not shown", leaf=at)
    acts = ("actor.admit", "actor.suspend", "actor.restore")
    said = [s.kind for index, s in registry.on(actor) if index < at and s.kind in acts]
    if registry.is_opaque(actor):
        return  # the last word about the actor may be what cannot be read
    if not said or said[-1] == "actor.suspend":
        raise Fails(f"{actor} was {'suspended' if said else 'not admitted'}", leaf=at)


def _check_office(registry: Registry, index: int, statement: Statement) -> None:
    """Check the column `signed by` of section 6."""
    kind, kid = statement.kind, statement.kid
    unrooted = kind in ROOT_ONLY and kid != registry.root_at(index)
    if unrooted and not registry.is_unsure(kid):
        raise Fails(f"{kind} is not signed by the root", leaf=index)
    if kind == "site.amend":
        _check_amender(registry, index, statement)
    if kind == "approve":
        _check_approval(registry, index, statement)
    by_itself = kind == "key.retire" and kid == statement.body["kid"]
    for_registrars = kind in REGISTRAR_ONLY or (kind == "key.retire" and not by_itself)
    if for_registrars and not _may_be_registrar(registry, index, kid):
        raise Fails(f"{kind} is not signed by a registrar", leaf=index)


def _may_be_registrar(registry: Registry, index: int, kid: str) -> bool:
    return registry.is_registrar(kid, index) or registry.is_unsure(kid)


def _check_amender(registry: Registry, index: int, amendment: Statement) -> None:
    site = str(amendment.body["site"])
    since, registrant = registry.sites.get(site, (index, amendment.kid))
    owner = registry.enrolments.get(registrant) if since < index else None
    amender = registry.enrolments.get(amendment.kid)
    if owner is not None and amender is not None and owner.actor == amender.actor:
        return
    unsure = registry.is_opaque(site) or registry.is_unsure(registrant)
    if unsure or _may_be_registrar(registry, index, amendment.kid):
        return
    raise Fails("the site is amended by another actor than registered it", leaf=index)


def _check_approval(registry: Registry, index: int, approval: Statement) -> None:
    approver = registry.enrolments.get(approval.kid)
    if approver is None and not registry.is_unsure(approval.kid):
        raise Fails("an approval is not signed by an enrolled key", leaf=index)
    approved_id = str(approval.body["statement"])
    if approved_id not in registry.words.by_id:
        return  # not in the log yet, or of an unknown version: it stands on no chain shown here
    _, approved = registry.words.by_id[approved_id]
    own = tuple(uri for uri in approved.subjects if not uri.endswith(OUT))
    if own != approval.subjects:
        raise Fails("the approval stands elsewhere than what it approves", leaf=index)
    author = registry.enrolments.get(approved.kid)
    if author is not None and approver is not None and author.holder == approver.holder:
        raise Fails("the approval is the same holder's", leaf=index)
