"""The demonstration: every case shows what it says, and nothing in it was let in by the back."""

import json
import shutil
import stat
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest

from api.access import Caller
from api.codes import asked_of
from api.demonstration.mark import MARK, ORIGIN, is_demonstration
from api.demonstration.stage import season_of
from api.enterprise.printing.forms import SORTS
from api.labelling.contents import Wish, contents_of
from api.labelling.drawing import Paper, fitted, write_labels
from api.labelling.packs import faces_of
from api.labelling.permits import packing_of
from api.labelling.planning import OPERATOR, Batch, batch_of, source_of
from api.opened.ledger import OpenedLedger, open_ledger, open_store
from api.settings import Settings
from api.shown.lineages import trace_of
from labels.layout import Label
from ledger.errors import PrintingError
from ledger.herbs.labels import labels_for, sorts_of
from ledger.statements.keys import parse_private_key
from ledger.store.complaints import Complaint, keep_complaint
from tests.cli.desk import Desk
from tests.labels.batch import read
from tests.labels.test_rolls import tspl_printed, zpl_printed

NOW_MS = int(datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp()) * 1000
STATUS = {
    "honest": "recorded",
    "blend": "recorded",
    "late": "recorded",
    "corrected": "recorded",
    "held": "held",
    "recalled": "recalled",
    "expired": "expired",
    "copied": "copied",
    "dishonest": "held",  # what a trader hides in its papers, rules find and signatures do not
}
SIX = ("怀地黄", "怀山药", "怀牛膝", "怀菊花", "川明参", "天麻")
TODAY = date(2026, 11, 22)
STOPPED = {
    "held": "lot_held", "recalled": "lot_held", "expired": "lot_expired", "dishonest": "lot_held",
}  # fmt: skip
TYPED = {"standard": "《中国药典》2025年版一部", "storage": "置通风干燥处，防蛀", "grade": "一等"}
LONGEST = 60
ACTORS_MIN = 12
BUILT_WITHIN_MAX = 500  # statements: what builds in seconds


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One demonstration for all of these: they only read it."""
    desk = Desk(tmp_path_factory.mktemp("demo"), now_ms=NOW_MS)
    desk.on("demo")
    return desk


def listed(demo: Desk) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((demo.data / "demo.json").read_text())["cases"]
    return found


def cases(demo: Desk) -> dict[str, dict[str, str]]:
    """The first of each that is shown."""
    return {case["shows"]: case for case in reversed(listed(demo))}


def traced(demo: Desk, shows: str) -> dict[str, list[dict[str, str]]]:
    answer: dict[str, list[dict[str, str]]] = demo.answer("trace", cases(demo)[shows]["code"])
    return answer


def test_every_case_has_the_status_that_it_shows(demo: Desk) -> None:
    found = [(case["shows"], demo.answer("trace", case["code"])["status"]) for case in listed(demo)]
    assert found == [(shows, STATUS[shows]) for shows, _ in found]
    assert {shows for shows, _ in found} == STATUS.keys()


def test_every_herb_has_an_honest_packet_of_its_own_county(demo: Desk) -> None:
    honest = {case["herb"]: case for case in listed(demo) if case["shows"] == "honest"}
    assert {*SIX} <= honest.keys()
    for herb in SIX:
        answer = demo.answer("trace", honest[herb]["code"])
        assert answer["herb"]["cn"] == herb
        assert [one["share"] for one in answer["origin"]] == [1]
        assert all(row["passed"] for row in answer["tests"])


def test_nine_steamings_are_counted_and_the_wine_is_among_the_lots(demo: Desk) -> None:
    (code,) = {
        case["code"]
        for case in listed(demo)
        if demo.answer("trace", case["code"])["drug"] == "熟地黄"
    }
    answer = demo.answer("trace", code)
    cycles = [
        element["value"]
        for step in answer["steps"]
        for element in step["elements"]
        if (step["kind"], element["cn"]) == ("STEAM_BOIL", "第几蒸几晒")
    ]
    assert len(answer["steps"]) == LONGEST
    assert cycles == [*range(1, 10)]
    assert "黄酒-1210" in {lot["name"] for lot in answer["lineage"]["lots"]}
    assert [(one["county"], one["share"]) for one in answer["origin"]] == [("温县", 1)]


def test_a_decoction_comes_from_four_lots_and_hides_its_prescription(demo: Desk) -> None:
    bags = listed(demo)[-1]
    answer = demo.answer("trace", bags["code"], "--sealed")
    assert bags["herb"] == answer["herb"]["cn"] == "代煎汤剂"
    assert answer["drug"] == "四味汤（演示方）"
    assert len([edge for edge in answer["lineage"]["edges"] if edge[1] == bags["lot"]]) == 4
    assert "rx_token" in {one["name"] for one in answer["openings"]}
    assert "演示-处方" not in demo.on("export").stdout


def test_a_hold_that_a_signature_lifted_leaves_the_packet_as_good_as_any(demo: Desk) -> None:
    held = [
        answer
        for case in listed(demo)
        if case["shows"] == "honest"
        for answer in [demo.answer("trace", case["code"])]
        if [step["kind"] for step in answer["steps"]].count("HOLD") == 2
    ]
    assert [answer["status"] for answer in held] == ["recorded"]


def test_the_recall_says_how_much_came_back(demo: Desk) -> None:
    recovered = [
        element["value"]
        for step in traced(demo, "recalled")["steps"]
        for element in step["elements"]
        if step["kind"] == "RECALL" and element["cn"] == "已召回"
    ]
    assert recovered == [0, 97_000]


def test_every_case_is_proved_by_its_evidence(demo: Desk) -> None:
    described = demo.answer("ledger", "show")
    pinned = ("--log-key", described["log_keys"][0], "--registrar", described["registrar"])
    for case in cases(demo).values():
        bundle = demo.folder / "bundle.json"
        demo.on("evidence", case["code"], "--out", bundle)
        demo.run("verify", bundle, "--asked", case["code"], *pinned)


def test_the_whole_demonstration_passes_its_audit(demo: Desk) -> None:
    report = demo.answer("audit")
    assert report["clean"]
    assert 300 < report["statements"] < BUILT_WITHIN_MAX
    registry = [json.loads(line) for line in demo.on("export").stdout.splitlines()]
    bodies = [json.loads(b64decode(envelope["payload"])) for envelope in registry]
    actors = [one["body"]["name"] for one in bodies if one["kind"] == "actor.admit"]
    assert len(actors) >= ACTORS_MIN
    assert all(name.endswith(MARK) for name in actors)


def test_one_week_was_without_signal_and_one_record_written_afterwards(demo: Desk) -> None:
    marked = {"late": {"late"}, "dishonest": {"backfilled"}}
    for case in listed(demo):
        steps = demo.answer("trace", case["code"])["steps"]
        marks = {step["late"] for step in steps} - {None}
        assert marks == marked.get(case["shows"], set())


def test_a_blend_shows_both_counties_with_their_shares(demo: Desk) -> None:
    origin = traced(demo, "blend")["origin"]
    assert [(one["county"], one["share"]) for one in origin] == [("温县", 0.6), ("武陟县", 0.4)]


def test_a_corrected_record_names_its_correction(demo: Desk) -> None:
    corrected = [step for step in traced(demo, "corrected")["steps"] if step["corrected_by"]]
    assert [step["kind"] for step in corrected] == ["HARVEST"]


def test_every_name_says_that_it_is_invented(demo: Desk) -> None:
    for case in listed(demo):
        steps = demo.answer("trace", case["code"])["steps"]
        assert all(step["actor"].endswith(MARK) for step in steps)
    assert is_demonstration(demo.answer("ledger", "show")["origin"])
    assert not is_demonstration("ledger.example/herbs")


def test_people_prices_and_buyers_stay_sealed(demo: Desk) -> None:
    whole = demo.on("export").stdout
    for hidden in ("演示人名", "演示-发票", "46.5"):
        assert hidden not in whole
    code = cases(demo)["honest"]["code"]
    opened = {one["name"] for one in demo.answer("trace", code, "--sealed")["openings"]}
    assert {"pickers", "samplers", "operator", "buyer", "price", "seller"} <= opened


def test_its_label_says_so_too(demo: Desk) -> None:
    lot, out = cases(demo)["honest"]["lot"], demo.folder / "label.svg"
    demo.on("labels", "--lot", lot, "--count", 1, "--format", "svg", "--out", out)
    assert "演示数据" in out.read_text()


def test_the_last_state_leaf_carries_the_real_time(demo: Desk) -> None:
    bundle = json.loads(demo.on("evidence", cases(demo)["honest"]["code"]).stdout)
    described = demo.answer("trace", cases(demo)["honest"]["code"])
    assert bundle["origin"] == ORIGIN
    assert described["checkpoint"]["time"].startswith("2026-11-22T")


def test_its_devices_keys_are_there_to_try(demo: Desk, tmp_path: Path) -> None:
    keys = sorted((demo.data / "demo-keys").glob("*.pem"))
    assert "mill.pem" in {key.name for key in keys}
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert len({parse_private_key(key.read_bytes()).key_id for key in keys}) == len(keys)
    demo.on("backup", "--to", tmp_path / "copy", "--with-keys")
    other = Desk(tmp_path / "other", now_ms=demo.now_ms)
    other.on("restore", tmp_path / "copy")
    mill = demo.data / "demo-keys" / "mill.pem"
    event = {"kind": "STORE_IN", "about": [[cases(demo)["honest"]["lot"], 1_000]]}
    raw = json.dumps(event).encode()
    other.on("record", "--key", mill, "--event", "-", stdin=raw)


def drawn(labels: list[Label], kind: str, stock: str) -> list[str]:
    """What a phone reads on labels as a printer of 203 dots to the inch lays them down."""
    written = BytesIO()
    write_labels(labels, written, Paper(kind=kind, stock=stock))
    if kind == "zpl":
        return [text for image in zpl_printed(written.getvalue(), 203) for text in read(image)]
    if kind == "tspl":
        return [text for image in tspl_printed(written.getvalue()) for text in read(image)]
    document = pypdfium2.PdfDocument(written)
    try:
        return [text for page in document for text in read(page.render(scale=203 / 72).to_pil())]
    finally:
        document.close()


def read_back(labels: list[Label]) -> None:
    """Every label decodes on the paper that is chosen for it, as a sheet and on either roll."""
    papers: dict[tuple[str, str], list[Label]] = {}
    for label in labels:
        for kind in ("pdf", "zpl", "tspl"):
            stock = fitted(label, Paper(kind=kind)).stock
            papers.setdefault((kind, stock), []).append(label)
    for (kind, stock), batch in papers.items():
        found = drawn(batch, kind, stock)
        assert sorted(found) == sorted(label.url for label in batch), (kind, stock)


@pytest.fixture(scope="module")
def packed(demo: Desk) -> Iterator[tuple[OpenedLedger, dict[str, list[Batch]]]]:
    """Every lot of packs that the demonstration shows, by what it shows."""
    demo.on("findings")  # rules have read everything
    opened = open_ledger(Settings(data=demo.data), lambda: demo.now_ms)
    batches: dict[str, list[Batch]] = {}
    for case in listed(demo):
        if case["herb"] != "代煎汤剂":  # bags of a decoction have no serials
            batches.setdefault(case["shows"], []).append(batch_of(opened, case["lot"], None))
    yield opened, batches
    opened.store.engine.dispose()


def test_labels_of_every_packed_lot_say_what_the_law_asks_fit_decode_and_resolve(
    packed: tuple[OpenedLedger, dict[str, list[Batch]]],
) -> None:
    opened, batches = packed
    labels = []
    for shows, one in ((shows, one) for shows, each in batches.items() for one in each):
        said = {name: value for name, value in one.pack.fields if value}
        for provision in (each for sort in sorts_of(said) for each in labels_for(sort, TODAY)):
            assert [field.cn for field in provision.fields if not field.is_there(said)] == []
        first = one.pack.registered
        assert first is not None
        ((serial, label),) = faces_of(opened, one.pack).of([first[:1]])
        asked = asked_of(label.url, opened)
        assert (asked.uri, asked.serial) == (one.pack.uri, serial)
        labels.append(label)
        refused = None
        try:
            one.require_printable(TODAY)
        except PrintingError as error:
            refused = error.code
        assert refused == STOPPED.get(shows), shows
    assert len(labels) > 12
    read_back(labels)


def test_what_the_demonstration_packs_may_be_packed_as_every_sort_that_the_law_allows(
    packed: tuple[OpenedLedger, dict[str, list[Batch]]],
) -> None:
    opened, batches = packed
    labels, refused = [], set()
    for one in (one for shows, each in batches.items() if shows == "honest" for one in each):
        assert one.trace is not None
        packing = packing_of(one.trace)
        assert packing is not None
        assert packing.actor is not None
        caller = Caller(actor=packing.actor.actor)
        (source,) = [edge.parent for edge in one.trace.edges if edge.child == one.pack.uri]
        trace = trace_of(opened, asked_of(source, opened), OPERATOR)
        for sort, _ in SORTS:
            wish = Wish(sort=sort, unit_g=500, packed_g=1_000, months=24, said=TYPED)
            contents = contents_of(source_of(opened, caller, trace, wish, code="0" * 20))
            assert contents.missing == ()
            if contents.wrong:
                refused.add((trace.drug, sort, *contents.wrong))
                continue
            faces = replace(faces_of(opened, one.pack), fields=contents.fields)
            labels.append(faces.with_code(f"{len(labels):032}"))
    # What was steamed after drying, with wine, is a drug and no food; 天麻 steamed fresh may be.
    assert {drug for drug, *_ in refused} == {"熟地黄"}
    assert {said[1:] for said in refused} == {
        ("agri_product", "炮制过的是饮片，不能当食用农产品包装")
    }
    read_back(labels)


def test_the_demonstration_is_never_made_where_something_is(demo: Desk, tmp_path: Path) -> None:
    assert "already_registered" in demo.on("demo", expect=1).stderr
    other = Desk(tmp_path)
    other.data.mkdir()
    (other.data / "mine.txt").write_text("mine")
    other.on("demo", expect=1)
    assert [path.name for path in other.data.iterdir()] == ["mine.txt"]


def test_an_interrupted_making_leaves_no_half_and_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, now_ms=NOW_MS)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("api.demonstration.build.write_cases", interrupted)
        desk.on("demo", expect=1)
    assert not desk.data.exists()
    assert len(desk.answer("demo")["cases"]) > len(STATUS)


@pytest.mark.parametrize(
    ("today", "season"), [((2026, 11, 22), 2025), ((2027, 3, 1), 2026), ((2027, 2, 28), 2025)]
)
def test_the_season_lies_wholly_in_the_past(today: tuple[int, int, int], season: int) -> None:
    now_ms = int(datetime(*today, 12, tzinfo=UTC).timestamp()) * 1000
    assert season_of(now_ms) == season


def test_warnings_tell_of_a_copied_code_and_of_complaints_by_county_and_herb(
    demo: Desk, tmp_path: Path
) -> None:
    flowers = {"county": "410823", "herb": "huaijuhua", "mark": "unverified"}
    (found,) = demo.answer("warnings", "--days", 1)["warnings"]
    assert flowers.items() <= found.items()
    assert (found["level"], found["signals"]) == ("watch", {"clone": 1})
    desk = Desk(tmp_path, now_ms=demo.now_ms)
    shutil.copytree(demo.data, desk.data)
    copied = cases(demo)["copied"]
    store = open_store(Settings(data=desk.data, database=""))
    for number in range(5):
        keep_complaint(store, Complaint(receipt=f"r{number}", code=copied["code"],
                                        lot=copied["lot"], kind="other", text="", contact=None,
                                        received_ms=desk.now_ms))  # fmt: skip
    store.engine.dispose()
    (found,) = desk.answer("warnings", "--days", 1)["warnings"]
    assert (found["level"], found["signals"]) == ("warn", {"clone": 1, "complaint": 5})
    assert "武陟县 怀菊花 警示 8：码被复制 1，举报 5（权重未核实）" in desk.on("warnings").stdout
