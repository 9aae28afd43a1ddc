"""A device's pen: its chain goes on, sealed values leave only as openings."""

from ledger.statements.envelope import parse_envelope
from ledger.statements.keys import PrivateKey, generate_private_key
from ledger.statements.pen import Pen
from ledger.statements.sealed import check_opening, parse_opening
from ledger.statements.statement import verify

ORIGIN = "ledger.example/herbs"
LOT = "https://ledger.example/lot/0000000000000000001y"
WHEN = "2026-10-28T09:35:00+08:00"


def pen_of(key: PrivateKey) -> Pen:
    """A pen whose salts are no secret."""
    return Pen(key, ledger=ORIGIN, salts=lambda: bytes(16))


def test_each_statement_continues_the_one_before() -> None:
    pen = pen_of(generate_private_key("ES256"))
    first, _, _ = pen.write("event", {}, signed_at=WHEN, subjects=[LOT])
    second, _, _ = pen.write("event", {}, signed_at=WHEN, subjects=[LOT])
    assert (first.seq, first.prev) == (0, None)
    assert (second.seq, second.prev) == (1, first.statement_id)


def test_what_is_posted_verifies_and_its_opening_fits() -> None:
    key = generate_private_key("Ed25519")
    pen = pen_of(key)
    _, envelope, openings = pen.write(
        "event", {}, signed_at=WHEN, subjects=[LOT], sealed={"pickers": ["张三"]}
    )
    posted = pen.parcel(envelope, openings)
    (opening,) = posted.pop("openings")  # type: ignore[misc]
    statement = verify(parse_envelope(posted), lambda _: key.public)
    check_opening(parse_opening(opening), statement)
    assert "张三" not in statement.payload.decode()


def test_without_sealed_values_no_openings_travel() -> None:
    pen = pen_of(generate_private_key("ES256"))
    _, envelope, openings = pen.write("event", {}, signed_at=WHEN, subjects=[LOT])
    assert "openings" not in pen.parcel(envelope, openings)
