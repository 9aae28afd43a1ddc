"""What a verifier says of an evidence bundle: the four outcomes of format section 7."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["holds", "does_not_hold", "cannot_be_checked", "unknown"]
Check = Literal["checkpoint", "log", "map", "statement", "standing", "ancestry", "opening"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`check` names the failed check, of `does_not_hold` only; `leaf` is its index where known."""

    outcome: Outcome
    check: Check | None
    leaf: int | None
    why: str


class Fails(Exception):  # noqa: N818 - it is a finding about a bundle, not an error of ours
    """The check that is under way fails: the bundle does not hold."""

    def __init__(self, why: str, *, leaf: int | None = None) -> None:
        super().__init__(why)
        self.leaf = leaf


class Stops(Exception):  # noqa: N818 - as above
    """Checking cannot go on: a limit of section 7, or a file of an unknown version."""
