"""RS1 双随机: who is inspected and by whom, drawn from a seed that was committed to before.

Anybody can draw again: every choice is the order of SHA-256 over the seed and a name. Rates a year
by grade of credit are those of the house rules. Source: 农产品质量安全法 47.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from math import ceil
from typing import Final, Literal, TypeAlias

from ledger.canonical import JsonObject, JsonValue, canonical_bytes
from ledger.errors import FormError

Grade: TypeAlias = Literal["A", "B", "C", "D"]
RATES: Final[Mapping[Grade, Fraction]] = {
    "A": Fraction(5, 100),
    "B": Fraction(10, 100),
    "C": Fraction(30, 100),
    "D": Fraction(1),
}
SEED_BYTES: Final = 32
TEAM: Final = 2  # an inspection is made by two officers
_ACTOR, _OFFICER = b"actor", b"officer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What a draw chooses from: the name of the draw, actors by grade, officers, conflicts.

    A conflict is (officer, actor): the officer has an interest there and never inspects it.
    """

    name: str
    actors: Mapping[str, Grade]
    officers: frozenset[str]
    conflicts: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One actor to inspect, and by whom; fewer than two officers where conflicts leave no more."""

    actor: str
    grade: Grade
    officers: tuple[str, ...]


def parse_roster(value: JsonValue) -> Roster:
    """Read `{"name", "actors": {actor: grade}, "officers": [..], "conflicts": [[officer, actor]]}`.

    Raises FormError `bad_body` naming what was expected.
    """
    if not isinstance(value, dict) or value.keys() - {"name", "actors", "officers", "conflicts"}:
        raise FormError("bad_body", "a roster has name, actors, officers and conflicts")
    name, actors = value.get("name"), value.get("actors")
    if not isinstance(name, str) or not name or not isinstance(actors, dict):
        raise FormError("bad_body", "a roster has a name, and actors with their grades")
    graded = {actor: grade for actor, grade in actors.items() if grade in RATES}
    if graded != actors:
        raise FormError("bad_body", f"grades are {', '.join(RATES)}")
    return Roster(
        name=name,
        actors=graded,  # type: ignore[arg-type]  # every grade was found among the rates
        officers=frozenset(_texts(value.get("officers", []))),
        conflicts=frozenset(_pairs(value.get("conflicts", []))),
    )


def commitment(seed: bytes) -> str:
    """What is published before the draw: SHA-256 of the seed, hex."""
    if len(seed) != SEED_BYTES:
        raise FormError("bad_body", f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
    return sha256(seed).hexdigest()


def roster_hash(roster: Roster) -> str:
    """SHA-256 of the roster in canonical JSON: published with the commitment, it fixes the list."""
    value: JsonObject = {
        "name": roster.name,
        "actors": {**roster.actors},
        "officers": [*sorted(roster.officers)],
        "conflicts": [list[JsonValue](pair) for pair in sorted(roster.conflicts)],
    }
    return sha256(canonical_bytes(value)).hexdigest()


def draw(roster: Roster, seed: bytes) -> list[Drawn]:
    """Draw from every grade its rate, rounded up; each drawn actor gets two officers.

    The same roster and seed give the same draw, in whatever order the roster was written.
    """
    commitment(seed)
    drawn = []
    for grade, rate in RATES.items():
        of_grade = [actor for actor, graded in roster.actors.items() if graded == grade]
        order = sorted(of_grade, key=lambda actor: _rank(seed, _ACTOR, roster.name, actor))
        for actor in order[: ceil(rate * len(of_grade))]:
            officers = _team(roster, seed, actor)
            drawn.append(Drawn(actor=actor, grade=grade, officers=officers))
    return drawn


def _team(roster: Roster, seed: bytes, actor: str) -> tuple[str, ...]:
    free = [officer for officer in roster.officers if (officer, actor) not in roster.conflicts]
    order = sorted(free, key=lambda officer: _rank(seed, _OFFICER, roster.name, actor, officer))
    return tuple(order[:TEAM])


def _rank(seed: bytes, what: bytes, *names: str) -> tuple[bytes, tuple[str, ...]]:
    """HMAC-SHA256 under the seed of the names, each behind its length."""
    parts = [name.encode() for name in names]
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(seed, what + b"\x00" + framed, sha256), names


def _texts(value: JsonValue) -> Iterable[str]:
    texts = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(texts) != len(value):
        raise FormError("bad_body", "expected a list of names")
    return texts


def _pairs(value: JsonValue) -> Iterable[tuple[str, str]]:
    for each in value if isinstance(value, list) else [None]:
        pair: Sequence[str] = [*_texts(each)] if each is not None else []
        if len(pair) != 2:  # noqa: PLR2004 — an officer and an actor
            raise FormError("bad_body", "a conflict is [officer, actor]")
        yield pair[0], pair[1]
