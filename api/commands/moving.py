"""`daodi export` and `daodi import`: envelopes as NDJSON, in order of the log."""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import BinaryIO, Final, TextIO

import click

from api.commands.exits import NO, YES
from api.commands.opening import open_ledger, open_store
from api.commands.options import json_option, ledger_options, print_json, progress_bar, say
from api.opened.ledger import Clock, OpenedLedger
from api.settings import Settings
from api.verifying.pool import Verifiers
from ledger.canonical import JsonObject, JsonValue, parse_json
from ledger.errors import DaodiError, FormError
from ledger.register.door import STATEMENTS_MAX, Parcel, parse_parcel
from ledger.register.group import Outcome
from ledger.seam import Entry, Progress, Reading
from ledger.statements.envelope import Envelope, format_envelope
from ledger.statements.statement import parse_claim

REFUSED_NAMED: Final = 10_000
LINE_BYTES_MAX: Final = 1024 * 1024  # an envelope of 32 KiB with a hundred openings


@dataclass(slots=True)
class _Count:
    """What became of the lines so far."""

    recorded: int = 0
    again: int = 0
    refusals: int = 0
    refused: list[tuple[int, DaodiError]] = field(default_factory=list)

    def refuse(self, number: int, error: DaodiError) -> None:
        """Count a refused line. The first are named: a file of nothing else has no end."""
        self.refusals += 1
        if len(self.refused) < REFUSED_NAMED:
            self.refused.append((number, error))


@click.command()
@click.option("--out", type=click.File("w", encoding="utf-8"), default="-", help="Default: stdout.")
@click.option("--openings", is_flag=True, help="Add the sealed values that are still open.")
@ledger_options
def export(*, settings: Settings, out: TextIO, openings: bool) -> None:
    """Write every envelope as a line of JSON, in order of the log."""
    store = open_store(settings)
    with store.reading() as reading, progress_bar("导出") as progress:
        size = reading.size()
        for entry in reading.entries(0, size):
            if entry.payload is not None:
                line = _line(entry, reading, openings=openings)
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
            progress(entry.index + 1, size)


@click.command("import")
@click.argument("file", type=click.File("rb"))
@json_option
@ledger_options
@click.pass_obj
@click.pass_context
def import_(
    context: click.Context, clock: Clock, *, settings: Settings, file: BinaryIO, as_json: bool
) -> None:
    """Record the envelopes of FILE (or -), a line each; refused lines are named, the rest is kept.

    What is in the log already is passed over. Times of recording are new: to move a ledger
    with its times, use backup and restore.
    """
    opened = open_ledger(settings, clock)
    count = _Count()
    with progress_bar("导入") as progress:
        _record_all(opened, file, count, progress)
    count.refused.sort(key=lambda refused: refused[0])
    for number, error in count.refused:
        sentence = f"第 {number} 行：{error.sentence_cn} [{error.code}] {error.message}"
        say(sentence, err=True)
    if as_json:
        print_json(_format(count))
    else:
        click.echo(f"记录 {count.recorded}，已有 {count.again}，拒绝 {count.refusals}")
    context.exit(NO if count.refusals else YES)


def _line(entry: Entry, reading: Reading, *, openings: bool) -> JsonObject:
    assert entry.payload is not None
    assert entry.signature is not None
    assert entry.statement_id is not None
    envelope = Envelope(payload=entry.payload, signature=entry.signature)
    line = format_envelope(envelope, key_id=parse_claim(entry.payload).key)
    opened: list[JsonValue] = []
    if openings:
        opened.extend(
            {"name": one.name, "salt": one.salt, "value": one.value}
            for one in reading.openings([entry.statement_id])
        )
    return line | ({"openings": opened} if opened else {})


def _batches(file: BinaryIO) -> Iterator[list[tuple[int, bytes]]]:
    """Lines with their numbers, as many at a time as one group holds; empty lines are skipped."""
    batch: list[tuple[int, bytes]] = []
    number = 0
    while line := file.readline(LINE_BYTES_MAX):
        number += 1
        if line.strip():
            batch.append((number, line))
        if len(batch) == STATEMENTS_MAX:
            yield batch
            batch = []
    if batch:
        yield batch


def _record_all(opened: OpenedLedger, file: BinaryIO, count: _Count, progress: Progress) -> None:
    """Record batch after batch; while one is recorded, the next is verified."""
    numbered: deque[list[int]] = deque()
    done = 0
    with closing(Verifiers(opened.register)) as verifiers:
        batches = (_parcels(lines, numbered, count) for lines in _batches(file))
        for candidates in verifiers.ahead(batches):
            outcomes = opened.register.record(candidates, now_ms=opened.clock())
            for number, outcome in zip(numbered.popleft(), outcomes, strict=True):
                _tally(count, number, outcome)
                done = number
            progress(done, done)


def _parcels(
    lines: list[tuple[int, bytes]], numbered: deque[list[int]], count: _Count
) -> list[Parcel]:
    """The parcels of a batch, whose lines' numbers are added to `numbered`."""
    numbers: list[int] = []
    parcels: list[Parcel] = []
    for number, line in lines:
        try:
            if not line.endswith(b"\n") and len(line) == LINE_BYTES_MAX:
                raise FormError("too_large", f"a line has at most {LINE_BYTES_MAX} bytes")
            parcels.append(parse_parcel(parse_json(line)))
            numbers.append(number)
        except DaodiError as error:
            count.refuse(number, error)
    numbered.append(numbers)
    return parcels


def _tally(count: _Count, number: int, outcome: Outcome) -> None:
    if isinstance(outcome, DaodiError):
        count.refuse(number, outcome)
    elif outcome.again:
        count.again += 1
    else:
        count.recorded += 1


def _format(count: _Count) -> JsonObject:
    told: JsonObject = {
        "recorded": count.recorded,
        "again": count.again,
        "refused": [
            {"line": number, "code": error.code, "message": error.message}
            for number, error in count.refused
        ],
    }
    unnamed = count.refusals - len(count.refused)
    return told | {"unnamed": unnamed} if unnamed else told
