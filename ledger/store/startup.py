"""What must hold before a process may sign: the database is not older or other than was served."""

from typing import Final

from ledger.errors import FormError, ProofError, StoreError
from ledger.log.checkpoint import parse_checkpoint, parse_note, parse_vkey, verified_keys
from ledger.replica import Replica
from ledger.seam import SignedHead, Store
from ledger.statements.keys import verify_note_line

_REMEDY: Final = (
    "Restore a newer backup, or promote the standby that holds all of it; compare with a witness. "
    "Never delete the guard file: it is what keeps this log from being signed twice."
)


def check_start(store: Store, replica: Replica) -> None:
    """Read the log into `replica` and hold it against what was signed and served before.

    Raises StoreError: `database_behind` when the guard is ahead of the database,
    `database_damaged` when leaves, newest head and guard do not tell the same log.
    """
    # The guard first: another server may append meanwhile, which only makes more leaves. Read
    # last, it would be ahead of an honest snapshot, and a restart would be refused.
    guarded = store.guarded_head()
    try:
        with replica.appending, store.reading() as reading:
            replica.catch_up(reading)
        _check_signature(replica)
        if guarded is not None:
            _check_guard(guarded, replica)
    except StoreError as error:
        if error.code not in {"database_behind", "database_damaged"}:
            raise
        raise StoreError(error.code, f"{error.message}. {_REMEDY}") from error


def _check_signature(replica: Replica) -> None:
    """The newest head is the log's own: a root that fits tampered leaves is easily computed."""
    if not replica.size:
        return
    keys = [parse_vkey(vkey) for vkey in replica.registry.log_keys]
    try:
        signed = verified_keys(parse_note(replica.note), keys, verify_note_line)
    except ProofError as error:
        raise StoreError("database_damaged", f"the newest head: {error.message}") from error
    if not signed:
        raise StoreError("database_damaged", "no log key in force signed the newest head")


def _check_guard(guarded: SignedHead, replica: Replica) -> None:
    if guarded.size > replica.size:
        raise StoreError(
            "database_behind",
            f"the guard remembers {guarded.size} leaves, the database has {replica.size}",
        )
    try:
        remembered = parse_checkpoint(parse_note(guarded.note).text).root
    except FormError as error:
        raise StoreError("database_damaged", f"the guard's head: {error.message}") from error
    found = replica.tree.root(guarded.size)
    if remembered != found:
        raise StoreError(
            "database_damaged",
            f"at size {guarded.size} the guard remembers root {remembered.hex()}, "
            f"the leaves give {found.hex()}",
        )
