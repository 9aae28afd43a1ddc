"""A draft of one event from what a form holds: its body and chains, or what must be mended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from api.opened.ledger import OpenedLedger
from ledger.canonical import JsonObject, JsonValue
from ledger.errors import DaodiError, FormError
from ledger.herbs import vocabulary
from ledger.herbs.aliases import alias_fault
from ledger.herbs.bodies import event_body
from ledger.herbs.elements import parse_element
from ledger.herbs.epcis import time_ms
from ledger.herbs.events import chains_of, correction_chains, parse_event
from ledger.herbs.forms import Field, form, parse_answer
from ledger.herbs.identifiers import ThingPath, parse_code
from ledger.herbs.tags import is_printed, tag_in
from ledger.herbs.units import parse_mass
from ledger.herbs.vocabulary import Kind
from ledger.rules.batch import contradicted
from ledger.statements.statement import EVENT, is_uri
from ledger.store.ledger import find_claim
from ledger.trace.aliases import things_named
from ledger.trace.blends import BLEND, CLAIMED, differences_of

AHEAD_MS_MAX: Final = 10 * 60_000  # clocks differ; beyond, somebody mistook the day
THINGS_MAX: Final = 199  # of a side: what one statement can name
SIDES: Final = ("inputs", "outputs", "about")
# What a bare code is taken for where nothing of that code is known yet.
EXPECTED: Final[Mapping[str, ThingPath]] = {
    "crop": "crop", "plot": "site", "site": "site", "from": "site", "to": "site",
}  # fmt: skip
EXAMPLES_CN: Final = {
    "mass": "例如 120公斤 或 240斤",
    "area": "例如 2.5亩",
    "number": "只填数字，例如 12.5",
    "date": "例如 2026-10-28",
    "time": "例如 2026-10-28 09:00",
    "uri": "请选一个，或核对输入的编号",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What must be mended in one field; `name` is the form's key, "" for the whole."""

    name: str
    code: str
    sentence_cn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A thing that a field names, with grams where they were typed."""

    name: str
    uri: str
    mass_g: int | None


@dataclass(slots=True)
class Draft:
    """A draft as it is put together; the answer holds a body only when nothing is refused."""

    kind: Kind
    opened: OpenedLedger
    event_time: str = ""
    site: str | None = None
    sides: dict[str, list[Named]] = field(default_factory=dict)
    elements: JsonObject = field(default_factory=dict)
    sealed: frozenset[str] = frozenset()
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, name: str, code: str, sentence_cn: str) -> None:
        """Name what must be mended; the first refusal of a field is the one that is shown."""
        if not any(found.name == name for found in self.refusals if name):
            self.refusals.append(Refusal(name=name, code=code, sentence_cn=sentence_cn))

    @property
    def corrects(self) -> bool:
        """Whether it gives the right values of an older statement."""
        return "corrects" in self.elements

    def answer(self) -> dict[str, Any]:
        """What `POST /v1/drafts` answers."""
        drafted: dict[str, Any] = {} if self.refusals else self._statement()
        return {
            "event_kind": self.kind.code,
            "kind_cn": self.kind.cn,
            "sealed": sorted(self.sealed),
            "refusals": [
                {"field": one.name, "code": one.code, "sentence_cn": one.sentence_cn}
                for one in self.refusals
            ],
            **drafted,
        }

    def _statement(self) -> dict[str, Any]:
        things = ([(one.uri, one.mass_g) for one in self.sides[side]] for side in SIDES)
        inputs, outputs, about = things
        try:
            body = event_body(
                self.kind.code,
                event_time=self.event_time,
                inputs=inputs,
                outputs=outputs,
                about=about,
                site=self.site,
                elements=self.elements,
            )
            event = parse_event(body)
        except DaodiError as error:
            self.refuse("", error.code, f"{error.sentence_cn}（{error.message}）")
            return {}
        chains = chains_of(event)
        if event.corrects is not None:
            claim = find_claim(self.opened.store)(event.corrects)
            if claim is None:
                self.refuse("corrects", "not_found", "账本里没有要更正的那条记录。")
                return {}
            chains = ((), (), correction_chains(claim.subjects))
        listed = zip(("inputs", "outputs", "subjects"), chains, strict=True)
        return {"kind": EVENT, "body": body, **{name: [*uris] for name, uris in listed}}


def draft_of(value: Mapping[str, JsonValue], opened: OpenedLedger) -> Draft:
    """Read what a form holds. Raises FormError for what no form of ours sends."""
    kind = vocabulary.kind(str(value["kind"]))
    if kind.travels != "event":
        raise FormError("unknown_kind", f"{kind.code} is no event")
    draft = Draft(kind=kind, opened=opened)
    draft.sealed = frozenset(e.key for e in kind.elements if e.sealed) | {"geo"}
    asked = {asked.key: asked for asked in form(kind.code)}
    _read_time(draft, value.get("event_time"))
    for side in SIDES:
        draft.sides[side] = [*_read_side(draft, _list(value.get(side, []), side), asked)]
    site = value.get("site")
    if isinstance(site, str) and site.strip():
        draft.site = _uri(draft, "site", site)
    _read_elements(draft, _object(value.get("elements", {}), "elements"), asked)
    sealed = _list(value.get("sealed", []), "sealed")
    _refuse_wrong_numbers(draft)
    _refuse_false_batch(draft)
    _refuse_missing(draft, asked.values(), {str(name) for name in sealed})
    _refuse_known_outputs(draft)
    return draft


def _read_time(draft: Draft, text: JsonValue) -> None:
    try:
        draft.event_time = text if isinstance(text, str) else ""
        event_ms = time_ms(draft.event_time, "eventTime")
    except FormError as error:
        draft.refuse("event_time", error.code, "请填写发生时间，例如 2026-10-28 09:00。")
        return
    if event_ms > draft.opened.clock() + AHEAD_MS_MAX:
        draft.refuse("event_time", "bad_time", "发生时间比现在还晚，请核对日期。")


def _read_side(
    draft: Draft, written: list[JsonValue], asked: Mapping[str, Field]
) -> Iterable[Named]:
    for one in written[:THINGS_MAX]:
        row = _object(one, "a thing")
        name = str(row.get("field", ""))
        text = row.get("uri")
        if not isinstance(text, str) or not text.strip():
            continue  # an empty row: the missing answer is named by its field
        uri = _uri(draft, name, text)
        if uri is not None:
            yield Named(name=name, uri=uri, mass_g=_mass(draft, row, asked))


def _mass(draft: Draft, row: Mapping[str, JsonValue], asked: Mapping[str, Field]) -> int | None:
    text = str(row.get("mass") or "").strip()
    name = str(row.get("mass_field") or row.get("field", ""))
    if not text:
        return None
    # A bare number is meant as the form asks for it: a dispensed mass in grams, a lot in kilograms.
    field = asked.get(name)
    try:
        return parse_mass(text, unit=field.unit if field and field.type == "mass" else "公斤")
    except FormError as error:
        cn = asked[name].cn if name in asked else "重量"
        draft.refuse(name, error.code, f"“{cn}”写法不对，{EXAMPLES_CN['mass']}。")
        return None


def _uri(draft: Draft, name: str, text: str) -> str | None:
    """The URI of a thing that a field names by a code, a link or a URI of its own."""
    plain = text.strip()
    try:
        code = parse_code(plain)
    except FormError as error:
        if ":" in plain and is_uri(plain):
            return plain
        draft.refuse(name, error.code, f"编号“{plain[:40]}”不对，请核对包装上的编号。")
        return None
    if "/" in plain:
        return code.uri(draft.opened.origin)
    expected = EXPECTED.get(name, "lot")
    paths = dict.fromkeys((expected, "lot", "crop", "site"))
    uris = [code.uri(draft.opened.origin).replace("/lot/", f"/{path}/") for path in paths]
    with draft.opened.store.reading() as reading:
        known = reading.things(uris)
    return next((uri for uri in uris if uri in known), uris[0])


def _read_elements(
    draft: Draft, written: Mapping[str, JsonValue], asked: Mapping[str, Field]
) -> None:
    for key, value in written.items():
        found = asked.get(key)
        element = draft.kind.element(key)
        if found is None or element is None or found.at != "body":
            draft.refuse(key, "unknown_member", f"这类记录没有“{key}”这一项。")
        elif element.sealed:
            draft.refuse(key, "bad_event", f"“{found.cn}”要密封，不能随草稿发出。")
        elif isinstance(value, str) and not value.strip():
            continue
        elif found.type == "uri" and isinstance(value, str):
            if (uri := _uri(draft, key, value)) is not None:
                draft.elements[key] = uri
        else:
            _read_element(draft, found, value)


def _read_element(draft: Draft, asked: Field, value: JsonValue) -> None:
    element = draft.kind.element(asked.key)
    assert element is not None  # the form is made of the kind's elements
    try:
        draft.elements[asked.key] = (
            parse_answer(draft.kind.code, asked.key, value)
            if isinstance(value, str)
            else parse_element(element, value)
        )
    except FormError as error:
        example = EXAMPLES_CN.get(asked.type, error.message.partition(":")[2].strip())
        draft.refuse(asked.key, error.code, f"“{asked.cn}”写法不对，{example}。")


def _refuse_wrong_numbers(draft: Draft) -> None:
    """Numbers that others issue carry check digits: what is mistyped is found before signing."""
    rows = draft.elements.get("aliases")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and (
            fault := alias_fault(str(row.get("name", "")), str(row.get("value", "")))
        ):
            draft.refuse("aliases", "bad_code", f"“其他号码”写法不对：{fault}。")
    tags = draft.elements.get("sack_tags")
    for text in tags if isinstance(tags, list) else ():
        if fault := _tag_fault(draft.opened, str(text)):
            draft.refuse("sack_tags", "bad_code", f"袋签“{str(text)[:40]}”{fault}。")
    if isinstance(tags, list) and all(tag_in(str(text)) for text in tags):
        draft.elements["sack_tags"] = [*dict.fromkeys(tag_in(str(text)) for text in tags)]


def _tag_fault(opened: OpenedLedger, text: str) -> str:
    """Why a lot cannot be bound to a sack's tag, in Chinese; "" when it can."""
    tag = tag_in(text)
    if not tag:
        return "不对，袋签是 12 位，请再扫一次"
    if not is_printed(tag, opened.folder.secret()):
        return "不是这个平台印的"
    with opened.store.reading() as reading:
        bound = things_named(reading, opened.replica.registry, tag)
    return "已经登记在另一批上，一个袋签只用一次" if bound else ""


def _refuse_false_batch(draft: Draft) -> None:
    """Lots that the history tells apart make a declared blend, not one batch."""
    claimed = draft.elements.get(CLAIMED)
    lots = list(dict.fromkeys(one.uri for one in draft.sides["inputs"]))
    if draft.kind.code != BLEND or not isinstance(claimed, dict) or len(lots) < 2:  # noqa: PLR2004 — a merge
        return
    with draft.opened.store.reading() as reading:
        differences = differences_of(reading, draft.opened.replica.registry, lots)
    if told := contradicted(differences, claimed):
        draft.refuse(
            CLAIMED,
            "bad_event",
            f"账本里的记录与“同一批”的声明不符：{'；'.join(told)}。请取消这几项，按混批申报。",
        )


def _refuse_missing(draft: Draft, asked: Iterable[Field], sealed: set[str]) -> None:
    if draft.corrects:
        if "correct_reason" not in draft.elements:
            draft.refuse("correct_reason", "bad_event", "请填写“更正原因”。")
        return
    for one in asked:
        if not one.required or _is_answered(draft, one, sealed):
            continue
        verb = "选择" if one.type in {"choice", "uri"} else "填写"
        weigh = one.type == "table" and one.at in {"inputs", "outputs"}
        tail = "，每一批都要有重量。" if weigh else "。"
        draft.refuse(one.key, "bad_event", f"请{verb}“{one.cn}”{tail}")


def _is_answered(draft: Draft, asked: Field, sealed: set[str]) -> bool:
    if asked.at == "time":
        return bool(draft.event_time)
    if asked.at == "site":
        return draft.site is not None
    if asked.at == "body":
        return asked.key in (sealed if asked.sealed else draft.elements)
    side, _, weighed = asked.at.partition("_")
    if weighed:
        return any(one.mass_g is not None for one in draft.sides[side])
    named = [one for one in draft.sides[side] if one.name == asked.key]
    if asked.type == "table" and side != "about":
        return bool(named) and all(one.mass_g is not None for one in named)
    return bool(named)


def _refuse_known_outputs(draft: Draft) -> None:
    """A thing is made once; a second making would be recorded as a conflict."""
    made = draft.sides["outputs"]
    if draft.corrects or not made:
        return
    with draft.opened.store.reading() as reading:
        known = reading.things([one.uri for one in made])
    for one in made:
        if one.uri in known:
            draft.refuse(one.name, "already_registered", "这个编号已经用过了，请换一个新编号。")


def _list(value: JsonValue, name: str) -> list[JsonValue]:
    if not isinstance(value, list):
        raise FormError("bad_body", f"{name} is not a list")
    return value


def _object(value: JsonValue, name: str) -> Mapping[str, JsonValue]:
    if not isinstance(value, dict):
        raise FormError("bad_body", f"{name} is not an object")
    return value
