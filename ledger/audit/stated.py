"""Keys as statements state them: bytes and algorithm by key id, which is the hash of the bytes.

So a false one helps nobody. Whether a key was in force when it signed is judged by the replay.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Final

import msgspec

from ledger.errors import DaodiError
from ledger.seam import Entry, EntryReading
from ledger.statements.chains import key_uri, ledger_uri
from ledger.statements.envelope import decode_base64
from ledger.statements.keys import PublicKey, parse_public_key
from ledger.statements.statement import EVENT

FindKey = Callable[[str], PublicKey | None]
KEYS_MAX: Final = 10_000  # a process remembers so many, some 1 KB each


class _Registrar(msgspec.Struct):
    alg: str
    kid: str
    spki: str


class _Body(msgspec.Struct):
    alg: str = ""
    kid: str = ""
    spki: str = ""
    registrar: _Registrar | None = None


class _Stating(msgspec.Struct):
    ledger: str
    kind: str
    body: msgspec.Raw


_statement: Final = msgspec.json.Decoder(_Stating)
_body: Final = msgspec.json.Decoder(_Body)


class StatedKeys:
    """Keys by their ids, as far as statements taken in have stated them; the first one counts."""

    def __init__(self) -> None:
        self._keys: dict[str, PublicKey] = {}

    def take(self, payloads: Iterable[bytes | None]) -> None:
        """Take in what these statements state."""
        for kid, alg, spki in _stated(payloads):
            if kid not in self._keys:
                try:
                    self._keys[kid] = parse_public_key(alg, spki)
                except DaodiError:
                    continue  # examining what it signed says that the key is not known

    def find(self, kid: str) -> PublicKey | None:
        """The key with this id, or None."""
        return self._keys.get(kid)


class FoundKeys:
    """Keys by their ids, looked up in a ledger by their chains and remembered.

    For whoever examines a few entries from the middle of the log. The chains are projections: of
    a key that they do not lead to nothing is said here, and the replay looks for itself.
    """

    def __init__(self) -> None:
        self._known: dict[str, PublicKey] = {}

    def finder(self, reading: EntryReading) -> FindKey:
        """A function that looks keys up in this snapshot."""

        def find(kid: str) -> PublicKey | None:
            found = self._known.get(kid)
            if found is None:
                found = _look_up(kid, reading)
                if found is not None and len(self._known) < KEYS_MAX:
                    self._known[kid] = found
            return found

        return find


def _look_up(kid: str, reading: EntryReading) -> PublicKey | None:
    """A device's key by its enrolment, with which its chain begins; a root's by the ledger's."""
    stated = StatedKeys()
    for indices in reading.chains([key_uri(kid)]).values():
        stated.take(entry.payload for entry in reading.entries_at(indices[:1]))
    if stated.find(kid) is None:
        for uri in _ledger_chain(reading.entries_at([0])):
            for indices in reading.chains([uri]).values():
                stated.take(entry.payload for entry in reading.entries_at(indices))
    return stated.find(kid)


def _ledger_chain(first: Iterable[Entry]) -> Iterator[str]:
    for entry in first:
        try:
            yield ledger_uri(_statement.decode(entry.payload or b"").ledger)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue  # a damaged genesis: the replay says so


def _stated(payloads: Iterable[bytes | None]) -> Iterator[tuple[str, str, bytes]]:
    for payload in payloads:
        try:
            found = _statement.decode(payload or b"")
            if found.kind == EVENT:
                continue
            body = _body.decode(found.body)
            key = body.registrar or body
            spki = decode_base64(key.spki)
        except (msgspec.MsgspecError, DaodiError, UnicodeDecodeError):
            continue  # examining the entry itself says what is wrong with it
        if sha256(spki).hexdigest() == key.kid:
            yield key.kid, key.alg, spki
