"""The documents against the program: paths, codes, routes, commands, settings, the example."""

import re
from pathlib import Path

import click
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from litestar import Litestar

from api.app import create_app
from api.cli import main
from api.opened.ledger import found_ledger
from api.settings import Settings
from ledger.errors import CODES
from ledger.herbs.identifiers import parse_code
from ledger.log.leaves import EventLeaf, Link, StateLeaf, format_leaf, subject_key
from ledger.log.merkle import leaf_hash
from ledger.log.subject_map import SubjectMap, map_value
from ledger.statements.keys import parse_private_key
from ledger.statements.sealed import commitment
from ledger.statements.statement import parse_claim

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
FORMAT = (ROOT / "ledger" / "FORMAT.md").read_text()
DESIGN = (ROOT / "ledger" / "DESIGN.md").read_text()
EXAMPLE_SCALAR = 20260401  # the private number that FORMAT.md gives


def section(title: str, text: str = README) -> str:
    """What stands under a heading, up to the next one."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """The code words in the first column of a table."""
    return re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)


@pytest.fixture
def app(tmp_path: Path) -> Litestar:
    settings = Settings(data=tmp_path / "ledger")
    found_ledger(settings, "ledger.example/herbs", lambda: 1_775_000_000_000)
    return create_app(settings)


def paths_of_tree() -> list[str]:
    """Paths that README's tree names, folders ending in a slash."""
    tree = section("Where things live").split("```")[1]
    found, top = [], ""
    for line in tree.splitlines():
        names = line[: line.find("  ", len(line) - len(line.lstrip()))].split()
        if line and not line.startswith(" "):
            top = names[0]
            found.append(top)
        else:
            found.extend(top + name for name in names)
    return found


def test_every_path_in_the_tree_of_the_readme_exists() -> None:
    missing = [path for path in paths_of_tree() if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("house", ["ledger", "api"])
def test_every_room_of_the_house_is_in_the_tree_of_the_readme(house: str) -> None:
    rooms = {
        f"{house}/{path.name}{'/' if path.is_dir() else ''}"
        for path in (ROOT / house).iterdir()
        if path.is_dir() and not path.name.startswith("__")
    }
    assert rooms - set(paths_of_tree()) == set()


def test_every_error_code_is_documented_with_its_status_and_sentence() -> None:
    table = section("Errors")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (.+?) \|$", table, flags=re.MULTILINE)
    assert {code: (int(status), cn) for code, status, cn in rows} == {
        code: (found.status, found.sentence_cn) for code, found in CODES.items()
    }


def test_every_route_is_documented_and_no_other(app: Litestar) -> None:
    served = {
        f"{method} {route.path}"
        for route in app.routes
        for method in getattr(route, "methods", ())
        if method not in {"HEAD", "OPTIONS"}
    }
    documented = {
        f"{method} {path}"
        for row in first_cells(section("Routes"))
        for methods, _, path in [row.partition(" ")]
        for method in methods.split(",")
    }
    assert documented == served


def commands_of(group: click.Command, name: str) -> list[str]:
    """Every command below a group, by the words that call it."""
    if isinstance(group, click.Group):
        below = sorted(group.commands.items())
        return [word for key, one in below for word in commands_of(one, f"{name} {key}")]
    return [name]


def test_every_command_is_documented_and_no_other() -> None:
    assert first_cells(section("Commands")) == commands_of(main, "daodi")


def test_every_setting_is_documented_and_no_other() -> None:
    names = [f"DAODI_{name.upper()}" for name in Settings.model_fields]
    assert first_cells(section("Settings")) == names


def test_the_tests_that_the_threat_table_names_exist() -> None:
    table = section("Who can do what when it turns bad", DESIGN)
    named = set(re.findall(r"`(tests/[\w./]+)`", table))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(number) for number in re.findall(r"^(\d+)\. \*\*", DESIGN, flags=re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_worked_example_of_the_format_is_recomputed() -> None:
    payload = FORMAT.partition("```json\n")[2].partition("\n```")[0].encode()
    claim = parse_claim(payload)
    pem = ec.derive_private_key(EXAMPLE_SCALAR, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    assert claim.key == parse_private_key(pem).key_id
    assert claim.sealed["pickers"] == commitment(
        ledger=claim.ledger,
        key=claim.key,
        seq=0,
        name="pickers",
        salt="AAECAwQFBgcICQoLDA0ODw",
        value=["张三"],
    )
    keys = sorted(subject_key(uri) for uri in claim.subjects)
    leaf = EventLeaf(
        index=7,
        admitted_ms=1_793_151_310_000,
        statement_id=bytes.fromhex(claim.statement_id),
        key_id=bytes.fromhex(claim.key),
        key_seq=0,
        links=tuple(Link(subject_key=key, subject_seq=0, previous=bytes(32)) for key in keys),
    )
    event = format_leaf(leaf)
    value = map_value(1, leaf_hash(event))
    root = SubjectMap.build(20, [(key, value) for key in keys]).root()
    state = format_leaf(StateLeaf(index=8, at_ms=leaf.admitted_ms, map_root=root))
    worked = re.findall(r"\| `([0-9a-f]+)` \|$", FORMAT, flags=re.MULTILINE)
    assert worked == [
        claim.statement_id,
        event.hex(),
        leaf_hash(event).hex(),
        value.hex(),
        root.hex(),
        state.hex(),
        leaf_hash(state).hex(),
    ]
    for uri in (*claim.outputs, *claim.inputs):
        assert parse_code(uri).text in uri
    assert msgspec.json.decode(payload)["kind"] == "event"
