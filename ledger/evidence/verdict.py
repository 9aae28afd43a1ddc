"""What a verifier is given, and what it answers: format v1 section 7."""

from dataclasses import dataclass, field
from typing import Final

FORMAT_FAMILY: Final = "daodi-evidence/"  # of another version: cannot be checked
FORMAT: Final = FORMAT_FAMILY + "1"
FILE_BYTES_MAX: Final = 8 * 1024 * 1024  # a phone reads it in one piece
LEAVES_MAX: Final = 10_000
ANCESTORS_MAX: Final = 1_000  # with the asked thing

HOLDS: Final = "holds"
DOES_NOT_HOLD: Final = "does_not_hold"
CANNOT_BE_CHECKED: Final = "cannot_be_checked"
UNKNOWN: Final = "unknown"

CHECKS: Final = ("checkpoint", "log", "map", "statement", "standing", "ancestry", "opening")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the verifier knows beforehand, none of it from the bundle.

    `asked` is derived from the code on the pack. `log_keys` and `witnesses` are vkeys;
    `registrar` is the root's key id. `age_max_s` is None for courts, 24 h for phones.
    """

    asked: str
    log_keys: tuple[str, ...]
    registrar: str
    witnesses: tuple[str, ...] = ()
    quorum: int = 0
    age_max_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome; the check that failed and its leaf, when one did; and the checks that held.

    `unchecked` says what could not be checked here, which `leaf` then names first.

    `time_ms` is the checkpoint's time: what holds, holds as of then. `stale` marks a checkpoint
    older than the policy's age.
    """

    outcome: str
    check: str | None = None
    leaf: int | None = None
    why: str = ""
    held: tuple[str, ...] = ()
    size: int | None = None
    time_ms: int | None = None
    stale: bool = False
    unchecked: tuple[str, ...] = field(default=())
    statements: int = 0
