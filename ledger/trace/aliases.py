"""From a number of other people's to the things that it stands for, as far as those count."""

from collections.abc import Iterable
from typing import Final

from ledger.errors import StoreError
from ledger.herbs.aliases import MAKERS_ALONE, SSCC_LINK, normal_alias
from ledger.herbs.check_digits import is_company_prefix, is_sscc
from ledger.log.leaves import EventLeaf, parse_leaf
from ledger.seam import Alias, Reading
from ledger.statements.roll import ActorRecord
from ledger.statements.standing import Registry

CASE: Final = "case"
CASES_MAX: Final = 1_000  # of a pallet; a lorry carries fewer


def things_named(reading: Reading, registry: Registry, number: str) -> list[str]:
    """URIs of the things that a normal number stands for, each once, in order of the log.

    A maker's own numbers count only from the maker: else anybody could lead a pack's number to
    another lot. Several things are several answers; which one is meant is not for us to guess.
    A pallet stands for what is in its cases.
    """
    things: dict[str, None] = {}
    waiting, seen = [number], {number}
    while waiting and len(seen) <= CASES_MAX:
        for uri in _named(reading, registry, waiting.pop(0)):
            inner = normal_alias(uri) if uri.startswith(SSCC_LINK) else ""
            if not inner:
                things[uri] = None
            elif inner not in seen:  # a case that somebody put into itself ends here
                seen.add(inner)
                waiting.append(inner)
    return [*things]


def is_stated(reading: Reading, registry: Registry, number: str) -> bool:
    """Whether a statement that counts gives a normal number to anything, be it a case."""
    return bool(_named(reading, registry, number))


def _named(reading: Reading, registry: Registry, number: str) -> list[str]:
    """What statements give a number to, without looking into cases."""
    found = reading.aliased(number)
    makers = _makers(reading, registry, {alias.uri for alias in found})
    signers = _signers(reading, registry, {alias.index for alias in found})
    packers = _packers(registry, number) if any(each.scheme == CASE for each in found) else set()
    counted = (alias for alias in found if _counts(alias, makers, signers, packers))
    return list(dict.fromkeys(alias.uri for alias in counted))


def _counts(
    alias: Alias, makers: dict[str, str], signers: dict[int, str], packers: set[str]
) -> bool:
    signer = signers[alias.index]
    if alias.scheme == CASE and packers:
        return signer in packers
    if alias.scheme not in MAKERS_ALONE:
        return True
    return alias.uri in makers and makers[alias.uri] == signer


def company_prefix(actor: ActorRecord) -> str:
    """The GS1 company prefix that the registrar put down of an actor; "" without one."""
    licences = actor.body.get("licences")
    found = licences.get("gs1_prefix") if isinstance(licences, dict) else None
    prefix = str(found or "")
    return prefix if is_company_prefix(prefix) else ""


def _packers(registry: Registry, number: str) -> set[str]:
    """Actors of whose prefix an SSCC is: what is in such a case they alone say.

    Numbers run on, so that a rival could fill a packer's next cases before the packer does.
    """
    if not is_sscc(number):
        return set()
    prefixes = {actor.actor: company_prefix(actor) for actor in registry.actors.values()}
    return {actor for actor, prefix in prefixes.items() if prefix and number[1:].startswith(prefix)}


def _makers(reading: Reading, registry: Registry, uris: Iterable[str]) -> dict[str, str]:
    made = {uri: thing.made_index for uri, thing in reading.things(sorted(uris)).items()}
    signers = _signers(reading, registry, made.values())
    return {uri: signers[index] for uri, index in made.items()}


def _signers(reading: Reading, registry: Registry, indices: Iterable[int]) -> dict[int, str]:
    """The actor behind the key that signed each leaf; a root has none."""
    signers: dict[int, str] = {}
    for entry in reading.entries_at(indices):
        leaf = parse_leaf(entry.leaf)
        if not isinstance(leaf, EventLeaf):
            raise StoreError("database_damaged", f"leaf {entry.index} states no number")
        key = registry.keys.get(leaf.key_id.hex())
        signers[entry.index] = key.actor if key else ""
    return signers
