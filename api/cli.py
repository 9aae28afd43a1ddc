"""The `daodi` command: the composition root of everything that is not the server."""

import sys
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from time import time_ns
from typing import Final

import click

from api.commands.actors import actor, token
from api.commands.ahead import cases, tags
from api.commands.asking import evidence, trace
from api.commands.auditing import audit, rebuild
from api.commands.backing import backup, restore
from api.commands.credit import credit_command
from api.commands.draw import draw_command
from api.commands.exits import CANNOT_BE_CHECKED, NO, exit_code
from api.commands.findings import findings
from api.commands.keys import key
from api.commands.labels import labels
from api.commands.ledgers import demo, ledger, migrate
from api.commands.moving import export, import_
from api.commands.record import record
from api.commands.relations import relations
from api.commands.rules import rules
from api.commands.serving import serve
from api.commands.verifying import verify
from api.commands.warnings import warnings
from api.commands.witness import witness
from api.memory import collect_rarely
from labels.errors import LabelError
from ledger.errors import CODES, DaodiError

COMMANDS: Final[tuple[click.Command, ...]] = (
    actor,
    audit,
    backup,
    credit_command,
    demo,
    draw_command,
    evidence,
    export,
    findings,
    import_,
    key,
    labels,
    tags,
    cases,
    relations,
    ledger,
    migrate,
    rebuild,
    record,
    restore,
    rules,
    serve,
    token,
    trace,
    verify,
    warnings,
    witness,
)


def clock_ms() -> int:
    """Milliseconds since 1970: the clock of every command."""
    return time_ns() // 1_000_000


class Refusing(click.Group):
    """The commands, and the one place where a refusal becomes an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        """Run; people get the sentence, programmers the message, nobody a traceback."""
        try:
            return super().invoke(ctx)
        except DaodiError as error:
            _say(error.sentence_cn, error.code, error.message)
            ctx.exit(exit_code(error))
        except LabelError as error:
            _say(error.sentence_cn, error.code, error.message)
            ctx.exit(NO)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 — whatever it was, nothing was decided
            _say(CODES["internal"].sentence_cn, "internal", f"{type(error).__name__}: {error}")
            ctx.exit(CANNOT_BE_CHECKED)


@click.group(
    "daodi",
    cls=Refusing,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 yes, 1 no, 2 usage, 3 cannot be checked, 4 unknown.",
)
@click.version_option(package_name="daodi")
@click.pass_context
def main(context: click.Context) -> None:
    """Daodi: a traceability ledger for 道地 herbs."""
    collect_rarely()
    context.obj = context.obj or clock_ms
    # Sentences are Chinese, whatever the terminal's locale says.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")


def _say(sentence_cn: str, code: str, message: str) -> None:
    click.echo(f"{sentence_cn} [{code}] {message}", err=True)


for command in COMMANDS:
    main.add_command(command)
# Benchmarks may need packages that only the checks install; every other command works without.
with suppress(ImportError, AttributeError):
    main.add_command(import_module("api.bench.command").bench)
