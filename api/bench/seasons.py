"""Real lots to cut evidence from: a season from seed to pack, of 12 steps and of 60."""

from collections.abc import Iterable, Mapping
from typing import Final

from api.app import clock_ms
from api.bench.workload import MASS_G, ORIGIN, Prepared, Workload, record
from ledger.herbs.bodies import Named, event_body, sealed_elements
from ledger.herbs.events import Thing, default_chains
from ledger.herbs.identifiers import CODE_LENGTH, crop_uri, site_uri
from ledger.register.door import parse_parcel
from ledger.trace.answer import china_time

FIELDS: Final[Mapping[int, int]] = {12: 1, 60: 4}  # fields whose harvests are dried together
_ONCE: Final = 4  # seed, drying, test, pack
_A_FIELD: Final = 2  # sowing and harvest; the other steps are care of the crop
_HERB: Final = "huaidihuang"
_ITEMS: Final = [
    {"item": item, "op": "<=", "limit": 0.05, "value": 0.01, "unit": "mg/kg", "passed": True}
    for item in ("铅", "镉", "砷", "汞", "铜")
]


def season(workload: Workload, steps: int) -> str:
    """Record the steps of one lot, each device in its part; returns the packed lot's URI."""
    fields = FIELDS[steps]
    care, rest = divmod(steps - _ONCE - _A_FIELD * fields, fields)
    seed = workload.lot()
    say = _Season(workload)
    say.event(
        0, "SEED_REGISTER", outputs=[(seed, MASS_G)], herb=_HERB, cultivar="金九", source="温县"
    )
    fresh = [
        _grow(workload, say, seed, care + (rest if field == 0 else 0)) for field in range(fields)
    ]
    dried, pack = workload.lot(), workload.lot()
    say.event(
        2, "DRY", inputs=[(lot, MASS_G) for lot in fresh], outputs=[(dried, MASS_G)],
        method="kiln", temperature_c=60, hours=70, final_moisture=14,
    )  # fmt: skip
    say.event(
        3, "TEST", about=[(dried, None)], report_no="2026-0417", items=_ITEMS, conclusion="pass"
    )
    say.event(
        4, "PACK_LABEL", inputs=[(dried, MASS_G)], outputs=[(pack, MASS_G)],
        unit_g=500, count=3000, code_range={"first": 0, "last": 2999},
        label_fields=[{"name": "品名", "value": "生地黄"}, {"name": "产地", "value": "河南温县"}],
    )  # fmt: skip
    assert len(say.said) == steps
    record(workload, say.said)
    return pack


def _grow(workload: Workload, say: "_Season", seed: str, care: int) -> str:
    plot = site_uri(ORIGIN, workload.lot()[-CODE_LENGTH:])
    crop = crop_uri(ORIGIN, workload.lot()[-CODE_LENGTH:])
    fresh = workload.lot()
    say.event(1, "SOW", inputs=[(seed, MASS_G // 10)], outputs=[crop], area_m2=6667, site=plot)
    for number in range(care):
        say.event(
            1, "FERTILISE", about=[crop], product="有机肥", dose=100, area_m2=6667,
            input_lot=f"2026-{number}", operator="张三",
        )  # fmt: skip
    say.event(
        1, "HARVEST", inputs=[crop], outputs=[(fresh, MASS_G)], area_m2=6667, method="hand",
        pickers=["李四", "王五"], herb=_HERB, site=plot,
    )  # fmt: skip
    return fresh


class _Season:
    """What the devices say, in the order of the season."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self.said: list[Prepared] = []

    def event(
        self,
        number: int,
        kind: str,
        *,
        inputs: Iterable[Named] = (),
        outputs: Iterable[Named] = (),
        about: Iterable[Named] = (),
        site: str | None = None,
        **elements: object,
    ) -> None:
        """Let a device sign an event with the chains of its kind."""
        pen = self._workload.pens[number]
        now = china_time(clock_ms())
        ins, outs, things = ([*side] for side in (inputs, outputs, about))
        body = event_body(
            kind, event_time=now, inputs=ins, outputs=outs, about=things, site=site,
            elements=elements,
        )  # fmt: skip
        consumed, made, subjects = default_chains(kind, *map(_uris, (ins, outs, things)))
        _, envelope, openings = pen.write(
            "event",
            body,
            signed_at=now,
            subjects=subjects,
            inputs=consumed,
            outputs=made,
            sealed=sealed_elements(kind, elements),
        )
        posted = pen.parcel(envelope, openings)
        parcel = parse_parcel(posted)
        self.said.append(Prepared(key=pen.key.public, parcel=parcel, posted=posted))


def _uris(side: Iterable[Named]) -> list[str]:
    return [_uri(named) for named in side]


def _uri(named: Named) -> str:
    if isinstance(named, Thing):
        return named.uri
    return named if isinstance(named, str) else named[0]
