"""The stage of the demonstration: acts with a time each, signed and recorded in that order.

Nothing goes round the register: every act is a statement that its actor's key signed.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Final

from api.demonstration.mark import MARK, ORIGIN
from api.opened import SALT_BYTES, found_ledger
from api.settings import Settings
from ledger.canonical import JsonObject, JsonValue
from ledger.errors import DaodiError
from ledger.herbs.bodies import event_body, sealed_elements
from ledger.herbs.events import correction_chains, default_chains
from ledger.herbs.identifiers import crop_uri, lot_uri, new_code, site_uri
from ledger.register.door import Parcel, parse_parcel
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import PrivateKey, generate_private_key
from ledger.statements.pen import Pen
from ledger.statements.statement import EVENT, key_uri, out_chain
from ledger.trace.answer import CHINA, china_time

ROOT: Final = "registrar"
SEASON_BEGINS: Final = 3  # the month; January and February belong to the season's second year
SIGNED_AFTER_MS: Final = 4 * 60_000
RECORDED_AFTER_MS: Final = 3 * 60_000

Amount = tuple[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The id of the statement of a named act, once it is recorded."""

    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One statement to come: who says what of which things, when it happens, when it arrives."""

    who: str
    kind: str
    event_ms: int
    recorded_ms: int
    name: str = ""
    inputs: Sequence[Amount] = ()
    outputs: Sequence[Amount] = ()
    about: Sequence[Amount] = ()
    site: str | None = None
    elements: Mapping[str, object] = field(default_factory=dict)
    body: JsonObject = field(default_factory=dict)
    subjects: Sequence[str] = ()


class Clock:
    """The simulated clock of the founding; later times come with the acts."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        """Milliseconds since 1970."""
        return self.now_ms


class Stage:
    """A ledger with its cast. Acts are planned in any order and played in the order of arrival."""

    def __init__(self, settings: Settings, *, season: int) -> None:
        self.season = season
        self.opened = found_ledger(settings, ORIGIN, Clock(self.at("03-01 09:00")))
        root = self.opened.folder.registrar_key()
        assert root is not None  # the founding has just made it
        self.keys: dict[str, PrivateKey] = {ROOT: root}
        self.pens: dict[str, Pen] = {ROOT: self.opened.pen(root)}
        self.actors: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self._subjects: dict[str, tuple[str, ...]] = {}
        self._acts: list[Act] = []

    def at(self, day: str) -> int:
        """Milliseconds of `MM-DD hh:mm` in China, in the season's first or second year."""
        year = self.season if int(day[:2]) >= SEASON_BEGINS else self.season + 1
        local = datetime.strptime(f"{year}-{day}", "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)
        return int(local.timestamp()) * 1000

    def day(self, day: str, *, days: int = 0) -> str:
        """The date of `MM-DD` in the season, some days later, as YYYY-MM-DD."""
        year = self.season if int(day[:2]) >= SEASON_BEGINS else self.season + 1
        first = datetime.strptime(f"{year}-{day}", "%Y-%m-%d").replace(tzinfo=CHINA)
        return (first + timedelta(days=days)).date().isoformat()

    def admit(self, name: str, cn: str, *roles: str, county: str) -> None:
        """Plan an actor's admission and the enrolment of its first key, in the season's opening."""
        actor = f"urn:daodi:actor:demo-{name}"
        self.actors[name] = actor
        body: JsonObject = {
            "actor": actor,
            "name": cn + MARK,
            "roles": [*roles],
            "county": county,
        }
        self._registered("actor.admit", body, (actor,))
        self.enrol(name, name, *roles)

    def enrol(self, device: str, owner: str, *roles: str) -> None:
        """Plan the enrolment of a device of an actor; its pen is known by the device's name."""
        key = generate_private_key("ES256")
        actor = self.actors[owner]
        body: JsonObject = {
            "kid": key.key_id,
            "alg": key.alg,
            "spki": encode_base64(key.spki),
            "actor": actor,
            "roles": [*roles],
            "holder": f"demo-holder-{device}",
        }
        self.keys[device] = key
        self.pens[device] = Pen(key, ledger=ORIGIN, salts=lambda: secrets.token_bytes(SALT_BYTES))
        self._registered("key.enrol", body, (key_uri(key.key_id), out_chain(actor)))

    def site(self, who: str, day: str, kind: str, name: str, **members: JsonValue) -> str:
        """Plan the registration of a plot, works or store; returns its URI."""
        uri = site_uri(ORIGIN, new_code(secrets.token_bytes(SALT_BYTES)))
        body: JsonObject = {"site": uri, "kind": kind, "name": name + MARK, **members}
        self._say(who, "site.register", day, body, (uri,))
        return uri

    def lot(self) -> str:
        """A lot's URI nobody has used."""
        return lot_uri(ORIGIN, new_code(secrets.token_bytes(SALT_BYTES)))

    def crop(self) -> str:
        """A crop's URI nobody has used."""
        return crop_uri(ORIGIN, new_code(secrets.token_bytes(SALT_BYTES)))

    def do(  # noqa: PLR0913 — one argument for each part of an event
        self,
        who: str,
        kind: str,
        day: str,
        *,
        name: str = "",
        arrives: str = "",
        inputs: Sequence[Amount] = (),
        outputs: Sequence[Amount] = (),
        about: Sequence[Amount] = (),
        site: str | None = None,
        **elements: object,
    ) -> None:
        """Plan an event; it arrives minutes later, or when `arrives` says."""
        event_ms = self.at(day)
        soon_ms = event_ms + SIGNED_AFTER_MS + RECORDED_AFTER_MS
        self._acts.append(
            Act(
                who=who,
                kind=kind,
                event_ms=event_ms,
                recorded_ms=self.at(arrives) if arrives else soon_ms,
                name=name,
                inputs=inputs,
                outputs=outputs,
                about=about,
                site=site,
                elements=elements,
            )
        )

    def approve(self, who: str, day: str, act: str) -> None:
        """Plan the second signature on a named act."""
        self._acts.append(
            Act(
                who=who,
                kind="approve",
                event_ms=self.at(day),
                recorded_ms=self.at(day) + SIGNED_AFTER_MS + RECORDED_AFTER_MS,
                elements={"statement": Said(act=act)},
            )
        )

    def paper(self, text: str) -> JsonObject:
        """Keep a small attached file and return how a body names it."""
        content = f"演示数据\n{text}\n".encode()
        digest = sha256(content).hexdigest()
        (self.opened.folder.blobs / digest).write_bytes(content)
        return {"sha256": digest, "type": "text/plain; charset=utf-8", "size": len(content)}

    def play(self, progress: Callable[[int, int], None]) -> None:
        """Sign and record everything planned, in order of arrival. Raises what is refused."""
        planned = sorted(self._acts, key=lambda act: (act.recorded_ms, act.event_ms))
        played = 0
        for recorded_ms, arriving in groupby(planned, key=lambda act: act.recorded_ms):
            acts = [*arriving]
            candidates = [self.opened.register.check(self._sign(act)) for act in acts]
            for outcome in self.opened.register.record(candidates, now_ms=recorded_ms):
                if isinstance(outcome, DaodiError):
                    raise outcome
            played += len(acts)
            progress(played, len(planned))

    def _registered(self, kind: str, body: JsonObject, subjects: Sequence[str]) -> None:
        self._say(ROOT, kind, "03-01 09:30", body, subjects)

    def _say(
        self, who: str, kind: str, day: str, body: JsonObject, subjects: Sequence[str]
    ) -> None:
        self._acts.append(
            Act(
                who=who,
                kind=kind,
                event_ms=self.at(day),
                recorded_ms=self.at(day) + SIGNED_AFTER_MS + RECORDED_AFTER_MS,
                body=body,
                subjects=subjects,
            )
        )

    def _sign(self, act: Act) -> Parcel:
        pen = self.pens[act.who]
        signed_at = china_time(act.event_ms + SIGNED_AFTER_MS)
        if act.body:
            _, envelope, openings = pen.write(
                act.kind, act.body, signed_at=signed_at, subjects=act.subjects
            )
            return parse_parcel(pen.parcel(envelope, openings))
        said = {key: self._resolved(value) for key, value in act.elements.items()}
        if act.kind == "approve":
            subjects = correction_chains(self._subjects[str(said["statement"])])
            body: JsonObject = {"statement": str(said["statement"])}
            _, envelope, _ = pen.write("approve", body, signed_at=signed_at, subjects=subjects)
            return parse_parcel(pen.parcel(envelope, []))
        return self._sign_event(act, pen, said, signed_at)

    def _sign_event(self, act: Act, pen: Pen, said: Mapping[str, object], signed_at: str) -> Parcel:
        body = event_body(
            act.kind,
            event_time=china_time(act.event_ms),
            inputs=act.inputs,
            outputs=act.outputs,
            about=act.about,
            site=act.site,
            elements=said,
        )
        sides = ([uri for uri, _ in side] for side in (act.inputs, act.outputs, act.about))
        inputs, outputs, subjects = default_chains(act.kind, *sides)
        if "corrects" in said:
            subjects = correction_chains(self._subjects[str(said["corrects"])])
        claim, envelope, openings = pen.write(
            EVENT,
            body,
            signed_at=signed_at,
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
        if isinstance(value, Said):
            return self.said[value.act]
        return value


def season_of(now_ms: int) -> int:
    """The first year of the newest season that lies wholly in the past."""
    today = datetime.fromtimestamp(now_ms / 1000, CHINA)
    return today.year - 1 if today.month >= SEASON_BEGINS else today.year - 2


def write_cases(stage: Stage, cases: Sequence[Mapping[str, str]]) -> JsonObject:
    """Write `demo.json`, the list of codes to try; returns what it says."""
    shown: JsonObject = {"cases": [{**case} for case in cases]}
    text = json.dumps(shown, ensure_ascii=False, indent=2)
    stage.opened.folder.demo.write_text(text + "\n", encoding="utf-8")
    return shown
