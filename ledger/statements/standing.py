"""Who may sign: a fold over statements in the order of the log: format v1 section 6, check 5 of 7.

One fold serves the door, which knows the whole log, and the audit, which replays it. It asks for
all that verifiers of evidence ask for (`ledger.evidence.standing`), so that what is admitted can be
proved, and for more that only keeps a ledger usable. A refusal rests on what a file of evidence
always has: the ledger's chain, the signer's key chain, its actor's chain and the chains of the
statement itself. What no file must have, such as the actor of a key that signs nothing, is not
asked for.
"""

from collections.abc import Callable, Mapping

from ledger.errors import FormError, StandingError
from ledger.statements.chains import RESERVED_PREFIXES, is_out, key_uri
from ledger.statements.registry import (
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
from ledger.statements.roll import ActorRecord, KeyRecord, Roll, RootRecord, SiteRecord
from ledger.statements.statement import REGISTRY_KINDS, Claim

__all__ = ["ActorRecord", "FindClaim", "KeyRecord", "Registry", "RootRecord", "SiteRecord"]

FindClaim = Callable[[str], Claim | None]


class Registry(Roll):
    """Who may sign. Judge a claim, then apply it, in the order of the log; state leaves are none.

    `find_claim` gives the claim of a statement id that is in the log.
    """

    def __init__(self, *, find_claim: FindClaim) -> None:
        super().__init__()
        self._find_claim = find_claim

    def judge(self, claim: Claim, *, index: int, alg: str, subject_seqs: Mapping[str, int]) -> None:
        """Raise unless the signer may say this at `index`, on these chains; changes nothing.

        `alg` is that of the key that verified; `subject_seqs` gives the position that the
        statement takes on each of its chains. A claim of an unknown kind is judged as an event.
        Raises StandingError, FormError("bad_body", "bad_key", "wrong_ledger") and, when nothing
        else is wrong, FormError("unknown_algorithm"): a verifier may then still apply the claim.
        """
        if self.origin is None or index == 0 or claim.kind == "genesis":
            self._judge_genesis(claim, index, alg)
            return
        if claim.ledger != self.origin:
            raise FormError("wrong_ledger", f"ledger {claim.ledger!r}, not {self.origin!r}")
        signer = self._find_signer(claim.key, alg)
        if claim.kind not in REGISTRY_KINDS:
            _judge_places(claim)
            return
        body = parse_body(claim)
        if isinstance(body, Approve):
            self._judge_approval(claim, body, signer)
        else:
            _judge_subjects(claim, own_subjects(body, origin=self.origin))
            self._judge_body(claim, body, signer, subject_seqs)

    def _judge_genesis(self, claim: Claim, index: int, alg: str) -> None:
        if claim.kind != "genesis" or index != 0 or self.origin is not None:
            raise StandingError("not_allowed", f"{claim.kind} at {index}: leaf 0 is the genesis")
        body = parse_body(claim)
        assert isinstance(body, Genesis)
        if (body.registrar.key_id, body.registrar.alg) != (claim.key, alg):
            raise StandingError("not_allowed", "a genesis is signed by the root that it names")
        if body.origin != claim.ledger:
            raise FormError("wrong_ledger", f"ledger {claim.ledger!r}, not {body.origin!r}")
        _judge_subjects(claim, own_subjects(body, origin=body.origin))
        body.registrar.load()

    def _find_signer(self, kid: str, alg: str) -> KeyRecord | None:
        """Return the record of a key that is good for the next leaf; None for the root."""
        record = self._keys.get(kid)
        if record is None:
            self._check_root(kid, alg)
            return None
        if record.alg != alg:
            raise StandingError("not_allowed", f"{alg}, but the key was enrolled as {record.alg}")
        if record.retired_index is not None:
            raise StandingError("key_retired", f"retired at {record.retired_index}")
        actor = self._actors.get(record.actor)
        if actor is None:
            raise StandingError("unknown_actor", f"{record.actor} is not admitted")
        if actor.suspended:
            raise StandingError("actor_suspended", f"suspended at {actor.judged_index}")
        return record

    def _check_root(self, kid: str, alg: str) -> None:
        root = self._roots.get(kid)
        if root is None:
            raise StandingError("unknown_key", f"key {kid} is not enrolled")
        if root.until_index is not None:
            raise StandingError("key_retired", f"root only until {root.until_index}")
        if root.alg != alg:
            raise StandingError("not_allowed", f"{alg}, but the root's key is {root.alg}")

    def _judge_body(
        self, claim: Claim, body: Body, signer: KeyRecord | None, seqs: Mapping[str, int]
    ) -> None:
        match body:
            case LogKeyRotate():
                _require_root(claim, signer)
                self._judge_log_keys(body)
            case RegistrarRotate():
                _require_root(claim, signer)
                self._judge_next_root(body.key)
            case ActorAdmit() | ActorJudged():
                _require_registrar(claim, signer)
                self._judge_actor(body, seqs)
            case KeyEnrol():
                _require_registrar(claim, signer)
                self._judge_enrolment(body, seqs)
            case KeyRetire() | KeySuspect():
                self._judge_key(claim, body, signer)
            case Site():
                self._judge_site(claim, body, signer, seqs)
            case Genesis() | Approve():  # pragma: no cover — both were judged before
                raise AssertionError(claim.kind)

    def _judge_log_keys(self, body: LogKeyRotate) -> None:
        for vkey in body.remove:
            if vkey not in self.log_keys:
                # Most likely a slip, after which the key that was meant would stay in force.
                raise StandingError("not_allowed", f"{vkey} is not in force")
        for vkey in body.add:
            if vkey in self.log_keys:
                raise StandingError("already_registered", f"{vkey} is in force already")
            if not vkey.startswith(f"{self.origin}+"):
                raise FormError("bad_body", f"{vkey} is not named {self.origin}")
        if len(body.remove) == len(self.log_keys) and not body.add:
            raise StandingError("not_allowed", "no log key would be left: nothing could be proved")

    def _judge_next_root(self, key: NamedKey) -> None:
        if key.key_id in self._keys or key.key_id in self._roots:
            raise StandingError("not_allowed", f"{key.key_id} was enrolled or root before")
        key.load()

    def _judge_actor(self, body: ActorAdmit | ActorJudged, seqs: Mapping[str, int]) -> None:
        if isinstance(body, ActorAdmit):
            if seqs[body.actor] != 0:
                raise StandingError(
                    "already_registered", f"{body.actor} has a chain: an admission begins it"
                )
        elif body.actor not in self._actors:
            raise StandingError("unknown_actor", f"{body.actor} is not admitted")

    def _judge_enrolment(self, body: KeyEnrol, seqs: Mapping[str, int]) -> None:
        key_id = body.key.key_id
        if seqs[key_uri(key_id)] != 0:
            raise StandingError(
                "already_registered", f"{key_id} has a chain: an enrolment begins it, once"
            )
        if key_id in self._roots:
            raise StandingError("not_allowed", f"{key_id} is or was root, and is never enrolled")
        body.key.load()

    def _judge_key(
        self, claim: Claim, body: KeyRetire | KeySuspect, signer: KeyRecord | None
    ) -> None:
        of_itself = isinstance(body, KeyRetire) and claim.key == body.key_id
        if not of_itself:
            _require_registrar(claim, signer)
        if body.key_id in self._roots:
            if isinstance(body, KeyRetire):
                raise StandingError("not_allowed", "a root is rotated, never retired")
        elif body.key_id not in self._keys:
            raise StandingError("unknown_key", f"key {body.key_id} is not enrolled")

    def _judge_site(
        self, claim: Claim, body: Site, signer: KeyRecord | None, seqs: Mapping[str, int]
    ) -> None:
        if claim.kind == "site.register":
            if seqs[body.site] != 0:
                raise StandingError(
                    "already_registered", f"{body.site} has a chain: a registration begins it"
                )
            return
        site = self._sites.get(body.site)
        if site is None:
            raise StandingError("not_allowed", f"{body.site} is not registered")
        if signer is not None and not signer.registrar and signer.actor != site.actor:
            raise StandingError("not_allowed", f"{body.site} is {site.actor}'s to amend")

    def _judge_approval(self, claim: Claim, body: Approve, signer: KeyRecord | None) -> None:
        approved = self._find_claim(body.statement)
        if approved is None:
            raise StandingError("unknown_statement", f"{body.statement} is not in the log")
        own = tuple(subject for subject in approved.subjects if not is_out(subject))
        if not own:
            raise StandingError("not_allowed", "a statement on #out chains alone is not approved")
        _judge_subjects(claim, own)
        if signer is None:
            raise StandingError("not_allowed", "an enrolled key approves; a root has no holder")
        author = self._keys.get(approved.key)
        if author is not None and author.holder == signer.holder:
            raise StandingError("not_allowed", f"{signer.holder} cannot approve own statements")


def _judge_places(claim: Claim) -> None:
    """Refuse an event on the own chain of a ledger, key or actor, or with one as a thing."""
    for uri in claim.subjects:
        if uri.startswith(RESERVED_PREFIXES) and not is_out(uri):
            raise StandingError("not_allowed", f"{claim.kind} does not stand on {uri}")
    for uri in claim.inputs:
        if uri.startswith(RESERVED_PREFIXES):
            raise StandingError("not_allowed", f"{uri} is no site, lot or crop")


def _judge_subjects(claim: Claim, expected: tuple[str, ...]) -> None:
    if claim.subjects != expected:
        raise FormError(
            "bad_body", f"{claim.kind} stands on {claim.subjects}, not exactly on {expected}"
        )


def _require_root(claim: Claim, signer: KeyRecord | None) -> None:
    if signer is not None:
        raise StandingError("not_allowed", f"{claim.kind} is signed by the root alone")


def _require_registrar(claim: Claim, signer: KeyRecord | None) -> None:
    if signer is not None and not signer.registrar:
        raise StandingError("not_registrar", f"{claim.kind} is signed by a registrar")
