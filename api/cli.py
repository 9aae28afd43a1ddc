"""The `daodi` command: the composition root of everything that is not the server."""

import sys
from collections.abc import Mapping
from io import TextIOWrapper
from time import time_ns
from typing import Final

import click

from api.commands.exits import CANNOT_BE_CHECKED, NO, exit_code
from api.commands.late import Late, LateGroup
from api.memory import collect_rarely
from labels.errors import LabelError
from ledger.errors import CODES, DaodiError
from ledger.visible import visible

# Where each command stands: it is imported when it is called, since all together take a second.
COMMANDS: Final[Mapping[str, str]] = {
    "actor": "api.commands.actors:actor",
    "audit": "api.commands.auditing:audit",
    "backup": "api.commands.backing:backup",
    "bench": "api.bench.command:bench",
    "cases": "api.commands.ahead:cases",
    "credit": "api.commands.credit:credit_command",
    "demo": "api.commands.demo:demo",
    "draw": "api.commands.draw:draw_command",
    "evidence": "api.commands.asking:evidence",
    "export": "api.commands.moving:export",
    "findings": "api.commands.findings:findings",
    "import": "api.commands.moving:import_",
    "key": "api.commands.keys:key",
    "labels": "api.commands.labels:labels",
    "ledger": "api.commands.ledgers:ledger",
    "migrate": "api.commands.ledgers:migrate",
    "rebuild": "api.commands.auditing:rebuild",
    "record": "api.commands.record:record",
    "relations": "api.commands.relations:relations",
    "restore": "api.commands.backing:restore",
    "rules": "api.commands.rules:rules",
    "serve": "api.commands.serving:serve",
    "tags": "api.commands.ahead:tags",
    "token": "api.commands.actors:token",
    "trace": "api.commands.asking:trace",
    "verify": "api.commands.verifying:verify",
    "warnings": "api.commands.warnings:warnings",
    "witness": "api.commands.witness:witness",
}


def clock_ms() -> int:
    """Milliseconds since 1970: the clock of every command."""
    return time_ns() // 1_000_000


class Refusing(LateGroup):
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
            trouble = _trouble(error)
            if trouble is not None:
                _say(trouble.sentence_cn, trouble.code, trouble.message)
                ctx.exit(exit_code(trouble))
            _say(CODES["internal"].sentence_cn, "internal", f"{type(error).__name__}: {error}")
            ctx.exit(CANNOT_BE_CHECKED)


@click.group(
    "daodi",
    cls=Refusing,
    commands=Late(COMMANDS),
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


def _trouble(error: Exception) -> DaodiError | None:
    """What the disk or a database says, under its code."""
    # Imported by whoever needs it: it brings both drivers along.
    from ledger.store.troubles import store_error  # noqa: PLC0415 — as said

    return store_error(error)


def _say(sentence_cn: str, code: str, message: str) -> None:
    click.echo(visible(f"{sentence_cn} [{code}] {message}"), err=True)
