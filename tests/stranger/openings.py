"""Check `opening` of format sections 5 and 7: each opened value is the one that was sealed."""

from collections.abc import Mapping
from hashlib import sha256

from tests.stranger import jcs
from tests.stranger.form import Statement
from tests.stranger.shape import (
    Json,
    is_b64url,
    read_list,
    read_member,
    read_object,
    read_text,
    refuse_members_but,
    write_b64url,
)
from tests.stranger.statements import Words
from tests.stranger.verdict import Fails

SALT_BYTES = 16
MEMBERS = ("statement", "name", "salt", "value")


def commit(sealed: list[Json]) -> str:
    """Give the commitment to [ledger, key, seq, name, salt, value]."""
    return write_b64url(sha256(jcs.write(sealed)).digest())


def check_openings(bundle: Mapping[str, Json], origin: str, words: Words) -> None:
    """Check each opening against the commitment in its statement."""
    for entry in read_list(bundle.get("openings"), "`openings`"):
        opening = read_object(entry, "an opening")
        refuse_members_but(opening, MEMBERS, "an opening")
        for member in MEMBERS:
            read_member(opening, member, "an opening")
        _check_opening(opening, origin, words.by_id, unread=_has_unread(words))


def _has_unread(words: Words) -> bool:
    return any(statement is None for statement in words.by_leaf.values())


def _check_opening(
    opening: dict[str, Json], origin: str, by_id: dict[str, tuple[int, Statement]], *, unread: bool
) -> None:
    name = read_text(opening["name"], "an opening's name")
    index, statement = by_id.get(read_text(opening["statement"], "its statement"), (None, None))
    if statement is None:
        if unread:
            return
        raise Fails(f"{name} is opened of a statement that is not shown")
    if not is_b64url(opening["salt"], SALT_BYTES):
        raise Fails(f"the salt of {name} is not {SALT_BYTES} bytes of base64url", leaf=index)
    sealed: list[Json] = [
        *(origin, statement.kid, statement.seq),
        *(name, opening["salt"], opening["value"]),
    ]
    if jcs.nesting(sealed) > jcs.NESTING_MAX:
        raise Fails(f"the value of {name} is nested too deep", leaf=index)
    try:
        commitment = commit(sealed)
    except ValueError as error:
        raise Fails(f"the value of {name} cannot be written: {error}", leaf=index) from error
    if statement.sealed.get(name) != commitment:
        raise Fails(f"{name} is not what was sealed", leaf=index)
