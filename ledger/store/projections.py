"""What follows from the log, as rows: a pure fold that appending, rebuilding and auditing share."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ledger.herbs.aliases import base_code_of
from ledger.log.leaves import NO_PREVIOUS
from ledger.seam import Recorded
from ledger.statements.statement import OUT
from ledger.store.leaves import Row

SITE_REGISTER = "site.register"
SITE_KINDS: Final = frozenset({SITE_REGISTER, "site.amend"})


# Of the tables whose rows name the leaf that they follow from, in the order of their columns.
COLUMNS: Final = {
    "statement": (
        "leaf_index", "key_id", "key_seq", "kind", "event_kind", "event_ms", "admitted_ms",
    ),
    "chain": ("subject_id", "subject_seq", "leaf_index"),
    "thing": ("subject_id", "leaf_index", "kind", "herb", "name", "mass_g"),
    "edge": ("child_id", "parent_id", "leaf_index", "mass_g"),
    "alias": ("number", "subject_id", "scheme", "leaf_index"),
}  # fmt: skip
SUBJECT_COLUMNS: Final = frozenset({"subject_id", "child_id", "parent_id"})  # subjects' numbers


@dataclass(slots=True)
class SubjectRow:
    """A chain as the fold knows it; `count` is 0 for a thing that is named but has no leaf yet."""

    number: int
    uri: str
    count: int
    head_hash: bytes


@dataclass(slots=True)
class Rows:
    """Rows that one group adds, their values in the order of `COLUMNS`."""

    statement: list[Row] = field(default_factory=list)
    chain: list[Row] = field(default_factory=list)
    thing: list[Row] = field(default_factory=list)
    edge: list[Row] = field(default_factory=list)
    alias: list[Row] = field(default_factory=list)


class Fold:
    """Folds recorded statements into rows, given what is known of their subjects and things.

    `subjects` maps URIs to rows; `made` holds the URIs of things whose making has arrived. Both
    must be complete for the URIs that the group names, and are kept up to date.
    """

    def __init__(self, subjects: dict[str, SubjectRow], made: set[str], next_number: int) -> None:
        self.subjects = subjects
        self.made = made
        self.next_number = next_number
        self.rows = Rows()
        self.new: list[SubjectRow] = []
        self.moved: dict[str, SubjectRow] = {}

    def take(self, recorded: Recorded) -> None:
        """Add the rows of one statement."""
        leaf, claim, meaning = recorded.leaf, recorded.claim, recorded.meaning
        self.rows.statement.append(
            (
                leaf.index,
                claim.key,
                claim.seq,
                claim.kind,
                meaning.kind if meaning else "",
                meaning.time_ms if meaning else None,
                leaf.admitted_ms,
            )
        )
        for uri in claim.subjects:
            row = self._subject(uri)
            row.count = recorded.seqs[uri] + 1
            row.head_hash = recorded.leaf_hash
            self.moved[uri] = row
            self.rows.chain.append((row.number, row.count - 1, leaf.index))
        for uri in claim.inputs:
            self._subject(uri)
        self._take_makings(recorded)
        self._take_aliases(recorded)

    def take_rows(self) -> Rows:
        """The rows since the last call."""
        rows, self.rows = self.rows, Rows()
        return rows

    def _subject(self, uri: str) -> SubjectRow:
        row = self.subjects.get(uri)
        if row is None:
            row = SubjectRow(self.next_number, uri, 0, NO_PREVIOUS)
            self.next_number += 1
            self.subjects[uri] = row
            self.new.append(row)
        return row

    def _take_aliases(self, recorded: Recorded) -> None:
        """Numbers stand for what the statement makes, else for that on whose own chain it is."""
        aliases = _aliases(recorded)
        if not aliases:
            return
        claim = recorded.claim
        for uri in claim.outputs or [uri for uri in claim.subjects if not uri.endswith(OUT)]:
            number = self.subjects[uri].number
            for scheme, text in aliases:
                self.rows.alias.append((text, number, scheme, recorded.leaf.index))

    def _take_makings(self, recorded: Recorded) -> None:
        for uri, kind, herb, name, mass_g in _makings(recorded):
            if uri in self.made:
                continue  # the first making counts; a later one is a conflict that traces show
            self.made.add(uri)
            number = self.subjects[uri].number
            self.rows.thing.append((number, recorded.leaf.index, kind, herb, name, mass_g))
            for parent, parent_mass_g in _input_masses(recorded, uri):
                self.rows.edge.append(
                    (
                        number,
                        self.subjects[parent].number,
                        recorded.leaf.index,
                        parent_mass_g,
                    )
                )


def _aliases(recorded: Recorded) -> tuple[tuple[str, str], ...]:
    """Other numbers that a statement gives, as (scheme, number)."""
    if recorded.meaning is not None:
        return recorded.meaning.aliases
    found = base_code_of(recorded.claim.body) if recorded.claim.kind in SITE_KINDS else ""
    return (("base", found),) if found else ()


def named_uris(group: Iterable[Recorded]) -> set[str]:
    """Every URI of which the fold must know whether it stands already."""
    return {uri for recorded in group for uri in (*recorded.claim.subjects, *recorded.claim.inputs)}


def named_in_order(recorded: Iterable[Recorded]) -> list[str]:
    """URIs in the order in which the fold meets them: that is the order of their numbers."""
    names: dict[str, None] = {}
    for one in recorded:
        names.update(dict.fromkeys(one.claim.subjects))
        names.update(dict.fromkeys(one.claim.inputs))
    return [*names]


def _makings(recorded: Recorded) -> Iterator[tuple[str, str, str, str, int | None]]:
    claim, meaning = recorded.claim, recorded.meaning
    if claim.kind == SITE_REGISTER:
        site = str(claim.body["site"])
        yield site, "site", "", str(claim.body.get("name", "")), None
    elif meaning is not None:
        for uri in claim.outputs:
            yield uri, thing_kind(uri), meaning.herb, meaning.name, meaning.output_g.get(uri)


def _input_masses(recorded: Recorded, child: str) -> Iterator[tuple[str, int | None]]:
    """Each input with the grams of it that went into `child`.

    A statement that makes several things says only what went in altogether: the share of each is
    by the weight of the things made, rounded down.
    """
    claim, meaning = recorded.claim, recorded.meaning
    if meaning is None:
        return
    whole = len(claim.outputs) == 1
    made_g = 0 if whole else sum(meaning.output_g.get(uri) or 0 for uri in claim.outputs)
    for parent in claim.inputs:
        mass_g = meaning.input_g.get(parent)
        if mass_g is not None and not whole:
            share = meaning.output_g.get(child)
            mass_g = mass_g * share // made_g if share and made_g else None
        yield parent, mass_g


_KIND: Final = re.compile(r"[^:]+:(?://[^/?#]*)?/*(lot|crop|site)(?:[/?#]|$)")


def thing_kind(uri: str) -> str:
    """What a URI names by the first step of its path: lot, crop, site, or thing."""
    found = _KIND.match(uri)
    return found[1] if found else "thing"
