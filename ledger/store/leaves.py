"""What is read of leaves, whoever asks the database: audits' processes start without SQLAlchemy."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from ledger.log.leaves import subject_key
from ledger.seam import Entry

BATCH_ROWS: Final = 1_000  # rows fetched at a time on long walks: about 2 MB
NAMES_MAX: Final = 512  # names in one list: SQLite's oldest limit is 999 variables
_COLUMNS: Final = "leaf_index, leaf, statement_id, payload, signature"
ENTRIES: Final = (
    f"SELECT {_COLUMNS} FROM entry"  # noqa: S608 — own names
    " WHERE leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index LIMIT ?"
)
_ENTRIES_AT: Final = f"SELECT {_COLUMNS} FROM entry WHERE leaf_index ?…"  # noqa: S608 — own names
_CHAINS: Final = (
    "SELECT s.uri, c.leaf_index FROM subject AS s JOIN chain AS c ON c.subject_id = s.id"
    " WHERE s.subject_key ?… ORDER BY s.id, c.subject_seq"
)

Row = tuple[Any, ...]


class LeafReading(ABC):
    """Entries and chains of a ledger, whatever it is that asks the database."""

    @abstractmethod
    def ask(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Rows of a query of our own, in which `?` stands for each value."""

    @abstractmethod
    def ask_named(self, query: str, names: Sequence[Any]) -> list[Row]:
        """Rows of a query in which `?…` stands for any of these names, however many they are."""

    def entries(self, start: int, stop: int) -> Iterator[Entry]:
        """Entries of `start <= index < stop` in order of index, a batch in memory at a time."""
        while rows := self.ask(ENTRIES, (start, stop, BATCH_ROWS)):
            yield from map(entry_of, rows)
            if len(rows) < BATCH_ROWS:
                return
            start = rows[-1][0] + 1

    def entries_at(self, indices: Iterable[int]) -> list[Entry]:
        """Entries with these indices, in order of index; missing ones are left out."""
        rows = self.ask_named(_ENTRIES_AT, [*set(indices)])
        return sorted(map(entry_of, rows), key=lambda found: found.index)

    def chains(self, uris: Sequence[str]) -> dict[str, list[int]]:
        """Leaf indices of each subject's chain in order; subjects without a leaf are left out."""
        chains: dict[str, list[int]] = {}
        for uri, index in self.ask_named(_CHAINS, [*map(subject_key, uris)]):
            chains.setdefault(uri, []).append(index)
        return chains


class OwnReading(LeafReading):
    """Reads through a connection of its own; each question sees what is committed by then."""

    @abstractmethod
    def close(self) -> None:
        """Give the connection back."""


def entry_of(row: Sequence[Any]) -> Entry:
    """The entry of a row of `ENTRIES`."""
    index, leaf, statement_id, payload, signature = row
    return Entry(
        index=index,
        leaf=_bytes(leaf) or b"",
        statement_id=statement_id,
        payload=_bytes(payload),
        signature=_bytes(signature),
    )


def in_lists(query: str, names: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """A query for any of these names, as SQLite takes it: in parts, with a list in each."""
    for start in range(0, len(names), NAMES_MAX):
        part = names[start : start + NAMES_MAX]
        # Filled up to a power of two: the driver keeps a few queries prepared, not five hundred.
        width = 1 << (len(part) - 1).bit_length()
        marks = ",".join("?" * width)
        yield query.replace("?…", f"IN ({marks})"), [*part, *[part[-1]] * (width - len(part))]


def _bytes(value: object) -> bytes | None:
    """A column of bytes. SQLite holds what it is given: a damaged row may hold anything there."""
    return value if value is None or isinstance(value, bytes) else str(value).encode()
