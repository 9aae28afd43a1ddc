"""Exit codes of every command, and which refusal leads to which."""

from typing import Final

from ledger.errors import CannotCheckError, DaodiError, NotFoundError, StoreError

YES: Final = 0
NO: Final = 1
USAGE: Final = 2
CANNOT_BE_CHECKED: Final = 3
UNKNOWN: Final = 4


def exit_code(error: DaodiError) -> int:
    """The exit code that belongs to a refusal.

    A ledger that cannot be opened or read decides nothing: that is 3, never 1.
    """
    if isinstance(error, CannotCheckError | StoreError) or error.code == "evidence_not_ready":
        return CANNOT_BE_CHECKED
    return UNKNOWN if isinstance(error, NotFoundError) else NO
