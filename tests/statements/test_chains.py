"""URIs, the two chains of a thing and the lists of a statement: format v1 section 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormError
from ledger.statements.statement import (
    is_subject,
    is_uri,
    key_uri,
    ledger_uri,
    out_chain,
    own_chain,
)
from tests.statements.founding import ORIGIN
from tests.statements.sowing import (
    CROP,
    LOT,
    PLOT,
    SEED,
    a_value,
    an_observation,
    read,
    refusal,
    without,
)

GOOD_URIS = [
    "a:",
    "a+b.c-1:x",
    "urn:epc:id:sgtin:0614141.107346.2018",
    "https://h.example",
    "https://h.example/lot/AbC?x=Y",
    "https://h.example?Q",
    'x:!"$%&()*,;<=>@[]^_`{|}~',
    "x:" + "y" * 254,
]
BAD_URIS = [
    "",
    "lot",
    ":x",
    "1a:x",
    "A:x",
    "hTTps://h.example",
    "https://H.example/lot",
    "https://h.examplE",
    "https://h.exAmple?x",
    "https://user@H.example",
    "x:y z",
    "x:y\tz",
    "x:y\nz",
    "x:\x7f",
    "x:é",
    "x:当归",
    "x:y#z",
    "x:#",
    "x:" + "y" * 255,
]


@pytest.mark.parametrize("uri", GOOD_URIS)
def test_a_uri_as_format_v1_has_them_names_a_thing(uri: str) -> None:
    assert is_uri(uri)
    assert is_subject(uri)
    assert read(an_observation(subjects=[uri])).subjects == (uri,)
    if len(uri) <= 252:
        assert read(an_observation(inputs=[uri], subjects=[uri + "#out"])).inputs == (uri,)


@pytest.mark.parametrize("uri", BAD_URIS)
def test_any_other_text_names_nothing(uri: str) -> None:
    assert not is_uri(uri)
    assert not is_subject(uri)
    assert refusal(an_observation(subjects=[uri])) == "bad_uri"
    assert refusal(a_value(inputs=[uri])) == "bad_uri"
    assert refusal(a_value(outputs=[uri])) == "bad_uri"


def test_a_line_end_does_not_hide_two_uris_in_one() -> None:
    assert refusal(an_observation(subjects=["x:a\nx:b"])) == "bad_uri"
    assert refusal(an_observation(subjects=["x:a", "x:b\nx:c"])) == "bad_uri"


@given(
    uris=st.lists(
        st.text(alphabet="aA:/#out?\n é", max_size=10).map(lambda text: "x:" + text),
        min_size=1,
        max_size=4,
        unique=True,
    ).map(sorted)
)
def test_a_list_is_good_exactly_when_each_of_its_uris_is(uris: list[str]) -> None:
    good = all(is_subject(uri) for uri in uris)
    assert good == (len(uris) > 0 and _is_read(an_observation(subjects=uris)))


def _is_read(value: object) -> bool:
    try:
        read(value)
    except FormError:
        return False
    return True


@pytest.mark.parametrize("subject", ["x:y#out", "https://h.example#out"])
def test_a_hash_stands_only_in_the_ending_out_of_a_subject(subject: str) -> None:
    assert is_subject(subject)
    assert not is_uri(subject)
    assert read(an_observation(subjects=[subject])).subjects == (subject,)
    assert refusal(a_value(inputs=[subject])) == "bad_uri"
    assert refusal(a_value(outputs=[subject])) == "bad_uri"


@pytest.mark.parametrize(
    "subject",
    ["x:y#out#out", "x:#y#out", "x:y#OUT", "x:y#outer", "#out", "x:" + "y" * 251 + "#out"],
)
def test_a_hash_anywhere_else_is_refused(subject: str) -> None:
    assert not is_subject(subject)
    assert refusal(an_observation(subjects=[subject])) == "bad_uri"


def test_a_thing_has_two_chains() -> None:
    assert out_chain(LOT) == LOT + "#out"
    assert own_chain(LOT + "#out") == own_chain(LOT) == LOT
    assert ledger_uri(ORIGIN) == f"urn:daodi:ledger:{ORIGIN}"
    assert key_uri("ab") == "urn:daodi:key:ab"


@pytest.mark.parametrize("name", ["inputs", "outputs", "subjects"])
def test_lists_increase_strictly_and_are_absent_when_empty(name: str) -> None:
    two = ["x:a", "x:b"]
    good = {"subjects": ["x:a", "x:a#out", "x:b", "x:b#out"]}
    assert read(an_observation(**{**good, name: two if name != "subjects" else good["subjects"]}))
    for bad in (two[::-1], ["x:a", "x:a"], []):
        assert refusal(an_observation(**{**good, name: bad})) == "bad_list"


def test_order_is_that_of_bytes() -> None:
    assert read(an_observation(subjects=["x:B", "x:a"]))
    assert refusal(an_observation(subjects=["x:a", "x:B"])) == "bad_list"


def test_a_statement_has_at_most_200_subjects() -> None:
    subjects = [f"x:{number:03}" for number in range(201)]
    assert len(read(an_observation(subjects=subjects[:200])).subjects) == 200
    assert refusal(an_observation(subjects=subjects)) == "bad_list"


def test_the_largest_legal_blend_is_read() -> None:
    inputs = [f"https://h.example/lot/{number:020}" for number in range(199)]
    subjects = sorted([LOT, *(uri + "#out" for uri in inputs)])
    claim = read(a_value(inputs=inputs, outputs=[LOT], subjects=subjects))
    assert len(claim.subjects) == 200
    assert len(claim.payload) < 22 * 1024


def test_every_output_is_a_subject() -> None:
    assert refusal(a_value(subjects=[SEED + "#out", PLOT + "#out"])) == "missing_subject"


def test_the_out_chain_of_every_input_is_a_subject() -> None:
    assert refusal(a_value(subjects=[CROP, PLOT + "#out"])) == "missing_subject"
    assert refusal(a_value(subjects=[CROP, SEED, PLOT + "#out"])) == "missing_subject"


def test_nothing_is_both_input_and_output() -> None:
    both = a_value(inputs=[LOT], outputs=[LOT], subjects=[LOT, LOT + "#out"])
    assert refusal(both) == "bad_list"


@pytest.mark.parametrize("kind", ["approve", "site.register", "genesis"])
def test_only_events_have_inputs_and_outputs(kind: str) -> None:
    assert refusal(without("inputs", kind=kind)) == "unknown_member"
    assert refusal(without("outputs", kind=kind)) == "unknown_member"


@pytest.mark.parametrize("side", ["input", "output"])
def test_what_an_event_takes_and_makes_is_listed(side: str) -> None:
    listed = {"input": SEED, "output": CROP}[side]
    other = {"input": CROP, "output": SEED}[side]
    epcs, quantities = f"{side}EPCList", f"{side}QuantityList"
    assert read(a_value(body={epcs: [listed], quantities: [{"epcClass": listed, "quantity": 1}]}))
    assert read(a_value(body={epcs: [], quantities: []}))
    assert refusal(a_value(body={epcs: [listed, other]})) == "unlisted_thing"
    assert refusal(a_value(body={quantities: [{"epcClass": other}]})) == "unlisted_thing"


@pytest.mark.parametrize("side", ["input", "output"])
@pytest.mark.parametrize("bad", [None, {}, "x:y", [1], [None], [{"quantity": 1}], [[SEED]]])
def test_an_events_lists_of_another_shape_are_refused(side: str, bad: object) -> None:
    assert refusal(a_value(body={f"{side}QuantityList": bad})) == "bad_event"
    assert refusal(a_value(body={f"{side}EPCList": bad})) == "bad_event"


def test_a_registry_body_is_not_read_as_an_event() -> None:
    assert read(an_observation(kind="approve", body={"inputEPCList": 1}))
