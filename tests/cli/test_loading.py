"""What a command imports before it answers: what it needs, and not what the others need."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]
SERVER = {"litestar", "uvicorn", "jinja2", "prometheus_client", "minify", "brotli"}
DRAWING = {"PIL", "zxingcpp", "fpdf", "fontTools"}
DATABASES = {"sqlalchemy", "psycopg"}
SEVERAL = {"rich", "structlog", "pydantic", "alembic"}
HEAVY = SERVER | DRAWING | DATABASES | SEVERAL


def imported(program: str, *arguments: str) -> set[str]:
    """The names of all modules that a process holds when it has run a program, which ends well."""
    tells = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    ran = subprocess.run(
        [sys.executable, "-c", tells + program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(ran.stderr.split())


def daodi(*arguments: str) -> set[str]:
    return imported("from api.cli import main; main()", *arguments)


def test_what_is_called_heavy_is_there_to_be_imported() -> None:
    assert {name for name in HEAVY if find_spec(name) is None} == set()


def test_listing_all_commands_imports_none() -> None:
    found = daodi("--help")
    assert found & (HEAVY | {"cryptography", "msgspec"}) == set()
    assert {place.partition(":")[0] for place in COMMANDS.values()} & found == set()


def test_the_strangers_verifier_imports_the_core_and_cryptography() -> None:
    runs = "import runpy; runpy.run_module('ledger', run_name='__main__', alter_sys=True)"
    for found in (imported(runs, "verify", "--help"), daodi("verify", "--help")):
        assert "cryptography" in found
        assert found & (HEAVY | {"ledger.store", "ledger.audit", "ledger.register"}) == set()


def test_a_command_that_opens_a_ledger_imports_no_server_and_draws_nothing() -> None:
    found = daodi("witness", "checkpoint", "--help")
    assert found >= DATABASES
    assert found & (SERVER | DRAWING | {"alembic"}) == set()


def test_a_server_draws_no_sheet_and_upgrades_no_database_before_it_is_asked() -> None:
    found = daodi("serve", "--help")
    assert found >= SERVER - {"minify"}
    unasked = {"fpdf", "fontTools", "alembic", "minify", "api.demonstration.build"}
    assert found & unasked == set()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_is_listed_by_the_sentence_that_it_tells_itself(name: str) -> None:
    command = main.commands[name]
    (outline,) = (one for one in type(main.commands)(COMMANDS).outlines() if one.name == name)
    assert command.name == name
    assert outline.get_short_help_str(500) == command.get_short_help_str(500) != ""


def test_a_shell_completes_the_names_of_commands_that_are_not_imported() -> None:
    asked = {"_DAODI_COMPLETE": "zsh_complete", "COMP_WORDS": "daodi mi", "COMP_CWORD": "1"}
    told = CliRunner().invoke(main, prog_name="daodi", env=asked).output.splitlines()
    assert told[:2] == ["plain", "migrate"]
    assert told[2].startswith("Bring the tables")
