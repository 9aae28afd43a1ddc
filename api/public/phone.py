"""What the page gives the reader's phone for its own check: pins, sentences, vocabulary words.

The check itself is `static/public/verify`; format v1 section 7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from api.answers.pages import Display
from api.opened.ledger import OpenedLedger
from api.public.packet.status import BEST, Shown
from ledger.errors import CODES
from ledger.log.checkpoint import parse_checkpoint, parse_note

QUALITY: Final = "这说明记录没被改过；药材质量看检验结果。"
# `{}` takes a number or a time, in the order in which they are named.
LINES: Final = {
    "unchecked": "",
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
    "keys": "注意：账本的公钥和这部手机上次见到的不一样。",
    "size": "注意：账本变短了。这部手机见过 {} 条，现在只有 {} 条。",
    "root": "注意：账本在同一条数上，给过这部手机两个不同的根：它可能有两本账。",
    "witnesses": "未经见证：有 {} 个见证人签字，要求 {} 个。",
    "absent": "您的手机已核对：账本里没有这个码",
    "unknown": "包装上的序号不在企业签名登记的范围里。",
    "voided": "企业签名的记录说，这个序号已经作废。",
    "unit": "包装上的序号在企业签名登记的范围里。编号最后六位是校验码，只有平台能核对。",
    "unissued": "您的手机已核对：企业没有登记过这个序号",
    "denied": "账本里有这批药材，也登记过这个序号。平台说编号最后六位不对，这一点手机核对不了。",
}
# Words within a line: their text, and their look where they have one.
WORDS: Final = {
    "good": ("✓ 已核对", "tag is-green"),
    "bad": ("✕ 对不上", "tag is-red"),
    "unsure": ("核对不了", "tag"),
    "held": ("成立", ""),
    "failed": ("对不上", ""),
    "open": ("没有核对", ""),
    "never": ("没有核对过", ""),
    "seen": ("手机核对的账本共 {} 条，检查点时间 {}；见证人签字 {} 个", ""),
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
RECALLED: Final = "recalled"
WRONG: Final = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A sentence, or a word within one, in the reader's language; the class that colours it."""

    name: str
    text: str
    look: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a phone found of the packet: `sign` says it without colour, `below` stands under it.

    It has a `look` where it may stand in the place of what the server says.
    """

    name: str
    text: str
    look: str
    sign: str
    below: str = ""


FOUND: Final = (
    Found(
        name="checked",
        text="您的手机已核对：{}步记录都有签名，写入后没改过",
        look="is-green",
        sign="✓",
        below=QUALITY,
    ),
    Found(
        name="partly",
        text="{}步已核对，{}步是事后补录",
        look="is-grey",
        sign="补",
        below=QUALITY,
    ),
    Found(name="offline", text="现在没有网；上次核对：{}", look="is-grey", sign="…", below=QUALITY),
    Found(name=WRONG, text="记录对不上，请先别用", look="is-red", sign="✕"),
)


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
    found: tuple[Found, ...]
    lines: tuple[Word, ...]
    words: tuple[Word, ...]
    checks: tuple[tuple[str, str], ...]


def phone_of(
    opened: OpenedLedger,
    display: Display,
    status: Shown,
    vocabulary: Mapping[str, str] | None = None,
    *,
    too_large: bool = False,
) -> Phone:
    """Gather it from the ledger's registry, its newest checkpoint and the operator's settings.

    `status` is what the server says, `vocabulary` the page's words for coded values of statements.
    Evidence that is `too_large` is not given out, and the phone says why.
    """
    said = LINES | ({"server": CODES["evidence_too_large"].sentence_cn} if too_large else {})
    registry = opened.replica.registry
    coded = [Word(name=name, text=text) for name, text in (vocabulary or {}).items()]
    return Phone(
        log_keys=registry.log_keys,
        registrar=registry.founder or "",
        size=parse_checkpoint(parse_note(opened.replica.note).text).size,
        witnesses=tuple(opened.settings.witnesses.split()),
        quorum=opened.settings.witness_quorum,
        found=tuple(_found(found, status, display) for found in FOUND),
        lines=tuple(Word(name=name, text=display.say(text)) for name, text in said.items()),
        words=(
            *(
                Word(name=name, text=display.say(text), look=look)
                for name, (text, look) in WORDS.items()
            ),
            *coded,
        ),
        checks=tuple((name, display.say(text)) for name, text in CHECKS.items()),
    )


def _found(found: Found, status: Shown, display: Display) -> Found:
    """A recall, a failed test, a hold stand above green and grey; red above all but a recall."""
    stands = status.code in BEST or (found.name == WRONG and status.code != RECALLED)
    return replace(
        found,
        text=display.say(found.text),
        below=display.say(found.below) if found.below else "",
        look=found.look if stands else "",
    )
