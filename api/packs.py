"""The packs of a lot: which codes may still be printed for it, and what each label says."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.demonstration.mark import is_demonstration
from api.opened import OpenedLedger
from labels.layout import Label
from ledger.canonical import JsonValue
from ledger.errors import FormError, NotFoundError
from ledger.evidence.ancestry import making
from ledger.herbs.events import Event, parse_recorded_event
from ledger.herbs.identifiers import CODE_LENGTH, batch_key, code_of_uri, grouped, unit_code
from ledger.statements.statement import parse_claim

PACKING = "PACK_LABEL"
TITLE = "品名"
NOTICE = "声明"  # said by the demonstration mark instead


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLot:
    """A lot of packs as its packing registered it: serials `first` to `last`, each `unit_g`."""

    uri: str
    code: str
    first: int
    last: int
    unit_g: int
    packed_g: int
    fields: tuple[tuple[str, str], ...]


def pack_lot(opened: OpenedLedger, uri: str) -> PackLot:
    """Return what the packing of a lot registered.

    Raises NotFoundError `unknown_code` for a lot without a packing, FormError `bad_event` for a
    packing that registers no range of codes, unit and mass.
    """
    event = _packing(opened, uri)
    registered = event.elements.get("code_range")
    unit_g = event.elements.get("unit_g")
    packed_g = next((thing.mass_g for thing in event.outputs if thing.uri == uri), None)
    match registered:
        case {"first": int(first), "last": int(last)} if isinstance(unit_g, int) and packed_g:
            return PackLot(
                uri=uri,
                code=code_of_uri(uri),
                first=first,
                last=last,
                unit_g=unit_g,
                packed_g=packed_g,
                fields=_fields(event.elements.get("label_fields")),
            )
    raise FormError("bad_event", f"the packing of {uri} registers no codes, unit and mass")


def labels_of(
    opened: OpenedLedger, pack: PackLot, *, first: int | None = None, count: int
) -> Iterator[tuple[int, Label]]:
    """Serials with their labels. Raises FormError `bad_quantity` when more are asked than packed.

    The first serial is that of the registered range unless `first` says another.
    """
    start = pack.first if first is None else first
    if not (pack.first <= start and start + count - 1 <= pack.last):
        raise FormError(
            "bad_quantity",
            f"serials {start} to {start + count - 1} are not within {pack.first} to {pack.last}",
        )
    if count * pack.unit_g > pack.packed_g:
        raise FormError(
            "bad_quantity",
            f"{count} packs of {pack.unit_g} g are more than the {pack.packed_g} g packed",
        )
    key = batch_key(opened.folder.secret(), pack.code)
    serials = range(start, start + count)
    return ((n, _label(opened, pack, unit_code(pack.code, n, key))) for n in serials)


def printed_link(base_url: str, code: str) -> str:
    """Return the link in a pack's symbol.

    All in capitals where only host and code are in it: then the symbol is a third smaller.
    """
    _, _, rest = base_url.partition("://")
    if "/" in rest:
        return f"{base_url}/t/{code}"
    return f"{base_url}/t/{code}".upper()


def _packing(opened: OpenedLedger, uri: str) -> Event:
    with opened.store.reading() as reading:
        chain = reading.chains([uri]).get(uri, [])
        claims = {
            entry.index: parse_claim(entry.payload)
            for entry in reading.entries_at(chain)
            if entry.payload is not None
        }
    made = making(chain, uri, claims.get)
    event = None if made is None else parse_recorded_event(claims[made].body)
    if event is None or event.kind != PACKING:
        raise NotFoundError("unknown_code", f"no packing of {uri} is recorded")
    return event


def _fields(written: JsonValue) -> tuple[tuple[str, str], ...]:
    rows = written if isinstance(written, list) else []
    return tuple((str(row["name"]), str(row["value"])) for row in rows if isinstance(row, dict))


def _label(opened: OpenedLedger, pack: PackLot, code: str) -> Label:
    titles = [value for name, value in pack.fields if name == TITLE]
    return Label(
        url=printed_link(opened.settings.printed_base_url, code),
        code_lines=(grouped(code[:CODE_LENGTH]), grouped(code[CODE_LENGTH:])),
        fields=tuple(pair for pair in pack.fields if pair[0] not in {TITLE, NOTICE}),
        title=titles[0] if titles else "",
        demo=is_demonstration(opened.origin),
    )
