"""How much keys and actors recorded of late: one number each, folded over the log's own times.

A leaking bucket: the generic cell rate algorithm of ITU-T I.371. The number says until when what
was recorded is paid for, at so many a day; it may lie a week ahead. It follows from leaves alone,
so every server of a ledger reckons alike, and a restart forgets nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

DAY_US: Final = 86_400_000_000
# What was not used in a week is kept: whoever was without a network sends all of it at once.
DAYS_KEPT: Final = 7
DEPTH_US: Final = DAYS_KEPT * DAY_US
KEYS_WORTH: Final = 3  # of an actor, in measures of a key: one that runs wild leaves others room
PIECE_BYTES: Final = 2_048  # of a payload: a usual statement is one piece, a long report two
# Leaves of a chain from which on it is told who adds more: an honest lot's own chain has a dozen.
CROWDED: Final = 30

_MOST_US: Final = 2 * DEPTH_US  # nobody waits longer than a week

Changes = dict["Name", int]
Name = str | tuple[str, bytes]
"""A key id, an actor's URI, or an actor with the subject key of a crowded chain."""
ActorOf = Callable[[str], str | None]
"""The actor behind a key id; None for registrars, of whom nothing is counted."""


class Load:
    """What one group records: pieces by key, and by key and crowded chain."""

    __slots__ = ("crowding", "keys")

    def __init__(self) -> None:
        self.keys: dict[str, int] = {}
        self.crowding: dict[tuple[str, bytes], int] = {}

    def add(self, key: str, size_bytes: int, crowded: Sequence[bytes] = ()) -> None:
        """Count one statement; `crowded` are those of its chains that `is_crowded` tells of."""
        pieces = pieces_of(size_bytes)
        self.keys[key] = self.keys.get(key, 0) + pieces
        for chain in crowded:
            pair = (key, chain)
            self.crowding[pair] = self.crowding.get(pair, 0) + pieces


class Pace:
    """The numbers as of one size of the log. A measure of 0 a day is none: nothing is counted."""

    def __init__(self, *, per_key: int = 0, outside: int = 0) -> None:
        """`per_key` statements a day of one key; `outside` by who has no part in a chain, on it."""
        self._key_us = _interval(per_key)
        self._actor_us = _interval(per_key * KEYS_WORTH)
        self._outside_us = _interval(outside)
        self.counts: Final = bool(self._key_us or self._outside_us)
        self.outside_at_once: Final = outside * DAYS_KEPT
        self.forget()

    def forget(self) -> None:
        """Begin anew, before the log is read again from its first leaf."""
        self._until: Changes = {}
        self._crowders: frozenset[str] = frozenset()
        self._pruned_at = 1_024

    def charge(self, load: Load, actor_of: ActorOf, at_ms: int, changes: Changes) -> None:
        """Add to the changes what a group costs that was recorded at `at_ms`.

        What begins beyond the measure came past the door, by the operator's own command, and is
        not charged: the door would have refused it.
        """
        now_us = at_ms * 1_000
        for key, pieces in load.keys.items():
            actor = actor_of(key) if self._key_us else None
            if actor is not None:
                self._charge(changes, key, pieces * self._key_us, now_us)
                self._charge(changes, actor, pieces * self._actor_us, now_us)
        if load.crowding and self._outside_us:
            for (key, chain), pieces in load.crowding.items():
                actor = actor_of(key)
                if actor is not None:
                    self._charge(changes, (actor, chain), pieces * self._outside_us, now_us)

    def has_room(self, pieces: Mapping[str, int], actor_of: ActorOf, now_ms: int) -> bool:
        """Whether keys may record so much and none of them comes near a measure: quickly told."""
        now_us, all_us = now_ms * 1_000, sum(pieces.values()) * self._key_us
        limit_us = now_us + DEPTH_US - all_us
        find = self._until.get
        for key in pieces:
            actor = actor_of(key)
            if actor is not None and (
                find(key, 0) > limit_us or find(actor, 0) > limit_us or actor in self._crowders
            ):
                return False
        return all_us <= DEPTH_US

    def _charge(self, changes: Changes, name: Name, cost_us: int, now_us: int) -> None:
        until = changes.get(name) or self._until.get(name, 0)
        if until <= now_us + DEPTH_US:
            paid = (max(now_us, until)) + cost_us
            most = now_us + _MOST_US
            changes[name] = min(most, paid)

    def keep(self, changes: Mapping[Name, int], now_ms: int) -> None:
        """Make changes visible, and forget whoever has been quiet for long."""
        self._until.update(changes)
        if len(self._until) > self._pruned_at:
            self._until = {name: us for name, us in self._until.items() if us > now_ms * 1_000}
            self._pruned_at = 2 * len(self._until) + 1_024
        for name in changes:
            if type(name) is tuple and name[0] not in self._crowders:
                self._crowders |= {name[0]}

    def wait_us(self, name: Name, now_ms: int, changes: Mapping[Name, int]) -> int:
        """How long a name must wait until it may record again; 0 when it may now."""
        until = changes.get(name) or self._until.get(name, 0)
        return max(0, until - now_ms * 1_000 - DEPTH_US)

    def is_crowding(self, actor: str) -> bool:
        """Whether an actor wrote on any crowded chain since this process began."""
        return actor in self._crowders

    def used(self, now_ms: int) -> list[tuple[float, Name]]:
        """Names with the share of a week's measure that is used up, from 1 on nothing is left."""
        return [
            (paid_us / DEPTH_US, name)
            for name, until in [*self._until.items()]
            if (paid_us := until - now_ms * 1_000) > 0
        ]


def pieces_of(size_bytes: int) -> int:
    """What a statement weighs: one for each begun piece of its payload."""
    return 1 + (size_bytes - 1) // PIECE_BYTES


def is_crowded(leaves: int, size_bytes: int) -> bool:
    """Whether it is told who adds a statement of this size to a chain of so many leaves."""
    return leaves >= CROWDED or (leaves > 0 and size_bytes > PIECE_BYTES)


def _interval(per_day: int) -> int:
    """Microseconds that pay for one; 0 for no measure."""
    return -(-DAY_US // per_day) if per_day > 0 else 0
