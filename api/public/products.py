"""Which trade items are packed here: what labels say of a GTIN, read as the log grows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

from api.opened.ledger import OpenedLedger
from api.public.harvests import herb_above
from ledger.errors import DaodiError
from ledger.evidence.make import follow
from ledger.herbs.check_digits import is_gtin, parse_gtin
from ledger.herbs.events import Event, parse_recorded_event
from ledger.seam import Reading
from ledger.statements.statement import parse_claim
from ledger.store.walks import leaves_of_kinds
from ledger.trace.aliases import company_prefix

PACKING: Final = "PACK_LABEL"
PART: Final = 2_000  # packings read with one snapshot
GTIN_FIELD: Final = "商品条码"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A trade item as its packer's newest label names it; `unit_g` is what a pack weighs.

    `gtin` is "" where a label has no bar code, or one whose check digit does not hold.
    """

    gtin: str
    actor: str
    lot: str
    herb: str
    drug: str
    unit_g: int
    packed_ms: int


class ProductBook:
    """Trade items of a ledger, kept up with its log. The first who asks waits for all packings."""

    def __init__(self, opened: OpenedLedger) -> None:
        self._opened = opened
        self._lock = Lock()
        self._size = 0
        self._packed: dict[str, Product] = {}
        self._newest: dict[tuple[str, str], Product] = {}

    def named(self, gtin: str) -> list[Product]:
        """What packers state under a GTIN of 14 digits, each packer's newest; the newest first.

        Where the registrar wrote down whose prefix it is, nobody else's labels count.
        """
        opened = self._opened
        follow(opened.store, opened.replica)
        with self._lock:
            self._read_on(opened.replica.size)
            found = [each for (number, _), each in self._newest.items() if number == gtin]
        owners = {
            actor.actor
            for actor in opened.replica.registry.actors.values()
            if (prefix := company_prefix(actor)) and gtin[1:].startswith(prefix)
        }
        counted = [each for each in found if not owners or each.actor in owners]
        return sorted(counted, key=lambda each: (-each.packed_ms, each.actor))

    def _read_on(self, size: int) -> None:
        opened = self._opened
        if size <= self._size:
            return
        leaves = leaves_of_kinds(opened.store, [PACKING], start=self._size)
        leaves = [leaf for leaf in leaves if leaf < size]
        for start in range(0, len(leaves), PART):
            with opened.store.reading() as reading:
                for entry in reading.entries_at(leaves[start : start + PART]):
                    self._take(reading, entry.payload or b"")
        self._size = size

    def _take(self, reading: Reading, payload: bytes) -> None:
        try:
            claim = parse_claim(payload)
            event = parse_recorded_event(claim.body)
        except DaodiError:  # a row changed behind our back: the audit's business
            return
        signer = self._opened.replica.registry.keys.get(claim.key)
        actor = signer.actor if signer else ""
        if event.corrects is not None:
            before = self._packed.get(event.corrects)
            if before is not None and before.actor == actor:
                self._right(event.corrects, claim.statement_id, before, event)
            return
        made = event.outputs[0].uri if event.outputs else ""
        if not made or made not in reading.things([made]):
            return
        herb = event.herb or herb_above(reading, made)
        product = Product(
            gtin=_gtin_of(event),
            actor=actor,
            lot=made,
            herb=herb.id if herb else event.herb_text or "",
            drug=event.text("drug") or "",
            unit_g=_grams(event),
            packed_ms=event.event_time_ms,
        )
        self._packed[claim.statement_id] = product
        self._note(product)

    def _right(self, corrected: str, by: str, before: Product, event: Event) -> None:
        """Give a packing the values that its own packer states afterwards."""
        righted = replace(
            before,
            gtin=_gtin_of(event) if "label_fields" in event.elements else before.gtin,
            drug=event.text("drug") or before.drug,
            unit_g=_grams(event) or before.unit_g,
        )
        self._packed[corrected] = self._packed[by] = righted
        if self._newest.get((before.gtin, before.actor)) == before:
            del self._newest[before.gtin, before.actor]
            for each in self._of(before.gtin, before.actor):
                self._note(each)
        self._note(righted)

    def _of(self, gtin: str, actor: str) -> Iterable[Product]:
        return (p for p in self._packed.values() if (p.gtin, p.actor) == (gtin, actor))

    def _note(self, product: Product) -> None:
        """Keep it if nothing newer of its packer has this GTIN."""
        key = product.gtin, product.actor
        known = self._newest.get(key)
        if product.gtin and (known is None or known.packed_ms <= product.packed_ms):
            self._newest[key] = product


def _gtin_of(event: Event) -> str:
    """The GTIN on a label as its 14 digits, "" without one."""
    fields = event.elements.get("label_fields")
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, dict) and field.get("name") == GTIN_FIELD:
            value = str(field.get("value") or "").strip()
            return parse_gtin(value) if is_gtin(value) else ""
    return ""


def _grams(event: Event) -> int:
    unit_g = event.elements.get("unit_g")
    return unit_g if isinstance(unit_g, int) else 0
