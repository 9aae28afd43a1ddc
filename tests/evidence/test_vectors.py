"""`scripts/vectors` runs a file of worked values and bundles through the project's own code."""

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger.log.leaves import StateLeaf, parse_leaf
from ledger.log.merkle import MerkleTree, leaf_hash
from ledger.statements.envelope import pae, statement_id
from ledger.statements.keys import parse_private_key
from ledger.statements.sealed import commitment
from tests.evidence.forge import Forge, Signer

COMMAND = Path(__file__).parents[2] / "scripts" / "vectors"
LOT, NOBODYS = "https://ledger.example/lot/a", "https://ledger.example/lot/b"
SEED = bytes(range(32))
Vectors = dict[str, Any]


def run(vectors: Vectors, folder: Path) -> tuple[int, str]:
    path = folder / "vectors.json"
    path.write_text(json.dumps(vectors))
    done = subprocess.run(
        [sys.executable, str(COMMAND), str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def a_ledger() -> Forge:
    """A genesis, a lot and a state leaf, by keys that anybody can make."""
    secret = derive_private_key(1001, SECP256R1())
    key, log_key = (
        parse_private_key(one.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        for one in (secret, Ed25519PrivateKey.from_private_bytes(SEED))
    )
    root = Signer(key=key, alg=key.alg, spki=key.spki)
    forge = Forge(root=root, log_key=log_key, depth=20)
    forge.found()
    forge.make(root, LOT)
    forge.state()
    return forge


def worked_values() -> Vectors:
    """A small file of the same shape as a published one."""
    forge = a_ledger()
    good, absent = forge.cut(LOT), forge.cut(NOBODYS)
    tree = MerkleTree()
    tree.extend([leaf_hash(raw) for raw in forge.leaves])
    state = parse_leaf(forge.leaves[-1])
    assert isinstance(state, StateLeaf)
    sealed: Vectors = {
        "ledger": "a.example",
        "key": "ab" * 32,
        "seq": 7,
        "name": "buyer",
        "salt": "AAECAwQFBgcICQoLDA0ODw",
        "value": "张三",
    }
    return {
        "keys": {
            "root": {"d": 1001},
            "log": {"seed_hex": SEED.hex()},
            "log_p256": {"seed_hex": SEED.hex()},
        },
        "origin": "ledger.example/herbs",
        # Twice the same: the checkpoint of this small ledger has one line.
        "log_vkeys": [forge.vkey] * 2,
        "registrar_kid": forge.root.kid,
        "pae": {
            "payload": "{}",
            "pae_hex": pae(b"{}").hex(),
            "statement_id": statement_id(b"{}"),
        },
        "check_char": {"0000000000000000001": "y"},
        "subject_key": {},
        "commitment": {**sealed, "sealed": commitment(**sealed)},
        "leaves_hex": [raw.hex() for raw in forge.leaves],
        "leaf_hashes_hex": [leaf_hash(raw).hex() for raw in forge.leaves],
        "roots_hex": {str(size): tree.root(size).hex() for size in range(1, 4)},
        "empty_map_root_hex": {},
        "map_root_hex": state.map_root.hex(),
        "statements": {
            one: {"payload": payload, "sig": signature}
            for one, payload, signature in forge.said.values()
        },
        "checkpoint": good["checkpoint"],
        "evidence": {
            "good": good,
            "absent": {"asked": NOBODYS, "bundle": absent},
            "bad": [
                {"why": "nothing", "check": "map", "asked": LOT, "bundle": {**good, "subjects": 1}}
            ],
        },
    }


def test_right_values_come_out_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    vectors = worked_values()
    code, told = run(vectors, tmp_path)
    assert (code, told.splitlines()[-1].endswith("0 differ")) == (0, True), told
    wrong = deepcopy(vectors)
    wrong["check_char"]["0000000000000000001"] = "x"
    wrong["evidence"]["bad"][0]["check"] = "log"
    code, told = run(wrong, tmp_path)
    assert code == 1
    assert "differs  check_char 0000000000000000001" in told
    assert told.splitlines()[-1].endswith("2 differ")


def test_a_value_that_is_missing_or_unreadable_differs(tmp_path: Path) -> None:
    vectors = worked_values()
    del vectors["map_root_hex"]
    vectors["leaves_hex"] = ["09"]
    code, told = run(vectors, tmp_path)
    assert code == 1
    assert "log_cases: stopped by" in told


def test_the_command_is_called_with_one_file() -> None:
    done = subprocess.run(
        [sys.executable, str(COMMAND)], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 2
