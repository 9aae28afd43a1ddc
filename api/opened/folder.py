"""The folder of a small ledger: private keys in 0600 files, the guard, blobs, the demonstration."""

import os
import stat
from pathlib import Path
from typing import Final

from ledger.errors import DaodiError, StoreError
from ledger.statements.keys import PrivateKey, generate_private_key, parse_private_key

OWNER_ONLY: Final = 0o600
FOLDER_MODE: Final = 0o700
SECRET_BYTES: Final = 32
DECISIONS: Final = "decisions.json"
PEM_END: Final = "-----END PRIVATE KEY-----"
# The first signs every checkpoint; the second serves phones that have no Ed25519.
LOG_KEYS: Final = (("log-ed25519.pem", "Ed25519"), ("log-p256.pem", "ES256"))


class LedgerFolder:
    """Paths under `--data DIR`, and the keys in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys = path / "keys"
        self.blobs = path / "blobs"
        self.prints = path / "prints"  # files of print jobs, drawn again when they are gone
        self.press = path / "press.lock"  # held by whoever draws a job
        self.guard = path / "head.guard"
        self.demo = path / "demo.json"
        self.decisions = path / DECISIONS  # what officers confirmed, by their own hands
        self.registrar = self.keys / "registrar.pem"
        self.label_secret = self.keys / "labels.secret"

    def make(self) -> None:
        """Make the folder and what belongs in it, for its owner alone; what is there stays."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.path, self.keys, self.blobs):
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        self.keys.chmod(FOLDER_MODE)

    def make_keys(self) -> None:
        """Make the registrar's key, the log's keys and the labels' secret where missing."""
        self.make()
        if not self.registrar.exists():
            write_private(self.registrar, generate_private_key("ES256").to_pem())
        for name, alg in LOG_KEYS:
            if not (self.keys / name).exists():
                write_private(self.keys / name, generate_private_key(alg).to_pem())
        if not self.label_secret.exists():
            write_private(self.label_secret, os.urandom(SECRET_BYTES))

    def registrar_key(self) -> PrivateKey | None:
        """The root registrar's key, None when it is kept elsewhere, as it should be in a city."""
        return read_key(self.registrar) if self.registrar.exists() else None

    def log_keys(self, pem: str = "") -> tuple[PrivateKey, ...]:
        """The log's keys: from `pem` (PKCS#8 blocks one after another), else from the files."""
        if pem:
            blocks = [block + PEM_END + "\n" for block in pem.split(PEM_END) if block.strip()]
            return tuple(parse_private_key(block.strip().encode()) for block in blocks)
        missing = [name for name, _ in LOG_KEYS if not (self.keys / name).exists()]
        if missing:
            raise StoreError("not_set_up", f"no log key {', '.join(missing)} in {self.keys}")
        return tuple(read_key(self.keys / name) for name, _ in LOG_KEYS)

    def secret(self) -> bytes:
        """The secret under which packs' codes are checked."""
        if not self.label_secret.exists():
            raise StoreError("not_set_up", f"{self.label_secret} is missing")
        return read_private(self.label_secret)


def read_key(path: Path) -> PrivateKey:
    """Read a private key from a file that only its owner may read."""
    try:
        return parse_private_key(read_private(path))
    except DaodiError as error:
        raise type(error)(error.code, f"{path}: {error.message}") from error


def read_private(path: Path) -> bytes:
    """Read a secret. Raises StoreError when others could have read it too."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise StoreError("not_set_up", f"{path} has mode {mode:04o}, expected {OWNER_ONLY:04o}")
    return path.read_bytes()


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read, from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
