"""A season told by commands alone: recorded, traced, proved, verified, audited."""

import json
import re
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from ledger.store.database import SqlStore
from ledger.store.engine import open_engine
from ledger.store.tokens import bearer_of_token
from tests.cli.desk import COOPERATIVE, ORIGIN, Desk


def policy(desk: Desk) -> tuple[str, ...]:
    """What `ledger show` gives a verifier."""
    described = desk.answer("ledger", "show")
    assert described["origin"] == ORIGIN
    assert described["map_depth"] == 20
    assert described["checkpoint"].startswith(f"{ORIGIN}\n{described['size']}\n")
    keys = [word for vkey in described["log_keys"] for word in ("--log-key", vkey)]
    return (*keys, "--registrar", described["registrar"])


def test_what_a_device_recorded_is_traced_proved_and_verified(desk: Desk) -> None:
    pack = desk.season()
    traced = desk.answer("trace", pack)
    assert traced["status"] == "dormant"  # nobody has released it
    assert traced["origin"] == [{"county": "温县", "county_code": "410825", "share": 1}]
    kinds = [step["kind"] for step in traced["steps"]]
    expected = ["BASE_REGISTER", "SEED_REGISTER", "SOW", "HARVEST", "DRY", "PACK_LABEL"]
    assert kinds == expected
    bundle = desk.folder / "bundle.json"
    desk.on("evidence", pack, "--out", bundle)
    verdict = desk.run("verify", bundle, "--asked", pack, *policy(desk), "--json")
    assert json.loads(verdict.stdout)["outcome"] == "holds"
    assert desk.answer("audit")["clean"]


def test_evidence_without_a_file_goes_to_stdout(desk: Desk) -> None:
    pack = desk.season()
    assert json.loads(desk.on("evidence", pack).stdout)["asked"] == pack
    said = desk.on("evidence", pack, "--out", desk.folder / "b.json", "--json").stdout
    assert json.loads(said)["asked"] == pack


def test_sealed_values_are_recorded_as_commitments_and_shown_only_when_asked_for(
    desk: Desk,
) -> None:
    pack = desk.season()
    assert "李四" not in desk.on("trace", pack, "--json").stdout
    assert "李四" not in desk.on("evidence", pack).stdout
    opened = desk.answer("trace", pack, "--sealed")["openings"]
    assert [(one["name"], one["value"]) for one in opened] == [("pickers", ["李四"])]
    assert "李四" in desk.on("evidence", pack, "--openings").stdout


def test_a_code_that_nobody_issued_is_proved_absent(desk: Desk) -> None:
    desk.season()
    missing, bundle = desk.lot(), desk.folder / "bundle.json"
    desk.on("trace", missing, expect=4)
    desk.on("evidence", missing, "--out", bundle)
    desk.run("verify", bundle, "--asked", missing, *policy(desk), expect=4)


def test_a_changed_bundle_does_not_hold(desk: Desk) -> None:
    pack, bundle = desk.season(), desk.folder / "bundle.json"
    desk.on("evidence", pack, "--out", bundle)
    bundle.write_text(bundle.read_text().replace("huaidihuang", "huaishanyao"))
    desk.run("verify", bundle, "--asked", pack, *policy(desk), expect=1)


def tamper(path: Path, command: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(command)
        database.commit()


def test_a_tampered_database_fails_its_audit(desk: Desk) -> None:
    desk.season()
    desk.on("audit")
    tamper(desk.data / "ledger.db", "UPDATE thing SET mass_g = mass_g * 2")
    report = desk.answer("audit", expect=1)
    assert {finding["code"] for finding in report["findings"]} == {"projection_differs"}
    told = desk.on("audit", expect=1).stdout
    assert re.search(r"^leaf \d+: thing: .*projection_differs", told, re.MULTILINE), told
    desk.on("rebuild")
    desk.on("audit")


def test_a_rebuilt_ledger_says_how_much_it_read(desk: Desk) -> None:
    assert desk.answer("rebuild")["size"] == desk.answer("ledger", "show")["size"]


def test_a_body_in_epcis_is_recorded_with_the_chains_of_its_kind(desk: Desk) -> None:
    lot, crop = desk.lot(), desk.lot().replace("/lot/", "/crop/")
    body = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                     {"daodi": "https://daodi.example/ns/"}],
        "type": "TransformationEvent", "eventTime": "2026-04-01T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00", "daodi:kind": "HARVEST", "inputEPCList": [crop],
        "outputQuantityList": [{"epcClass": lot, "quantity": 1240.5, "uom": "KGM"}],
        "daodi:pickers": ["张三"],
    }  # fmt: skip
    said = desk.record({"body": body}).stderr
    assert "plot" in said  # what is missing is named, and the fact is recorded
    (step,) = desk.answer("trace", lot, "--sealed")["steps"]
    assert step["kind"] == "HARVEST"
    assert step["sealed"] == ["pickers"]  # what the kind seals is taken out of the body


def test_a_correction_stands_where_the_corrected_statement_stands(desk: Desk) -> None:
    pack = desk.season()
    slip = desk.answer("trace", pack)["steps"][-1]["statement_id"]
    desk.record(
        {"kind": "PACK_LABEL", "about": [[pack, 690_000]],
         "elements": {"corrects": slip, "correct_reason": "过磅单抄错"}}
    )  # fmt: skip
    steps = desk.answer("trace", pack)["steps"]
    assert [bool(step["corrected_by"]) for step in steps[-2:]] == [True, False]
    assert "corrected_by" in desk.on("trace", pack).stdout


def test_an_approval_stands_on_the_chains_of_what_it_approves(desk: Desk) -> None:
    pack = desk.season()
    making = desk.answer("trace", pack)["steps"][-1]["statement_id"]
    desk.device("second")
    desk.record({"kind": "approve", "body": {"statement": making}}, key="second")
    assert [step["kind"] for step in desk.answer("trace", pack)["steps"]].count("APPROVE") == 1
    refused = desk.record({"kind": "approve", "body": {"statement": "0" * 64}}, expect=4)
    assert "not_found" in refused.stderr


def test_a_retired_key_signs_nothing_more(desk: Desk) -> None:
    kid = desk.run("key", "show", desk.folder / "device.pem").stdout.splitlines()[0]
    desk.on("key", "retire", kid, "--reason", "遗失")
    refused = desk.record({"kind": "SEED_REGISTER", "outputs": [desk.lot()]}, expect=1)
    assert "key_retired" in refused.stderr
    assert "不能再签新记录" in refused.stderr


def test_a_token_is_kept_only_as_its_hash(desk: Desk) -> None:
    token = desk.on("token", "--actor", COOPERATIVE).stdout.strip()
    assert len(token) == 43  # base64url of 32 bytes
    assert token.encode() not in Path(desk.data / "ledger.db").read_bytes()
    assert desk.answer("token", "--actor", COOPERATIVE)["token"] != token
    refused = desk.on("token", "--actor", "urn:daodi:actor:nobody", expect=1)
    assert "unknown_actor" in refused.stderr


def test_each_token_is_another_persons_unless_the_operator_names_the_person(desk: Desk) -> None:
    first, second = (desk.answer("token", "--actor", COOPERATIVE)["holder"] for _ in range(2))
    assert first != second
    named = ("token", "--actor", COOPERATIVE, "--holder", first)
    assert desk.answer(*named)["holder"] == first
    assert first in desk.on(*named).stderr
    assert desk.answer(*named, "--revoke")["revoked"] == 3
    for bad in (" ", "长" * 65):
        refused = desk.on("token", "--actor", COOPERATIVE, "--holder", bad, expect=1)
        assert "bad_body" in refused.stderr


def test_an_actors_tokens_can_be_ended(desk: Desk) -> None:
    token = desk.on("token", "--actor", COOPERATIVE).stdout.strip()
    hashed = sha256(token.encode()).hexdigest()
    store = SqlStore(open_engine(f"sqlite:///{desk.data / 'ledger.db'}"), None)
    try:
        bearer = bearer_of_token(store, hashed)
        assert bearer is not None
        assert bearer.actor == COOPERATIVE
        ended = desk.answer("token", "--actor", COOPERATIVE, "--revoke")["revoked"]
        assert isinstance(ended, int)
        assert ended >= 1
        assert bearer_of_token(store, hashed) is None
    finally:
        store.engine.dispose()
    assert desk.on("token", "--actor", COOPERATIVE, "--revoke").stdout.strip() == "0"


def test_a_command_judges_anew_what_another_version_judged_and_says_so_once(desk: Desk) -> None:
    desk.season()
    desk.answer("findings")
    tamper(desk.data / "ledger.db", "UPDATE judged SET version = 0")
    report = desk.answer("audit", expect=3)
    assert report["clean"]
    assert [each["code"] for each in report["unchecked"]] == ["judged_by_another_version"]
    assert "规则发现由另一版本的规则判定" in desk.on("audit", expect=3).stdout
    told = desk.on("findings", "--json")
    assert json.loads(told.stdout)["findings"] is not None
    assert told.stderr.count("judged_by_another_version") == 1
    assert desk.answer("audit")["unchecked"] == []
    assert "judged_by_another_version" not in desk.on("findings").stderr
