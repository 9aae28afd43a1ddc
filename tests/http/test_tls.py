"""A machine's own certificate: phones check over HTTPS, and the key is its owner's alone."""

import re
import ssl
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from cryptography import x509

from api.access import hash_of
from api.certificate import (
    CERTIFICATE_FILE,
    KEY_FILE,
    VALID,
    LocalCertificate,
    local_certificate,
    names_here,
)
from api.cli import main
from api.settings import Settings
from ledger.errors import StoreError
from ledger.store.tokens import Bearer, keep_token
from tests.http.served import found
from tests.http.server import Server, running

NOW_MS = 1_775_000_000_000
NAMES = ("localhost", "127.0.0.1", "::1", "192.0.2.7")


def made(folder: Path, *, names: tuple[str, ...] = NAMES, now_ms: int = NOW_MS) -> LocalCertificate:
    return local_certificate(folder, names=names, now_ms=now_ms)


def test_a_certificate_names_the_machine_and_its_fingerprint_is_that_of_its_bytes(
    tmp_path: Path,
) -> None:
    found_here = made(tmp_path / "keys")

    certificate = x509.load_pem_x509_certificate(found_here.certificate.read_bytes())
    der = ssl.PEM_cert_to_DER_cert(found_here.certificate.read_text())
    assert found_here.fingerprint.replace(":", "").lower() == sha256(der).hexdigest()
    assert set(found_here.names) == set(NAMES)
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.not_valid_before_utc < datetime.fromtimestamp(NOW_MS // 1000, UTC)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == VALID
    assert found_here.key.stat().st_mode & 0o777 == 0o600


def test_it_stays_until_it_expires_or_an_address_is_new(tmp_path: Path) -> None:
    first = made(tmp_path)
    key = (tmp_path / KEY_FILE).read_bytes()

    assert made(tmp_path) == first
    assert made(tmp_path, names=NAMES[:2]) == first  # it stands for more than is asked
    moved = made(tmp_path, names=(*NAMES, "192.0.2.8"))
    assert moved.fingerprint != first.fingerprint
    late_ms = NOW_MS + int(VALID.total_seconds()) * 1000
    renewed = made(tmp_path, names=(*NAMES, "192.0.2.8"), now_ms=late_ms)
    assert renewed.fingerprint != moved.fingerprint
    assert (tmp_path / KEY_FILE).read_bytes() == key
    renewed.certificate.write_text("spoilt")
    assert made(tmp_path, now_ms=late_ms).fingerprint != renewed.fingerprint


def test_a_key_that_others_could_have_read_is_not_used(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(StoreError) as refused:
        made(tmp_path)
    assert refused.value.code == "not_set_up"


def test_a_machine_is_called_by_loopback_and_by_where_it_listens() -> None:
    names = names_here("herbs.example")
    assert {"localhost", "127.0.0.1", "::1", "herbs.example"} <= set(names)
    assert "0.0.0.0" not in names_here("0.0.0.0")  # noqa: S104 — compared


def test_a_certificate_without_its_key_is_a_slip(tmp_path: Path) -> None:
    given = made(tmp_path).certificate
    ran = CliRunner().invoke(
        main, ["serve", "--data", str(tmp_path), "--tls-cert", str(given)], obj=lambda: NOW_MS
    )
    assert ran.exit_code == 2
    assert "belong together" in ran.output


def asked_securely(server: Server, trusted: Path, host: str) -> httpx.Response:
    """Ask over HTTPS whom this one certificate proves."""
    context = ssl.create_default_context(cafile=str(trusted))
    url = f"https://{host}:{server.port}/v1/ledger"
    return httpx.get(url, verify=context, trust_env=False)


@pytest.mark.slow
def test_a_server_speaks_https_by_its_own_certificate_and_keeps_it(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    beside, _ = found(settings)
    beside.store.engine.dispose()
    trusted = tmp_path / "keys" / "tls.pem"
    told = []
    for _ in range(2):
        with running(settings, "--tls") as server:
            for host in ("127.0.0.1", "localhost"):
                answer = asked_securely(server, trusted, host)
                assert answer.json()["origin"] == beside.origin
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                httpx.get(f"https://127.0.0.1:{server.port}/", trust_env=False)
            told += re.findall("SHA-256 ([0-9A-F:]{95})", server.said())
    assert len(told) == 2
    assert told[0] == told[1]
    assert (tmp_path / "keys" / KEY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_a_server_takes_a_certificate_that_it_is_given(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "ledger")
    beside, _ = found(settings)
    beside.store.engine.dispose()
    now_ms = int(datetime.now(UTC).timestamp() * 1000)  # noqa: TID251 — its client reads the clock
    given = made(tmp_path / "given", now_ms=now_ms)
    arguments = ("--tls-cert", str(given.certificate), "--tls-key", str(given.key))
    with running(settings, *arguments) as server:
        assert asked_securely(server, given.certificate, "127.0.0.1").status_code == 200
    assert not (tmp_path / "ledger" / "keys" / KEY_FILE).exists()


@pytest.mark.slow
def test_over_tls_browsers_are_told_to_stay_there_and_keep_the_cookie_to_it(
    tmp_path: Path,
) -> None:
    settings = Settings(data=tmp_path)
    beside, chain = found(settings)
    keep_token(
        beside.store,
        hash_of("secret"),
        Bearer(actor=chain.actors["mill"], holder="clerk"),
        created_ms=chain.now_ms,
    )
    beside.store.engine.dispose()
    with running(settings, "--tls") as server:
        trusted = ssl.create_default_context(cafile=str(tmp_path / "keys" / CERTIFICATE_FILE))
        with httpx.Client(
            base_url=f"https://127.0.0.1:{server.port}", verify=trusted, trust_env=False
        ) as client:
            answer = client.post(
                "/login",
                data={"token": "secret", "next": "/enterprise"},
                headers={"sec-fetch-site": "same-origin"},
            )
            page = client.get("/enterprise")
            healthy = client.get("/healthz")

    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-daodi_token=session.")
    assert "; secure" in answer.headers["set-cookie"].lower()
    assert page.status_code == 200
    for one in (answer, page, healthy):
        assert one.headers["strict-transport-security"] == "max-age=31536000"
