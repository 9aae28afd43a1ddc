"""What a process needs besides tables to run a ledger: its notes signed, its statements found."""

from collections.abc import Callable, Sequence

from ledger.herbs.events import parse_recorded_event
from ledger.log.checkpoint import Checkpoint, Note, NoteSignature, format_checkpoint, format_note
from ledger.log.leaves import EventLeaf, subject_key
from ledger.seam import Entry, Meaning, Recorded
from ledger.statements.keys import PrivateKey, note_vkey, sign_note_line
from ledger.statements.statement import EVENT, Claim, parse_claim
from ledger.store.database import SqlStore


def sign_head(keys: Sequence[PrivateKey]) -> Callable[[Checkpoint], str]:
    """A function that signs a checkpoint as a note, one line for each of the log's keys."""

    def sign(checkpoint: Checkpoint) -> str:
        return sign_text(keys, checkpoint.origin, format_checkpoint(checkpoint))

    return sign


def sign_text(keys: Sequence[PrivateKey], origin: str, text: str) -> str:
    """A text as a C2SP signed note in the origin's name, one line for each of the log's keys.

    Only a checkpoint may begin with the origin's own line: its readers would take others for one.
    """
    message = text.encode()
    lines = [
        NoteSignature(
            name=origin,
            key_hash=note_vkey(origin, key.public).key_hash,
            signature=sign_note_line(key, message),
        )
        for key in keys
    ]
    return format_note(Note(text=text, signatures=tuple(lines)))


def find_claim(store: SqlStore) -> Callable[[str], Claim | None]:
    """A function that finds the claim of a statement id in the log."""

    def find(statement_id: str) -> Claim | None:
        with store.reading() as reading:
            index = reading.index_of([statement_id]).get(statement_id)
            entries = [] if index is None else reading.entries_at([index])
        payload = entries[0].payload if entries else None
        return None if payload is None else parse_claim(payload)

    return find


def understand(entry: Entry, leaf: EventLeaf, leaf_hash: bytes) -> Recorded:
    """What projections read of an entry that is in the log."""
    assert entry.payload is not None
    claim = parse_claim(entry.payload)
    seqs = {link.subject_key: link.subject_seq for link in leaf.links}
    return Recorded(
        leaf=leaf,
        leaf_hash=leaf_hash,
        claim=claim,
        seqs={uri: seqs[subject_key(uri)] for uri in claim.subjects},
        meaning=Meaning.of(parse_recorded_event(claim.body)) if claim.kind == EVENT else None,
    )
