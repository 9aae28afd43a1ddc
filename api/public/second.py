"""/verify: this ledger's page gives a second opinion on another ledger's evidence (section 7).

With its script the browser checks and nothing is uploaded; without, this server checks the file
and keeps nothing. What is pinned is known here, or the reader brings it; a file brings none of it.
"""

from asyncio import to_thread
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from api.answers.forms import FRAME_BYTES, file_in, form_of
from api.answers.pages import Display, display_of, page
from api.limits import Turns, Window, address_of, in_turn
from api.opened.ledger import OpenedLedger
from api.public.phone import CHECKS
from api.public.script import SECOND, script_link
from api.shown.values import shown_time
from ledger.errors import FormError, StoreError
from ledger.evidence.verdict import FILE_BYTES_MAX, HOLDS, Policy, Verdict
from ledger.evidence.verify import verify_bundle
from ledger.herbs.identifiers import asked_uri
from ledger.log.checkpoint import COSIGNATURE_V1, parse_vkey
from ledger.statements.keys import is_note_key
from ledger.statements.statement import is_hex64, is_uri

PER_MINUTE: Final = 20  # files of one connection: each may cost seconds of a processor
# Eight MiB of commas take ten seconds to read; the longest honest file has a tenth of these.
VALUES_MAX: Final = 500_000
UNPROCESSABLE: Final = 422
CODE_SIGNS_MAX: Final = 256
AGE_MAX_S: Final = 24 * 3_600
TYPED: Final = "typed"  # the choice of pins that the reader brings
# Outcome as the verifier names it, with what is known of the pins and of the checkpoint's age.
OUTCOMES: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "holds": (
        "is-green",
        "✓",
        "另一家核对过了：成立",
        "每条记录都由有资格的人签名，写入后没改过，也没有藏起来的。",
    ),
    "holds_own": (
        "is-grey",
        "记",
        "成立，但这是本账本自己的证据",
        "自己说自己不算数：请拿着同一个文件，到另一家账本核对。",
    ),
    "holds_typed": (
        "is-grey",
        "？",
        "按您填的公钥成立",
        "这些公钥是不是那家账本的，这里不知道：请和包装上印的、或者那家账本公布的指纹比一比。",
    ),
    "holds_old": (
        "is-grey",
        "旧",
        "成立，但只到检查点那时为止",
        "检查点已超过 24 小时，或者时钟不准：后来有没有召回，这个文件说不了。请重新下载证据文件。",
    ),
    "unknown": (
        "is-grey",
        "？",
        "账本里没有这个码",
        "文件证明了到检查点那时为止，账本里没有这个编号的任何记录。请核对包装上的编号。",
    ),
    "does_not_hold": (
        "is-red",
        "✕",
        "对不上，请先别用",
        "也请看看编号和账本选得对不对、公钥抄全了没有；文件下载不完整也会这样。",
    ),
    "cannot_be_checked": (
        "is-grey",
        "？",
        "这里核对不了",
        "这不表示有问题：可能文件太大，或者用了这里还不会的签名方法或新格式。",
    ),
}
verifying: Final = Turns(1)  # at a time: everybody else's pages need the processor too
NO_FACTS: Final = dict.fromkeys(("asked", "ledger", "check", "leaf", "size", "at"), "")
REFUSALS: Final = {
    "bad_code": "编号写法不对，或者校验位不对，请核对包装上的编号。",
    "bad_key": "公钥或登记机构钥匙的写法不对，请整行复制。",
    "no_file": "请选择证据文件（.json）。",
    "busy": "现在核对文件的人太多，请过一会儿再试，或者打开脚本，在您自己的设备上核对。",
    "too_large": "文件超过 8 MiB，这里不核对。",
}


class SecondWindow(Window):
    """How many files one connection may have checked in a minute."""

    def __init__(self, ledgers: str) -> None:
        super().__init__(PER_MINUTE)
        parse_ledgers(ledgers)  # a slip of the operator's stops the start, not a reader's page


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What is known of a ledger beforehand: its name, its registrar, its log's keys."""

    origin: str
    registrar: str
    log_keys: tuple[str, ...]
    is_own: bool = False

    def covers(self, registrar: str, log_keys: tuple[str, ...]) -> bool:
        """Whether these pins are this ledger's, all of them."""
        return registrar == self.registrar and set(log_keys) <= set(self.log_keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """An outcome as the page shows it; server or script fill in `facts` by name."""

    code: str
    look: str
    sign: str
    text: str
    line: str
    facts: Mapping[str, str]


@cache
def parse_ledgers(text: str) -> tuple[Pins, ...]:
    """The operator's list of other ledgers. Raises StoreError `not_set_up`."""
    found = []
    for line in filter(str.strip, text.split(",")):
        registrar, *vkeys = line.split()
        try:
            keys = [parse_vkey(vkey) for vkey in vkeys]
        except FormError as error:
            raise StoreError("not_set_up", f"DAODI_KNOWN_LEDGERS: {error.message}") from error
        if not keys or not is_hex64(registrar):
            raise StoreError("not_set_up", f"DAODI_KNOWN_LEDGERS: no ledger in {line.strip()!r}")
        found.append(Pins(origin=keys[0].name, registrar=registrar, log_keys=tuple(vkeys)))
    return tuple(found)


def known_ledgers(opened: OpenedLedger) -> tuple[Pins, ...]:
    """The operator's list of other ledgers, and this one last."""
    registry = opened.replica.registry
    own = Pins(
        origin=opened.origin,
        registrar=registry.founder or "",
        log_keys=registry.log_keys,
        is_own=True,
    )
    return (*parse_ledgers(opened.settings.known_ledgers), own)


@get("/verify", include_in_schema=False)
async def second_form(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]
) -> Response[str]:
    """The form for another ledger's evidence file: a second opinion, checked in the browser."""
    code = request.query_params.get("code", "")[:CODE_SIGNS_MAX]
    return await to_thread(_form, request, opened, code=code)


@post("/verify", include_in_schema=False, request_max_body_size=FILE_BYTES_MAX + FRAME_BYTES)
async def second_opinion(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    second_window: NamedDependency[SecondWindow],
) -> Response[str]:
    """The same without script: this server checks the file, and keeps nothing of it."""
    second_window.refuse_haste(address_of(request.client))
    form = await form_of(request)
    raw = await file_in(form, "file")
    given = {
        name: value
        for name in ("code", "ledger", "log_keys", "registrar")
        if isinstance(value := form.get(name, ""), str)
    }
    try:
        return await in_turn(_answer, request, opened, raw, given)
    except StoreError as error:
        if error.code != "busy":
            raise
        return await to_thread(_refused, request, opened, given)


def _refused(
    request: Request[Any, Any, Any], opened: OpenedLedger, given: Mapping[str, str]
) -> Response[str]:
    return _form(request, opened, code=given.get("code", "").strip(), refusal="busy")


def _answer(
    request: Request[Any, Any, Any], opened: OpenedLedger, raw: bytes, given: Mapping[str, str]
) -> Response[str]:
    code = given.get("code", "").strip()
    if not raw:
        return _form(request, opened, code=code, refusal="no_file")
    if len(raw) > FILE_BYTES_MAX or raw.count(b",") > VALUES_MAX:
        return _form(request, opened, code=code, refusal="too_large")
    known = known_ledgers(opened)
    try:
        pins = _pins(given, known)
        asked = _asked(code, pins.origin)
    except FormError as error:
        return _form(request, opened, code=code, refusal=error.code)
    policy = Policy(
        asked=asked, log_keys=pins.log_keys, registrar=pins.registrar, age_max_s=AGE_MAX_S
    )
    now_ms = opened.clock()
    with verifying.taken():
        verdict = verify_bundle(raw, policy, now_ms=now_ms)
    found = next((one for one in known if one.covers(pins.registrar, pins.log_keys)), None)
    outcome = _outcome(verdict, found, now_ms)
    return _form(request, opened, code=code, outcome=outcome, facts=_facts(verdict, pins, asked))


def _pins(given: Mapping[str, str], known: tuple[Pins, ...]) -> Pins:
    """The pins of the chosen ledger, or those that were typed. Raises FormError `bad_key`."""
    chosen = given.get("ledger", TYPED)
    for one in known:
        if chosen == one.origin:
            return one
    vkeys, registrar = tuple(given.get("log_keys", "").split()), given.get("registrar", "").strip()
    if not vkeys or not is_hex64(registrar):
        raise FormError("bad_key", "log keys and the registrar's key id are needed")
    try:
        keys = [parse_vkey(vkey) for vkey in vkeys]
    except FormError as error:
        raise FormError("bad_key", error.message) from error
    if any(
        key.algorithm == COSIGNATURE_V1 or not is_note_key(key.algorithm, key.public)
        for key in keys
    ):
        raise FormError("bad_key", "not the key of a log")
    return Pins(origin=keys[0].name, registrar=registrar, log_keys=vkeys)


def _asked(code: str, origin: str) -> str:
    """What the code on the pack asks of that ledger; a URI as it is. Raises FormError."""
    try:
        return asked_uri(code, origin)
    except FormError:
        if not is_uri(code):
            raise FormError("bad_code", f"{code[:40]!r} is neither a code nor a URI") from None
        return code


def _outcome(verdict: Verdict, found: Pins | None, now_ms: int) -> str:
    """The outcome to show: green only for pins that are known here and are not our own."""
    if verdict.outcome != HOLDS:
        return verdict.outcome
    if found is None:
        return "holds_typed"
    early = verdict.time_ms is not None and verdict.time_ms - now_ms > AGE_MAX_S * 1_000
    if verdict.stale or early:
        return "holds_old"
    return "holds_own" if found.is_own else "holds"


def _facts(verdict: Verdict, pins: Pins, asked: str) -> dict[str, str]:
    leaf = "" if verdict.leaf is None else str(verdict.leaf)
    return {
        "asked": asked,
        "ledger": pins.origin,
        "size": "" if verdict.size is None else str(verdict.size),
        "at": "" if verdict.time_ms is None else shown_time(verdict.time_ms, english=False),
        "check": verdict.check or "",
        "leaf": leaf,
    }


def _form(
    request: Request[Any, Any, Any],
    opened: OpenedLedger,
    *,
    code: str,
    refusal: str = "",
    outcome: str = "",
    facts: Mapping[str, str] | None = None,
) -> Response[str]:
    shown = display_of(request)
    opinions = {name: _opinion(name, shown) for name in OUTCOMES}
    said = {**(facts or {})}
    if said.get("check"):
        said["check"] = f"{shown.say(CHECKS[said['check']])} ({said['check']})"
    return page(
        request,
        "public/second.html",
        {
            "code": code,
            "ledgers": known_ledgers(opened),
            "typed": TYPED,
            "opinions": opinions.values(),
            "told": [replace(opinions[outcome], facts=said)] if outcome else [],
            "refusals": {name: shown.say(text) for name, text in REFUSALS.items()},
            "refused": [shown.say(REFUSALS[refusal])] if refusal else [],
            "checks": {name: f"{shown.say(text)} ({name})" for name, text in CHECKS.items()},
            "file_bytes_max": FILE_BYTES_MAX,
            "script": script_link(SECOND),
        },
        status_code=UNPROCESSABLE if refusal else 200,
        headers={"Cache-Control": "no-store"},
    )


def _opinion(name: str, shown: Display) -> Opinion:
    look, sign, text, line = OUTCOMES[name]
    return Opinion(
        code=name, look=look, sign=sign, text=shown.say(text), line=shown.say(line), facts=NO_FACTS
    )


HANDLERS: Final = (second_form, second_opinion)
