"""`daodi key new|show|enrol|retire`: devices' keys, which never leave their files."""

import secrets
from pathlib import Path
from typing import Final

import click
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json
from api.opened.folder import read_key, write_private
from api.opened.ledger import Clock, OpenedLedger
from api.settings import Settings
from ledger.canonical import JsonObject
from ledger.errors import FormError, StandingError, StoreError
from ledger.register.receipt import format_receipt
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import (
    ALGORITHMS,
    PrivateKey,
    PublicKey,
    generate_private_key,
    parse_private_key,
    parse_spki_pem,
)
from ledger.statements.statement import key_uri, out_chain

HOLDER_BYTES: Final = 6  # of a pseudonym that nobody chose
HOLDER_LENGTH_MAX: Final = 64  # a pseudonym, not a curriculum vitae
KEY_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def key() -> None:
    """Make, show, enrol and retire the keys that devices sign with."""


@key.command()
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="A new file, mode 0600."
)
@click.option(
    "--alg", type=click.Choice(ALGORITHMS), default="ES256", show_default=True, help="Algorithm."
)
@json_option
def new(*, out: Path, alg: str, as_json: bool) -> None:
    """Make a private key (PKCS#8 PEM) and print its key id."""
    made = generate_private_key(alg)
    try:
        write_private(out, made.to_pem())
    except OSError as error:
        raise click.UsageError(f"{out}: {error.strerror}") from error
    if as_json:
        print_json({"kid": made.key_id, "alg": alg})
    else:
        click.echo(made.key_id)


@key.command()
@click.argument("file", type=KEY_FILE)
@json_option
def show(*, file: Path, as_json: bool) -> None:
    """Print the key id and the public half (SPKI PEM) of a key file."""
    public = read_public(file)
    pem = _spki_pem(public)
    if as_json:
        print_json({"kid": public.key_id, "alg": public.alg, "spki_pem": pem})
    else:
        click.echo(public.key_id)
        click.echo(pem, nl=False)


@key.command()
@click.option("--actor", required=True, help="urn:daodi:actor:NAME, admitted before.")
@click.option("--spki", required=True, type=KEY_FILE, help="The device's public key as PEM.")
@click.option("--role", "roles", multiple=True, help="May be repeated. Default: the actor's.")
@click.option("--holder", help="Pseudonym of whoever holds the device. Default: a new one.")
@click.option("--key", "signer", type=KEY_FILE, help="A registrar's key. Default: the folder's.")
@json_option
@ledger_options
@click.pass_obj
def enrol(
    clock: Clock,
    *,
    settings: Settings,
    actor: str,
    spki: Path,
    roles: tuple[str, ...],
    holder: str | None,
    signer: Path | None,
    as_json: bool,
) -> None:
    """Enrol a device's key for an actor. One person's devices share a holder's pseudonym."""
    holder = holder_named(holder)
    opened = open_ledger(settings, clock)
    record = opened.replica.registry.actors.get(actor)
    if record is None:
        raise StandingError("unknown_actor", f"{actor} is not admitted")
    public = read_public(spki)
    body: JsonObject = {
        "kid": public.key_id,
        "alg": public.alg,
        "spki": encode_base64(public.spki),
        "actor": actor,
        "roles": [*(roles or record.roles)],
        "holder": holder,
    }
    subjects = [key_uri(public.key_id), out_chain(actor)]
    receipt = opened.state(registrar_of(opened, signer), "key.enrol", body, subjects)
    if as_json:
        print_json({"kid": public.key_id, "receipt": format_receipt(receipt)})
    else:
        click.echo(public.key_id)


@key.command()
@click.argument("kid")
@click.option("--reason", required=True, help="Why, as the log will keep it.")
@click.option("--key", "signer", type=KEY_FILE, help="A registrar's key, or the key itself.")
@json_option
@ledger_options
@click.pass_obj
def retire(
    clock: Clock, *, settings: Settings, kid: str, reason: str, signer: Path | None, as_json: bool
) -> None:
    """End a key: nothing that it signs is admitted from here on."""
    opened = open_ledger(settings, clock)
    body: JsonObject = {"kid": kid, "reason": reason}
    receipt = opened.state(registrar_of(opened, signer), "key.retire", body, [key_uri(kid)])
    if as_json:
        print_json({"kid": kid, "receipt": format_receipt(receipt)})
    else:
        click.echo(kid)


def holder_named(given: str | None) -> str:
    """The pseudonym of one person: the one given, else a new one by chance. Raises FormError."""
    if given is None:
        return f"holder-{secrets.token_hex(HOLDER_BYTES)}"
    if not 0 < len(given.strip()) <= HOLDER_LENGTH_MAX:
        raise FormError("bad_body", f"a holder is 1 to {HOLDER_LENGTH_MAX} characters")
    return given.strip()


def registrar_of(opened: OpenedLedger, signer: Path | None) -> PrivateKey:
    """The key that signs for the registry. Raises StoreError where the root's is kept elsewhere."""
    if signer is not None:
        return read_key(signer)
    root = opened.folder.registrar_key()
    if root is None:
        raise StoreError("not_set_up", "the registrar's key is not here; give it with --key")
    return root


def read_public(path: Path) -> PublicKey:
    """The public key of a PEM file, which may also hold the private half."""
    pem = path.read_bytes()
    return parse_private_key(pem).public if b"PRIVATE KEY" in pem else parse_spki_pem(pem)


def _spki_pem(public: PublicKey) -> str:
    loaded = load_der_public_key(public.spki)
    return loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
