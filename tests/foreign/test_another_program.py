"""Another program's key: enrolled by the command, it records over HTTP, and its evidence holds."""

import ast
import json
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from api.app import clock_ms
from api.opened.ledger import found_ledger
from api.settings import Settings
from ledger.evidence.verdict import Policy
from ledger.evidence.verify import verify_bundle
from tests.chain import ORIGIN, clock_text
from tests.foreign.device import Device, get, make_of, new_code, post
from tests.http.forking import Nursery, forked
from tests.http.server import DAODI, Server
from tests.stranger.verify import verify as verify_as_stranger

ACTOR = "urn:daodi:actor:foreign"
HOST = f"https://{ORIGIN.partition('/')[0]}"


def daodi(settings: Settings, *arguments: str | Path) -> str:
    """Run the command on the ledger; its output."""
    place = ("--data", settings.data, "--database", settings.database_url)
    ran = subprocess.run([DAODI, *arguments, *place], capture_output=True, text=True, check=True)
    return ran.stdout


def enrol(settings: Settings, device: Device) -> None:
    """What an operator types for a new actor and its device."""
    spki = settings.data / "foreign.pem"
    spki.write_bytes(device.pem())
    named = ("--id", ACTOR, "--name", "外来程序", "--role", "cooperative", "--county", "410825")
    daodi(settings, "actor", "admit", *named)
    daodi(settings, "key", "enrol", "--actor", ACTOR, "--spki", spki, "--role", "cooperative")


def deliver_a_season(server: Server, device: Device) -> str:
    """Post seed, crop and harvest in one request; the lot's URI."""
    base_url = server.url("")
    now = clock_text(clock_ms())
    seed, crop, lot = (f"{HOST}/{part}/{new_code()}" for part in ("lot", "crop", "lot"))
    statements = [device.sign(_seed(seed, now)), device.sign(_sow(seed, crop, now))]
    # The commitment is bound to the number of the statement that comes next.
    commitment, opening = device.seal("pickers", ["李四", "Ωμέγα", "\U0001f33f"])
    sealed = {"pickers": commitment}
    harvest = make_of(crop, lot, kind="HARVEST", at=now, herb="huaidihuang", sealed=sealed)
    envelope = device.sign(harvest)
    answer = post(base_url, {"statements": [*statements, {**envelope, "openings": [opening]}]})
    assert [receipt["finality"] for receipt in answer["receipts"]] == ["recorded"] * 3, answer
    assert answer["receipts"][2]["statement_id"] == device.prev
    return lot


@pytest.mark.slow
def test_a_foreign_key_records_over_http_and_its_evidence_holds_for_both_verifiers(
    database_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=database_url, requests_per_minute=0)
    found_ledger(settings, ORIGIN, clock_ms).store.engine.dispose()
    device = Device(ledger=ORIGIN)
    with forked(nursery, settings) as server:
        enrol(settings, device)  # beside the running server, which must see it
        lot = deliver_a_season(server, device)
        code = lot.rpartition("/")[2]
        ledger = get(server.url(""), "/v1/ledger")
        evidence = get(server.url(""), f"/v1/evidence?code={quote(code)}")
        trace = get(server.url(""), f"/v1/trace?code={quote(lot, safe='')}")
        standing = get(server.url(""), f"/v1/keys/{device.kid}")

    raw = json.dumps(evidence, ensure_ascii=False).encode()
    pinned = {"log_keys": tuple(ledger["log_keys"]), "registrar": ledger["registrar"]}
    stranger = verify_as_stranger(raw, asked=lot, **pinned)
    ours = verify_bundle(raw, Policy(asked=lot, **pinned))

    assert (stranger.outcome, ours.outcome) == ("holds", "holds"), (stranger, ours)
    assert device.kid in evidence["keys"]
    assert trace["lot"] == lot
    assert trace["net_g"] == 1_240_500
    assert (standing["next_seq"], standing["head"]) == (3, device.prev)


@pytest.mark.slow
def test_a_forged_byte_in_that_evidence_is_found_by_both_verifiers(
    sqlite_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=sqlite_url, requests_per_minute=0)
    found_ledger(settings, ORIGIN, clock_ms).store.engine.dispose()
    device = Device(ledger=ORIGIN)
    with forked(nursery, settings) as server:
        enrol(settings, device)
        lot = deliver_a_season(server, device)
        ledger = get(server.url(""), "/v1/ledger")
        evidence = get(server.url(""), f"/v1/evidence?code={quote(lot, safe='')}")

    assert device.prev is not None
    statement = evidence["statements"][device.prev]
    statement["payload"] = statement["payload"].replace("1240.5", "9240.5")
    raw = json.dumps(evidence, ensure_ascii=False).encode()
    pinned = {"log_keys": tuple(ledger["log_keys"]), "registrar": ledger["registrar"]}
    verdicts = (
        verify_as_stranger(raw, asked=lot, **pinned),
        verify_bundle(raw, Policy(asked=lot, **pinned)),
    )

    assert [(one.outcome, one.check) for one in verdicts] == [("does_not_hold", "statement")] * 2


def _seed(seed: str, at: str) -> dict[str, object]:
    made = make_of(None, seed, kind="SEED_REGISTER", at=at, herb="huaidihuang")
    body = made["body"]
    body["quantityList"] = body.pop("outputQuantityList")
    body |= {"type": "ObjectEvent", "action": "ADD"}
    return made


def _sow(seed: str, crop: str, at: str) -> dict[str, object]:
    made = make_of(None, crop, kind="SOW", at=at, herb="huaidihuang")
    made["body"]["inputQuantityList"] = [{"epcClass": seed, "quantity": 400, "uom": "KGM"}]
    return {**made, "inputs": [seed], "subjects": sorted([crop, f"{seed}#out"])}


def test_the_foreign_program_shares_no_code_with_the_project() -> None:
    tree = ast.parse(Path(__file__).with_name("device.py").read_text())
    named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named += [
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    ]
    assert {name.partition(".")[0] for name in named}.isdisjoint({"ledger", "api", "labels"})
