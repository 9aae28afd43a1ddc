"""The one status of a packet as the page shows it: text, look, sign, reason. Never green here.

Source: the table of public states; the server can say what it holds, not what a phone has checked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.answers.pages import Display
from api.shown.values import shown_date
from ledger.rules.history.results import Failing, names_of
from ledger.trace.claims import written_late
from ledger.trace.trace import Trace

HONEST: Final = "药材质量看检验结果。"
UNCHECKED: Final = (
    "这只说明平台存着这份记录；写入后有没有被改过，要核对签名才知道，方法在下面“我懂技术”里。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A status on the page; `look` is the class that colours it, `sign` says it without colour."""

    code: str
    look: str
    sign: str
    text: str
    lines: tuple[str, ...] = ()
    alarm: bool = False


_LOOKS: Final[Mapping[str, Shown]] = {
    shown.code: shown
    for shown in (
        Shown(
            code="recalled", look="is-alarm", sign="召", text="已召回，请停止使用", alarm=True
        ),
        Shown(code="failed", look="is-red", sign="✕", text="检验不合格"),
        Shown(code="voided", look="is-red", sign="✕", text="已作废"),
        Shown(code="unknown_code", look="is-red", sign="?", text="没有这个码，请核对包装上的编号"),
        Shown(code="tag_unbound", look="is-grey", sign="…", text="这个袋签还没有登记"),
        Shown(code="code_unregistered", look="is-grey", sign="…", text="已打印，还没有登记"),
        Shown(code="held", look="is-amber", sign="!", text="暂停销售"),
        Shown(code="dormant", look="is-amber", sign="!", text="未放行"),
        Shown(
            code="copied", look="is-amber", sign="!", text="这个码被扫得太多了，可能被人复制"
        ),
        Shown(code="expired", look="is-amber", sign="!", text="已过保质期"),
        Shown(code="judging", look="is-grey", sign="…", text="刚收到的记录还在核对"),
        Shown(code="incomplete", look="is-grey", sign="…", text="记录未齐"),
        Shown(
            code="partly",
            look="is-grey",
            sign="补",
            text="{timely}步是当时记的，{backfilled}步是事后补录",
        ),
        Shown(
            code="recorded",
            look="is-grey",
            sign="记",
            text="平台有这份记录，您的手机没有核对",
        ),
    )
}  # fmt: skip
WAITING: Final[Mapping[str, tuple[str, ...]]] = {
    "tag_unbound": (
        "袋签是先印好的，采收或收购时才和批次登记在一起。",
        "袋子里已经有货的，请让交货的人先登记。",
    ),
    "code_unregistered": (
        "企业印好了这张标签，还没有签名登记这批包装，所以还查不到记录。",
        "如果您是买来的，请过一会儿再扫；一直这样，请不要使用，可以拨打 12315 举报。",
    ),
}
BEST: Final = frozenset({"partly", "recorded"})  # nothing speaks against the thing itself


def shown_status(trace: Trace, display: Display) -> Shown:
    """The status of a traced thing, in the reader's language."""
    code = trace.status.code
    if code in BEST and not (trace.complete and trace.lineage_complete):
        code = "incomplete"
    if code in BEST and not trace.judged:
        code = "judging"
    shown = _LOOKS[code]
    timely, backfilled = _counts(trace)
    return replace(
        shown,
        text=display.say(shown.text, timely=timely, backfilled=backfilled),
        lines=tuple(line for line in _LINES[code](trace, display) if line),
    )


def unknown_status(display: Display) -> Shown:
    """The status of a code that nobody issued."""
    shown = _LOOKS["unknown_code"]
    lines = (
        "包装上的编号是 20 位或 32 位，由数字和字母组成，没有字母 I、L、O、U。",
        "如果编号没有看错，这件商品可能不是真的：请不要使用，可以拨打 12315 举报。",
    )
    return replace(shown, text=display.say(shown.text), lines=tuple(map(display.say, lines)))


def waiting_status(code: str, display: Display) -> Shown:
    """The status of what was printed and is not registered yet; `code` is one of WAITING."""
    shown = _LOOKS[code]
    lines = tuple(map(display.say, WAITING[code]))
    return replace(shown, text=display.say(shown.text), lines=lines)


def _counts(trace: Trace) -> tuple[int, int]:
    """Steps in force that count as in time, and those that its makers wrote down afterwards."""
    standing = [step for step in trace.steps if step.corrected_by is None]
    late = written_late(trace.steps)
    backfilled = sum(step.claim.statement_id in late for step in standing)
    return len(standing) - backfilled, backfilled


def _recalled(trace: Trace, display: Display) -> list[str]:
    words = trace.status.words
    return [
        display.say("原因：{words}", words=words) if words else "",
        display.say("请不要再用，联系购买的商店退货。"),
    ]


def _failed(trace: Trace, display: Display) -> list[str]:
    failed = trace.status.failed
    return [
        display.say(
            "检验有项目不合格，还没有由与这批货无关的检验机构复检合格，见下面的检验结果。请不要使用。"
        ),
        _listed("不合格的项目：{items}。", failed, display),
        _listed(
            "此后没有人再测过：{items}。", [each for each in failed if not each.again], display
        ),
    ]


def _listed(sentence: str, items: Sequence[Failing], display: Display) -> str:
    """A sentence with the items' names, "" where the tests named none."""
    cn, en = names_of(items)
    return display.say(sentence, items=en if display.english else cn) if cn else ""


def _voided(_trace: Trace, display: Display) -> list[str]:
    return [display.say("这个码或这批药材已经作废，市面上不应再有。请不要使用。")]


def _held(trace: Trace, display: Display) -> list[str]:
    words = trace.status.words
    return [
        display.say("原因：{words}", words=words) if words else "",
        display.say("查清以前请先别用。"),
    ]


def _dormant(_trace: Trace, display: Display) -> list[str]:
    return [display.say("企业还没有两个人签字放行这一批，按规定不能销售。")]


def _copied(trace: Trace, display: Display) -> list[str]:
    return [
        display.say(
            "第一次扫码是 {first}，至今 {count} 次，来自 {provinces} 个省份。"
            if trace.scans.provinces
            else "第一次扫码是 {first}，至今 {count} 次。",
            first=shown_date(trace.scans.first, english=display.english)
            if trace.scans.first
            else "",
            count=trace.scans.count,
            provinces=len(trace.scans.provinces),
        ),
        display.say("两小时之内，它出现在两个省份。") if trace.scans.at_once else "",
        display.say("如果您刚拆开包装，请核对商店和生产企业。"),
    ]


def _expired(_trace: Trace, display: Display) -> list[str]:
    return [display.say("包装上写的保质期已经过了。")]


def _incomplete(_trace: Trace, display: Display) -> list[str]:
    return [
        display.say("有些记录还没有到平台，可能还在没有信号的手机里。这不表示有问题。"),
        display.say(HONEST),
    ]


def _judging(_trace: Trace, display: Display) -> list[str]:
    return [display.say("平台正在按规则核对新到的记录，请过一会儿再看。"), display.say(HONEST)]


def _unchecked(_trace: Trace, display: Display) -> list[str]:
    return [display.say(UNCHECKED), display.say(HONEST)]


_LINES: Final[Mapping[str, Callable[[Trace, Display], list[str]]]] = {
    "recalled": _recalled,
    "failed": _failed,
    "voided": _voided,
    "held": _held,
    "dormant": _dormant,
    "copied": _copied,
    "expired": _expired,
    "judging": _judging,
    "incomplete": _incomplete,
    "partly": _unchecked,
    "recorded": _unchecked,
}
