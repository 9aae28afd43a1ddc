"""The stranger's tool: `python -m ledger verify FILE …` needs no database, `audit` replays one.

Exit codes: 0 holds, or clean; 1 does not; 2 usage; 3 cannot be checked; 4 unknown.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import FormError, ProofError, StoreError
from ledger.evidence.shapes import parse_file
from ledger.evidence.verdict import (
    CANNOT_BE_CHECKED,
    CHECKS,
    DOES_NOT_HOLD,
    FILE_BYTES_MAX,
    HOLDS,
    UNKNOWN,
    Policy,
    Verdict,
)
from ledger.evidence.verify import verify_bundle
from ledger.herbs.identifiers import asked_uri
from ledger.log.checkpoint import COSIGNATURE_V1, parse_vkey
from ledger.statements.keys import is_note_key
from ledger.statements.statement import is_hex64, is_uri
from ledger.visible import visible, visible_json

USAGE: Final = 2
EXITS: Final = {HOLDS: 0, DOES_NOT_HOLD: 1, CANNOT_BE_CHECKED: 3, UNKNOWN: 4}

# What each check shows when it holds, in the order of format v1 section 7.
SHOWN: Final = {
    "checkpoint": (
        "检查点",
        "账本签的，答的就是所问",
        "signed by the log, and about what was asked",
    ),
    "log": ("日志", "每片叶子都在原位", "every leaf lies at its place under the signed root"),
    "map": ("主题表", "每条链完整，没有藏起一条", "each chain is whole by the signed map"),
    "statement": ("记录", "字节未改，签名都对", "each statement is unchanged and rightly signed"),
    "standing": ("资格", "签名的钥匙和主体当时都有效", "every signer was enrolled and good then"),
    "ancestry": ("来源", "每一样都能追到源头", "everything is traced back to its making"),
    "opening": ("密封值", "公开的值与承诺一致", "opened values are those that were sealed"),
}
VERDICTS: Final = {
    HOLDS: ("成立", "It holds"),
    DOES_NOT_HOLD: ("不成立：记录对不上，请先别用", "It does NOT hold"),
    CANNOT_BE_CHECKED: ("这里核对不了", "It cannot be checked here"),
    UNKNOWN: ("账本里没有这个码", "Unknown: proved absent from this ledger"),
}
NO_PROOF_SHOWS: Final = """\
主题表是否收全每片叶子，由审计者重放日志来核对；没有人提交的事、药材好不好，什么证明都说明不了，好坏看检验。
That the map covers every leaf is checked by auditors, who replay the log. No proof shows events
that nobody submitted, nor whether the herb is good: for that there are the tests."""
WHY_SIGNS_MAX: Final = 500  # a reason may quote the file
CHINA: Final = timezone(timedelta(hours=8))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code. Leaves with 2 for wrong usage, as argparse does."""
    parser = _parser()
    named = parser.parse_args(arguments)
    if named.command == "audit":
        return _audit(parser, named)
    return _verify(parser, named)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ledger", description=(__doc__ or "").strip())
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="核对证据文件 · verify an evidence file")
    verify.add_argument("file", type=Path, help="证据文件 · the evidence file (JSON)")
    verify.add_argument(
        "--asked", required=True, help="包装上的码或标识 · code on the pack, or URI"
    )
    verify.add_argument(
        "--log-key", action="append", required=True, metavar="VKEY", help="日志公钥 · a log's key"
    )
    verify.add_argument(
        "--registrar", required=True, metavar="KID", help="登记员 · the root's key id"
    )
    verify.add_argument("--witness", action="append", default=[], metavar="VKEY", help="见证人公钥")
    verify.add_argument("--quorum", type=int, default=0, metavar="N", help="至少几个见证人联署")
    verify.add_argument("--age-max", type=int, metavar="SECONDS", help="检查点最多多旧")
    verify.add_argument("--json", action="store_true", help="给程序看的 JSON")
    audit = commands.add_parser("audit", help="重放整个账本 · replay a whole ledger")
    audit.add_argument("--database", required=True, metavar="URL", help="数据库地址")
    audit.add_argument("--guard", type=Path, metavar="FILE", help="守护文件 head.guard")
    audit.add_argument("--json", action="store_true", help="给程序看的 JSON")
    return parser


def _verify(parser: argparse.ArgumentParser, named: argparse.Namespace) -> int:
    _check_keys(parser, named)
    try:
        with named.file.open("rb") as opened:
            raw = opened.read(FILE_BYTES_MAX + 1)  # one byte more shows that it is too large
    except OSError as error:
        parser.error(f"读不了文件 · the file cannot be read: {error}")
    policy = Policy(
        asked=_asked(parser, named.asked, raw),
        log_keys=tuple(named.log_key),
        registrar=named.registrar,
        witnesses=tuple(named.witness),
        quorum=named.quorum,
        age_max_s=named.age_max,
    )
    now_ms = time.time_ns() // 1_000_000  # noqa: TID251 — a composition root reads the clock
    verdict = verify_bundle(raw, policy, now_ms=now_ms)
    if named.json:
        _print(
            visible_json(json.dumps(format_verdict(verdict, policy), ensure_ascii=False, indent=2))
        )
    else:
        _print(report(verdict, policy))
    return EXITS[verdict.outcome]


def _check_keys(parser: argparse.ArgumentParser, named: argparse.Namespace) -> None:
    """A key that cannot verify is a slip of the caller's, and no finding about the file."""
    for vkeys, is_witness in ((named.log_key, False), (named.witness, True)):
        for vkey in vkeys:
            try:
                key = parse_vkey(vkey)
            except FormError as error:
                parser.error(f"公钥写法不对 · not a verifier key: {vkey}: {error}")
            known = (key.algorithm == COSIGNATURE_V1) == is_witness
            if not known or not is_note_key(key.algorithm, key.public):
                parser.error(f"不是这种用途的公钥 · not a key of that kind: {vkey}")
    if not is_hex64(named.registrar):
        parser.error("--registrar: 应为 64 位小写十六进制 · 64 lowercase hex digits")
    if not 0 <= named.quorum <= len(named.witness):
        parser.error("--quorum: 见证人不够 · more than the witnesses given")


def _asked(parser: argparse.ArgumentParser, text: str, raw: bytes) -> str:
    """The URI of a code on a pack, in the ledger that the file is of; or a URI as it is."""
    try:
        note = parse_file(raw).get("checkpoint")
    except ProofError:
        note = None  # the verdict will say so
    origin = note.partition("\n")[0] if isinstance(note, str) else ""
    try:
        return asked_uri(text, origin)
    except FormError as error:
        if not is_uri(text):
            parser.error(f"--asked: {error.sentence_cn} · {error}")
        return text


def format_verdict(verdict: Verdict, policy: Policy) -> JsonObject:
    """The verdict as JSON; times in RFC 3339 and in milliseconds."""
    return {
        "outcome": verdict.outcome,
        "asked": policy.asked,
        "check": verdict.check,
        "leaf": verdict.leaf,
        "why": _plain(verdict.why),
        "held": list[JsonValue](verdict.held),
        "unchecked": [_plain(why) for why in verdict.unchecked],
        "size": verdict.size,
        "statements": verdict.statements,
        "time": None if verdict.time_ms is None else _clock(verdict.time_ms),
        "time_ms": verdict.time_ms,
        "stale": verdict.stale,
    }


def report(verdict: Verdict, policy: Policy) -> str:
    """The verdict for people, in Chinese and English."""
    lines = [f"所问 Asked: {policy.asked}"]
    for check in CHECKS:
        name_cn, held_cn, held_en = SHOWN[check]
        if check in verdict.held:
            lines.append(f"  ✓ {name_cn} {check}: {held_cn} · {held_en}")
        elif check == verdict.check:
            leaf = "" if verdict.leaf is None else f" (叶子 leaf {verdict.leaf})"
            lines.append(f"  ✗ {name_cn} {check}{leaf}: {_plain(verdict.why)}")
        else:
            lines.append(f"  - {name_cn} {check}: 没有核对完 · not checked, or not wholly")
    lines.extend(f"  ? {_plain(why)}" for why in verdict.unchecked)
    cn, en = VERDICTS[verdict.outcome]
    lines.append(f"结论 Verdict: {cn} · {en}")
    if verdict.time_ms is not None and verdict.outcome != DOES_NOT_HOLD:
        clock = _clock(verdict.time_ms)
        lines.append(
            f"截至 As of: {clock}, {verdict.size} 片叶子 leaves; 之后的事不在其中 · nothing later"
        )
    if verdict.stale:
        lines.append("注意：检查点比要求的旧 · Note: the checkpoint is older than asked for")
    return "\n".join([*lines, NO_PROOF_SHOWS])


def _plain(text: str) -> str:
    """Text that a terminal shows as it is: what a file says must not draw a verdict of its own."""
    return visible(text.replace("\n", "\r"))[:WHY_SIGNS_MAX]


def _clock(time_ms: int) -> str:
    """Beijing time; what no calendar holds, in milliseconds."""
    try:
        return datetime.fromtimestamp(time_ms // 1000, UTC).astimezone(CHINA).isoformat()
    except (ValueError, OverflowError, OSError):
        return f"{time_ms} ms"


def _audit(parser: argparse.ArgumentParser, named: argparse.Namespace) -> int:
    # Here and not above: whoever only verifies needs neither SQLAlchemy nor a driver.
    from ledger.audit.findings import SENTENCES_CN, format_report  # noqa: PLC0415 — as said
    from ledger.audit.replay import audit  # noqa: PLC0415 — as said
    from ledger.store.database import SqlStore  # noqa: PLC0415 — as said
    from ledger.store.engine import open_engine  # noqa: PLC0415 — as said
    from ledger.store.guard import Guard  # noqa: PLC0415 — as said

    file = named.database.removeprefix("sqlite:///")
    if file != named.database and not Path(file).is_file():
        parser.error(f"没有这个数据库文件 · no such database: {file}")  # SQLite would make one
    try:
        engine = open_engine(named.database)
    except StoreError as error:
        parser.error(f"--database: {error}")
    try:
        store = SqlStore(engine, Guard(named.guard) if named.guard else None)
        found = audit(store, progress=_progress)
    except StoreError as error:
        print(f"{error.sentence_cn} · {error}", file=sys.stderr)  # noqa: T201 — a command speaks
        return EXITS[CANNOT_BE_CHECKED]
    finally:
        engine.dispose()
    if named.json:
        _print_json(format_report(found))
        return 0 if found.clean else 1
    for finding in found.findings:
        _print(f"✗ leaf {finding.leaf}: {SENTENCES_CN[finding.code]} · {_plain(finding.reason)}")
    _print(
        f"{found.size} 片叶子 leaves, {found.statements} 条记录 statements, "
        f"{len(found.findings)} 处不符 findings"
    )
    return 0 if found.clean else 1


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        print(f"\r{done}/{total}", end=end, file=sys.stderr, flush=True)  # noqa: T201 — a command speaks


def _print_json(value: JsonObject) -> None:
    _print(visible_json(json.dumps(value, ensure_ascii=False, indent=2)))


def _print(text: str) -> None:
    print(text)  # noqa: T201 — a command speaks


if __name__ == "__main__":
    sys.exit(main())
