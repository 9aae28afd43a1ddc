"""The rows of the threat table that show over HTTP, named by what the attacker does."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from api.public.counted.guesses import WRONG_CODES_MAX
from ledger.evidence.verdict import Policy, Verdict
from ledger.evidence.verify import verify_bundle
from ledger.herbs.identifiers import asked_uri, code_of_uri, new_code
from ledger.seam import SignedHead
from ledger.statements.pen import Pen
from tests import packets
from tests.chain import clock_text
from tests.http.served import Served, assert_problem, open_served
from tests.packets import Packet
from tests.stranger.verify import verify as verify_as_stranger

BROWSER = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
DAY_MS = 86_400_000


@pytest.fixture
def made(file_served: Served) -> Packet:
    """One released packet in the ledger."""
    return packets.packet(file_served.chain, file_served.beside.folder.secret())


def bundle_for(served: Served, code: str) -> dict[str, object]:
    answer = served.client.get(f"/v1/evidence?code={quote(code, safe='')}")
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def judged_on_a_phone(served: Served, printed: str, bundle: dict[str, object]) -> Verdict:
    """What a phone makes of an answer: it derives the lot's URI from the printed code itself.

    A verifier by another hand must come to the same.
    """
    asked = asked_uri(printed, served.chain.origin)
    raw = json.dumps(bundle, ensure_ascii=False).encode()
    registrar = served.chain.root.key_id
    ours = verify_bundle(raw, Policy(asked=asked, log_keys=served.chain.vkeys, registrar=registrar))
    theirs = verify_as_stranger(raw, asked=asked, log_keys=served.chain.vkeys, registrar=registrar)
    assert (ours.outcome, ours.check) == (theirs.outcome, theirs.check)
    return ours


def test_an_honest_packets_evidence_holds(file_served: Served, made: Packet) -> None:
    bundle = bundle_for(file_served, made.code)
    assert judged_on_a_phone(file_served, made.code, bundle).outcome == "holds"


def test_a_server_that_answers_with_another_honest_lot_is_found_out(
    file_served: Served, made: Packet
) -> None:
    other = packets.packet(file_served.chain, file_served.beside.folder.secret())
    bundle = bundle_for(file_served, other.code)
    verdict = judged_on_a_phone(file_served, made.code, bundle)
    assert (verdict.outcome, verdict.check) == ("does_not_hold", "checkpoint")


def test_renaming_the_other_lots_answer_does_not_help(file_served: Served, made: Packet) -> None:
    other = packets.packet(file_served.chain, file_served.beside.folder.secret())
    renamed = {**bundle_for(file_served, other.code), "asked": made.season.pack}
    assert judged_on_a_phone(file_served, made.code, renamed).outcome == "does_not_hold"


def test_a_server_that_withholds_the_last_event_of_a_lot_is_found_out(
    file_served: Served, made: Packet
) -> None:
    packets.hold(file_served.chain, made.season.pack)
    bundle = bundle_for(file_served, made.code)
    assert judged_on_a_phone(file_served, made.code, bundle).outcome == "holds"
    subjects = bundle["subjects"]
    assert isinstance(subjects, list)
    chain = next(one for one in subjects if one["uri"] == made.season.pack)
    withheld = str(chain["leaves"].pop())
    for part in (bundle["leaves"], bundle["log"]["proofs"]):  # type: ignore[index]
        del part[withheld]  # type: ignore[attr-defined]

    verdict = judged_on_a_phone(file_served, made.code, bundle)

    assert (verdict.outcome, verdict.check) == ("does_not_hold", "map")


def test_a_server_that_denies_a_lot_cannot_prove_it_absent(
    file_served: Served, made: Packet
) -> None:
    absent = bundle_for(file_served, new_code(b"nobody's lot of herb"[:12]))
    denied = {**absent, "asked": made.season.pack}
    subjects = absent["subjects"]
    assert isinstance(subjects, list)
    denied["subjects"] = [{**subjects[0], "uri": made.season.pack}, *subjects[1:]]
    assert judged_on_a_phone(file_served, made.code, denied).outcome == "does_not_hold"


def test_a_code_that_nobody_issued_is_proved_absent(file_served: Served, made: Packet) -> None:
    invented = new_code(b"nobody's lot")
    bundle = bundle_for(file_served, invented)
    assert judged_on_a_phone(file_served, invented, bundle).outcome == "unknown"
    trace = file_served.client.get(f"/v1/trace?code={invented}")
    assert_problem(trace, 404, "unknown_code")


@pytest.mark.parametrize("route", ["/v1/trace", "/v1/evidence"])
def test_a_guessed_serial_is_no_code(file_served: Served, made: Packet, route: str) -> None:
    lot = code_of_uri(made.season.pack)
    guessed = f"{lot}000008000000"
    assert guessed[:26] != made.code[:26]
    answer = file_served.client.get(f"{route}?code={guessed}")
    assert_problem(answer, 404, "unknown_code")


def test_guessing_is_limited_and_counted(file_served: Served, made: Packet) -> None:
    before = unknown_codes(file_served)
    lot = code_of_uri(made.season.pack)
    for number in range(WRONG_CODES_MAX + 1):
        path = ("/v1/trace", "/v1/evidence")[number % 2]
        answer = file_served.client.get(f"{path}?code={lot}{number:012}")
        assert_problem(answer, 404, "unknown_code")

    for path in ("/v1/trace", "/v1/evidence"):
        refused = file_served.client.get(f"{path}?code={made.code}")
        assert_problem(refused, 429, "rate_limited")
        assert int(refused.headers["retry-after"]) >= 1
    page = file_served.client.get(f"/t/{made.code}", headers=BROWSER)
    assert page.status_code == 429  # who guessed as a program does not go on as a browser
    assert unknown_codes(file_served) == before + WRONG_CODES_MAX + 1


def test_a_copied_code_shows_by_its_provinces(sqlite_url: str, tmp_path: Path) -> None:
    with open_served(sqlite_url, tmp_path, province_header="x-province") as served:
        made = packets.packet(served.chain, served.beside.folder.secret())
        for province, shown in (("河南", "recorded"), ("广东", "copied"), ("四川", "copied")):
            served.client.cookies.clear()  # another phone: this one's second look does not count
            opened = served.client.get(
                f"/t/{made.code}", headers={**BROWSER, "x-province": quote(province)}
            )
            assert opened.status_code == 200
            assert status_of(served, made.code) == shown

        trace = served.client.get(f"/v1/trace?code={made.code}").json()
        assert trace["status"] == "copied"
        assert trace["scans"]["count"] == 3
        assert set(trace["scans"]["provinces"]) == {"河南", "广东", "四川"}


def test_a_thief_signs_nothing_after_the_key_is_retired(file_served: Served) -> None:
    chain = file_served.chain
    kid = chain.pens["mill"].key.key_id
    before = file_served.post(file_served.harvest("mill")).json()
    body = {"kid": kid, "reason": "stolen"}
    chain.record("root", "key.retire", body, [f"urn:daodi:key:{kid}"])  # type: ignore[arg-type]

    assert_problem(file_served.post(file_served.harvest("mill")), 403, "key_retired")
    kept = file_served.client.get(f"/v1/statements/{before['statement_id']}")
    assert kept.status_code == 200  # what was in the log before stays


def test_a_backdated_event_is_recorded_with_both_its_times(file_served: Served) -> None:
    chain = file_served.chain
    now_ms = chain.now_ms
    lot = chain.lot()
    parcel = chain.event(
        "cooperative",
        "HARVEST",
        inputs=[(chain.crop(), None)],
        outputs=[(lot, 1_000_000)],
        event_ms=now_ms - 10 * DAY_MS,
        herb="huaidihuang",
    )
    assert file_served.post(parcel).status_code == 201

    trace = file_served.client.get(f"/v1/trace?code={quote(lot, safe='')}").json()

    (step,) = trace["steps"]
    assert step["event_time"] == clock_text(now_ms - 10 * DAY_MS)
    assert step["record_time"][:10] == clock_text(now_ms)[:10]
    assert step["late"]


def test_a_phone_that_was_offline_delivers_late_and_out_of_order(file_served: Served) -> None:
    parcels = [file_served.harvest() for _ in range(5)]
    for parcel in (parcels[3], parcels[4]):
        gap = assert_problem(file_served.post(parcel), 409, "seq_gap")
        assert gap["next_seq"] == 0
    first = file_served.post(*parcels).json()["receipts"]
    again = file_served.post(*parcels[::-1]).json()["receipts"]
    assert again == first[::-1]


def test_a_restored_phone_learns_where_its_chain_stands(file_served: Served) -> None:
    chain = file_served.chain
    pen = chain.pens["cooperative"]
    file_served.post(file_served.harvest(), file_served.harvest())
    chain.pens["cooperative"] = Pen(pen.key, ledger=pen.ledger, salts=chain.chance)
    told = assert_problem(file_served.post(file_served.harvest()), 409, "equivocation")

    chain.pens["cooperative"] = Pen(
        pen.key,
        ledger=pen.ledger,
        salts=chain.chance,
        seq=int(str(told["next_seq"])),
        prev=str(told["head"]),
    )

    assert file_served.post(file_served.harvest()).status_code == 201


def test_a_server_whose_guard_is_ahead_says_that_it_is_behind(file_served: Served) -> None:
    guard = file_served.beside.store._guard
    assert guard is not None
    ready = file_served.client.get("/readyz").json()
    guard.advance(SignedHead(size=ready["size"] + 5, note="another history"))
    assert file_served.client.get("/readyz").status_code == 503


def unknown_codes(served: Served) -> float:
    """How many guesses the operator's metrics count."""
    shown = served.metrics()
    (line,) = (row for row in shown.splitlines() if row.startswith("daodi_unknown_codes_total "))
    return float(line.split()[1])


def status_of(served: Served, code: str) -> str:
    return str(served.client.get(f"/v1/trace?code={code}").json()["status"])
