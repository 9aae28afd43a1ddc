"""What the page gives the reader's phone for its own check: pins, sentences, vocabulary words.

The check itself is `static/public/verify`; format v1 section 7.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.answers.pages import Display
from api.opened.ledger import OpenedLedger
from ledger.errors import CODES
from ledger.log.checkpoint import parse_checkpoint, parse_note

# `{}` takes a number or a time, in the order in which they are named.
WORDS: Final = {
    "checked": "您的手机已核对：{}步记录都有签名，写入后没改过",
    "partly": "{}步已核对，{}步是事后补录",
    "quality": "这说明记录没被改过；药材质量看检验结果。",
    "wrong": "记录对不上，请先别用",
    "where": "对不上的地方：第 {} 步",
    "good": "✓ 已核对",
    "bad": "✕ 对不上",
    "unsure": "核对不了",
    "checkpoint": "账本的签名不对，或者平台答的不是这个编号。",
    "log": "有记录不在账本里它该在的位置。",
    "map": "有记录被藏起来了，或者前后接不上。",
    "statement": "有记录的内容、钥匙或签名对不上。",
    "standing": "有签名的人没有资格，或者他的资格没有出示。",
    "ancestry": "药材的来历没有出示完整。",
    "opening": "公开的保密内容对不上。",
    "page": "这一页上写的和账本里的不一样。",
    "crypto": "这个网址不是 https，或者浏览器太旧，手机不能核对。",
    "server": "平台现在没有给出证据，手机不能核对。",
    "algorithm": "有的签名这部手机不会核对。",
    "version": "有的记录是新的格式，这一页还不会核对。",
    "kind": "有的记录是新的种类，这一页还不会核对。",
    "other": "证据太大，或者是新的格式，手机没能核对。",
    "time": (
        "账本的检查点（{}）和手机上的时间相差超过 24 小时："
        "不是检查点太旧，就是手机的时间不准，不能当作现在的情况。"
    ),
    "newer": "刚有新的记录，请刷新这一页再看。",
    "offline": "现在没有网；上次核对：{}",
    "never": "没有核对过",
    "keys": "注意：账本的公钥和这部手机上次见到的不一样。",
    "size": "注意：账本变短了。这部手机见过 {} 条，现在只有 {} 条。",
    "root": "注意：账本在同一条数上，给过这部手机两个不同的根：它可能有两本账。",
    "seen": "手机核对的账本共 {} 条，检查点时间 {}；见证人签字 {} 个",
    "witnesses": "未经见证：有 {} 个见证人签字，要求 {} 个。",
    "absent": "您的手机已核对：账本里没有这个码",
    "unknown": "包装上的序号不在企业签名登记的范围里。",
    "voided": "企业签名的记录说，这个序号已经作废。",
    "unit": "包装上的序号在企业签名登记的范围里。编号最后六位是校验码，只有平台能核对。",
    "unissued": "您的手机已核对：企业没有登记过这个序号",
    "denied": "账本里有这批药材，也登记过这个序号。平台说编号最后六位不对，这一点手机核对不了。",
    "held": "成立",
    "failed": "对不上",
    "open": "没有核对",
}
CHECKS: Final = {
    "checkpoint": "账本的签名",
    "log": "每条记录在账本里的位置",
    "map": "没有藏起来的记录",
    "statement": "每条记录的内容和签名",
    "standing": "签名人的资格",
    "ancestry": "来历完整",
    "opening": "公开的保密内容",
}
# The look of a sentence, and the sign that says it without colour.
LOOKS: Final = {
    "checked": ("status is-green", "✓"),
    "wrong": ("status is-red", "✕"),
    "partly": ("status is-grey", "补"),
    "offline": ("status is-grey", "…"),
    "good": ("tag is-green", ""),
    "bad": ("tag is-red", ""),
    "unsure": ("tag", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One sentence or word in the reader's language, and how it looks."""

    name: str
    text: str
    look: str = ""
    sign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """Pinned with the page: vkeys, the founding registrar's key id, the log's size just now.

    `quorum` of the `witnesses` (vkeys) must have cosigned; `checks` names the seven.
    """

    log_keys: tuple[str, ...]
    registrar: str
    size: int
    witnesses: tuple[str, ...]
    quorum: int
    words: tuple[Word, ...]
    checks: tuple[tuple[str, str], ...]


def phone_of(
    opened: OpenedLedger,
    display: Display,
    vocabulary: Mapping[str, str] | None = None,
    *,
    too_large: bool = False,
) -> Phone:
    """Gather it from the ledger's registry, its newest checkpoint and the operator's settings.

    `vocabulary` are the page's words for coded values of statements. Evidence that is `too_large`
    is not given out, and the phone says why.
    """
    said = WORDS | ({"server": CODES["evidence_too_large"].sentence_cn} if too_large else {})
    registry = opened.replica.registry
    sentences = [_word(name, display.say(text)) for name, text in said.items()]
    coded = [Word(name=name, text=text) for name, text in (vocabulary or {}).items()]
    return Phone(
        log_keys=registry.log_keys,
        registrar=registry.founder or "",
        size=parse_checkpoint(parse_note(opened.replica.note).text).size,
        witnesses=tuple(opened.settings.witnesses.split()),
        quorum=opened.settings.witness_quorum,
        words=(*sentences, *coded),
        checks=tuple((name, display.say(text)) for name, text in CHECKS.items()),
    )


def _word(name: str, text: str) -> Word:
    look, sign = LOOKS.get(name, ("", ""))
    return Word(name=name, text=text, look=look, sign=sign)
