"""What an audit says: one finding for one thing that does not add up, with its leaf."""

from dataclasses import dataclass
from typing import Final

from ledger.canonical import JsonObject

FINDINGS_MAX: Final = 10_000  # a ledger damaged more than this needs a backup, not a list

# Stable codes with the sentence that a regulator reads.
SENTENCES_CN: Final = {
    "leaf_missing": "这一行不见了，或被挪了位置。",
    "leaf_damaged": "叶子的字节被改过。",
    "statement_damaged": "记录的内容被改过，与叶子里的编号对不上。",
    "signature_false": "签名不对。",
    "links_differ": "叶子与记录或链的前一环对不上。",
    "key_chain_broken": "这把钥匙的编号或前一条对不上。",
    "standing": "签名的钥匙或主体当时无权这样记录。",
    "time_differs": "收到时间与同组或前面的叶子不一致。",
    "map_differs": "主题表的根与重算的不同。",
    "root_differs": "树根与已签名的检查点不同。",
    "note_false": "检查点的签名不对，或不是当时的日志钥匙签的。",
    "note_missing": "这一组没有留下已签名的检查点。",
    "head_lost": "数据库比守护文件或已签名的检查点旧。",
    "projection_differs": "由记录推出的表与重算的不同。",
    "opening_differs": "封存内容的明文与签过名的承诺值对不上。",
    "rival_damaged": "留证的另一条记录与它的编号或签名对不上。",
    "judgement_differs": "保存的规则发现与全部重算的不同。",
    "judged_by_another_version": "规则发现由另一版本的规则判定，还没有全部重新判定，没有核对。",
    "projection_unchecked": "记录本身已损坏，从这一条起由记录推出的表无法核对。",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not add up. `leaf` is its log index, None for a whole table or note.

    `table` names the projection where it is one that differs.
    """

    code: str
    reason: str
    leaf: int | None = None
    table: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What was replayed, and every finding in order of the log.

    What could not be compared is in `unchecked`: it says nothing for the ledger or against it.
    """

    size: int
    statements: int
    signed_heads: int
    rivals: int
    findings: tuple[Finding, ...]
    truncated: bool = False
    unchecked: tuple[Finding, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether everything added up."""
        return not self.findings


def format_report(report: AuditReport) -> JsonObject:
    """The report as JSON, each finding with its Chinese sentence."""
    return {
        "clean": report.clean,
        "size": report.size,
        "statements": report.statements,
        "signed_heads": report.signed_heads,
        "rivals": report.rivals,
        "truncated": report.truncated,
        "findings": [_format(finding) for finding in report.findings],
        "unchecked": [_format(finding) for finding in report.unchecked],
    }


def _format(finding: Finding) -> JsonObject:
    return {
        "code": finding.code,
        "leaf": finding.leaf,
        "table": finding.table,
        "reason": finding.reason,
        "sentence_cn": SENTENCES_CN[finding.code],
    }
