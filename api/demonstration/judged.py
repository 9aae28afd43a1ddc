"""The complete judgement of a demonstration's ledger: every entry, opening and scan that it holds.

A demonstration is small enough to be read whole, and all its sealed values are invented.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from api.opened import OpenedLedger
from api.scans import TWO_AT_ONCE
from ledger.herbs.events import parse_recorded_event
from ledger.herbs.identifiers import batch_key, parse_code, verify_unit_code
from ledger.log.leaves import EventLeaf, parse_leaf
from ledger.rules.findings import Finding, Reference
from ledger.rules.judge import judge
from ledger.rules.knowing import Counted, known_of
from ledger.rules.reading import Stated, read_history
from ledger.rules.season import Guess, History
from ledger.statements.statement import EVENT, parse_claim
from ledger.store.scans import every_scan


def judge_ledger(
    opened: OpenedLedger,
    *,
    now_ms: int,
    guesses: Iterable[Guess] = (),
    complaints: Mapping[str, tuple[int, ...]] | None = None,
) -> list[Finding]:
    """Every finding of every rule. Guesses and complaints are kept nowhere: they are given."""
    history = history_of_ledger(opened, guesses=guesses, complaints=complaints)
    return judge(history, Reference(), now_ms)


def history_of_ledger(
    opened: OpenedLedger,
    *,
    guesses: Iterable[Guess] = (),
    complaints: Mapping[str, tuple[int, ...]] | None = None,
) -> History:
    """The whole history, with all that openings and scans tell."""
    registry = opened.replica.registry
    with opened.store.reading() as reading:
        stated = [
            _stated(entry.leaf, entry.payload)
            for entry in reading.entries(0, reading.size())
            if entry.payload is not None
        ]
        openings = reading.openings([row.claim.statement_id for row in stated if row.claim.sealed])
    known = known_of(
        stated,
        openings,
        actors=registry.actors,
        counted=_counted(opened),
        guesses=guesses,
        complaints=complaints,
    )
    return read_history(
        stated, keys=registry.keys, sites=registry.sites, actors=registry.actors, known=known
    )


def _stated(raw: bytes, payload: bytes) -> Stated:
    leaf = parse_leaf(raw)
    assert isinstance(leaf, EventLeaf)  # state leaves carry no payload
    claim = parse_claim(payload)
    event = parse_recorded_event(claim.body) if claim.kind == EVENT else None
    return Stated(index=leaf.index, recorded_ms=leaf.admitted_ms, claim=claim, event=event)


def _counted(opened: OpenedLedger) -> list[Counted]:
    """Counters of packs; those of lots' own codes say nothing of a copied pack."""
    found = []
    secret = opened.folder.secret()
    for text, row in every_scan(opened.store):
        code = parse_code(text)
        if code.serial is not None:
            found.append(
                Counted(
                    lot=code.uri(opened.origin),
                    serial=verify_unit_code(code.text, batch_key(secret, code.lot)),
                    day=date.fromisoformat(row.day),
                    province=row.province,
                    times=row.times,
                    at_once=row.province == TWO_AT_ONCE,
                )
            )
    return found
