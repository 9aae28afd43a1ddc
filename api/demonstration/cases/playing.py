"""Plays the cases: each side on a throwaway ledger, through the register, judged by every rule."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from api.demonstration.cases import codes, field, land, mass, papers, trade
from api.demonstration.cases.case import Case, Side
from api.demonstration.cases.scene import CANGXI, WEN, WUZHI, Scene
from api.demonstration.judged import judge_ledger
from api.demonstration.mark import ORIGIN
from api.demonstration.stage import FOUNDED, Company, Stage, written_ms
from api.opened.ledger import found_ledger, open_ledger
from api.settings import Settings
from ledger.rules.findings.finding import Finding, Severity
from ledger.rules.rulebook import RULES
from ledger.seam import Progress

_ROOMS: Final = (mass, land, codes, field, papers, trade)
CASES: Final[tuple[Case, ...]] = tuple(
    case for rule in RULES for room in _ROOMS for case in room.CASES if case.rule == rule.id
)
SEVERITIES: Final[tuple[Severity, ...]] = ("hold", "red", "amber")  # the worst first
ALARMS: Final = frozenset({"hold", "red"})
CAST: Final = (
    ("coop", "演示合作社", "cooperative", WEN),
    ("neighbours", "演示邻村合作社", "cooperative", WUZHI),
    ("farmer", "演示农户", "cooperative", CANGXI),
    ("mill", "演示加工厂", "processor", WEN),
    ("quality", "演示加工厂质量部", "processor", WEN),
    ("packer", "演示包装厂", "processor", WEN),
    ("laboratory", "演示检测中心", "laboratory", WEN),
    ("institute", "演示质检院", "laboratory", WEN),
    ("trader", "演示药材行", "trader", WEN),
    ("shop", "演示药铺", "shop", WEN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What one side came to: the findings of the case's own rule, in order of severity."""

    cn: str
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity | None:
        """The worst severity found, None where nothing was."""
        return next((finding.severity for finding in self.findings), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Both sides of a case, played."""

    rule: str
    planted: Played
    alike: Played

    @property
    def holds(self) -> bool:
        """Whether the planted case was found and the look-alike raised no alarm."""
        return self.planted.severity is not None and self.alike.severity not in ALARMS


def play_cases(cases: tuple[Case, ...] = CASES, *, progress: Progress) -> list[Outcome]:
    """Play every case on a ledger of its own; the ledgers are thrown away."""
    with TemporaryDirectory(prefix="daodi-cases-") as folder:
        playhouse = Playhouse(Path(folder))
        outcomes = []
        for number, case in enumerate(cases):
            progress(2 * number, 2 * len(cases))
            planted = playhouse.play(case.rule, case.planted)
            progress(2 * number + 1, 2 * len(cases))
            alike = playhouse.play(case.rule, case.alike)
            outcomes.append(Outcome(rule=case.rule, planted=planted, alike=alike))
        progress(2 * len(cases), 2 * len(cases))
        return outcomes


class Playhouse:
    """Ledgers with the same cast, copied from one that was founded once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._empty = folder / "empty"
        opened = found_ledger(Settings(data=self._empty, database=""), ORIGIN, _founding_ms)
        stage = Stage(opened)
        for name, cn, role, county in CAST:
            stage.admit(name, cn, role, county=county)
        stage.play(lambda _done, _of: None)
        opened.store.engine.dispose()
        self._company = stage.company

    def play(self, rule: str, side: Side) -> Played:
        """Record one side on a fresh ledger and judge it; the ledger is thrown away."""
        copy = self._folder / "played"
        shutil.copytree(self._empty, copy)
        try:
            findings = [each for each in self._judged(copy, side) if each.rule == rule]
        finally:
            shutil.rmtree(copy)
        findings.sort(key=lambda each: SEVERITIES.index(each.severity))
        return Played(cn=side.cn, findings=tuple(findings))

    def _judged(self, place: Path, side: Side) -> Iterator[Finding]:
        company = Company(keys={**self._company.keys}, names={**self._company.names})
        opened = open_ledger(Settings(data=place, database=""), _founding_ms)
        try:
            scene = Scene(opened, company=company)
            side.plan(scene)
            scene.play()
            yield from judge_ledger(
                opened,
                now_ms=written_ms(scene.now),
                guesses=scene.guesses,
                complaints=scene.complaints,
            )
        finally:
            opened.store.engine.dispose()


def _founding_ms() -> int:
    return written_ms(FOUNDED)
