"""What a server, a thief or a careless copy does to an evidence file, and the check that fails."""

import json
from base64 import b64decode
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from ledger.evidence.verdict import FILE_BYTES_MAX, LEAVES_MAX, Policy
from ledger.evidence.verify import verify_bundle
from ledger.log.checkpoint import format_vkey
from ledger.statements.keys import generate_private_key, note_vkey
from tests.evidence.conftest import Season
from tests.evidence.judges import CANNOT, HOLDS, UNKNOWN, fails, judge

Bundle = Any  # JSON whose shape is known to the attack
Attack = Callable[[Bundle, Season], object]


def leaf_on(bundle: Bundle, uri: str, number: int = -1) -> str:
    chain = next(subject for subject in bundle["subjects"] if subject["uri"] == uri)
    return str(chain["leaves"][number])


def statement_at(bundle: Bundle, season: Season, thing: str) -> Bundle:
    """The last statement on a thing's chain."""
    index = int(leaf_on(bundle, season.things[thing]))
    with season.chain.store.reading() as reading:
        (entry,) = reading.entries_at([index])
    return bundle["statements"][entry.statement_id]


def change_a_weight(bundle: Bundle, season: Season) -> None:
    statement = statement_at(bundle, season, "dried")
    assert "700" in statement["payload"]
    statement["payload"] = statement["payload"].replace("700", "900", 1)


def forge_a_signature(bundle: Bundle, season: Season) -> None:
    statement = statement_at(bundle, season, "dried")
    statement["sig"] = ("B" if statement["sig"][0] == "A" else "A") + statement["sig"][1:]


def withhold_the_last_event(bundle: Bundle, season: Season) -> None:
    for subject in bundle["subjects"]:
        if subject["uri"] == season.things["pack"]:
            index = subject["leaves"].pop()
            del bundle["leaves"][str(index)], bundle["log"]["proofs"][str(index)]


def withhold_a_middle_event(bundle: Bundle, season: Season) -> None:
    next(s for s in bundle["subjects"] if s["uri"] == season.things["crop"])["leaves"].pop(1)


def deny_an_ancestor(bundle: Bundle, season: Season) -> None:
    next(s for s in bundle["subjects"] if s["uri"] == season.things["seed"])["leaves"] = []


def leave_out(thing: str) -> Attack:
    def attack(bundle: Bundle, season: Season) -> None:
        uri = season.things.get(thing, thing)
        bundle["subjects"] = [s for s in bundle["subjects"] if s["uri"] != uri]
        shown = {str(i) for s in bundle["subjects"] for i in s["leaves"]}
        last = max(bundle["leaves"], key=int)
        for index in [i for i in bundle["leaves"] if i not in shown and i != last]:
            del bundle["leaves"][index], bundle["log"]["proofs"][index]
        events = [b64decode(raw) for i, raw in bundle["leaves"].items() if i != last]
        for name, start in (("statements", 17), ("keys", 49)):
            used = {raw[start : start + 32].hex() for raw in events}
            bundle[name] = {one: entry for one, entry in bundle[name].items() if one in used}

    return attack


def show_another_lot(bundle: Bundle, season: Season) -> None:
    bundle.update(deepcopy(season.other))


def answer_for_another(bundle: Bundle, season: Season) -> None:
    bundle.update(deepcopy(season.other))
    bundle["asked"] = season.policy.asked


def smuggle_a_statement(bundle: Bundle, season: Season) -> None:
    bundle["statements"]["00" * 32] = {"payload": "{}", "sig": ""}


def add_a_key(bundle: Bundle, season: Season) -> None:
    bundle["keys"]["00" * 32] = {"alg": "ES256", "spki": ""}


def exchange_keys(bundle: Bundle, season: Season) -> None:
    one, two = list(bundle["keys"])[:2]
    bundle["keys"][one], bundle["keys"][two] = bundle["keys"][two], bundle["keys"][one]


def swap_two_leaves(bundle: Bundle, season: Season) -> None:
    one, two = list(bundle["leaves"])[:2]
    leaves, proofs = bundle["leaves"], bundle["log"]["proofs"]
    leaves[one], leaves[two] = leaves[two], leaves[one]
    proofs[one], proofs[two] = proofs[two], proofs[one]


def forget_the_state_leaf(bundle: Bundle, season: Season) -> None:
    last = max(bundle["leaves"], key=int)
    del bundle["leaves"][last], bundle["log"]["proofs"][last]


def state_another_size(bundle: Bundle, season: Season) -> None:
    lines = bundle["checkpoint"].split("\n")
    lines[1] = str(int(lines[1]) + 1)
    bundle["checkpoint"] = "\n".join(lines)


def put(*path: str, value: object) -> Attack:
    def attack(bundle: Bundle, season: Season) -> None:
        for name in path[:-1]:
            bundle = bundle[int(name) if isinstance(bundle, list) else name]
        bundle[int(path[-1]) if isinstance(bundle, list) else path[-1]] = value

    return attack


def drop(*path: str) -> Attack:
    def attack(bundle: Bundle, season: Season) -> None:
        for name in path[:-1]:
            bundle = bundle[int(name) if isinstance(bundle, list) else name]
        del bundle[path[-1]]

    return attack


def shorten_a_proof(bundle: Bundle, season: Season) -> None:
    bundle["log"]["proofs"]["0"].pop()


def repeat_a_subject(bundle: Bundle, season: Season) -> None:
    bundle["subjects"].append(bundle["subjects"][0])


def leaf_twice_in_a_chain(bundle: Bundle, season: Season) -> None:
    bundle["subjects"][0]["leaves"] *= 2


def shorten_the_siblings(bundle: Bundle, season: Season) -> None:
    for subject in bundle["subjects"]:
        subject["map"]["siblings"] = []


def more_leaves_than_a_phone_reads(bundle: Bundle, season: Season) -> None:
    bundle["leaves"] = {str(index): "" for index in range(LEAVES_MAX + 1)}


ATTACKS: dict[str, tuple[str, Attack]] = {
    "a weight was changed": ("statement", change_a_weight),
    "a signature was forged": ("statement", forge_a_signature),
    "the last event of the pack is withheld": ("map", withhold_the_last_event),
    "an event of the crop is withheld": ("map", withhold_a_middle_event),
    "the seed is claimed to be unknown": ("map", deny_an_ancestor),
    "the crop is left out": ("ancestry", leave_out("crop")),
    "the pack itself is left out": ("ancestry", leave_out("pack")),
    "the mill's admission is withheld": ("standing", leave_out("urn:daodi:actor:mill")),
    "the ledger's own chain is withheld": (
        "standing",
        leave_out("urn:daodi:ledger:ledger.example/herbs"),
    ),
    "another honest lot is shown": ("checkpoint", show_another_lot),
    "another honest lot is shown under the asked name": ("ancestry", answer_for_another),
    "an unused statement is smuggled in": ("statement", smuggle_a_statement),
    "an unused key is shown": ("statement", add_a_key),
    "an unused proof is shown": ("statement", put("log", "proofs", "99", value=[])),
    "two keys were exchanged": ("statement", exchange_keys),
    "two leaves are swapped": ("log", swap_two_leaves),
    "the state leaf is forgotten": ("log", forget_the_state_leaf),
    "the checkpoint states another size": ("checkpoint", state_another_size),
    "a proof is too short": ("log", shorten_a_proof),
    "a proof names a node that is not there": ("log", put("log", "proofs", "0", value=[10**6])),
    "a proof names a node by true": ("log", put("log", "proofs", "0", value=[True])),
    "a proof is missing": ("log", drop("log", "proofs", "0")),
    "a node has 31 bytes": ("log", put("log", "nodes", "0", value="A" * 40 + "AA==")),
    "a node has no padding": ("log", put("log", "nodes", "0", value="A" * 43)),
    "an index has a leading zero": ("log", put("leaves", "00", value="AA==")),
    "a leaf is text": ("log", put("leaves", "0", value="?")),
    "a leaf is of no kind": ("log", put("leaves", "0", value="AAAA")),
    "leaves are a list": ("log", put("leaves", value=[])),
    "there is no log": ("log", drop("log")),
    "a subject is shown twice": ("map", repeat_a_subject),
    "a chain repeats a leaf": ("map", leaf_twice_in_a_chain),
    "a chain names leaf 1.5": ("map", put("subjects", "0", "leaves", value=[1.5])),
    "a chain names leaf -1": ("map", put("subjects", "0", "leaves", value=[-1])),
    "a map without depth": ("map", shorten_the_siblings),
    "a bucket that is no list of pairs": ("map", put("subjects", "0", "map", "bucket", value=[1])),
    "a sibling that is no hash": (
        "map",
        put("subjects", "0", "map", "siblings", "0", value="AA=="),
    ),
    "no map proof": ("map", drop("subjects", "0", "map")),
    "subjects are missing": ("map", drop("subjects")),
    "a subject has no name": ("map", drop("subjects", "0", "uri")),
    "a subject with half a sign": ("map", put("subjects", "0", "uri", value="\ud800")),
    "no statements": ("statement", drop("statements")),
    "no keys": ("statement", put("keys", value=None)),
    "a member that format v1 does not know": ("statement", put("note", value="trust me")),
    "such a member in the log": ("statement", put("log", "more", value=1)),
    "such a member in a subject": ("statement", put("subjects", "0", "more", value=1)),
    "such a member in a map proof": ("statement", put("subjects", "0", "map", "more", value=1)),
    "no openings": ("opening", drop("openings")),
    "an opening of nothing": ("opening", put("openings", value=[{}])),
    "an opening was forged": ("opening", put("openings", "0", "value", value="forged")),
    "an opening of no statement": ("opening", put("openings", "0", "statement", value="ab" * 32)),
    "an opening with another salt": ("opening", put("openings", "0", "salt", value="A" * 22)),
    "an opening with a salt of no form": ("opening", put("openings", "0", "salt", value="?")),
    "an opening of a name that is not sealed": ("opening", put("openings", "0", "name", value="x")),
    "an opening whose name is a number": ("opening", put("openings", "0", "name", value=1)),
    "the origin is another": ("checkpoint", put("origin", value="other.example")),
    "there is no checkpoint": ("checkpoint", drop("checkpoint")),
    "the checkpoint is no note": ("checkpoint", put("checkpoint", value="trust me")),
    "the checkpoint's text is none": ("checkpoint", put("checkpoint", value="x\n\n— a AAAAAAAA\n")),
    "asked is missing": ("checkpoint", drop("asked")),
    "the file is no evidence": ("checkpoint", put("format", value="other/1")),
    "the format is no text": ("checkpoint", put("format", value=1)),
}


@pytest.mark.parametrize("why", ATTACKS)
def test_a_tampered_file_does_not_hold(season: Season, why: str) -> None:
    check, attack = ATTACKS[why]
    bundle = deepcopy(season.bundle)
    attack(bundle, season)
    assert judge(bundle, season.policy) == fails(check)


def test_every_part_of_an_entry_is_one_that_format_v1_knows(season: Season) -> None:
    for name in ("statements", "keys"):
        bundle: Bundle = deepcopy(season.bundle)
        next(iter(bundle[name].values()))["more"] = 1
        assert judge(bundle, season.policy) == fails("statement")


@pytest.mark.parametrize("member", ["payload", "sig"])
def test_a_statement_is_payload_and_signature(season: Season, member: str) -> None:
    bundle: Bundle = deepcopy(season.bundle)
    del next(iter(bundle["statements"].values()))[member]
    assert judge(bundle, season.policy) == fails("statement")


@pytest.mark.parametrize(
    ("member", "value"), [("alg", None), ("spki", "AA=="), ("alg", "Ed25519"), ("spki", "?")]
)
def test_a_key_is_its_algorithm_and_its_one_form(
    season: Season, member: str, value: str | None
) -> None:
    bundle: Bundle = deepcopy(season.bundle)
    next(iter(bundle["keys"].values()))[member] = value
    assert judge(bundle, season.policy) == fails("statement")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b"\xef\xbb\xbf{}",
        b'{"format":"\xff"}',
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":' + b"[" * 100_000,
        b'{"format":"daodi-evidence/1","origin":' + b"[" * 900 + b"]" * 900 + b"}",
    ],
    ids=range(10),
)
def test_what_is_no_json_object_of_ours_fails_at_the_checkpoint(season: Season, raw: bytes) -> None:
    assert judge(raw, season.policy) == fails("checkpoint")


def test_a_number_means_what_a_phone_reads(season: Season) -> None:
    bundle: Bundle = deepcopy(season.bundle)
    bundle["subjects"][0]["leaves"] = [float(i) for i in bundle["subjects"][0]["leaves"]]
    raw = json.dumps(bundle).encode()
    assert b".0" in raw
    assert judge(raw, season.policy) == HOLDS
    beyond = raw.replace(b".0,", b"e400,", 1).replace(b".0]", b"e400]", 1)
    assert judge(beyond, season.policy) == fails("map")
    long = raw.replace(b".0,", b"0" * 30 + b",", 1).replace(b".0]", b"0" * 30 + b"]", 1)
    assert judge(long, season.policy) == fails("map")


def test_a_later_format_cannot_be_checked_here(season: Season) -> None:
    bundle = {**deepcopy(season.bundle), "format": "daodi-evidence/2"}
    assert judge(bundle, season.policy) == CANNOT
    verdict = verify_bundle(json.dumps(bundle).encode(), season.policy)
    assert verdict.unchecked == (verdict.why,)  # of the whole file, of no leaf
    assert verdict.why.startswith("format is")


def test_beyond_the_limits_checking_stops(season: Season) -> None:
    bundle: Bundle = deepcopy(season.bundle)
    more_leaves_than_a_phone_reads(bundle, season)
    assert judge(bundle, season.policy) == CANNOT
    raw = json.dumps(season.bundle).encode()
    padded = raw + b" " * (FILE_BYTES_MAX - len(raw))
    assert judge(padded, season.policy) == HOLDS
    assert judge(padded + b" ", season.policy) == CANNOT


def test_a_thing_that_no_leaf_names_is_unknown(season: Season) -> None:
    nowhere = season.chain.lot()
    bundle = season.chain.evidence(nowhere)
    assert judge(bundle, season.chain.policy(nowhere)) == UNKNOWN


def test_the_pinned_registrar_and_log_are_asked_for_and_no_others(season: Season) -> None:
    policy = season.policy
    stranger = generate_private_key("Ed25519")
    other_root = Policy(asked=policy.asked, log_keys=policy.log_keys, registrar="ab" * 32)
    assert judge(season.bundle, other_root) == fails("standing")
    vkey = format_vkey(note_vkey(season.chain.origin, stranger.public))
    other_log = Policy(asked=policy.asked, log_keys=(vkey,), registrar=policy.registrar)
    assert judge(season.bundle, other_log) == fails("checkpoint")
    one_line = Policy(asked=policy.asked, log_keys=policy.log_keys[1:], registrar=policy.registrar)
    assert judge(season.bundle, one_line) == HOLDS  # a phone that knows P-256 alone


def test_a_given_key_that_cannot_verify_is_as_if_not_given(season: Season) -> None:
    policy = season.policy
    given = ("none", *policy.log_keys, policy.log_keys[0][:-4] + "AAA=")
    more = Policy(asked=policy.asked, log_keys=given, registrar=policy.registrar)
    assert judge(season.bundle, more) == HOLDS


def test_what_holds_holds_as_of_the_checkpoints_time(season: Season) -> None:
    policy = Policy(
        asked=season.policy.asked,
        log_keys=season.policy.log_keys,
        registrar=season.policy.registrar,
        age_max_s=3600,
    )
    raw = json.dumps(season.bundle).encode()
    fresh = verify_bundle(raw, policy, now_ms=season.chain.now_ms + 3_600_000)
    assert (fresh.outcome, fresh.stale, fresh.time_ms) == ("holds", False, season.chain.now_ms)
    late = verify_bundle(raw, policy, now_ms=season.chain.now_ms + 3_600_001)
    assert (late.outcome, late.stale) == ("holds", True)
    assert not verify_bundle(raw, policy).stale
    assert fresh.statements == len(season.bundle["statements"])


def test_a_verdict_names_the_leaf_and_what_held_before(season: Season) -> None:
    bundle = deepcopy(season.bundle)
    change_a_weight(bundle, season)
    verdict = verify_bundle(json.dumps(bundle).encode(), season.policy)
    assert verdict.leaf == int(leaf_on(bundle, season.things["dried"]))
    assert verdict.held == ("checkpoint", "log", "map")


@pytest.mark.parametrize("depth", range(900, 1000, 7))
@pytest.mark.parametrize("member", ["origin", "asked", "format", "openings"])
def test_the_deepest_nesting_that_can_be_read_ends_in_a_verdict(
    season: Season, member: str, depth: int
) -> None:
    raw = json.dumps({**season.bundle, member: "HERE"}).encode()
    nested = raw.replace(b'"HERE"', b"[" * depth + b"]" * depth)
    assert verify_bundle(nested, season.policy).outcome == "does_not_hold"
