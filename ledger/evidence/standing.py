"""Check 5 of a bundle: whoever signed was entitled to, by the chains that are shown; section 6.

The door folds the whole log (`statements.standing`) and may ask for more than the format does. A
stranger sees some chains whole and others not at all, and on a shown chain perhaps statements of
a later version. So here every chain is read first and every leaf judged after, each as of its
index, and nothing is found that an unreadable statement could overturn.
"""

from dataclasses import dataclass, field
from typing import Final

from ledger.errors import CannotCheckError, FormError, ProofError
from ledger.evidence.examination import Examination
from ledger.evidence.shapes import Shapes
from ledger.log.leaves import EventLeaf
from ledger.statements.chains import ACTOR_PREFIX, KEY_PREFIX, RESERVED_PREFIXES, is_out
from ledger.statements.registry import (
    REGISTRAR,
    ActorAdmit,
    ActorJudged,
    Approve,
    Body,
    Genesis,
    KeyEnrol,
    KeyRetire,
    KeySuspect,
    LogKeyRotate,
    NamedKey,
    RegistrarRotate,
    Site,
    own_subjects,
    parse_body,
)
from ledger.statements.statement import REGISTRY_KINDS, Claim, key_uri, ledger_uri

STANDING: Final = Shapes(check="standing")
ON_A_ROOTS_CHAIN: Final = (KeySuspect, Approve)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRoll:
    """What the shown chains say of roots, log keys, enrolments, retirements and sites.

    `roots` are (index after which, key id), the genesis' at 0; `sites` gives index and key id of
    each site's first registration, `retired` the index of each key's first retirement.
    """

    exam: Examination
    ledger: str
    bodies: dict[int, Body] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)  # by statement id
    roots: list[tuple[int, str]] = field(default_factory=list)
    log_keys: set[str] = field(default_factory=set)
    enrolled: dict[str, tuple[int, KeyEnrol]] = field(default_factory=dict)
    retired: dict[str, int] = field(default_factory=dict)
    sites: dict[str, tuple[int, str]] = field(default_factory=dict)

    def on(self, uri: str) -> list[tuple[int, Body | None]]:
        """Bodies on a chain; None for an event, or a kind that is not known here."""
        return [(index, self.bodies.get(index)) for index, _ in self.exam.said_on(uri)]

    def was_ever_root(self, kid: str) -> bool:
        """Whether the key is root at any index under this checkpoint."""
        return any(root == kid for _, root in self.roots)

    def root_at(self, index: int) -> str:
        """The root whose word counts at an index: a rotation is still the old one's."""
        return [kid for since, kid in self.roots if since < index or since == 0][-1]

    def is_unsure(self, kid: str) -> bool:
        """Whether an unreadable statement may have enrolled the key or made it root."""
        return self.exam.is_unsure(key_uri(kid)) or self.exam.is_unsure(self.ledger)

    def may_be_registrar(self, kid: str, index: int) -> bool:
        """Whether the key is the root, or enrolled with that role before; or nobody here knows."""
        since, enrolment = self.enrolled.get(kid, (index, None))
        enrolled = enrolment is not None and since < index and REGISTRAR in enrolment.roles
        return enrolled or kid == self.root_at(index) or self.is_unsure(kid)

    def same_holder(self, kid: str, other: str) -> bool:
        """Whether both keys are known to be held by one person."""
        held = [self.enrolled[one][1].holder for one in (kid, other) if one in self.enrolled]
        return len(held) == len((kid, other)) and held[0] == held[1]


def check_standing(exam: Examination) -> None:
    """Check 5: the pinned root founded this ledger, and every signer was entitled."""
    roll = ShownRoll(exam=exam, ledger=ledger_uri(exam.checkpoint.origin))
    _check_genesis(roll)
    for index, claim in exam.claims.items():
        roll.claims[claim.statement_id] = claim
        _read_body(roll, index, claim)
    _read_ledger(roll)
    if not exam.verified_with & roll.log_keys and not exam.is_unsure(roll.ledger):
        STANDING.refuse("no log key in force signed the checkpoint")
    for uri in exam.chains:
        _read_chain(roll, uri)
    for leaf in exam.event_leaves():
        _check_key(roll, leaf)
        if leaf.index in exam.claims:
            _check_office(roll, leaf.index, exam.claims[leaf.index])
    exam.actors = {kid: enrolment.actor for kid, (_, enrolment) in roll.enrolled.items()}


def _check_genesis(roll: ShownRoll) -> None:
    exam = roll.exam
    leaf = exam.leaves[0] if exam.chains.get(roll.ledger, [])[:1] == [0] else None
    if not isinstance(leaf, EventLeaf):
        STANDING.refuse("the ledger's own chain from its genesis is not shown")
    if leaf.key_id.hex() != exam.policy.registrar:
        STANDING.refuse("the genesis is not the given registrar's", 0)
    claim = exam.claims.get(0)
    if claim is None:
        raise CannotCheckError("leaf 0: the genesis is of an unknown version")
    body = _parse(0, claim) if claim.kind == "genesis" else None
    if not isinstance(body, Genesis):
        STANDING.refuse(f"the ledger begins with {claim.kind}, not with a genesis", 0)
    if (body.origin, body.map_depth) != (exam.checkpoint.origin, exam.depth):
        STANDING.refuse("the genesis has another origin or map depth than is shown", 0)
    if (body.registrar.key_id, body.registrar.alg) != (claim.key, exam.algorithms[claim.key]):
        STANDING.refuse("the genesis names another registrar than signed it", 0)


def _parse(index: int, claim: Claim) -> Body:
    """A registry body as verifiers read it, the keys that it names in their one form."""
    try:
        body = parse_body(claim, strict=False)
        if isinstance(body, KeyEnrol | RegistrarRotate):  # a genesis names the key that signed it
            _check_named(body.key)
    except FormError as error:
        raise ProofError("standing", error.message, leaf=index) from error
    return body


def _check_named(key: NamedKey) -> None:
    try:
        key.load()
    except FormError as error:
        if error.code != "unknown_algorithm":
            raise


def _read_body(roll: ShownRoll, index: int, claim: Claim) -> None:
    """A body of section 6 stands on the chains of its kind; anything else on no reserved one."""
    if claim.kind not in REGISTRY_KINDS:
        reserved = [uri for uri in claim.subjects if _is_reserved(uri)]
        if reserved:
            STANDING.refuse(f"{claim.kind} does not stand on {reserved[0]}", index)
        return
    body = roll.bodies[index] = _parse(index, claim)
    if isinstance(body, Approve):
        if any(map(is_out, claim.subjects)):
            STANDING.refuse("an approval does not stand on #out", index)
        return
    expected = own_subjects(body, origin=roll.exam.checkpoint.origin)
    if claim.subjects != expected:
        STANDING.refuse(f"{claim.kind} does not stand exactly on {', '.join(expected)}", index)


def _is_reserved(uri: str) -> bool:
    return uri.startswith(RESERVED_PREFIXES) and not is_out(uri)


def _read_ledger(roll: ShownRoll) -> None:
    for index, body in roll.on(roll.ledger):
        match body:
            case Genesis():
                if index != 0:
                    STANDING.refuse("a second genesis", index)
                roll.roots.append((0, body.registrar.key_id))
                roll.log_keys.update(body.log_keys)
            case LogKeyRotate():
                roll.log_keys.update(body.add)
                roll.log_keys.difference_update(body.remove)
            case RegistrarRotate():
                _read_next_root(roll, index, body.key)
            case _:
                pass


def _read_next_root(roll: ShownRoll, index: int, key: NamedKey) -> None:
    if roll.was_ever_root(key.key_id):
        STANDING.refuse("the next root was root before", index)
    if roll.exam.algorithms.get(key.key_id, key.alg) != key.alg:
        STANDING.refuse("the next root signs with another algorithm than named", index)
    roll.roots.append((index, key.key_id))


def _read_chain(roll: ShownRoll, uri: str) -> None:
    """What begins a chain of section 6, and what it says of its key or site."""
    if uri.startswith(ACTOR_PREFIX) and not is_out(uri):
        _check_first(roll, uri, ActorAdmit)
    elif uri.startswith(KEY_PREFIX) and not is_out(uri):
        _read_key_chain(roll, uri, uri.removeprefix(KEY_PREFIX))
    else:
        for index, claim in roll.exam.said_on(uri):
            if claim.kind == "site.register":
                roll.sites.setdefault(uri, (index, claim.key))


def _read_key_chain(roll: ShownRoll, uri: str, kid: str) -> None:
    if roll.was_ever_root(kid):
        for index, body in roll.on(uri):
            if not isinstance(body, ON_A_ROOTS_CHAIN):
                STANDING.refuse("a root's chain holds suspicions and approvals alone", index)
        return
    _check_first(roll, uri, KeyEnrol)
    for index, body in roll.on(uri):
        if isinstance(body, KeyEnrol):
            roll.enrolled[kid] = (index, body)
        elif isinstance(body, KeyRetire):
            roll.retired.setdefault(kid, index)


def _check_first(roll: ShownRoll, uri: str, first: type[Body]) -> None:
    """A chain that is shown begins with its admission or enrolment, and has no second one."""
    bodies = roll.on(uri)
    if bodies and not isinstance(bodies[0][1], first) and not roll.exam.is_unsure(uri):
        STANDING.refuse(f"{uri} does not begin with its registration", bodies[0][0])
    for index, body in bodies[1:]:
        if isinstance(body, first):
            STANDING.refuse(f"{uri} is registered again, or not first of all", index)


def _check_key(roll: ShownRoll, leaf: EventLeaf) -> None:
    """The signing key is the root of that index, or good for the leaf as section 6 says."""
    kid = leaf.key_id.hex()
    if key_uri(kid) not in roll.exam.chains:
        STANDING.refuse(f"the chain of key {kid} is not shown", leaf.index)
    if kid == roll.root_at(leaf.index):
        return
    if roll.was_ever_root(kid):
        STANDING.refuse("the key is not the root of that index", leaf.index)
    since, enrolment = roll.enrolled.get(kid, (leaf.index, None))
    if enrolment is None or since >= leaf.index:
        if not roll.is_unsure(kid):
            STANDING.refuse(f"key {kid} was not enrolled before", leaf.index)
        return
    if enrolment.key.alg != roll.exam.algorithms[kid]:
        STANDING.refuse(f"the key was enrolled for {enrolment.key.alg}", leaf.index)
    if roll.retired.get(kid, leaf.index) < leaf.index:
        STANDING.refuse(f"the key was retired at {roll.retired[kid]}", leaf.index)
    _check_actor(roll, enrolment.actor, leaf.index)


def _check_actor(roll: ShownRoll, actor: str, index: int) -> None:
    if actor not in roll.exam.chains:
        STANDING.refuse(f"the chain of {actor} is not shown", index)
    if roll.exam.is_unsure(actor):
        return  # the last word about the actor may be what cannot be read
    kinds = [
        claim.kind
        for at, claim in roll.exam.said_on(actor)
        if at < index and isinstance(roll.bodies[at], ActorAdmit | ActorJudged)
    ]
    if not kinds:
        STANDING.refuse(f"{actor} was not admitted before", index)
    if kinds[-1] == "actor.suspend":
        STANDING.refuse(f"{actor} was suspended", index)


def _check_office(roll: ShownRoll, index: int, claim: Claim) -> None:
    """The column `signed by` of section 6."""
    match roll.bodies.get(index):
        case Genesis() | LogKeyRotate() | RegistrarRotate():
            if claim.key != roll.root_at(index) and not roll.is_unsure(claim.key):
                STANDING.refuse(f"{claim.kind} is signed by the root alone", index)
        case Site() as body:
            if claim.kind == "site.amend" and not _may_amend(roll, index, claim, body):
                STANDING.refuse(f"{body.site} is another actor's to amend", index)
        case Approve() as body:
            _check_approval(roll, index, claim, body)
        case KeyRetire(key_id=claim.key) | None:
            pass  # by the key itself; or no registry statement
        case _:
            if not roll.may_be_registrar(claim.key, index):
                STANDING.refuse(f"{claim.kind} is signed by a registrar", index)


def _may_amend(roll: ShownRoll, index: int, claim: Claim, body: Site) -> bool:
    since, registrant = roll.sites.get(body.site, (index, claim.key))
    owner = roll.enrolled.get(registrant) if since < index else None
    amender = roll.enrolled.get(claim.key)
    if owner is not None and amender is not None and owner[1].actor == amender[1].actor:
        return True
    unsure = roll.exam.is_unsure(body.site) or roll.is_unsure(registrant)
    return unsure or roll.may_be_registrar(claim.key, index)


def _check_approval(roll: ShownRoll, index: int, claim: Claim, body: Approve) -> None:
    if claim.key not in roll.enrolled and not roll.is_unsure(claim.key):
        STANDING.refuse("an approval is signed by an enrolled key", index)
    approved = roll.claims.get(body.statement)
    if approved is None:
        return  # not shown: it stands on no chain that is, and the approval is not in force
    own = tuple(uri for uri in approved.subjects if not is_out(uri))
    if own != claim.subjects:
        STANDING.refuse("the approval stands elsewhere than what it approves", index)
    if roll.same_holder(claim.key, approved.key):
        STANDING.refuse("nobody approves their own statements", index)
