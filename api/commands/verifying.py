"""`daodi verify`: the stranger's verifier, the same as `python -m ledger verify`."""

import click

from ledger.__main__ import main as stranger


@click.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def verify(context: click.Context, *, arguments: tuple[str, ...]) -> None:
    """Verify an evidence FILE without any ledger: --asked, --log-key, --registrar, --json."""
    context.exit(stranger(["verify", *arguments]))
