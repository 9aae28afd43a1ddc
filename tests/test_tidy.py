"""The house rules that no linter holds: sizes, door signs, names, and what no file may say."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("api", "labels", "ledger", "migrations", "scripts", "tests", ".ci")
SOURCES = {".py", ".js", ".css", ".html"}
NO_TEXT = {".png", ".otf", ".ico", ".woff2", ".pyc", ".webp", ".jpg", ".pdf", ".svg"}

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
SIGN_LENGTH_MAX = 100

# A file of such a name has no concept of its own: everything ends up there.
DUMPING_GROUNDS = {
    *("base", "common", "core", "data", "helper", "helpers", "info", "lib", "manager", "managers"),
    *("misc", "process", "processor", "tool", "tools", "util", "utils"),
}
VAGUE = re.compile(r"(Manager|Helper|Utils?|Common|Info|Item|Processor)$")
# Written so that this file does not find itself.
PUT_OFF = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b")
REGISTRY = re.compile(
    r"https?://[^\" ]+/(simple|packages|-)/[^\" ]*|index[-]url|registry *= *[\"']h"
)
THIS_MACHINE = re.compile(r"(^|[^.a-z])/(work|farm)/", re.MULTILINE)
WAVED_THROUGH = re.compile(r"#\s*(noqa|type: ignore|pragma: no cover)([^\n]*)")
REASON = re.compile(r"(—|#|-)\s+\w")


@cache
def files() -> list[Path]:
    """Every text file that belongs to the project, locks and fixtures of bytes left out."""
    top = [ROOT / name for name in ("pyproject.toml", "README.md", ".gitignore")]
    below = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*")))
    return [
        path
        for path in (*top, *below)
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.suffix not in NO_TEXT
        and path.name != "requirements.lock"
    ]


@cache
def text_of(path: Path) -> str:
    """What stands in it; read once, for every rule reads all of them."""
    return path.read_text("utf-8")


def sources() -> list[Path]:
    """What people wrote as code: by suffix, and the scripts that have none."""
    return [
        path
        for path in files()
        if path.suffix in SOURCES or (path.parent.name == "scripts" and not path.suffix)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """What the rules ask of a Python file. Its tree, a hundred times as large, is let go."""

    name: str
    sign: str
    functions: dict[str, int]  # where and what, and how many lines
    classes: list[str]


@cache
def modules() -> list[Module]:
    """Every Python file, parsed."""
    return [
        parsed(shown(path), ast.parse(text_of(path)))
        for path in sources()
        if path.suffix == ".py" or not path.suffix
    ]


def parsed(name: str, tree: ast.Module) -> Module:
    functions: dict[str, int] = {}
    classes = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            functions[f"{name}:{node.lineno} {node.name}"] = lines
        elif isinstance(node, ast.ClassDef):
            classes.append(node.name)
    sign = (ast.get_docstring(tree) or "").partition("\n")[0]
    return Module(name=name, sign=sign, functions=functions, classes=classes)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{shown(path)}: {found.group().strip()}"
        for path in files()
        if (found := pattern.search(text_of(path)))
    ]


def test_no_file_is_longer_than_one_can_read_in_one_go() -> None:
    lengths = {shown(path): len(text_of(path).splitlines()) for path in sources()}
    assert {name: n for name, n in lengths.items() if n > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        where
        for module in modules()
        for where, lines in module.functions.items()
        if lines > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_every_module_begins_with_its_door_sign() -> None:
    wrong = {
        module.name: module.sign
        for module in modules()
        if not module.sign.endswith(".") or len(module.sign) > SIGN_LENGTH_MAX
    }
    assert wrong == {}


def test_no_file_or_folder_is_a_dumping_ground() -> None:
    found = [
        shown(path)
        for path in files()
        for parts in [path.relative_to(ROOT).parts]
        if DUMPING_GROUNDS & {*parts[:-1], path.stem.lower() if path.suffix != ".html" else ""}
    ]
    assert found == []  # a template of that name is one that pages extend


def test_no_class_hides_behind_a_vague_name() -> None:
    vague = {
        f"{module.name}: {name}"
        for module in modules()
        for name in module.classes
        if VAGUE.search(name)
    }
    assert vague == set()


def test_nothing_is_put_off_in_a_comment() -> None:
    assert matching(PUT_OFF) == []


def test_no_file_names_a_package_registry() -> None:
    assert matching(REGISTRY) == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert matching(THIS_MACHINE) == []


def test_no_lock_that_records_a_registry_is_there() -> None:
    assert [name for name in ("uv.lock", "pylock.toml") if (ROOT / name).exists()] == []


def test_every_check_that_is_waved_through_says_why() -> None:
    bare = [
        f"{shown(path)}: {found.group()}"
        for path in sources()
        if path.suffix in {".py", ""} and path != Path(__file__)
        for found in WAVED_THROUGH.finditer(text_of(path))
        if not REASON.search(found.group(2))
        # mypy reads no tests, where an ignore only tells an editor what a fake is for.
        and not (path.is_relative_to(ROOT / "tests") and found.group(1) == "type: ignore")
    ]
    assert bare == []


def test_what_people_run_is_executable() -> None:
    for name in ("scripts/run", "scripts/test", "scripts/check", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111, name
