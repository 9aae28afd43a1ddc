"""Drug codes beside packs, in and out as CSV: every bad row named, all rows or none.

A relation is an import's word that nobody signed, and whoever sees it is told so; a number that a
statement gives to a lot goes before it.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Final

from api.access import Caller
from api.codes import asked_of
from api.labelling.packs import pack_lot
from api.labelling.planning import batch_of
from api.opened.ledger import OpenedLedger
from labels.listing import plain_cell
from ledger.canonical import JsonValue
from ledger.errors import DaodiError, FormError, PrintingError, StoreError
from ledger.herbs.aliases import is_drug_code, normal_alias
from ledger.herbs.identifiers import batch_key, code_of_uri, grouped, unit_code
from ledger.store.relations import (
    RelationRow,
    add_relations,
    relations_by_number,
    relations_by_pack,
    relations_of,
)
from ledger.trace.aliases import things_named

HEAD: Final = ("包装编号", "药品追溯码")
ROWS_MAX: Final = 100_000
FAULTS_SHOWN: Final = 50
TRIES: Final = 3  # two imports at once are one too many already


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row as it was read: its number in the file, counted from 1, and its two cells."""

    row: int
    code: str
    number: str


def read_lines(raw: bytes) -> list[Line]:
    """The rows of a file; a row of names and empty rows are passed over. Raises FormError.

    UTF-8 with or without its mark, else GB 18030, as Chinese spreadsheets save it.
    """
    lines: list[Line] = []
    for at, cells in enumerate(_rows(_text(raw)), 1):
        plain = [cell.strip().removeprefix("'") for cell in cells]
        if not any(plain) or (at == 1 and any(name in plain for name in HEAD)):
            continue
        lines.append(Line(row=at, code=plain[0], number=plain[1] if len(plain) > 1 else ""))
    if not 1 <= len(lines) <= ROWS_MAX:
        raise FormError("bad_body", f"一个文件 1 到 {ROWS_MAX} 行，这里有 {len(lines)} 行")
    return lines


def _rows(text: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(StringIO(text, newline=""))
    except csv.Error as error:  # a cell of more than 128 KiB
        raise FormError("bad_body", f"不是一张表：{error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A pack's code and the number beside it; `stated` are the lots that statements give it to."""

    serial: int
    code: str
    number: str
    imported_ms: int
    stated: tuple[str, ...]


def relations_on(opened: OpenedLedger, lot: str, *, after: int, limit: int) -> list[Relation]:
    """A page of a lot's relations, with whatever a statement says against each."""
    code = code_of_uri(lot)
    key = batch_key(opened.folder.secret(), code)
    rows = relations_of(opened.store, lot, after=after, limit=limit)
    with opened.store.reading() as reading:
        stated = {
            row.number: things_named(reading, opened.replica.registry, row.number) for row in rows
        }
    return [
        Relation(
            serial=row.serial,
            code=unit_code(code, row.serial, key),
            number=row.number,
            imported_ms=row.imported_ms,
            stated=tuple(uri for uri in stated[row.number] if uri != lot),
        )
        for row in rows
    ]


def import_relations(
    opened: OpenedLedger,
    raw: bytes,
    actor: str,
    *,
    packer: Caller | None = None,
    tries: int = TRIES,
) -> int:
    """Keep what a file says; returns how many relations are new. With a `packer`, of its own packs.

    Raises FormError `bad_body` that names every bad row, StoreError `busy` where other imports came
    between each time; then nothing is kept.
    """
    lines = read_lines(raw)
    faults: dict[int, str] = {}
    rows: dict[int, RelationRow] = {}
    lots: dict[str, range] = {}
    for line in lines:
        try:
            rows[line.row] = _row(opened, line, actor, lots, packer)
        except DaodiError as error:
            faults[line.row] = error.message
    faults |= _contradictions(opened, rows)
    if faults:
        listed = [f"第 {row} 行：{why}" for row, why in sorted(faults.items())]
        shown: list[JsonValue] = [*listed]
        more = f"；还有 {len(listed) - FAULTS_SHOWN} 行" if len(listed) > FAULTS_SHOWN else ""
        raise FormError("bad_body", "；".join(listed[:FAULTS_SHOWN]) + more, rows=shown)
    known = {row.number for row in relations_by_number(opened.store, _numbers(rows.values()))}
    fresh = {row.number: row for row in rows.values() if row.number not in known}  # each row once
    if fresh and not add_relations(opened.store, [*fresh.values()]):
        # Another import came between: what it left speaks against these rows, or is the same.
        if tries == 1:
            raise StoreError("busy", "other imports came between")
        return import_relations(opened, raw, actor, packer=packer, tries=tries - 1)
    return len(fresh)


def export_relations(opened: OpenedLedger, lot: str) -> Iterator[bytes]:
    """The relations of a lot as CSV that spreadsheets open: UTF-8 with its mark, no formulas."""
    text = StringIO(newline="")
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    rows.writerow(HEAD)
    yield b"\xef\xbb\xbf"
    uri = asked_of(lot, opened).uri
    code = code_of_uri(uri)
    key = batch_key(opened.folder.secret(), code)
    for row in relations_of(opened.store, uri):
        cells = (grouped(unit_code(code, row.serial, key)), row.number)
        rows.writerow(plain_cell(cell) for cell in cells)
    yield text.getvalue().encode()


def _text(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FormError("not_utf8", "表格不是 UTF-8，也不是 GB 18030")


def _row(
    opened: OpenedLedger, line: Line, actor: str, lots: dict[str, range], packer: Caller | None
) -> RelationRow:
    """A row whose code is a registered pack and whose number has its form. Raises DaodiError."""
    if "E+" in line.number.upper():
        raise FormError("bad_code", "表格软件把追溯码改成了科学计数，请把这一列设成文本再存")
    if not is_drug_code(line.number):
        raise FormError("bad_code", f"“{line.number[:40]}”不是 20 位药品追溯码")
    try:
        asked = asked_of(line.code, opened)
    except DaodiError as error:
        raise FormError("bad_code", f"“{line.code[:60]}”不是这个平台的包装编号") from error
    if asked.serial is None:
        raise FormError("bad_code", f"“{line.code[:60]}”不是一件包装的编号")
    if asked.uri not in lots:
        lots[asked.uri] = _registered(opened, asked.uri, packer)
    if asked.serial not in lots[asked.uri]:
        raise FormError("bad_code", "这一件还没有登记")
    return RelationRow(
        number=normal_alias(line.number),
        lot=asked.uri,
        serial=asked.serial,
        actor=actor,
        imported_ms=opened.clock(),
    )


def _registered(opened: OpenedLedger, lot: str, packer: Caller | None) -> range:
    """The serials that a packing stated. Raises PrintingError `not_your_lot` of another's packs."""
    try:
        pack = batch_of(opened, lot, packer).pack if packer else pack_lot(opened, lot)
    except PrintingError as error:
        raise PrintingError(error.code, "不是本单位包装的") from error
    return pack.registered or range(0)


def _contradictions(opened: OpenedLedger, rows: dict[int, RelationRow]) -> dict[int, str]:
    """Rows that speak against each other, against what is kept, or against a statement."""
    faults: dict[int, str] = {}
    numbers = {
        row.number: row for row in relations_by_number(opened.store, _numbers(rows.values()))
    }
    packs = {
        (row.lot, row.serial): row
        for row in relations_by_pack(opened.store, [(row.lot, row.serial) for row in rows.values()])
    }
    with opened.store.reading() as reading:
        for at, row in rows.items():
            pack = (row.lot, row.serial)
            stated = things_named(reading, opened.replica.registry, row.number)
            if stated and stated != [row.lot]:
                faults[at] = "这个追溯码已由签名记录给了另一批"
            elif numbers.setdefault(row.number, row)[:3] != row[:3]:
                faults[at] = "这个追溯码已经对应另一件"
            elif packs.setdefault(pack, row).number != row.number:
                faults[at] = "这一件已经对应另一个追溯码"
    return faults


def _numbers(rows: Iterable[RelationRow]) -> list[str]:
    return [row.number for row in rows]
