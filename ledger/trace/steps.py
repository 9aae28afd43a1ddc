"""Steps of a history: each statement that stands on a chain, as a reader may see it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import StoreError
from ledger.herbs.events import Event, parse_recorded_event
from ledger.herbs.vocabulary import COMMON_ELEMENTS, Element, Kind
from ledger.herbs.vocabulary import kind as kind_of
from ledger.log.leaves import EventLeaf, parse_leaf, subject_key
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History
from ledger.rules.history.openings import Names, known_of
from ledger.rules.history.reading import Stated, read_history
from ledger.seam import Entry
from ledger.statements.roll import ActorRecord
from ledger.statements.sealed import Opening
from ledger.statements.standing import Registry
from ledger.statements.statement import EVENT, Claim, parse_claim, signed_at_ms

# Registry statements that stand on the chain of a thing, a key or an actor, as people name them.
REGISTRY_STEPS: Final[Mapping[str, tuple[str, str, str]]] = {
    "genesis": ("GENESIS", "建立账本", "Ledger founded"),
    "log.key.rotate": ("LOG_KEY_ROTATE", "更换日志钥匙", "Log key rotated"),
    "registrar.rotate": ("REGISTRAR_ROTATE", "更换登记员钥匙", "Registrar rotated"),
    "actor.admit": ("ACTOR_ADMIT", "准入主体", "Actor admitted"),
    "actor.suspend": ("ACTOR_SUSPEND", "暂停主体", "Actor suspended"),
    "actor.restore": ("ACTOR_RESTORE", "恢复主体", "Actor restored"),
    "key.enrol": ("KEY_ENROL", "登记设备", "Device enrolled"),
    "key.retire": ("KEY_RETIRE", "注销设备", "Device retired"),
    "key.suspect": ("KEY_SUSPECT", "标记设备可疑", "Device marked as suspect"),
    "site.register": ("BASE_REGISTER", "基地登记", "Base or plot registered"),
    "site.amend": ("BASE_AMEND", "基地变更", "Base or plot amended"),
    "approve": ("APPROVE", "复核签字", "Approved by a second person"),
}
# Registry statements that say what the form of a kind asks for.
_FORM_OF: Final = {"site.register": "BASE_REGISTER", "site.amend": "BASE_REGISTER"}

PURCHASED: Final = "PURCHASE"
# Roles of natural persons, whose names nobody but themselves and the regulator reads.
PERSONS: Final = frozenset({"farmer"})


def shown_name(actor: ActorRecord | None) -> str:
    """The name that everybody may read: an enterprise's own, 农户 for a natural person."""
    if actor is None:
        return ""
    return "农户" if actor.roles and set(actor.roles) <= PERSONS else actor.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One statement on the chain of `subject`; `event` is None for registry statements."""

    index: int
    subject: str
    seq: int
    claim: Claim
    event: Event | None
    recorded_ms: int
    actor: ActorRecord | None
    corrected_by: str | None = None
    approvers: frozenset[str] = frozenset()
    conflict: bool = False

    @property
    def approved(self) -> bool:
        """Whether another holder approved it."""
        return bool(self.approvers)

    @property
    def kind(self) -> str:
        """The kind's code: one of the vocabulary, or of the registry steps."""
        return self.event.kind if self.event else REGISTRY_STEPS[self.claim.kind][0]

    @property
    def names(self) -> tuple[str, str]:
        """The kind in Chinese and in English."""
        if self.event is None:
            return REGISTRY_STEPS[self.claim.kind][1:]
        found = kind_of(self.event.kind)
        return found.cn, found.en

    @property
    def event_ms(self) -> int:
        """When it happened: what the event says, for a registry statement when it was signed."""
        return self.event.event_time_ms if self.event else signed_at_ms(self.claim.signed_at)

    @property
    def event_time(self) -> str:
        """The same, as it was written."""
        return self.event.event_time if self.event else self.claim.signed_at

    @property
    def out_of_role(self) -> bool:
        """Whether none of its signer's roles may log this kind: a mark, never a refusal."""
        if self.event is None or self.actor is None:
            return False
        return not kind_of(self.event.kind).is_for(self.actor.roles)

    def fact(self) -> Fact | None:
        """What rules read of it."""
        if self.event is None:
            return None
        return Fact(
            index=self.index,
            statement_id=self.claim.statement_id,
            subject=self.subject,
            event=self.event,
            signed_ms=signed_at_ms(self.claim.signed_at),
            recorded_ms=self.recorded_ms,
            approvers=self.approvers,
            actor=self.actor.actor if self.actor else "",
        )

    @property
    def lateness(self) -> str | None:
        """`backfilled` when signed over 72 h after the event, `late` when only recorded so."""
        fact = self.fact()
        if fact is None or not (fact.backfilled or fact.late):
            return None
        return "backfilled" if fact.backfilled else "late"


def steps_of(
    chains: Mapping[str, Sequence[int]], entries: Sequence[Entry], registry: Registry
) -> list[Step]:
    """Steps of these chains, each statement once, by when it happened.

    Raises StoreError `database_damaged` where a chain names a leaf that is gone.
    """
    by_index = {entry.index: entry for entry in entries}
    read: dict[int, tuple[EventLeaf, Claim, Event | None]] = {}
    steps: dict[int, Step] = {}
    made: set[str] = set()
    for subject, chain in chains.items():
        for index in chain:
            if index not in read:
                read[index] = _read(index, by_index.get(index))
            leaf, claim, event = read[index]
            makes = subject in claim.outputs or claim.body.get("site") == subject
            conflict = makes and claim.kind in {EVENT, "site.register"} and subject in made
            if makes:
                made.add(subject)
            if index in steps and not conflict:
                continue
            key = registry.keys.get(claim.key)
            steps[index] = Step(
                index=index,
                subject=subject,
                seq=_seq(leaf, subject),
                claim=claim,
                event=event,
                recorded_ms=leaf.admitted_ms,
                actor=registry.actors.get(key.actor) if key else None,
                conflict=conflict,
            )
    return sorted(_with_marks(steps.values()), key=lambda step: (step.event_ms, step.index))


def retold(steps: Iterable[Step], registry: Registry, openings: Iterable[Opening] = ()) -> History:
    """The history that these steps tell, as rules read it: corrected, and in order of time.

    A statement that stands on several chains may be among the steps several times. Sealed names
    are read from `openings`.
    """
    known = list(steps)
    named = {step.subject for step in known}
    unique = {step.index: step for step in known}
    facts = [fact for step in unique.values() if (fact := step.fact()) is not None]
    return read_history(
        (
            Stated(
                index=step.index, recorded_ms=step.recorded_ms, claim=step.claim, event=step.event
            )
            for step in unique.values()
        ),
        keys=registry.keys,
        sites={uri: registry.sites[uri] for uri in named if uri in registry.sites},
        actors=registry.actors,
        known=known_of(facts, openings, names=Names(registry.actors.values())),
    )


def said_of(step: Step) -> list[tuple[Element, JsonValue]]:
    """What the step says in clear that its kind's form asks for, in the order of the form."""
    kind = kind_of(step.event.kind) if step.event else _form_of(step.claim)
    if kind is None:
        return []
    said = step.event.elements if step.event else step.claim.body
    own = {element.key for element in kind.elements}
    common = (element for element in COMMON_ELEMENTS if element.key not in own)
    asked = (element for element in (*kind.elements, *common) if not element.sealed)
    return [(element, said[element.key]) for element in asked if element.key in said]


def public_elements(step: Step) -> list[tuple[str, str, JsonValue]]:
    """The same as (Chinese name, English name, value)."""
    return [(element.cn, element.en, value) for element, value in said_of(step)]


def _form_of(claim: Claim) -> Kind | None:
    code = _FORM_OF.get(claim.kind)
    return kind_of(code) if code else None


def adjuvants_of(steps: Sequence[Step]) -> set[tuple[str, str]]:
    """What went in beside the herb, as (adjuvant, what was made): wine has no part in an origin.

    Only what was bought and is of no herb can be a mere adjuvant, whatever a step calls it.
    """
    bought = {
        uri
        for step in steps
        if step.event and step.kind == PURCHASED and step.event.herb is None
        for uri in step.claim.outputs
    }
    found: set[tuple[str, str]] = set()
    for step in steps if bought else ():
        written = step.event.elements.get("adjuvants") if step.event else None
        for row in written if isinstance(written, list) else []:
            lot = str(row.get("lot")) if isinstance(row, dict) else ""
            if lot in bought:
                found |= {(lot, made) for made in step.claim.outputs}
    return found


def _with_marks(steps: Iterable[Step]) -> list[Step]:
    """Marks that one statement sets on another: approved, corrected by its own actor."""
    found = sorted(steps, key=lambda step: step.index)
    approvers: dict[object, set[str]] = {}
    for step in found:
        if step.claim.kind == "approve":
            by = step.actor.actor if step.actor else ""
            approvers.setdefault(step.claim.body.get("statement"), set()).add(by)
    by_id = {step.claim.statement_id: step for step in found}
    corrected = {
        step.event.corrects: step.claim.statement_id
        for step in found
        if step.event and step.event.corrects and _rights(step, by_id.get(step.event.corrects))
    }
    return [
        replace(
            step,
            corrected_by=corrected.get(step.claim.statement_id),
            approvers=frozenset(approvers.get(step.claim.statement_id, ())),
        )
        for step in found
    ]


def _rights(step: Step, target: Step | None) -> bool:
    """Whether a correction counts, as rules read it: by the same actor, of the same kind."""
    return (
        target is not None
        and target.event is not None
        and target.kind == step.kind
        and target.actor == step.actor
    )


def _read(index: int, entry: Entry | None) -> tuple[EventLeaf, Claim, Event | None]:
    leaf = parse_leaf(entry.leaf) if entry is not None else None
    if entry is None or entry.payload is None or not isinstance(leaf, EventLeaf):
        raise StoreError("database_damaged", f"the statement at leaf {index} is gone")
    claim = parse_claim(entry.payload)
    body: JsonObject = claim.body
    return leaf, claim, parse_recorded_event(body) if claim.kind == EVENT else None


def _seq(leaf: EventLeaf, subject: str) -> int:
    key = subject_key(subject)
    return next(link.subject_seq for link in leaf.links if link.subject_key == key)
