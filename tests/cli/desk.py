"""The `daodi` command as a person at a desk uses it: a folder, a clock, a device's key."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from api.cli import main
from ledger.herbs.identifiers import crop_uri, lot_uri, new_code, site_uri
from tests.chain import DAY_MS, START_MS, Chance

ORIGIN = "desk.example/herbs"
COOPERATIVE = "urn:daodi:actor:cooperative"
PACKS = 1_400


@dataclass
class Desk:
    """Runs commands in this process; every run must end as it is expected to."""

    folder: Path
    now_ms: int = START_MS
    chance: Chance = field(default_factory=Chance)
    data: Path = field(init=False)

    def __post_init__(self) -> None:
        """The ledger's folder is below the desk's, where key files and bundles lie too."""
        self.data = self.folder / "ledger"

    def run(self, *arguments: object, expect: int = 0, stdin: bytes | None = None) -> Result:
        """Run a command as it is typed, a second after the last."""
        self.now_ms += 1_000
        typed = [str(argument) for argument in arguments]
        result = CliRunner().invoke(main, typed, obj=lambda: self.now_ms, input=stdin)
        shown = f"{typed}: {result.stdout}{result.stderr}"
        assert result.exception is None or isinstance(result.exception, SystemExit), shown
        assert result.exit_code == expect, shown
        assert "Traceback" not in shown
        return result

    def on(self, *arguments: object, expect: int = 0, stdin: bytes | None = None) -> Result:
        """Run a command on the desk's ledger."""
        return self.run(*arguments, "--data", self.data, expect=expect, stdin=stdin)

    def answer(self, *arguments: object, expect: int = 0, stdin: bytes | None = None) -> Any:  # noqa: ANN401 — any JSON
        """Run a command on the desk's ledger for its JSON."""
        return json.loads(self.on(*arguments, "--json", expect=expect, stdin=stdin).stdout)

    def found(self) -> None:
        """A ledger with one cooperative and its device."""
        self.on("ledger", "found", "--origin", ORIGIN)
        named = ("--id", COOPERATIVE, "--name", "合作社", "--role", "cooperative")
        self.on("actor", "admit", *named, "--county", "410825")
        self.device("device")

    def device(self, name: str) -> Path:
        """Make and enrol another key of the cooperative; the path of its file."""
        path = self.folder / f"{name}.pem"
        self.run("key", "new", "--out", path)
        self.on("key", "enrol", "--actor", COOPERATIVE, "--spki", path)
        return path

    def record(self, event: dict[str, Any], *, key: str = "device", expect: int = 0) -> Result:
        """Record an event file with a device's key."""
        raw = json.dumps(event).encode()
        typed = ("record", "--key", self.folder / f"{key}.pem", "--event", "-")
        return self.on(*typed, expect=expect, stdin=raw)

    def lot(self) -> str:
        """A lot's URI nobody has used."""
        return lot_uri(ORIGIN, new_code(self.chance()))

    def season(self) -> str:
        """From seed to 1,400 packs of 500 g; the pack lot's URI."""
        plot = site_uri(ORIGIN, new_code(self.chance()))
        crop = crop_uri(ORIGIN, new_code(self.chance()))
        seed, fresh, dried, pack = (self.lot() for _ in range(4))
        site = {"site": plot, "kind": "plot", "county": "410825", "area_m2": 6667}
        self.record({"kind": "site.register", "body": site})
        self.record(
            {"kind": "SEED_REGISTER", "outputs": [[seed, 1_000_000]],
             "elements": {"herb": "huaidihuang", "cultivar": "金九", "source": "温县",
                          "species_latin": "Rehmannia glutinosa", "germination": 92}}
        )  # fmt: skip
        self.record(
            {"kind": "SOW", "inputs": [[seed, 400_000], plot], "outputs": [crop],
             "elements": {"area_m2": 6667}}
        )  # fmt: skip
        self.now_ms += 200 * DAY_MS
        self.record(
            {"kind": "HARVEST", "inputs": [crop], "outputs": [{"uri": fresh, "mass_g": 3_500_000}],
             "elements": {"plot": plot, "area_m2": 6667, "method": "hand", "pickers": ["李四"]}}
        )  # fmt: skip
        self.record(
            {"kind": "DRY", "inputs": [[fresh, 3_500_000]], "outputs": [[dried, 700_000]],
             "elements": {"method": "kiln", "temperature_c": 60, "hours": 70, "drug": "生地黄",
                          "final_moisture": 14}}
        )  # fmt: skip
        self.record(
            {"kind": "PACK_LABEL", "inputs": [[dried, 700_000]], "outputs": [[pack, 700_000]],
             "elements": {"unit_g": 500, "count": PACKS,
                          "code_range": {"first": 0, "last": PACKS - 1},
                          "label_fields": [{"name": "品名", "value": "生地黄"},
                                           {"name": "产地", "value": "温县"},
                                           {"name": "日期", "value": "2026-11-20"},
                                           {"name": "供货单位", "value": "加工厂"},
                                           {"name": "质量", "value": "合格"}]}}
        )  # fmt: skip
        return pack
