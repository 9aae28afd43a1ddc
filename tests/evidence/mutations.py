"""Random changes of an evidence file: of its JSON, its bytes in base64, its text, its parts."""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from copy import deepcopy
from random import Random  # noqa: TID251 — seeded by the test: the same in every run
from typing import Any, Final

# Whatever JSON says: paths into it are followed without knowing their types.
Json = Any
Place = tuple[Json, str | int]

ODD: Final = (
    *(None, True, False, 0, 1, -1, 2, 1.5, 7.0, 2**31, 2**53, 2**64, 1e300),
    *("", "x", "0", "00", "AA==", "https://ledger.example/lot/x", "张", "\ud800", "ab" * 32),
    *([], {}, [0], ["x"], [["", ""]], {"x": 1}, {"payload": "{}", "sig": ""}),
)
SPELLINGS: Final = (
    (b": 1,", b": 1.0,"),
    (b"[1,", b"[1e0,"),
    (b"[0,", b"[-0,"),
    (b", 2,", b", 2.0,"),
    (b", 3]", b", 3E0]"),
    (b", 4,", b", 04,"),
    (b": {", b':\n{"x": 1, '),
    (b'"format"', b'"\\u0066ormat"'),
    (b'"openings": []', b'"openings": [], "openings": []'),
    (b'"nodes"', b'"nodes": [], "nodes"'),
    (b'"alg": "', b'"alg": "ES256", "alg": "'),
    (b"{", b"\xef\xbb\xbf{"),
    (b"}", b"} "),
    (b"}", b"},"),
    (b'"', b"'"),
    (b"e", b"\xff"),
    (b"[", b"[NaN, "),
    (b"[", b"[" * 3000),
)


def mutated(bundle: Json, other: Json, chance: Random) -> bytes:
    """The bundle's file with one to three changes; parts may come from another bundle."""
    changed = deepcopy(bundle)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        operation = chance.choice(OPERATIONS)
        operation(changed, other, chance)
    raw = json.dumps(changed, ensure_ascii=True).encode()
    if chance.random() < 0.1:
        old, new = chance.choice(SPELLINGS)
        places = raw.count(old)
        if places:
            raw = _replaced(raw, old, new, chance.randrange(places))
    return raw


def _replaced(raw: bytes, old: bytes, new: bytes, number: int) -> bytes:
    start = -1
    for _ in range(number + 1):
        start = raw.index(old, start + 1)
    return raw[:start] + new + raw[start + len(old) :]


def a_place(value: Json, chance: Random) -> Place | None:
    """A random place, deep ones as likely as shallow ones."""
    found: Place | None = None
    while isinstance(value, dict | list) and value:
        key = (
            chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
        )
        found = (value, key)
        value = value[key]
        if chance.random() < 0.25:
            break
    return found


def _replace(bundle: Json, _: Json, chance: Random) -> None:
    if place := a_place(bundle, chance):
        place[0][place[1]] = deepcopy(chance.choice(ODD))


def _remove(bundle: Json, _: Json, chance: Random) -> None:
    if place := a_place(bundle, chance):
        del place[0][place[1]]


def _add(bundle: Json, _: Json, chance: Random) -> None:
    place = a_place(bundle, chance)
    holder = place[0][place[1]] if place else bundle
    if isinstance(holder, dict):
        holder[chance.choice(("more", "0", "1", "uri", "ab" * 32, "é"))] = chance.choice(ODD)
    elif isinstance(holder, list):
        holder.insert(chance.randrange(len(holder) + 1), deepcopy(chance.choice(ODD)))


def _repeat_or_swap(bundle: Json, _: Json, chance: Random) -> None:
    place = a_place(bundle, chance)
    holder = place[0] if place else None
    if isinstance(holder, list) and chance.random() < 0.5:
        holder.append(deepcopy(chance.choice(holder)))
    elif isinstance(holder, list | dict) and len(holder) > 1:
        keys = list(range(len(holder))) if isinstance(holder, list) else list(holder)
        one, two = chance.sample(keys, 2)
        holder[one], holder[two] = holder[two], holder[one]


def _rename(bundle: Json, _: Json, chance: Random) -> None:
    place = a_place(bundle, chance)
    if place and isinstance(place[0], dict):
        holder, name = place
        holder[_nudged(str(name), chance)] = holder.pop(name)


def _nudge(bundle: Json, _: Json, chance: Random) -> None:
    """Change a number or a text a little."""
    place = a_place(bundle, chance)
    if not place:
        return
    value = place[0][place[1]]
    if isinstance(value, str):
        place[0][place[1]] = _nudged(value, chance)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        place[0][place[1]] = chance.choice((value + 1, value - 1, float(value), -value, str(value)))


def _nudged(text: str, chance: Random) -> str:
    at = chance.randrange(len(text) + 1)
    return chance.choice(
        (
            text[:at] + chance.choice("aA0+ \n=") + text[at:],
            text[:at] + text[at + 1 :],
            text[:at] + chance.choice("bB1/_-") + text[at + 1 :],
            text.upper(),
        )
    )


def _flip(bundle: Json, _: Json, chance: Random) -> None:
    """Flip a bit of bytes in base64, or let a byte go or come."""
    for _attempt in range(20):
        place = a_place(bundle, chance)
        value = place[0][place[1]] if place else None
        if not place or not isinstance(value, str) or not value:
            continue
        try:
            raw = bytearray(b64decode(value, validate=True))
        except (Base64Error, ValueError):
            continue
        if not raw:
            continue
        if chance.random() < 0.2:
            raw = raw[:-1] if chance.random() < 0.5 else raw + b"\0"
        else:
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        place[0][place[1]] = b64encode(raw).decode()
        return


def _withhold_leaf(bundle: Json, _: Json, chance: Random) -> None:
    """Leave a leaf out everywhere, with its proof and statement, as a server would."""
    leaves, proofs = bundle.get("leaves"), _inner(bundle, "log", "proofs")
    if not isinstance(leaves, dict) or not leaves:
        return
    index = chance.choice(list(leaves))
    del leaves[index]
    if isinstance(proofs, dict):
        proofs.pop(index, None)
    subjects = bundle.get("subjects")
    for subject in subjects if isinstance(subjects, list) else ():
        listed = subject.get("leaves") if isinstance(subject, dict) else None
        if isinstance(listed, list) and index.isascii() and index.isdigit():
            subject["leaves"] = [one for one in listed if one != int(index)]


def _borrow(bundle: Json, other: Json, chance: Random) -> None:
    """Take a part from another bundle, at its own place."""
    name = chance.choice(list(other))
    theirs, ours = other[name], bundle.get(name)
    if chance.random() < 0.3 or not isinstance(ours, dict | list) or not theirs:
        bundle[name] = deepcopy(theirs)
    elif isinstance(theirs, dict) and isinstance(ours, dict):
        key = chance.choice(list(theirs))
        ours[key] = deepcopy(theirs[key])
    elif isinstance(theirs, list) and isinstance(ours, list):
        ours.append(deepcopy(chance.choice(theirs)))


def _withhold_subject(bundle: Json, _: Json, chance: Random) -> None:
    subjects = bundle.get("subjects")
    if isinstance(subjects, list) and subjects:
        subjects.pop(chance.randrange(len(subjects)))


def _change_statement(bundle: Json, _: Json, chance: Random) -> None:
    statements = bundle.get("statements")
    if not isinstance(statements, dict) or not statements:
        return
    entry = chance.choice(list(statements.values()))
    if isinstance(entry, dict) and isinstance(entry.get("payload"), str):
        entry["payload"] = _nudged(entry["payload"], chance)


def _inner(bundle: Json, *names: str) -> Json:
    for name in names:
        bundle = bundle.get(name) if isinstance(bundle, dict) else None
    return bundle


OPERATIONS: Final[tuple[Callable[[Json, Json, Random], None], ...]] = (
    _replace,
    _remove,
    _add,
    _repeat_or_swap,
    _rename,
    _nudge,
    _flip,
    _flip,
    _withhold_leaf,
    _borrow,
    _withhold_subject,
    _change_statement,
)
