"""`daodi serve`: the HTTP or HTTPS server over one ledger."""

import errno
import os
import resource
import socket
from collections.abc import Callable
from typing import Final

import click
import uvicorn

from api.app import create_app
from api.certificate import local_certificate, names_here
from api.commands.options import ledger_options
from api.connections import BoundedHttp
from api.memory import settle
from api.opened.alone import served_alone
from api.opened.folder import LedgerFolder
from api.settings import Settings

OTHERS_NOTHING: Final = 0o077
DESCRIPTORS: Final = 65_536
FILE: Final = click.Path(exists=True, dir_okay=False)


@click.command()
@click.option("--host", help="Address to listen on. Default: 127.0.0.1")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on. Default: 8000")
@click.option("--base-url", help="What labels print before /t/CODE; identity never depends on it.")
@click.option("--tls", is_flag=True, help="HTTPS by a certificate of this machine's own.")
@click.option("--tls-cert", type=FILE, help="HTTPS by this certificate (PEM, with its chain).")
@click.option("--tls-key", type=FILE, help="The private key of --tls-cert (PEM).")
@ledger_options
@click.pass_obj
def serve(
    clock: Callable[[], int],
    *,
    settings: Settings,
    host: str | None,
    port: int | None,
    base_url: str | None,
    tls: bool,
    tls_cert: str | None,
    tls_key: str | None,
) -> None:
    """Serve the ledger until interrupted. A SQLite file has one server; PostgreSQL several."""
    # Labels before their sale, photos of fields: nobody else on this machine reads them.
    os.umask(OTHERS_NOTHING)
    given = {
        "host": host,
        "port": port,
        "base_url": base_url,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
    }
    settings = settings.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    if tls and not settings.tls_cert:
        settings = _with_own_certificate(settings, clock)
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise click.UsageError("--tls-cert and --tls-key belong together")
    with served_alone(settings):
        _serve(settings)


def _serve(settings: Settings) -> None:
    app = create_app(settings)
    settle()
    _open_many()
    refuse_used_port(settings.host, settings.port)
    # Requests are logged by the application: one line each, with an id, never a body.
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        http=BoundedHttp,
        ws="none",
        log_config=None,  # what it has to say goes where the application's lines go
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=settings.tls_cert or None,
        ssl_keyfile=settings.tls_key or None,
    )


def refuse_used_port(host: str, port: int) -> None:
    """Raise UsageError when somebody else listens there; other troubles the server tells."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise click.UsageError(
                    f"端口 {port} 已被占用，请用 --port 换一个 · port {port} is in use"
                ) from error


def _open_many() -> None:
    """As many descriptors as the system lets this process have: each visitor takes one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if most == resource.RLIM_INFINITY else min(most, DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _with_own_certificate(settings: Settings, clock: Callable[[], int]) -> Settings:
    """Make the machine's certificate, or take it, and say what a phone's owner must accept."""
    made = local_certificate(
        LedgerFolder(settings.data).keys, names=names_here(settings.host), now_ms=clock()
    )
    click.echo(
        "本机证书，没有机构担保 · a certificate of this machine's own, vouched for by nobody\n"
        f"SHA-256 {made.fingerprint}\n"
        f"名称 · names      {' '.join(made.names)}\n"
        "手机会警告“连接不是私密连接”。请在警告里打开证书，比对上面的指纹；一样才点“继续前往”。\n"
        "A phone warns of this certificate. Open it there, compare the fingerprint above, "
        "and go on only if both are the same.",
        err=True,
    )
    return settings.model_copy(update={"tls_cert": str(made.certificate), "tls_key": str(made.key)})
