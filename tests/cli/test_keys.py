"""Keys made, shown and enrolled by command, also those of another program."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ledger.statements.keys import generate_private_key, parse_private_key, parse_spki_pem
from tests.chain import clock_text
from tests.cli.desk import COOPERATIVE, ORIGIN, Desk
from tests.foreign.device import Device, make_of


def test_a_new_key_lies_in_a_file_that_only_its_owner_may_read(bare: Desk) -> None:
    path = bare.folder / "device.pem"
    kid = bare.run("key", "new", "--out", path).stdout.strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert parse_private_key(path.read_bytes()).key_id == kid


def test_a_new_key_overwrites_nothing(bare: Desk) -> None:
    path = bare.folder / "device.pem"
    bare.run("key", "new", "--out", path, "--alg", "Ed25519")
    before = path.read_bytes()
    bare.run("key", "new", "--out", path, expect=2)
    assert path.read_bytes() == before


def test_showing_a_key_shows_its_public_half_alone(bare: Desk) -> None:
    path = bare.folder / "device.pem"
    bare.run("key", "new", "--out", path)
    shown = bare.run("key", "show", path).stdout
    assert "PRIVATE" not in shown
    kid, _, pem = shown.partition("\n")
    assert parse_spki_pem(pem.encode()).key_id == kid
    said = json.loads(bare.run("key", "show", path, "--json").stdout)
    assert said == {"kid": kid, "alg": "ES256", "spki_pem": pem}


def test_the_logs_keys_may_come_from_the_environment_and_must_be_those_it_states(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sorted(desk.data.glob("keys/log-*.pem"))
    own = "".join(path.read_text() for path in files)
    for path in files:
        path.unlink()
    assert "no log key log-" in desk.on("ledger", "show", expect=3).stderr
    monkeypatch.setenv("DAODI_LOG_KEYS", own)
    desk.record({"kind": "SEED_REGISTER", "outputs": [desk.lot()]})
    assert desk.answer("audit")["clean"]
    monkeypatch.setenv("DAODI_LOG_KEYS", generate_private_key("Ed25519").to_pem().decode())
    refused = desk.record({"kind": "SEED_REGISTER", "outputs": [desk.lot()]}, expect=3)
    assert "not_set_up" in refused.stderr
    assert "not one that the ledger states" in refused.stderr


def test_packs_are_not_printed_where_the_secret_of_their_codes_is_gone(desk: Desk) -> None:
    pack = desk.season()
    (desk.data / "keys" / "labels.secret").unlink()
    typed = ("labels", "--lot", pack, "--count", 1, "--out", desk.folder / "label.png")
    refused = desk.on(*typed, expect=3)
    assert "not_set_up" in refused.stderr
    assert "labels.secret" in refused.stderr


def test_no_command_prints_a_private_key(desk: Desk) -> None:
    secrets = [path.read_text().splitlines()[1] for path in desk.data.glob("keys/*.pem")]
    secrets.append((desk.folder / "device.pem").read_text().splitlines()[1])
    for typed in (("ledger", "show"), ("audit",), ("export", "--openings")):
        printed = desk.on(*typed).stdout
        assert not [secret for secret in secrets if secret in printed]


def test_the_public_key_of_another_program_is_enrolled_and_its_statement_imported(
    desk: Desk,
) -> None:
    device = Device(ORIGIN)
    spki = desk.folder / "foreign.pem"
    spki.write_bytes(device.pem())
    enrolled = desk.answer("key", "enrol", "--actor", COOPERATIVE, "--spki", spki)
    assert enrolled["kid"] == device.kid
    lot = desk.lot()
    at = clock_text(desk.now_ms)
    envelope = device.sign(make_of(None, lot, kind="SEED_REGISTER", at=at, herb="huaidihuang"))
    lines = desk.folder / "statements.ndjson"
    lines.write_text(json.dumps(envelope) + "\n")
    # A seed lot is registered, not transformed: the body's own type is judged.
    assert "bad_event" in desk.on("import", lines, expect=1).stderr
    device.seq, device.prev = 0, None
    crop = lot.replace("/lot/", "/crop/")
    envelope = device.sign(make_of(crop, lot, kind="HARVEST", at=at, herb="huaidihuang"))
    lines.write_text(json.dumps(envelope) + "\n")
    assert desk.answer("import", lines)["recorded"] == 1
    assert desk.answer("trace", lot)["steps"][0]["statement_id"] == device.prev


def test_a_key_file_of_another_program_signs_records(desk: Desk) -> None:
    for made in (ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()):
        path = _written(desk.folder / f"{type(made).__name__}.pem", made)
        spki = desk.folder / "public.pem"
        public = made.public_key()
        spki.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        desk.on("key", "enrol", "--actor", COOPERATIVE, "--spki", spki, "--role", "cooperative")
        desk.record({"kind": "SEED_REGISTER", "outputs": [desk.lot()]}, key=path.stem)
    assert desk.answer("audit")["clean"]


def test_a_key_is_enrolled_for_an_admitted_actor_only(desk: Desk) -> None:
    path = desk.folder / "device.pem"
    nobody = ("--actor", "urn:daodi:actor:nobody")
    assert "unknown_actor" in desk.on("key", "enrol", *nobody, "--spki", path, expect=1).stderr
    again = desk.on("key", "enrol", "--actor", COOPERATIVE, "--spki", path, expect=1)
    assert "already_registered" in again.stderr


def test_a_device_that_is_no_registrar_admits_nobody(desk: Desk) -> None:
    typed = ("actor", "admit", "--id", "urn:daodi:actor:mate", "--name", "熟人", "--role", "mill")
    refused = desk.on(*typed, "--key", desk.folder / "device.pem", expect=1)
    assert "not_registrar" in refused.stderr


def test_a_registrars_key_kept_elsewhere_is_named(desk: Desk) -> None:
    kept = desk.folder / "registrar.pem"
    (desk.data / "keys" / "registrar.pem").rename(kept)
    typed = ("actor", "admit", "--id", "urn:daodi:actor:mill", "--name", "加工厂", "--role", "mill")
    assert "--key" in desk.on(*typed, expect=3).stderr
    desk.on(*typed, "--key", kept)


def _written(path: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> Path:
    path.touch(0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path
