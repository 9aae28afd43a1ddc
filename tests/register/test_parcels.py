"""What a client may post for one statement: an envelope, and the openings beside it."""

import pytest

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import FormError
from ledger.register.door import OPENINGS_MAX, parse_parcel
from ledger.statements.envelope import Envelope, format_envelope
from tests.chain import Chain
from tests.parcels import codes, harvest


def envelope() -> JsonObject:
    """A well-shaped envelope of nothing in particular."""
    return format_envelope(Envelope(payload=b"{}", signature=bytes(64)), key_id="ab" * 32)


def test_an_envelope_may_come_alone_or_with_openings() -> None:
    assert parse_parcel(envelope()).openings == ()
    assert parse_parcel({**envelope(), "openings": []}).openings == ()
    assert parse_parcel({**envelope(), "openings": [{"name": "x"}]}).openings == ({"name": "x"},)


@pytest.mark.parametrize("value", [None, [], "text", 7, True])
def test_what_is_no_object_is_no_envelope(value: JsonValue) -> None:
    with pytest.raises(FormError) as refused:
        parse_parcel(value)
    assert refused.value.code == "bad_envelope"


@pytest.mark.parametrize("openings", [None, {}, "text", 7])
def test_openings_are_a_list(openings: JsonValue) -> None:
    with pytest.raises(FormError) as refused:
        parse_parcel({**envelope(), "openings": openings})
    assert refused.value.code == "bad_opening"


def test_openings_are_limited_to_a_picking_crew() -> None:
    full: list[JsonValue] = [{}] * OPENINGS_MAX
    assert len(parse_parcel({**envelope(), "openings": full}).openings) == OPENINGS_MAX
    with pytest.raises(FormError) as refused:
        parse_parcel({**envelope(), "openings": [*full, {}]})
    assert (refused.value.code, refused.value.status) == ("too_large", 413)


@pytest.mark.parametrize("opening", [None, "text", {}, {"name": 1, "salt": "", "value": 1}])
def test_an_opening_of_another_shape_is_refused_with_its_statement(
    file_chain: Chain, opening: JsonValue
) -> None:
    parcel = file_chain.event(
        "mill", "STORE_IN", about=[(file_chain.lot(), None)], zone="a", temperature_c=9, humidity=5
    )
    posted = format_envelope(parcel.envelope, key_id="")
    sent = parse_parcel({**posted, "openings": [opening]})
    assert codes(file_chain.send(sent)) == ["bad_opening"]


def test_what_a_kind_seals_may_not_stand_in_clear(file_chain: Chain) -> None:
    """It could never be erased again."""
    chain = file_chain
    honest = harvest(chain)
    claim = chain.register.check(honest).outcome.statement  # type: ignore[union-attr]
    chain.pens["cooperative"].seq, chain.pens["cooperative"].prev = 0, None
    clear = chain.write(
        "cooperative",
        "event",
        {**claim.body, "daodi:pickers": ["李四"]},
        claim.subjects,
        inputs=claim.inputs,
        outputs=claim.outputs,
    )
    assert codes(chain.send(clear)) == ["bad_event"]
    assert codes(chain.send(honest)) == [""]


def test_a_nul_in_an_escape_is_told_from_a_backslash_before_u0000(file_chain: Chain) -> None:
    chain = file_chain
    body: JsonObject = {"site": chain.lot(), "kind": "plot", "area_m2": 1, "name": "\\u0000"}
    fine = chain.write("mill", "site.register", body, [str(body["site"])])
    body = {**body, "site": chain.lot(), "name": "a\x00b"}
    nul = chain.write("mill", "site.register", body, [str(body["site"])])
    assert codes(chain.send(fine, nul)) == ["", "nul_character"]


def test_what_is_no_statement_is_refused_without_harm(file_chain: Chain) -> None:
    assert codes(file_chain.send(parse_parcel(envelope()))) == ["missing_member"]
