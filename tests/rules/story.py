"""A story told to the rules: events by people on days, with no database and no signatures."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256

from ledger.herbs.bodies import event_body
from ledger.herbs.events import parse_recorded_event
from ledger.rules.findings.finding import Finding, Reference
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History
from ledger.rules.history.known import BaseCap, Known, Place
from ledger.rules.history.reading import history_of
from ledger.rules.judge import judge

CHINA = timezone(timedelta(hours=8))
KG = 1_000
HOUR_MS = 3_600_000
WEN, WUZHI, CANGXI = "410825", "410823", "510824"

Named = tuple[str, int | None]


def ms(when: str) -> int:
    """Epoch milliseconds of a day or a minute in China, as `2026-10-28 09:30`."""
    return int(datetime.fromisoformat(when).replace(tzinfo=CHINA).timestamp()) * 1000


def lot(name: str) -> str:
    return f"https://ledger.example/lot/{name}"


def crop(name: str = "field") -> str:
    return f"https://ledger.example/crop/{name}"


def plot(name: str = "plot") -> str:
    return f"https://ledger.example/site/{name}"


@dataclass
class Story:
    """Facts as they are told; `now` is the present that rules see."""

    facts: list[Fact] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    joined: dict[str, int] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    now: str = "2027-06-01"

    def do(
        self,
        who: str,
        kind: str,
        when: str,
        *,
        inputs: Iterable[Named] = (),
        outputs: Iterable[Named] = (),
        about: Iterable[Named] = (),
        site: str | None = None,
        **said: object,
    ) -> str:
        """Tell one event; returns its statement id.

        Besides elements, `signed` and `recorded` say when, and `approved` that another holder did.
        """
        elements = dict(said)
        signed = str(elements.pop("signed", when))
        recorded = str(elements.pop("recorded", signed))
        approved = bool(elements.pop("approved", False))
        time = datetime.fromisoformat(when).replace(tzinfo=CHINA)
        body = event_body(
            kind, event_time=time.isoformat(), inputs=list(inputs), outputs=list(outputs),
            about=list(about), site=site, elements=elements,
        )  # fmt: skip
        event = parse_recorded_event(body)
        things = [each.uri for each in (*event.outputs, *event.about, *event.inputs)]
        number = len(self.facts)
        fact = Fact(
            index=number,
            statement_id=sha256(str(number).encode()).hexdigest(),
            subject=next(iter(things), site or "nowhere"),
            event=event,
            signed_ms=ms(signed),
            recorded_ms=ms(recorded),
            actor=who,
            approvers=frozenset({"second"} if approved else ()),
        )
        self.facts.append(fact)
        return fact.statement_id

    def place(self, uri: str, *, county: str = WEN, area_m2: int = 20_000, actor: str = "") -> str:
        """Register a plot."""
        self.places.append(Place(uri=uri, kind="plot", county=county, area_m2=area_m2, actor=actor))
        return uri

    def bears(
        self, uri: str, cap_kg_mu: int, since: str = "2026-01-01", herb: str = "huainiuxi"
    ) -> None:
        """Let a registered plot's people say what it bears at most, from a day on."""
        cap = BaseCap(
            herb=herb, fresh_kg_mu=cap_kg_mu, effective_from=date.fromisoformat(since),
            source="三年实测", statement_id=sha256(f"{uri} {cap_kg_mu}".encode()).hexdigest(),
        )  # fmt: skip
        self.places = [
            replace(place, caps=(*place.caps, cap)) if place.uri == uri else place
            for place in self.places
        ]

    def knows(self, **known: object) -> None:
        """Let the rules know what no public statement says."""
        self.known = replace(self.known, **known)

    def hands(self, who: str, to: str, what: str, mass_g: int | None, when: str) -> str:
        """Sell somebody a lot by a paper that names him."""
        sale = self.do(who, "SALE_B2B", when, about=[(what, mass_g)])
        self.knows(buyers={**self.known.buyers, sale: to})
        return sale

    def history(self) -> History:
        """What the rules read."""
        return history_of(self.facts, places=self.places, joined=self.joined, known=self.known,
                          roles=self.roles)  # fmt: skip

    def findings(self, rule: str, reference: Reference | None = None) -> list[Finding]:
        """What one rule says."""
        found = judge(self.history(), reference or Reference(), ms(self.now))
        return [finding for finding in found if finding.rule == rule]

    def severities(self, rule: str, reference: Reference | None = None) -> list[str]:
        """How severe that is, finding by finding."""
        return [finding.severity for finding in self.findings(rule, reference)]

    def grow(
        self,
        *,
        name: str = "field",
        herb: str = "huainiuxi",
        sown: str = "2026-07-15",
        cut: str = "2026-11-05",
        area_m2: int = 2_000,
        fresh_g: int = 3_000 * KG,
        county: str = WEN,
        who: str = "coop",
    ) -> str:
        """Sow and harvest a plot; returns the fresh lot."""
        where = self.place(plot(name), county=county, actor=who, area_m2=area_m2)
        self.do(who, "SOW", sown, inputs=[(where, None)], outputs=[(crop(name), None)],
                area_m2=area_m2, herb=herb)  # fmt: skip
        self.do(who, "HARVEST", cut, inputs=[(crop(name), None)], outputs=[(lot(name), fresh_g)],
                plot=where, area_m2=area_m2, herb=herb)  # fmt: skip
        return lot(name)

    def pack(self, source: str, name: str, mass_g: int, when: str, **said: object) -> str:
        """Pack a lot into packs of 500 g, by the mill."""
        fields = said.pop("fields", HONEST_LABEL)
        count = mass_g // 500
        told = {"code_range": {"first": 1, "last": count}, "drug": "牛膝"} | said
        self.do("mill", "PACK_LABEL", when, inputs=[(source, mass_g)],
                outputs=[(lot(name), mass_g)], unit_g=500, count=count,
                label_fields=label(fields), **told)  # fmt: skip
        return lot(name)


def label(fields: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in fields.items() if value]


HONEST_LABEL = {
    "品名": "牛膝", "产地": "河南省焦作市温县", "采收日期": "2026-11-05", "包装日期": "2026-12-01",
    "保质期至": "2028-11-30", "企业名称": "某加工厂", "质量": "合格",
}  # fmt: skip


def row(
    item: str, value: object, *, limit: object = None, passed: bool = True
) -> dict[str, object]:
    return {"item": item, "value": value, "limit": limit, "passed": passed}
