"""The evidence of a thing written out, a page at a time: checkpoint, chains, statements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeVar

from api.answers.pages import Display
from api.opened.ledger import OpenedLedger
from api.public.proof.bundle import Bundle, Subject, hex_of, parse_bundle
from api.public.proof.chains import ChainShown, chain_of
from api.public.proof.noted import Noted, noted
from api.public.proof.stated import LeafShown, StatementShown, state_of, statement_of
from ledger.evidence.make import make_evidence
from ledger.log.leaves import EventLeaf, parse_leaf
from ledger.statements.chains import RESERVED_PREFIXES
from ledger.statements.envelope import decode_base64
from ledger.trace.trace import Trace

# So much of either stands on one page, in bytes as they travel: what hashes and payloads leave of
# themselves to gzip. Sixty steps with all their signers are one page; with its frame it stays under
# 150 KB. The largest statement alone has half of that.
CHAINS_BYTES: Final = 50_000
STATEMENTS_BYTES: Final = 80_000
HASH_BYTES: Final = 40  # 32 that are as good as chance, written in hex, as gzip leaves them
PAYLOAD_SHARE: Final = 3  # of a payload, gzip leaves a third
GROUPS: Final = ("这一批和它的来历", "别的单位写的记录", "谁有资格签名")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Statements of one sort that stand on this page."""

    name: str
    statements: tuple[StatementShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One page of the evidence of a thing; `counts` are all its chains and all its statements.

    `nodes` are those that the leaves of this page need, by their number in the file.
    """

    noted: Noted
    state: LeafShown
    map_root: str
    chains: tuple[ChainShown, ...]
    groups: tuple[Group, ...]
    nodes: tuple[tuple[int, str], ...]
    counts: tuple[int, int]
    number: int
    last: int


def write_out(found: Trace, opened: OpenedLedger, display: Display, *, number: int) -> Written:
    """Make the evidence that anybody may download, and write its page of that number out.

    Raises NotFoundError and CannotCheckError as `make_evidence` does. Sealed values are not in it.
    """
    bundle = parse_bundle(make_evidence(opened.store, opened.replica, found.asked.uri))
    registry, settings = opened.replica.registry, opened.settings
    told = _told(bundle, found)
    chains = _parted(bundle.subjects, CHAINS_BYTES, _chain_weight)
    statements = _parted(told, STATEMENTS_BYTES, lambda one: _weight(one[1], bundle))
    last = max(len(chains), len(statements))
    number = min(max(number, 1), last)
    groups = tuple(
        Group(
            name=display.say(GROUPS[group]),
            statements=tuple(statement_of(leaf, bundle, registry, display) for _, leaf in members),
        )
        for group, members in groupby(_nth(statements, number), key=lambda one: one[0])
    )
    state, map_root = state_of(bundle, display)
    leaves = [state, *(one.leaf for group in groups for one in group.statements)]
    needed = sorted({node for leaf in leaves for node in leaf.nodes})
    return Written(
        noted=noted(
            bundle.checkpoint,
            log_keys=registry.log_keys,
            witnesses=settings.witnesses.split(),
            quorum=settings.witness_quorum,
            display=display,
        ),
        state=state,
        map_root=map_root,
        chains=tuple(
            chain_of(subject, bundle, registry.actors, display) for subject in _nth(chains, number)
        ),
        groups=groups,
        nodes=tuple((node, hex_of(bundle.log.nodes[node])) for node in needed),
        counts=(len(bundle.subjects), len(told)),
        number=number,
        last=last,
    )


def _told(bundle: Bundle, found: Trace) -> list[tuple[int, EventLeaf]]:
    """Group and leaf: a thing's own first, then strangers', then who may sign."""
    own = {
        index
        for subject in bundle.subjects
        if not subject.uri.startswith(RESERVED_PREFIXES)
        for index in subject.leaves
    }
    told = []
    for text in bundle.leaves.values():
        leaf = parse_leaf(decode_base64(text))
        if isinstance(leaf, EventLeaf):
            is_strange = leaf.statement_id.hex() in found.outside
            told.append((int(is_strange) if leaf.index in own else len(GROUPS) - 1, leaf))
    return sorted(told, key=lambda one: (one[0], one[1].index))


def _chain_weight(subject: Subject) -> int:
    hashes = 2 * len(subject.map.bucket) + sum(map(bool, subject.map.siblings)) + 3
    return HASH_BYTES * hashes


def _weight(leaf: EventLeaf, bundle: Bundle) -> int:
    proof = len(bundle.log.nodes) // len(bundle.leaves) + 1
    hashes = 8 + 2 * len(leaf.links) + proof
    payload = bundle.statements[leaf.statement_id.hex()].payload
    return HASH_BYTES * hashes + len(payload) // PAYLOAD_SHARE


def _parted(told: Sequence[T], most: int, weigh: Callable[[T], int]) -> list[list[T]]:
    """In pages of at most so many bytes; what alone is more has a page of its own."""
    pages: list[list[T]] = []
    weight = 0
    for one in told:
        heavy = weigh(one)
        if not pages or weight + heavy > most:
            pages.append([])
            weight = 0
        pages[-1].append(one)
        weight += heavy
    return pages


def _nth(pages: Sequence[Sequence[T]], number: int) -> Sequence[T]:
    return pages[number - 1] if number <= len(pages) else ()
