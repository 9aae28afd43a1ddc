"""The roll of roots, keys, actors and sites, as statements of format v1 section 6 write it.

It takes in what was judged good (`standing`) and refuses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

from ledger.canonical import JsonObject
from ledger.errors import FormError
from ledger.statements.keys import PublicKey
from ledger.statements.registry import (
    REGISTRAR,
    ActorAdmit,
    ActorJudged,
    Genesis,
    KeyEnrol,
    KeyRetire,
    KeySuspect,
    LogKeyRotate,
    NamedKey,
    RegistrarRotate,
    Site,
    parse_body,
)
from ledger.statements.statement import REGISTRY_KINDS, Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """An enrolled key. Indices are of the log; `suspect_from` is a number of the key's chain."""

    key_id: str
    alg: str
    spki: bytes
    actor: str
    roles: tuple[str, ...]
    holder: str
    enrolled_index: int
    registrar: bool
    retired_index: int | None = None
    suspect_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RootRecord:
    """A root registrar's key, in force from its index until its successor's."""

    key_id: str
    alg: str
    spki: bytes
    from_index: int
    until_index: int | None = None
    suspect_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorRecord:
    """An admitted actor; "" stands for what its admission left out. `body` is the admission's."""

    actor: str
    name: str
    roles: tuple[str, ...]
    county: str
    valid_to: str
    admitted_index: int
    suspended: bool = False
    judged_index: int | None = None  # of the last suspension or restoration
    body: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRecord:
    """A site as last amended. `actor` and `key_id` are who registered it; a root has no actor.

    `index` is that of its registration, `amended` those of its amendments, in order of the log.
    """

    site: str
    kind: str
    county: str
    area_m2: int
    actor: str | None
    key_id: str
    index: int
    amended: tuple[int, ...] = ()
    body: JsonObject


class Roll:
    """Roots, keys, actors and sites after the statements applied so far."""

    def __init__(self) -> None:
        self.origin: str | None = None
        self.map_depth: int | None = None
        self.root: str | None = None
        self.log_keys: tuple[str, ...] = ()
        self._keys: dict[str, KeyRecord] = {}
        self._roots: dict[str, RootRecord] = {}
        self._actors: dict[str, ActorRecord] = {}
        self._sites: dict[str, SiteRecord] = {}
        self._public: dict[str, PublicKey] = {}

    @property
    def keys(self) -> Mapping[str, KeyRecord]:
        """Every enrolled key, retired ones too, by key id. Roots are not among them."""
        return MappingProxyType(self._keys)

    @property
    def roots(self) -> Mapping[str, RootRecord]:
        """Every root, past and present, by key id."""
        return MappingProxyType(self._roots)

    @property
    def founder(self) -> str | None:
        """The root that signed the genesis, which verifiers pin, whoever is root by now."""
        return next(iter(self._roots), None)

    @property
    def actors(self) -> Mapping[str, ActorRecord]:
        """Every admitted actor by URI."""
        return MappingProxyType(self._actors)

    @property
    def sites(self) -> Mapping[str, SiteRecord]:
        """Every registered site by URI."""
        return MappingProxyType(self._sites)

    def find_key(self, kid: str) -> PublicKey | None:
        """Return an enrolled key or a root, past or present; None also for an unknown algorithm."""
        return self._public.get(kid)

    def counted_actor(self, kid: str) -> str | None:
        """Return the actor of whom it is counted what a key records; None for registrars."""
        record = self._keys.get(kid)
        return None if record is None or record.registrar else record.actor

    def copy(self) -> Self:
        """Return a twin to go on with while a group is not yet committed. O(what it holds)."""
        twin = type(self).__new__(type(self))
        for name, value in vars(self).items():
            setattr(twin, name, value.copy() if isinstance(value, dict) else value)
        return twin

    def apply(self, claim: Claim, *, index: int) -> None:
        """Take in a claim that was judged good, at its index. An event changes nothing."""
        if claim.kind not in REGISTRY_KINDS:
            return
        body = parse_body(claim)
        match body:
            case Genesis():
                self.origin, self.map_depth = body.origin, body.map_depth
                self.log_keys = body.log_keys
                self._enthrone(body.registrar, index)
            case LogKeyRotate():
                kept = tuple(vkey for vkey in self.log_keys if vkey not in body.remove)
                self.log_keys = kept + body.add
            case RegistrarRotate():
                self._enthrone(body.key, index)
            case ActorAdmit() | ActorJudged():
                self._apply_actor(claim, body, index)
            case KeyEnrol() | KeyRetire() | KeySuspect():
                self._apply_key(body, index)
            case Site():
                self._apply_site(claim, body, index)
            case _:
                pass  # an approval changes nobody's standing

    def _enthrone(self, key: NamedKey, index: int) -> None:
        if self.root is not None:
            self._roots[self.root] = replace(self._roots[self.root], until_index=index)
        self.root = key.key_id
        self._roots[key.key_id] = RootRecord(
            key_id=key.key_id, alg=key.alg, spki=key.spki, from_index=index
        )
        self._publish(key)

    def _publish(self, key: NamedKey) -> None:
        try:
            self._public[key.key_id] = key.load()
        except FormError as error:
            # A verifier goes on past an algorithm that it does not know, without its keys.
            if error.code != "unknown_algorithm":
                raise

    def _apply_actor(self, claim: Claim, body: ActorAdmit | ActorJudged, index: int) -> None:
        if isinstance(body, ActorAdmit):
            self._actors[body.actor] = ActorRecord(
                actor=body.actor,
                name=body.name,
                roles=body.roles,
                county=body.county,
                valid_to=body.valid_to,
                admitted_index=index,
                body=claim.body,
            )
        else:
            self._actors[body.actor] = replace(
                self._actors[body.actor],
                suspended=claim.kind == "actor.suspend",
                judged_index=index,
            )

    def _apply_key(self, body: KeyEnrol | KeyRetire | KeySuspect, index: int) -> None:
        if isinstance(body, KeyEnrol):
            self._keys[body.key.key_id] = KeyRecord(
                key_id=body.key.key_id,
                alg=body.key.alg,
                spki=body.key.spki,
                actor=body.actor,
                roles=body.roles,
                holder=body.holder,
                enrolled_index=index,
                registrar=REGISTRAR in body.roles,
            )
            self._publish(body.key)
        elif isinstance(body, KeySuspect):
            self._apply_suspicion(body)
        elif self._keys[body.key_id].retired_index is None:
            # The first retirement counts: a later one must not make more of the key's leaves good.
            self._keys[body.key_id] = replace(self._keys[body.key_id], retired_index=index)

    def _apply_suspicion(self, body: KeySuspect) -> None:
        root = self._roots.get(body.key_id)
        if root is not None:
            doubt = _least(root.suspect_from, body.from_seq)
            self._roots[body.key_id] = replace(root, suspect_from=doubt)
        else:
            key = self._keys[body.key_id]
            doubt = _least(key.suspect_from, body.from_seq)
            self._keys[body.key_id] = replace(key, suspect_from=doubt)

    def _apply_site(self, claim: Claim, body: Site, index: int) -> None:
        if claim.kind == "site.amend":
            site = self._sites[body.site]
            self._sites[body.site] = replace(
                site,
                kind=body.kind,
                county=body.county,
                area_m2=body.area_m2,
                amended=(*site.amended, index),
                body=claim.body,
            )
            return
        signer = self._keys.get(claim.key)
        self._sites[body.site] = SiteRecord(
            site=body.site,
            kind=body.kind,
            county=body.county,
            area_m2=body.area_m2,
            actor=None if signer is None else signer.actor,
            key_id=claim.key,
            index=index,
            body=claim.body,
        )


def _least(doubted: int | None, from_seq: int) -> int:
    return from_seq if doubted is None else min(doubted, from_seq)
