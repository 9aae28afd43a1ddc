"""One tap deeper, 我懂技术: the checkpoint, the log's keys, and the command that checks it all."""

from dataclasses import dataclass
from hashlib import sha256
from shlex import quote
from typing import Final
from urllib.parse import quote as quote_code

from api.answers.pages import Display
from api.opened.ledger import OpenedLedger
from api.public.second import parse_ledgers
from api.shown.values import shown_time
from ledger.herbs.identifiers import host_of
from ledger.log.checkpoint import parse_checkpoint, parse_note, parse_vkey
from ledger.statements.envelope import encode_base64
from ledger.trace.trace import Trace

FINGERPRINT_LENGTH: Final = 32  # hex digits: 128 bits, read in groups of four
ALGORITHMS: Final = {1: "Ed25519", 2: "ECDSA P-256"}
EVIDENCE_FILE: Final = "evidence.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKey:
    """One key of the log: as notes name it, and as people compare it."""

    algorithm: str
    vkey: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Technical:
    """What a stranger needs in order to check this page without this server.

    `seconds` are other ledgers, each with the address of its page for second opinions.
    """

    size: int
    time: str
    root: str
    log_keys: tuple[LogKey, ...]
    registrar: str
    lot: str
    evidence: str
    evidence_file: str
    proof: str
    command: str
    seconds: tuple[tuple[str, str], ...]


def technical_of(trace: Trace, opened: OpenedLedger, display: Display) -> Technical:
    """Gather it from the newest checkpoint and the ledger's registry."""
    registry = opened.replica.registry
    checkpoint = parse_checkpoint(parse_note(opened.replica.note).text)
    code = trace.asked.code
    asked = code if "/lot/" in trace.asked.uri and "/" not in code else trace.asked.uri
    words = ["python", "-m", "ledger", "verify", EVIDENCE_FILE, "--asked", quote(asked)]
    for vkey in registry.log_keys:
        words += ["--log-key", quote(vkey)]
    words += ["--registrar", registry.founder or ""]
    return Technical(
        size=checkpoint.size,
        time=shown_time(trace.time_ms, english=display.english),
        root=encode_base64(checkpoint.root),
        log_keys=tuple(map(_log_key, registry.log_keys)),
        registrar=registry.founder or "",
        lot=trace.asked.uri,
        evidence=f"/v1/evidence?code={code}",
        evidence_file=EVIDENCE_FILE,
        proof=f"/proof?code={quote_code(code, safe='')}",
        command=" ".join(words),
        seconds=tuple(
            (one.origin, f"https://{host_of(one.origin)}/verify?code={quote_code(code, safe='')}")
            for one in parse_ledgers(opened.settings.known_ledgers)
        ),
    )


def _log_key(vkey: str) -> LogKey:
    key = parse_vkey(vkey)
    digest = sha256(key.public).hexdigest()[:FINGERPRINT_LENGTH]
    return LogKey(
        algorithm=ALGORITHMS.get(key.algorithm, str(key.algorithm)),
        vkey=vkey,
        fingerprint=" ".join(digest[at : at + 4] for at in range(0, len(digest), 4)),
    )
