"""Who records more than a measure allows, or crowds somebody else's lot: told before it is full."""

from typing import Final

from api.opened.ledger import OpenedLedger
from api.shown.naming import code_in
from ledger.statements.chains import is_out
from ledger.store.recent import uris_of

TOLD_FROM: Final = 0.5  # of a week's measure: half of it in a burst is no usual day
SHOWN_MAX: Final = 20


def crowds_of(opened: OpenedLedger) -> list[dict[str, str]]:
    """Actors who used up much of what they may record, those with least left first.

    `code` is that of the thing that is not theirs, "" where they record much altogether.
    """
    used = opened.replica.pace.used(opened.clock())
    many = sorted((pair for pair in used if pair[0] >= TOLD_FROM), key=lambda pair: -pair[0])
    uris = uris_of(opened.store, [name[1] for _, name in many if isinstance(name, tuple)])
    told: list[dict[str, str]] = []
    for share, name in many:
        actor, uri = (name[0], uris.get(name[1], "")) if isinstance(name, tuple) else (name, "")
        record = opened.replica.registry.actors.get(actor)
        is_theirs = isinstance(name, tuple) and (
            not uri or is_out(uri) or opened.gate.has_part(actor, uri)
        )
        if record is None or is_theirs:
            continue  # a key's measure, which its actor's tells of too, or what is their own
        told.append({"actor": record.name, "share": f"{share:.0%}", "code": code_in(uri)})
        if len(told) == SHOWN_MAX:
            break
    return told
