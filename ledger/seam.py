"""What the corridors ask of a database: Protocols and the plain values that cross, nothing else."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, Self

import msgspec

from ledger.herbs.aliases import aliases_of
from ledger.herbs.events import Event
from ledger.log.leaves import EventLeaf
from ledger.rules.findings.kept import Kept
from ledger.rules.version import VERSION
from ledger.statements.sealed import Opening
from ledger.statements.statement import Claim


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the only truth: a leaf and, for event leaves, the signed statement behind it.

    A struct, like all that is made once for every row: that takes a quarter of the time.
    """

    index: int
    leaf: bytes
    statement_id: str | None = None
    payload: bytes | None = None
    signature: bytes | None = None


class Head(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a subject's chain stands: how many leaves, and the hash of the last."""

    count: int
    leaf_hash: bytes


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What projections read of an event: grams where it weighs a thing, None where not.

    `aliases` are other numbers of what it makes or is about, as (scheme, number).
    """

    kind: str
    time_ms: int
    herb: str
    name: str
    input_g: dict[str, int | None]
    output_g: dict[str, int | None]
    aliases: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, event: Event) -> Self:
        """Read it from an event of the trade."""
        return cls(
            kind=event.kind,
            time_ms=event.event_time_ms,
            herb=event.herb.id if event.herb else event.herb_text or "",
            name=event.display_name or "",
            input_g={thing.uri: thing.mass_g for thing in event.inputs},
            output_g={thing.uri: thing.mass_g for thing in event.outputs},
            aliases=aliases_of(event),
        )


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An event leaf with the statement it admits, as projections read it.

    `seqs` gives the statement's position on each of its chains; `meaning` is None for registry
    statements. Of an event's claim, body and payload are not read and may be empty.
    """

    leaf: EventLeaf
    leaf_hash: bytes
    claim: Claim
    seqs: Mapping[str, int]
    meaning: Meaning | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A second statement at a (key, number) already in the log: kept as evidence, never a leaf."""

    key: str
    seq: int
    statement_id: str
    payload: bytes
    signature: bytes
    received_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """A checkpoint that was served: its size and its signed note."""

    size: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A lot, crop or site as its making states it. `mass_g` is None where the making says none."""

    uri: str
    made_index: int
    kind: str
    herb: str
    name: str
    mass_g: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """So many grams of `parent` went into `child` by the statement at `index`."""

    parent: str
    child: str
    index: int
    mass_g: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Things on one side of a lot, nearest first, with their edges; whether that is all of them."""

    things: tuple[str, ...]
    edges: tuple[Edge, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How far judging is: leaves below `through` are judged, and what was due by `at_ms`.

    By rules of `version`, but for topics below `to_index` and findings of leaves below `to_judge`.
    """

    through: int
    at_ms: int
    version: int = VERSION
    to_index: int = 0
    to_judge: int = 0

    @property
    def is_ours(self) -> bool:
        """Whether this program's rules judged all of it, or nothing is judged yet."""
        if not self.through:
            return self.version <= VERSION
        return (self.version, self.to_index, self.to_judge) == (VERSION, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What one pass of judging changes, if the ledger still stands at `before`.

    `findings` replaces those of each scope in it, `due_ms` says when one is judged again; scopes in
    `findings` alone no longer wait. `untold` topics go, and with `outdated` what an older version
    found, but by the rules that it names.
    """

    before: Judged
    after: Judged
    topics: Sequence[tuple[str, int]] = ()
    findings: Mapping[str, Sequence[Kept]] = field(default_factory=dict)
    due_ms: Mapping[str, int] = field(default_factory=dict)
    untold: Sequence[tuple[str, int]] = ()
    outdated: AbstractSet[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Which findings are asked for. None asks for all; `standing` for those not lifted."""

    severity: str | None = None
    subjects: Sequence[str] | None = None
    standing: bool | None = None
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """By the statement at `index`, a thing has this other number. Schemes: `herbs.aliases`."""

    number: str
    uri: str
    scheme: str
    index: int


class EntryReading(Protocol):
    """Entries and chains of the ledger: all that examining a stretch of the log asks for."""

    def entries(self, start: int, stop: int) -> Iterator[Entry]:
        """Entries of `start <= index < stop` in order of index, whatever the table holds."""

    def entries_at(self, indices: Iterable[int]) -> list[Entry]:
        """Entries with these indices, in order of index; missing ones are left out."""

    def chains(self, uris: Sequence[str]) -> dict[str, list[int]]:
        """Leaf indices of each subject's chain in order; subjects without a leaf are left out."""


class Reading(EntryReading, Protocol):
    """One consistent snapshot of the ledger."""

    def size(self) -> int:
        """Leaves in the log."""

    def index_of(self, statement_ids: Sequence[str]) -> dict[str, int]:
        """Log index of each statement that is in the log."""

    def signed_head(self, *, covering: int | None = None) -> SignedHead | None:
        """Newest signed head, or the first one that covers the leaf at index `covering`."""

    def signed_heads(self) -> Iterator[SignedHead]:
        """Every signed head ever kept, by size."""

    def things(self, uris: Sequence[str]) -> dict[str, Thing]:
        """Those of the things whose making has arrived."""

    def ancestors(self, uri: str, *, limit: int) -> Lineage:
        """What the thing came from, by the makings that count."""

    def descendants(self, uri: str, *, limit: int) -> Lineage:
        """What was made of the thing, by the makings that count."""

    def aliased(self, number: str) -> list[Alias]:
        """What is stated under a number of other people's, in order of the log."""

    def openings(self, statement_ids: Sequence[str]) -> list[Opening]:
        """Openings of sealed values that have not been erased."""

    def opened(self, *, after: str, limit: int) -> list[str]:
        """Ids of statements with openings, in an order of the database's, from behind `after`."""

    def rivals(self) -> list[Rival]:
        """Statements kept as evidence of equivocation."""

    def recent_things(self, *, limit: int) -> list[Thing]:
        """Things made last, newest first."""

    def recent_entries(self, *, limit: int) -> list[Entry]:
        """Event entries recorded last, newest first."""

    def judged(self) -> Judged:
        """How far judging is."""

    def newest_leaf(self, uris: Sequence[str]) -> int | None:
        """Index of the newest leaf on any of these chains."""

    def topics(self, names: Sequence[str]) -> dict[str, list[int]]:
        """Leaf indices under each topic, in order; topics without any are left out."""

    def every_topic(self) -> Iterator[tuple[str, int]]:
        """Each topic with each leaf under it."""

    def topics_of_leaves(self, start: int, stop: int) -> set[tuple[str, int]]:
        """The same of these leaves; the whole index is read for it."""

    def kept_as(self, finding_ids: Sequence[str]) -> list[Kept]:
        """Findings with these ids."""

    def findings(self, asking: Asking) -> list[Kept]:
        """Findings once each, those raised first before the others."""

    def count_findings(self, asking: Asking) -> int:
        """How many `findings` are asked for, whatever the limit."""

    def waiting(self, due_ms: int, *, limit: int) -> list[str]:
        """Scopes that are due to be judged again by then, the oldest first."""

    def is_waiting(self, scope: str) -> bool:
        """Whether a scope is to be judged again, now or later."""

    def scanned(self, lots: Sequence[str]) -> dict[str, list[tuple[str, str, str, int]]]:
        """Counters of each lot's packs by the lot's code: (code, day, province, times)."""

    def complained(self, lots: Sequence[str]) -> dict[str, list[int]]:
        """When lots were complained of, in epoch milliseconds; the others are left out."""


class Writing(Reading, Protocol):
    """One transaction under the writer's lock; leaving it commits, an exception rolls back."""

    def heads(self, subject_keys: Sequence[bytes]) -> dict[bytes, Head]:
        """Heads of the chains that have a leaf."""

    def append(
        self, entries: Sequence[Entry], recorded: Sequence[Recorded], *, more: bool = False
    ) -> None:
        """Write entries and the projection rows that follow from them.

        With `more` the rest of the group is appended before anything else is asked: the database
        may work at these meanwhile, and what it refuses comes up with the rest.
        """

    def keep_openings(self, openings: Sequence[Opening]) -> None:
        """Keep the openings of sealed values."""

    def keep_rival(self, rival: Rival) -> None:
        """Keep a second statement at a number already taken; the same one twice is kept once."""

    def keep_signed_head(self, head: SignedHead) -> None:
        """Keep a signed head; after the commit it is also written to the guard."""


Difference = tuple[str, int | None, str]
"""A table, the leaf from which a row of it should follow or says to, and what differs."""

Standing = tuple[bytes, tuple[int, bytes]]
"""A subject's key, and its chain: how many leaves, and the hash of the last."""


class Agreement(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """On what terms a stretch's rows are those that follow from it.

    Each of `names`, the subject keys that its statements name in their order, has the number beside
    it in `numbers`; and none of the things `made` (subject keys) was made before.
    """

    names: list[bytes]
    numbers: list[int]
    made: list[bytes]


class StretchCheck(Protocol):
    """Compares what is projected from some leaves with what replay gives."""

    def agreement(self, recorded: Sequence[Recorded], start: int, stop: int) -> Agreement | None:
        """Terms on which all that follows from these leaves is stored and nothing else; or None."""


class ProjectionCheck(StretchCheck, Protocol):
    """Compares all that is projected with what replay gives, and says what differs."""

    def differences(
        self,
        recorded: Sequence[Recorded],
        start: int,
        stop: int,
        *,
        numbers: Mapping[bytes, int],
        made: AbstractSet[bytes],
    ) -> tuple[list[Difference], list[bytes]]:
        """Differences in what follows from these leaves, and the subject keys of what they made.

        Given are the numbers of all that they name, by subject key, and what was made before.
        """

    def subject_differences(
        self, heads: Iterable[Standing], name: Callable[[bytes], str]
    ) -> Iterator[Difference]:
        """Differences in subjects, given in the order of their numbers by subject key.

        `name` gives the URI of a subject key, for reasons.
        """

    def strays(self, size: int) -> list[Difference]:
        """Rows that claim to follow from leaves which a log of this size does not have."""


class Store(Protocol):
    """A database that holds one ledger."""

    def reading(self) -> AbstractContextManager[Reading]:
        """Open a snapshot."""

    def writing(self, subject_keys: Sequence[bytes] = ()) -> AbstractContextManager[Writing]:
        """Take the writer's lock. Raises RefusedRowError when the database refuses a row.

        The heads of these chains will be asked for: they are read with the lock.
        """

    def keep_verdicts(self, verdicts: Verdicts) -> bool:
        """Keep what a pass of judging found; False when another one was faster: nothing is kept."""

    def projection_check(self, reading: Reading) -> ProjectionCheck:
        """Start a comparison of every projection with replay."""

    def guarded_head(self) -> SignedHead | None:
        """Newest head that the guard outside the database remembers."""


class RefusedRowError(Exception):
    """The database refused a row of the group, which was rolled back whole."""


class OutcomeUnknownError(Exception):
    """The connection broke while a commit was under way: it may or may not have happened."""


class Progress(Protocol):
    """Told how far a long walk has come; rich's bars and tests fit it alike."""

    def __call__(self, done: int, total: int) -> None:
        """Take note that `done` of `total` steps are behind."""
