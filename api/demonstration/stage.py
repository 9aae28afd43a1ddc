"""The stage of the demonstration: acts with a time each, signed and recorded in that order.

Nothing goes round the register: every act is a statement that its actor's key signed.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Final

from api.demonstration.mark import MARK
from api.opened.ledger import SALT_BYTES, OpenedLedger
from ledger.canonical import JsonObject, JsonValue
from ledger.errors import DaodiError
from ledger.herbs.bodies import event_body, sealed_elements
from ledger.herbs.events import chains_of, correction_chains, parse_event
from ledger.herbs.identifiers import crop_uri, lot_uri, new_code, site_uri
from ledger.register.door import Parcel, parse_parcel
from ledger.rules.history.outlines import Degrees
from ledger.seam import Progress
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import PrivateKey, generate_private_key
from ledger.statements.statement import EVENT, key_uri, out_chain
from ledger.trace.answer import CHINA, china_time

ROOT: Final = "registrar"
WRITTEN_FOR: Final = 2025  # the season that the scripts name; a stage may shift it by years
SEASON_BEGINS: Final = 3  # the month; January and February belong to its second year
FOUNDED: Final = "2023-03-01 09:00"
ADMITTED: Final = "2023-03-01 09:30"
SIGNED_AFTER_MS: Final = 4 * 60_000
RECORDED_AFTER_MS: Final = 3 * 60_000
APPROVE: Final = "approve"
NO_LICENCES: Final[Mapping[str, str]] = {}
ACTOR: Final = "urn:daodi:actor:demo-"

Amount = tuple[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The id of the statement of a named act, once it is recorded."""

    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One statement to come: who says what of which things, when; registry acts have a body."""

    who: str
    kind: str
    event_ms: int
    signed_ms: int
    recorded_ms: int
    name: str = ""
    inputs: Sequence[Amount] = ()
    outputs: Sequence[Amount] = ()
    about: Sequence[Amount] = ()
    site: str | None = None
    lifts: bool = False
    elements: Mapping[str, object] = field(default_factory=dict)
    body: JsonObject = field(default_factory=dict)
    subjects: Sequence[str] = ()
    sealed: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Company:
    """Who can sign: devices' keys, and the names of actors by the short names of scripts."""

    keys: dict[str, PrivateKey] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


class Stage:
    """A ledger with its company. Acts are planned in any order, played in that of arrival.

    Times are written `2025-11-08 16:30`, in China, and shifted by whole years.
    """

    def __init__(
        self, opened: OpenedLedger, *, company: Company | None = None, shift_years: int = 0
    ) -> None:
        self.opened = opened
        self.company = company or Company()
        self.shift_years = shift_years
        root = opened.folder.registrar_key()
        assert root is not None  # a demonstration keeps its registrar's key
        self.company.keys[ROOT] = root
        self.pens = {name: opened.pen(key) for name, key in self.company.keys.items()}
        self.said: dict[str, str] = {}
        self._subjects: dict[str, tuple[str, ...]] = {}
        self._acts: list[Act] = []

    def ms(self, when: str) -> int:
        """Milliseconds since 1970 of `YYYY-MM-DD hh:mm` as the scripts write it."""
        return written_ms(when, shift_years=self.shift_years)

    def day(self, day: str, *, days: int = 0) -> str:
        """The date of `YYYY-MM-DD` as the scripts write it, some days later."""
        first = datetime.fromtimestamp(self.ms(f"{day} 00:00") / 1000, CHINA)
        return (first + timedelta(days=days)).date().isoformat()

    def full_name(self, who: str) -> str:
        """The name under which an actor was admitted: what papers call it."""
        return self.company.names[who]

    def admit(
        self,
        name: str,
        cn: str,
        *roles: str,
        county: str,
        when: str = ADMITTED,
        licences: Mapping[str, str] = NO_LICENCES,
    ) -> None:
        """Plan an actor's admission and the enrolment of its first key."""
        self.company.names[name] = cn + MARK
        actor = actor_uri(name)
        body: JsonObject = {
            "actor": actor,
            "name": cn + MARK,
            "roles": [*roles],
            "county": county,
            **({"licences": {**licences}} if licences else {}),
        }
        self._say(ROOT, "actor.admit", when, body, (actor,))
        self.enrol(name, name, *roles, when=when)

    def enrol(self, device: str, owner: str, *roles: str, when: str = ADMITTED) -> None:
        """Plan the enrolment of a device of an actor; its pen is known by the device's name."""
        key = generate_private_key("ES256")
        actor = actor_uri(owner)
        body: JsonObject = {
            "kid": key.key_id,
            "alg": key.alg,
            "spki": encode_base64(key.spki),
            "actor": actor,
            "roles": [*roles],
            "holder": f"demo-holder-{device}",
        }
        self.company.keys[device] = key
        self.pens[device] = self.opened.pen(key)
        self._say(ROOT, "key.enrol", when, body, (key_uri(key.key_id), out_chain(actor)))

    def site(
        self,
        who: str,
        when: str,
        kind: str,
        name: str,
        members: JsonObject,
        *,
        outline: Sequence[Degrees] = (),
    ) -> str:
        """Plan the registration of a plot, works or store; returns its URI. Outlines are sealed."""
        uri = site_uri(self.opened.origin, _new_code())
        body: JsonObject = {"site": uri, "kind": kind, "name": name + MARK, **members}
        sealed: JsonObject = {"outline": _polygon(outline)} if outline else {}
        self._say(who, "site.register", when, body, (uri,), sealed)
        return uri

    def lot(self) -> str:
        """A lot's URI nobody has used."""
        return lot_uri(self.opened.origin, _new_code())

    def crop(self) -> str:
        """A crop's URI nobody has used."""
        return crop_uri(self.opened.origin, _new_code())

    def do(  # noqa: PLR0913 — one argument for each part of an event
        self,
        who: str,
        kind: str,
        when: str,
        said: Mapping[str, object] | None = None,
        *,
        name: str = "",
        signed: str = "",
        arrives: str = "",
        inputs: Sequence[Amount] = (),
        outputs: Sequence[Amount] = (),
        about: Sequence[Amount] = (),
        site: str | None = None,
        lifts: bool = False,
        **elements: object,
    ) -> None:
        """Plan an event that says `said` and `elements`; it is signed and arrives minutes later.

        `signed` and `arrives` tell of later times than that. What is `usual` is said besides.
        """
        event_ms = self.ms(when)
        signed_ms = self.ms(signed) if signed else event_ms + SIGNED_AFTER_MS
        self._acts.append(
            Act(
                who=who,
                kind=kind,
                event_ms=event_ms,
                signed_ms=signed_ms,
                recorded_ms=self.ms(arrives) if arrives else signed_ms + RECORDED_AFTER_MS,
                name=name,
                inputs=inputs,
                outputs=outputs,
                about=about,
                site=site,
                lifts=lifts,
                elements={**self.usual(kind), **(said or {}), **elements},
            )
        )

    def approve(self, who: str, when: str, act: str) -> None:
        """Plan the second signature on a named act."""
        self.do(who, APPROVE, when, statement=Said(act=act))

    def usual(self, _kind: str) -> Mapping[str, object]:
        """What every event of a kind says that does not say otherwise: nothing here."""
        return {}

    def paper(self, text: str) -> JsonObject:
        """Keep a small attached file and return how a body names it."""
        content = f"演示数据\n{text}\n".encode()
        digest = sha256(content).hexdigest()
        (self.opened.folder.blobs / digest).write_bytes(content)
        return {"sha256": digest, "type": "text/plain; charset=utf-8", "size": len(content)}

    def play(self, progress: Progress) -> None:
        """Sign and record everything planned, in order of arrival. Raises what is refused."""
        planned = sorted(self._acts, key=lambda act: (act.recorded_ms, act.event_ms))
        self._acts = []
        played = 0
        for recorded_ms, arriving in groupby(planned, key=lambda act: act.recorded_ms):
            acts = [*arriving]
            candidates = [self.opened.register.check(self._sign(act)) for act in acts]
            for outcome in self.opened.register.record(candidates, now_ms=recorded_ms):
                if isinstance(outcome, DaodiError):
                    raise outcome
            played += len(acts)
            progress(played, len(planned))

    def _say(
        self,
        who: str,
        kind: str,
        when: str,
        body: JsonObject,
        subjects: Sequence[str],
        sealed: JsonObject | None = None,
    ) -> None:
        event_ms = self.ms(when)
        self._acts.append(
            Act(
                who=who,
                kind=kind,
                event_ms=event_ms,
                signed_ms=event_ms + SIGNED_AFTER_MS,
                recorded_ms=event_ms + SIGNED_AFTER_MS + RECORDED_AFTER_MS,
                body=body,
                subjects=subjects,
                sealed=sealed or {},
            )
        )

    def _sign(self, act: Act) -> Parcel:
        said = {key: self._resolved(value) for key, value in act.elements.items()}
        if act.kind == APPROVE:
            approved = str(said["statement"])
            chains = correction_chains(self._subjects[approved])
            return self._sign_said(act, {"statement": approved}, chains)
        if act.body:
            return self._sign_said(act, act.body, act.subjects)
        return self._sign_event(act, said)

    def _sign_said(self, act: Act, body: JsonObject, subjects: Sequence[str]) -> Parcel:
        pen = self.pens[act.who]
        _, envelope, openings = pen.write(
            act.kind,
            body,
            signed_at=china_time(act.signed_ms),
            subjects=subjects,
            sealed=act.sealed,
        )
        return parse_parcel(pen.parcel(envelope, openings))

    def _sign_event(self, act: Act, said: Mapping[str, object]) -> Parcel:
        pen = self.pens[act.who]
        body = event_body(
            act.kind,
            event_time=china_time(act.event_ms),
            inputs=act.inputs,
            outputs=act.outputs,
            about=act.about,
            site=act.site,
            elements=said,
            lifts=act.lifts,
        )
        event = parse_event(body)  # as complete as a form has it: the door does not ask that
        inputs, outputs, subjects = chains_of(event)
        if "corrects" in said:
            subjects = correction_chains(self._subjects[str(said["corrects"])])
        claim, envelope, openings = pen.write(
            EVENT,
            body,
            signed_at=china_time(act.signed_ms),
            subjects=subjects,
            inputs=inputs,
            outputs=outputs,
            sealed=sealed_elements(act.kind, said),
        )
        if act.name:
            self.said[act.name] = claim.statement_id
        self._subjects[claim.statement_id] = claim.subjects
        return parse_parcel(pen.parcel(envelope, openings))

    def _resolved(self, value: object) -> object:
        return self.said[value.act] if isinstance(value, Said) else value


def actor_uri(name: str) -> str:
    """An actor's URI by its short name."""
    return ACTOR + name


def written_ms(when: str, *, shift_years: int = 0) -> int:
    """Milliseconds since 1970 of `YYYY-MM-DD hh:mm` in China, some years later."""
    local = datetime.fromisoformat(when).replace(tzinfo=CHINA)
    return int(local.replace(year=local.year + shift_years).timestamp()) * 1000


def _new_code() -> str:
    return new_code(secrets.token_bytes(SALT_BYTES))


def _polygon(outline: Sequence[Degrees]) -> JsonObject:
    """An outline as GeoJSON: longitude before latitude, the first corner again at the end."""
    corners: list[JsonValue] = [[lon, lat] for lat, lon in (*outline, outline[0])]
    return {"type": "Polygon", "coordinates": [corners]}


def season_of(now_ms: int) -> int:
    """The first year of the newest season that lies wholly in the past."""
    today = datetime.fromtimestamp(now_ms / 1000, CHINA)
    return today.year - 1 if today.month >= SEASON_BEGINS else today.year - 2
