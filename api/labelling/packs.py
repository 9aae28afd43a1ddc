"""The packs of a lot, planned or stated: which serials there are, and what their labels say."""

import json
from dataclasses import dataclass

from api.demonstration.mark import is_demonstration
from api.labelling.faces import Faces
from api.opened.ledger import OpenedLedger
from ledger.canonical import JsonValue
from ledger.errors import FormError, NotFoundError
from ledger.evidence.ancestry import making
from ledger.herbs.events import Event, parse_recorded_event
from ledger.herbs.identifiers import batch_key, code_of_uri
from ledger.statements.statement import parse_claim
from ledger.store.prints import plan_of

PACKING = "PACK_LABEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLot:
    """A lot of packs of `unit_g` each: as its packing stated it, or as it is planned.

    `registered` is the range of serials that the packing stated, None for what is only planned;
    `source` and `actor` are the plan's, "" where there was none.
    """

    uri: str
    code: str
    registered: range | None
    unit_g: int
    packed_g: int
    fields: tuple[tuple[str, str], ...]
    source: str = ""
    actor: str = ""

    @property
    def most(self) -> int:
        """How many packs the grams fill."""
        return self.packed_g // self.unit_g


def pack_lot(opened: OpenedLedger, uri: str) -> PackLot:
    """Return what the packing of a lot stated, else what is planned.

    Raises NotFoundError `unknown_code` for a lot with neither, FormError `bad_event` for a
    packing that states no range of codes, unit and mass.
    """
    plan = planned_lot(opened, uri)
    event = _packing(opened, uri)
    if event is None:
        if plan is None:
            raise NotFoundError("unknown_code", f"no packing of {uri} is recorded")
        return plan
    stated = event.elements.get("code_range")
    unit_g = event.elements.get("unit_g")
    packed_g = next((thing.mass_g for thing in event.outputs if thing.uri == uri), None)
    match stated:
        case {"first": int(first), "last": int(last)} if isinstance(unit_g, int) and unit_g:
            return PackLot(
                uri=uri,
                code=code_of_uri(uri),
                registered=range(first, last + 1),
                unit_g=unit_g,
                packed_g=packed_g or 0,
                fields=_fields(event.elements.get("label_fields")),
                source=plan.source if plan else "",
                actor=plan.actor if plan else "",
            )
    raise FormError("bad_event", f"the packing of {uri} registers no codes, unit and mass")


def planned_lot(opened: OpenedLedger, uri: str) -> PackLot | None:
    """What is planned for a pack lot, None without a plan."""
    row = plan_of(opened.store, uri)
    if row is None:
        return None
    plan = json.loads(row.plan)
    return PackLot(
        uri=uri,
        code=code_of_uri(uri),
        registered=None,
        unit_g=plan["unit_g"],
        packed_g=plan["packed_g"],
        fields=tuple((name, value) for name, value in plan["fields"]),
        source=row.source,
        actor=row.actor,
    )


def faces_of(opened: OpenedLedger, pack: PackLot) -> Faces:
    """What the labels of a lot's packs say, with the key of their codes."""
    return Faces(
        base_url=opened.settings.printed_base_url,
        code=pack.code,
        key=batch_key(opened.folder.secret(), pack.code),
        fields=pack.fields,
        demo=is_demonstration(opened.origin),
    )


def _packing(opened: OpenedLedger, uri: str) -> Event | None:
    with opened.store.reading() as reading:
        chain = reading.chains([uri]).get(uri, [])
        claims = {
            entry.index: parse_claim(entry.payload)
            for entry in reading.entries_at(chain)
            if entry.payload is not None
        }
    made = making(chain, uri, claims.get)
    event = None if made is None else parse_recorded_event(claims[made].body)
    return event if event is not None and event.kind == PACKING else None


def _fields(written: JsonValue) -> tuple[tuple[str, str], ...]:
    rows = written if isinstance(written, list) else []
    return tuple((str(row["name"]), str(row["value"])) for row in rows if isinstance(row, dict))
