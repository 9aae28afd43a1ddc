"""`daodi actor admit` and `daodi token`: who may come in, and what programs log in with."""

import re
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final

import click

from api.commands.keys import KEY_FILE, holder_named, registrar_of
from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json, say
from api.opened.ledger import Clock
from api.settings import Settings
from ledger.canonical import JsonObject
from ledger.errors import FormError, StandingError
from ledger.herbs.check_digits import is_company_prefix, is_social_credit_code
from ledger.herbs.vocabulary import ROLES
from ledger.herbs.vocabulary import herb as herb_of
from ledger.register.receipt import format_receipt
from ledger.store.tokens import Bearer, keep_token, revoke_tokens

TOKEN_BYTES: Final = 32
PREFIX: Final = "gs1_prefix"
LICENCES: Final = ("drug_production", "address", "contact", PREFIX)
GI: Final = "gi."  # before a herb's name: the notice that lets its maker use the mark of origin


@click.group()
def actor() -> None:
    """Admit the cooperatives, mills, laboratories and shops of this ledger."""


@actor.command()
@click.option("--id", "uri", required=True, help="urn:daodi:actor:NAME")
@click.option("--name", required=True, help="The name that people read.")
@click.option("--role", "roles", multiple=True, required=True, help="May be repeated.")
@click.option("--county", default="", help="GB/T 2260, six digits.")
@click.option("--credit-code", default="", help="统一社会信用代码, 18 signs.")
@click.option(
    "--licence",
    "licences",
    multiple=True,
    metavar="NAME=TEXT",
    help=f"What labels say: {', '.join(LICENCES)}, gi.HERB. May be repeated.",
)
@click.option("--valid-to", default="", help="Last day of the admission, YYYY-MM-DD.")
@click.option("--key", "signer", type=KEY_FILE, help="A registrar's key. Default: the folder's.")
@json_option
@ledger_options
@click.pass_obj
def admit(  # noqa: PLR0913 — one argument for each option
    clock: Clock,
    *,
    settings: Settings,
    uri: str,
    name: str,
    roles: tuple[str, ...],
    county: str,
    credit_code: str,
    licences: tuple[str, ...],
    valid_to: str,
    signer: Path | None,
    as_json: bool,
) -> None:
    """Admit an actor; its devices are enrolled next."""
    if credit_code and not is_social_credit_code(credit_code):
        raise FormError("bad_code", f"{credit_code!r} is no 统一社会信用代码: its check fails")
    if county and not re.fullmatch("[0-9]{6}", county):
        raise FormError("bad_code", f"{county!r} is no code of GB/T 2260: expected six digits")
    for role in (each for each in roles if each not in ROLES):
        listed = "、".join(f"{known.role} {known.cn}" for known in ROLES.values())
        say(f"注意：角色 {role} 不在名单里，登记后不能更改。名单：{listed}", err=True)
    known = _licences(licences) | ({"uscc": credit_code} if credit_code else {})
    opened = open_ledger(settings, clock)
    body: JsonObject = {"actor": uri, "name": name, "roles": [*roles]}
    body |= {key: value for key, value in (("county", county), ("valid_to", valid_to)) if value}
    if known:
        body["licences"] = known
    receipt = opened.state(registrar_of(opened, signer), "actor.admit", body, [uri])
    if as_json:
        print_json({"actor": uri, "receipt": format_receipt(receipt)})
    else:
        click.echo(uri)


def _licences(given: tuple[str, ...]) -> JsonObject:
    """What NAME=TEXT say, by name. Raises FormError for a name that no label asks for."""
    known: JsonObject = {}
    users: JsonObject = {}
    for each in given:
        name, _, text = (part.strip() for part in each.partition("="))
        herb = name.removeprefix(GI)
        if not text or not (name in LICENCES or (name != herb and herb_of(herb))):
            raise FormError("bad_body", f"{each!r} is none of {', '.join(LICENCES)}, {GI}HERB")
        if name == PREFIX and not is_company_prefix(text):
            raise FormError("bad_code", f"{text!r} is no GS1 company prefix")
        if name in LICENCES:
            known[name] = text
        else:
            users[herb] = text
    return known | ({"gi": users} if users else {})


@click.command()
@click.option("--actor", "uri", required=True, help="urn:daodi:actor:NAME, admitted before.")
@click.option("--holder", help="Pseudonym of the person, for ever public. Default: a new one.")
@click.option("--revoke", is_flag=True, help="Instead, end all tokens of the actor, or holder.")
@json_option
@ledger_options
@click.pass_obj
def token(
    clock: Clock,
    *,
    settings: Settings,
    uri: str,
    holder: str | None,
    revoke: bool,
    as_json: bool,
) -> None:
    """Make a bearer token for one person of an actor. Printed once; only its hash is kept."""
    opened = open_ledger(settings, clock)
    if uri not in opened.replica.registry.actors:
        raise StandingError("unknown_actor", f"{uri} is not admitted")
    if revoke:
        revoked = revoke_tokens(opened.store, uri, holder)
        if as_json:
            print_json({"actor": uri, "revoked": revoked})
        else:
            click.echo(str(revoked))
        return
    made = secrets.token_urlsafe(TOKEN_BYTES)
    bearer = Bearer(actor=uri, holder=holder_named(holder))
    keep_token(opened.store, sha256(made.encode()).hexdigest(), bearer, created_ms=clock())
    if as_json:
        print_json({"actor": uri, "holder": bearer.holder, "token": made})
    else:
        click.echo(made)
        click.echo(f"使用人代号：{bearer.holder}", err=True)
